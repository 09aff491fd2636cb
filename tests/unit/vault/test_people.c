#include "../check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "base/clock.h"
#include "proto/log/ask.h"
#include "rig.h"
#include "vault/enroll.h"

static enum refusal refused(struct rig *rig, struct rig_end *end)
{
	struct rig_message *message = rig_wait(rig, end, IPC_REFUSED);
	enum refusal refusal = (enum refusal)((struct ipc_refused *)message->body)->refusal;

	rig_free(message);
	return refusal;
}

static struct ipc_secret get_link(struct rig *rig, enum admin admin, const char *name)
{
	struct ipc_secret secret;

	rig_order(rig, admin, name, ROLE_MEMBER, "");
	struct rig_message *message = rig_wait(rig, &rig->warden, IPC_SECRET);

	memcpy(&secret, message->body, sizeof(secret));
	rig_free(message);
	return secret;
}

static void first_owner_is_made_until_somebody_is_paired(void **state)
{
	struct rig *rig = rig_create();
	struct ipc_secret first, again;
	struct rig_device device;

	(void)state;
	first = get_link(rig, ADMIN_FIRST_OWNER, "");
	again = get_link(rig, ADMIN_FIRST_OWNER, "");
	assert_int_equal(first.size, 16);
	assert_memory_not_equal(first.secret, again.secret, 16);
	assert_true(first.expires_us > clock_real_us());
	rig_pair(rig, &again, &device);
	rig_order(rig, ADMIN_FIRST_OWNER, "", ROLE_NONE, "");
	assert_int_equal(refused(rig, &rig->warden), REFUSAL_NOT_ALLOWED);
	assert_int_equal(rig_entries(rig, "kind user.add\n", "why owner\n"), 1);
	assert_int_equal(rig_entries(rig, "kind device.add\n", "why owner\n"), 1);
	rig_destroy(rig);
}

static void send_pair(struct rig *rig, const struct ipc_secret *link, const char *name,
		      const struct rig_device *device, uint8_t spoil)
{
	struct ipc_pair_ask ask = {.request = ++rig->request};
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	memcpy(ask.secret, link->secret, sizeof(ask.secret));
	memcpy(ask.key, device->public_key, sizeof(ask.key));
	text_init(&text, buffer, sizeof(buffer));
	ask_build_pair(&text, ask.secret, ask.key, name);
	crypto_sign_detached(ask.signature, NULL, (const uint8_t *)text.data, text.size,
			     device->secret_key);
	ask.signature[3] ^= spoil;
	ipc_send(&rig->front.channel, IPC_PAIR_ASK, &ask, name, strlen(name));
}

static void link_pairs_one_device_once(void **state)
{
	struct rig *rig = rig_create();
	struct ipc_secret link = get_link(rig, ADMIN_USER_ADD, "kim"), wrong = link;
	struct rig_device device, other;

	(void)state;
	crypto_sign_keypair(device.public_key, device.secret_key);
	crypto_sign_keypair(other.public_key, other.secret_key);
	wrong.secret[0] ^= 1;
	send_pair(rig, &wrong, "phone", &device, 0);
	assert_int_equal(refused(rig, &rig->front), REFUSAL_LINK_USED);
	/* Without the key itself nobody pairs, and the link is not spent. */
	send_pair(rig, &link, "phone", &device, 1);
	assert_int_equal(refused(rig, &rig->front), REFUSAL_BAD_SIGNATURE);
	send_pair(rig, &link, "line\nbreak", &device, 0);
	assert_int_equal(refused(rig, &rig->front), REFUSAL_BAD_REQUEST);
	send_pair(rig, &link, "", &device, 0);
	assert_int_equal(refused(rig, &rig->front), REFUSAL_BAD_REQUEST);
	/* Two at once: one of them. */
	send_pair(rig, &link, "phone", &device, 0);
	send_pair(rig, &link, "thief", &other, 0);
	assert_int_equal(refused(rig, &rig->front), REFUSAL_LINK_USED);
	rig_free(rig_wait(rig, &rig->front, IPC_DONE));
	assert_int_equal(rig_entries(rig, "kind device.add\n", "why member\n"), 1);
	rig_destroy(rig);
}

static void link_expires(void **state)
{
	struct rig *rig = rig_create();
	struct ipc_secret link = get_link(rig, ADMIN_USER_ADD, "kim");
	struct rig_device device;

	(void)state;
	rig_settle(rig);
	/* As if a quarter of an hour had passed. */
	db_run(rig->db, db_use(rig->db, "UPDATE links SET expires_us = expires_us - 901000000"));
	crypto_sign_keypair(device.public_key, device.secret_key);
	send_pair(rig, &link, "phone", &device, 0);
	assert_int_equal(refused(rig, &rig->front), REFUSAL_LINK_USED);
	rig_destroy(rig);
}

static void names_and_roles_are_checked(void **state)
{
	static const struct {
		const char *name;
		enum role role;
		const char *cameras;
	} bad[] = {
		{"", ROLE_MEMBER, ""},     {"two\nlines", ROLE_MEMBER, ""},
		{"kim", ROLE_NONE, ""},    {"kim", ROLE_INTEGRATION, ""},
		{"kim", ROLE_MEMBER, ","}, {"kim", ROLE_MEMBER, "porch,"},
	};
	struct rig *rig = rig_create();

	(void)state;
	for (size_t i = 0; i + 1 < ARRAY_COUNT(bad); i++) {
		rig_order(rig, ADMIN_USER_ADD, bad[i].name, bad[i].role, bad[i].cameras);
		assert_int_equal(refused(rig, &rig->warden), REFUSAL_BAD_REQUEST);
	}
	(void)get_link(rig, ADMIN_USER_ADD, "kim");
	rig_order(rig, ADMIN_USER_ADD, "kim", ROLE_MEMBER, "");
	assert_int_equal(refused(rig, &rig->warden), REFUSAL_BAD_REQUEST);
	rig_order(rig, ADMIN_USER_REMOVE, "nobody", ROLE_NONE, "");
	assert_int_equal(refused(rig, &rig->warden), REFUSAL_NOT_FOUND);
	rig_order(rig, ADMIN_REVOKE, "nobody", ROLE_NONE, "");
	assert_int_equal(refused(rig, &rig->warden), REFUSAL_NOT_FOUND);
	/* A name can be given again once its bearer is gone. */
	rig_order(rig, ADMIN_USER_REMOVE, "kim", ROLE_NONE, "");
	rig_free(rig_wait(rig, &rig->warden, IPC_DONE));
	(void)get_link(rig, ADMIN_USER_ADD, "kim");
	rig_destroy(rig);
}

/* A slip of the hand gives nobody a right to a camera that may come to be. */
static void cameras_that_are_not_there_are_refused_by_name(void **state)
{
	static const char sentence[] =
		"there is no camera \"prch\"; there is \"porch\", \"nursery\"";
	struct rig *rig = rig_create();
	struct rig_message *message;

	(void)state;
	rig_add_cam(rig, 0, "porch");
	rig_add_cam(rig, 1, "nursery");
	(void)get_link(rig, ADMIN_USER_ADD, "ann");
	rig_order(rig, ADMIN_USER_ADD, "kim", ROLE_MEMBER, "porch,prch");
	message = rig_wait(rig, &rig->warden, IPC_REFUSED);
	assert_int_equal(message->tail_size, strlen(sentence));
	assert_memory_equal(message->tail, sentence, strlen(sentence));
	rig_free(message);
	rig_order(rig, ADMIN_TOKEN_CREATE, "ann", ROLE_NONE, "prch");
	assert_int_equal(refused(rig, &rig->warden), REFUSAL_BAD_REQUEST);
	assert_int_equal(rig_entries(rig, "kind user.add\n", "why member\n"), 1);
	assert_int_equal(rig_entries(rig, "kind grant.create\n", "why integration\n"), 0);
	rig_destroy(rig);
}

/* Whoever adds a camera and gets an answer can name it. */
static void reload_is_answered_when_the_warden_has_done_it(void **state)
{
	struct rig *rig = rig_create();
	struct rig_message *asked;
	struct ipc_number first, second;

	(void)state;
	rig_order(rig, ADMIN_RELOAD, "", ROLE_NONE, "");
	rig_order(rig, ADMIN_RELOAD, "", ROLE_NONE, "");
	asked = rig_wait(rig, &rig->warden, IPC_RELOAD);
	memcpy(&first, asked->body, sizeof(first));
	rig_free(asked);
	asked = rig_wait(rig, &rig->warden, IPC_RELOAD);
	memcpy(&second, asked->body, sizeof(second));
	rig_free(asked);
	assert_null(rig_take(rig, &rig->warden, IPC_DONE));
	replies_reloaded(&rig->vault->replies, second.value);
	asked = rig_wait(rig, &rig->warden, IPC_DONE);
	assert_int_equal(((struct ipc_done *)asked->body)->request, rig->request);
	rig_free(asked);
	assert_null(rig_take(rig, &rig->warden, IPC_DONE));
	replies_reloaded(&rig->vault->replies, first.value);
	rig_free(rig_wait(rig, &rig->warden, IPC_DONE));
	rig_destroy(rig);
}

static void token_needs_cameras_of_its_person(void **state)
{
	struct rig *rig = rig_create();
	struct ipc_credential token;
	struct rig_device device;

	(void)state;
	rig_add_cam(rig, 0, "porch");
	rig_add_cam(rig, 1, "nursery");
	rig_add_person(rig, "kim", ROLE_MEMBER, "porch", &device);
	rig_order(rig, ADMIN_TOKEN_CREATE, "kim", ROLE_NONE, "nursery");
	assert_int_equal(refused(rig, &rig->warden), REFUSAL_NOT_ALLOWED);
	rig_order(rig, ADMIN_TOKEN_CREATE, "kim", ROLE_NONE, "");
	assert_int_equal(refused(rig, &rig->warden), REFUSAL_BAD_REQUEST);
	rig_add_token(rig, "kim", "porch", VERB_VIEW, &token, NULL);
	assert_int_equal(rig_entries(rig, "kind grant.create\n", "why integration\n"), 1);
	rig_destroy(rig);
}

static enum refusal ask_me(struct rig *rig, const struct ipc_credential *credential,
			   struct ipc_row_user *ret_row)
{
	struct ipc_query query = {.query = QUERY_ME};
	struct ipc_done done;

	rig_query(rig, &rig->front, credential, &query);
	enum refusal refusal = rig_answer(rig, &done);

	if (refusal == REFUSAL_NONE) {
		struct rig_message *row = rig_wait(rig, &rig->front, IPC_ROW_USER);

		memcpy(ret_row, row->body, sizeof(*ret_row));
		rig_free(row);
	}
	return refusal;
}

static void everything_survives_a_restart_but_logins(void **state)
{
	struct rig *rig = rig_create();
	struct rig_device device;
	struct ipc_credential token;
	struct ipc_row_user row;

	(void)state;
	rig_add_cam(rig, 0, "porch");
	rig_add_cam(rig, 1, "nursery");
	rig_add_person(rig, "kim", ROLE_MEMBER, "porch,nursery", &device);
	rig_add_token(rig, "kim", "porch", VERB_VIEW, &token, NULL);
	rig_restart(rig, false); /* killed */
	assert_int_equal(ask_me(rig, &device.login, &row), REFUSAL_NOT_SIGNED_IN);
	rig_sign_in(rig, &device);
	assert_int_equal(ask_me(rig, &device.login, &row), REFUSAL_NONE);
	assert_string_equal(row.name, "kim");
	assert_string_equal(row.device, "Test phone");
	assert_string_equal(row.cameras, "nursery,porch");
	assert_int_equal(row.role, ROLE_MEMBER);
	assert_int_equal(ask_me(rig, &token, &row), REFUSAL_NONE);
	assert_int_equal(row.role, ROLE_INTEGRATION);
	assert_string_equal(row.cameras, "porch");
	/* The token's time is over. */
	db_run(rig->db, db_use(rig->db, "UPDATE tokens SET expires_us = 1"));
	assert_int_equal(ask_me(rig, &token, &row), REFUSAL_NOT_SIGNED_IN);
	rig_destroy(rig);
}

/* A crash between the database's commit and the log's: what the log does not have never happened.
 */
static void database_ahead_of_the_log_is_brought_back(void **state)
{
	struct rig *rig = rig_create();
	struct rig_device device;
	struct ipc_row_user row;

	(void)state;
	rig_add_person(rig, "kim", ROLE_MEMBER, "", &device);
	rig_settle(rig);
	uint64_t size = log_durable_size(rig->log);

	/* Staged, and committed in the database only. */
	struct who who;
	uint8_t secret[16];
	uint64_t expires_us;
	struct enroll_user late = {.name = "late", .role = ROLE_GUEST, .cameras = "porch"};

	assert_int_equal(enroll_add_user(&rig->vault->people, &late, NULL), 0);
	assert_int_equal(people_find_user(&rig->vault->people, "kim", &who), 0);
	assert_int_equal(enroll_add_link(&rig->vault->people, &who, NULL, secret, &expires_us), 0);
	assert_int_equal(enroll_remove_user(&rig->vault->people, &who, NULL), 0);
	assert_int_equal(db_commit(rig->db), 0);
	assert_int_equal(people_find_user(&rig->vault->people, "late", &who), 0);
	rig_restart(rig, false);
	assert_int_equal(rig_entries(rig, "kind user.remove\n", ""), 0);
	assert_int_not_equal(people_find_user(&rig->vault->people, "late", &who), 0);
	assert_int_equal(people_find_user(&rig->vault->people, "kim", &who), 0);
	assert_int_equal(db_number(rig->db, db_use(rig->db, "SELECT count(*) FROM user_cameras")),
			 0);
	sqlite3_stmt *ahead = db_use(rig->db, "SELECT count(*) FROM openings WHERE log_seq >= ?1 "
					      "AND name IN ('acct', 'cameras')");

	db_bind_int(ahead, 1, size);
	assert_int_equal(db_number(rig->db, ahead), 0);
	/* Taken back as if it had never been: the device still signs in. */
	rig_sign_in(rig, &device);
	assert_int_equal(ask_me(rig, &device.login, &row), REFUSAL_NONE);
	rig_destroy(rig);
}

static void database_of_another_log_is_emptied(void **state)
{
	struct rig *rig = rig_create();
	struct rig_device device;

	(void)state;
	rig_add_person(rig, "kim", ROLE_MEMBER, "", &device);
	rig_settle(rig);
	assert_int_equal(db_reconcile(rig->db, "ward.local/box/other/e2", 100), 0);
	assert_int_equal(people_count(&rig->vault->people), 0);
	assert_int_equal(people_device_count(&rig->vault->people, 0), 0);
	rig_destroy(rig);
}

/* No secret lies in the database in the clear, and nobody else reads the file. */
static void secrets_are_kept_as_hashes_only(void **state)
{
	struct rig *rig = rig_create();
	struct ipc_secret link = get_link(rig, ADMIN_USER_ADD, "kim");
	struct stat status;
	char path[256];
	sqlite3_stmt *find =
		db_use(rig->db, "SELECT (SELECT count(*) FROM links WHERE hash = ?1) + "
				"(SELECT count(*) FROM links WHERE hash = ?2)");
	uint8_t hash[32];

	(void)state;
	crypto_hash_sha256(hash, link.secret, 16);
	db_bind_blob(find, 1, hash, 32);
	db_bind_blob(find, 2, link.secret, 16);
	assert_int_equal(db_number(rig->db, find), 1);
	snprintf(path, sizeof(path), "%s/vault.db", rig->path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_owner_is_made_until_somebody_is_paired),
		cmocka_unit_test(link_pairs_one_device_once),
		cmocka_unit_test(link_expires),
		cmocka_unit_test(names_and_roles_are_checked),
		cmocka_unit_test(cameras_that_are_not_there_are_refused_by_name),
		cmocka_unit_test(reload_is_answered_when_the_warden_has_done_it),
		cmocka_unit_test(token_needs_cameras_of_its_person),
		cmocka_unit_test(everything_survives_a_restart_but_logins),
		cmocka_unit_test(database_ahead_of_the_log_is_brought_back),
		cmocka_unit_test(database_of_another_log_is_emptied),
		cmocka_unit_test(secrets_are_kept_as_hashes_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
