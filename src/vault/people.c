#include "vault/people.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/text.h"

/* The columns of every look-up, in the order in which fill_who reads them. */
#define WHO_COLUMNS "u.id, u.name, u.role, u.all_cameras, u.log_seq, u.verbs"

static void fill_who(sqlite3_stmt *row, struct who *ret_who)
{
	*ret_who = (struct who){.user = db_int(row, 0),
				.role = (enum role)db_int(row, 2),
				.all_cameras = db_int(row, 3) != 0,
				.right_seq = db_int(row, 4),
				.verbs = (uint32_t)db_int(row, 5)};
	db_copy_text(row, 1, ret_who->user_name, sizeof(ret_who->user_name));
}

int people_find_device(struct people *people, const uint8_t device[PEOPLE_DEVICE_SIZE],
		       struct who *ret_who, uint8_t ret_key[32])
{
	sqlite3_stmt *find =
		db_use(people->db, "SELECT " WHO_COLUMNS ", d.key, d.name FROM devices d "
				   "JOIN users u ON u.id = d.user WHERE d.id = ?1 "
				   "AND d.removed_seq IS NULL AND u.removed_seq IS NULL");

	db_bind_blob(find, 1, device, PEOPLE_DEVICE_SIZE);
	if (!db_step(people->db, find) || !db_copy_blob(find, 6, ret_key, 32)) {
		sqlite3_reset(find);
		return -ENOENT;
	}
	fill_who(find, ret_who);
	ret_who->via = WHO_DEVICE;
	memcpy(ret_who->device, device, PEOPLE_DEVICE_SIZE);
	db_copy_text(find, 7, ret_who->device_name, sizeof(ret_who->device_name));
	sqlite3_reset(find);
	return 0;
}

int people_find_token(struct people *people, const uint8_t secret[PEOPLE_TOKEN_SECRET_SIZE],
		      struct who *ret_who)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	struct text name;
	sqlite3_stmt *find = db_use(
		people->db,
		"SELECT " WHO_COLUMNS ", t.id, t.verbs, t.expires_us, t.log_seq FROM tokens t "
		"JOIN users u ON u.id = t.user WHERE t.hash = ?1 AND t.expires_us > ?2 "
		"AND t.removed_seq IS NULL AND u.removed_seq IS NULL");

	crypto_hash_sha256(hash, secret, PEOPLE_TOKEN_SECRET_SIZE);
	db_bind_blob(find, 1, hash, sizeof(hash));
	db_bind_int(find, 2, clock_real_us());
	if (!db_step(people->db, find)) {
		sqlite3_reset(find);
		return -ENOENT;
	}
	fill_who(find, ret_who);
	ret_who->via = WHO_TOKEN;
	ret_who->role = ROLE_INTEGRATION;
	ret_who->verbs &= (uint32_t)db_int(find, 7);
	ret_who->expires_us = db_int(find, 8);
	ret_who->right_seq = db_int(find, 9);
	bool whole = db_copy_blob(find, 6, ret_who->token, PEOPLE_TOKEN_SIZE);

	sqlite3_reset(find);
	text_init(&name, ret_who->device_name, sizeof(ret_who->device_name));
	text_add_hex(&name, ret_who->token, PEOPLE_TOKEN_SIZE);
	return whole ? 0 : -ENOENT;
}

int people_find_user(struct people *people, const char *name, struct who *ret_who)
{
	sqlite3_stmt *find = db_use(people->db, "SELECT " WHO_COLUMNS " FROM users u "
						"WHERE u.name = ?1 AND u.removed_seq IS NULL");

	db_bind_text(find, 1, name);
	bool found = db_step(people->db, find);

	if (found)
		fill_who(find, ret_who);
	sqlite3_reset(find);
	return found ? 0 : -ENOENT;
}

void people_name(struct people *people, uint64_t user, char ret_name[NAME_SIZE])
{
	sqlite3_stmt *find = db_use(
		people->db, "SELECT name FROM users WHERE id = ?1 AND removed_seq IS NULL");

	ret_name[0] = '\0';
	db_bind_int(find, 1, user);
	if (db_step(people->db, find))
		db_copy_text(find, 0, ret_name, NAME_SIZE);
	sqlite3_reset(find);
}

void people_who_is_tool(struct who *ret_who)
{
	*ret_who = (struct who){.via = WHO_TOOL,
				.role = ROLE_OWNER,
				.verbs = PEOPLE_VERBS,
				.all_cameras = true};
}

static bool is_listed(struct people *people, sqlite3_stmt *find, const char *camera)
{
	db_bind_text(find, 2, camera);
	return db_number(people->db, find) != 0;
}

bool people_is_own(const struct who *who, const struct who *other)
{
	if (who->via == WHO_TOKEN)
		return other->via == WHO_TOKEN &&
		       memcmp(other->token, who->token, sizeof(who->token)) == 0;
	return who->user && who->user == other->user;
}

bool people_may_see(struct people *people, const struct who *who, const char *camera)
{
	sqlite3_stmt *find;

	if (!who->all_cameras) {
		find = db_use(people->db,
			      "SELECT count(*) FROM user_cameras WHERE user = ?1 AND camera = ?2");
		db_bind_int(find, 1, who->user);
		if (!is_listed(people, find, camera))
			return false;
	}
	if (who->via != WHO_TOKEN)
		return true;
	find = db_use(people->db,
		      "SELECT count(*) FROM token_cameras WHERE token = ?1 AND camera = ?2");
	db_bind_blob(find, 1, who->token, PEOPLE_TOKEN_SIZE);
	return is_listed(people, find, camera);
}

unsigned people_device_count(struct people *people, uint64_t user)
{
	sqlite3_stmt *count =
		db_use(people->db, "SELECT count(*) FROM devices d JOIN users u ON u.id = d.user "
				   "WHERE d.removed_seq IS NULL AND u.removed_seq IS NULL "
				   "AND (?1 = 0 OR u.id = ?1)");

	db_bind_int(count, 1, user);
	return (unsigned)db_number(people->db, count);
}

unsigned people_count(struct people *people)
{
	return (unsigned)db_number(
		people->db,
		db_use(people->db, "SELECT count(*) FROM users WHERE removed_seq IS NULL"));
}

/* ---- listing ---- */

void people_cameras(struct people *people, const struct who *who, char *ret_names, size_t size)
{
	struct text names;
	char name[NAME_SIZE];
	sqlite3_stmt *list;

	text_init(&names, ret_names, size);
	if (who->via == WHO_TOKEN) {
		list = db_use(people->db,
			      "SELECT camera FROM token_cameras WHERE token = ?1 ORDER BY camera");
		db_bind_blob(list, 1, who->token, PEOPLE_TOKEN_SIZE);
	} else if (who->all_cameras) {
		text_add(&names, "all");
		return;
	} else {
		list = db_use(people->db,
			      "SELECT camera FROM user_cameras WHERE user = ?1 ORDER BY camera");
		db_bind_int(list, 1, who->user);
	}
	while (!names.failed && db_step(people->db, list)) {
		db_copy_text(list, 0, name, sizeof(name));
		text_printf(&names, "%s%s", names.size ? "," : "", name);
	}
	sqlite3_reset(list);
}

void people_list(struct people *people, void (*found)(void *context, struct ipc_row_user *row),
		 void *context)
{
	sqlite3_stmt *list = db_use(
		people->db,
		"SELECT " WHO_COLUMNS ", u.added_us, (SELECT count(*) FROM devices d "
		"WHERE d.user = u.id AND d.removed_seq IS NULL), (SELECT count(*) FROM tokens t "
		"WHERE t.user = u.id AND t.removed_seq IS NULL AND t.expires_us > ?1) "
		"FROM users u WHERE u.removed_seq IS NULL ORDER BY u.id");

	db_bind_int(list, 1, clock_real_us());
	while (db_step(people->db, list)) {
		struct who who;

		fill_who(list, &who);
		struct ipc_row_user row = {.role = (uint32_t)who.role,
					   .all_cameras = who.all_cameras,
					   .added_us = db_int(list, 6),
					   .devices = (uint32_t)db_int(list, 7),
					   .tokens = (uint32_t)db_int(list, 8)};

		text_copy(row.name, sizeof(row.name), who.user_name);
		people_cameras(people, &who, row.cameras, sizeof(row.cameras));
		found(context, &row);
	}
}
