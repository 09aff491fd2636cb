#include "vault/tokens.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/text.h"
#include "vault/names.h"
#include "vault/words.h"

static int check_spec(struct people *people, const struct token_spec *spec)
{
	const char *cameras = spec->cameras;
	char name[NAME_SIZE];
	sqlite3_stmt *count = db_use(people->db, "SELECT count(*) FROM tokens WHERE user = ?1 "
						 "AND removed_seq IS NULL AND expires_us > ?2");

	if (spec->verbs == 0 || (spec->verbs & ~spec->user->verbs) != 0 || spec->life_s == 0 ||
	    spec->life_s > TOKENS_LIFE_S_MAX || strlen(cameras) > COMMITMENT_VALUE_MAX ||
	    names_count(cameras, PEOPLE_CAMERAS_MAX) < 1)
		return -EINVAL;
	while (names_next(&cameras, name))
		if (!people_may_see(people, spec->user, name))
			return -EACCES;
	db_bind_int(count, 1, spec->user->user);
	db_bind_int(count, 2, clock_real_us());
	return db_number(people->db, count) < PEOPLE_TOKENS_MAX ? 0 : -EMSGSIZE;
}

static void token_name(const uint8_t id[PEOPLE_TOKEN_SIZE], char ret_name[NAME_SIZE])
{
	struct text text;

	text_init(&text, ret_name, NAME_SIZE);
	text_add_hex(&text, id, PEOPLE_TOKEN_SIZE);
}

/* A token's right hangs from its person's: the entry names that one. */
static int record_token(struct people *people, const struct token_spec *spec,
			const struct token *token, struct log_waiter *waiter, uint64_t *ret_seq)
{
	struct journal_draft draft;
	char name[NAME_SIZE], verbs[WORDS_VERBS_SIZE];

	token_name(token->id, name);
	journal_draft(&draft, ENTRY_GRANT_CREATE, spec->user->user);
	entry_add_text(&draft.entry, ENTRY_WHY, words_role(ROLE_INTEGRATION));
	entry_add_number(&draft.entry, ENTRY_GRANT, spec->user->right_seq);
	entry_add_number(&draft.entry, ENTRY_UNTIL, token->expires_us);
	if (words_verb_tracks(spec->verbs))
		entry_add_tracks(&draft.entry, words_verb_tracks(spec->verbs));
	journal_text(&draft, "acct", spec->user->user_name);
	journal_text(&draft, "cameras", spec->cameras);
	journal_text(&draft, "token", name);
	words_verbs(spec->verbs, verbs);
	journal_text(&draft, "verbs", verbs);
	return journal_add(people->journal, &draft, waiter, ret_seq);
}

static void insert_token(struct people *people, const struct token_spec *spec,
			 const struct token *token, uint64_t seq)
{
	const char *cameras = spec->cameras;
	char name[NAME_SIZE];
	uint8_t hash[crypto_hash_sha256_BYTES];
	sqlite3_stmt *add = db_use(people->db, "INSERT INTO tokens (id, hash, user, verbs, "
					       "expires_us, log_seq) "
					       "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

	crypto_hash_sha256(hash, token->secret, sizeof(token->secret));
	db_bind_blob(add, 1, token->id, sizeof(token->id));
	db_bind_blob(add, 2, hash, sizeof(hash));
	db_bind_int(add, 3, spec->user->user);
	db_bind_int(add, 4, spec->verbs);
	db_bind_int(add, 5, token->expires_us);
	db_bind_int(add, 6, seq);
	db_run(people->db, add);
	while (names_next(&cameras, name)) {
		add = db_use(people->db, "INSERT OR IGNORE INTO token_cameras VALUES (?1, ?2)");
		db_bind_blob(add, 1, token->id, sizeof(token->id));
		db_bind_text(add, 2, name);
		db_run(people->db, add);
	}
}

int tokens_add(struct people *people, const struct token_spec *spec, struct log_waiter *waiter,
	       struct token *ret_token)
{
	struct token token = {.expires_us = clock_real_us() + spec->life_s * 1000000};
	uint64_t seq;
	int rc = check_spec(people, spec);

	if (rc < 0)
		return rc;
	randombytes_buf(token.id, sizeof(token.id));
	randombytes_buf(token.secret, sizeof(token.secret));
	rc = record_token(people, spec, &token, waiter, &seq);
	if (rc < 0)
		return rc;
	insert_token(people, spec, &token, seq);
	*ret_token = token;
	sodium_memzero(&token, sizeof(token));
	return 0;
}

static int find_right(struct people *people, const uint8_t id[PEOPLE_TOKEN_SIZE],
		      uint64_t *ret_user, uint64_t *ret_right)
{
	sqlite3_stmt *find = db_use(people->db, "SELECT user, log_seq FROM tokens WHERE id = ?1 "
						"AND removed_seq IS NULL");

	db_bind_blob(find, 1, id, PEOPLE_TOKEN_SIZE);
	bool found = db_step(people->db, find);

	if (found) {
		*ret_user = db_int(find, 0);
		*ret_right = db_int(find, 1);
	}
	sqlite3_reset(find);
	return found ? 0 : -ENOENT;
}

int tokens_remove(struct people *people, const uint8_t id[PEOPLE_TOKEN_SIZE],
		  struct log_waiter *waiter)
{
	struct journal_draft draft;
	char name[NAME_SIZE];
	uint64_t user, right, seq;
	int rc = find_right(people, id, &user, &right);

	if (rc < 0)
		return rc;
	token_name(id, name);
	journal_draft(&draft, ENTRY_GRANT_REVOKE, user);
	entry_add_number(&draft.entry, ENTRY_GRANT, right);
	journal_text(&draft, "token", name);
	rc = journal_add(people->journal, &draft, waiter, &seq);
	if (rc < 0)
		return rc;
	sqlite3_stmt *mark = db_use(people->db, "UPDATE tokens SET removed_seq = ?2 WHERE id = ?1");

	db_bind_blob(mark, 1, id, PEOPLE_TOKEN_SIZE);
	db_bind_int(mark, 2, seq);
	db_run(people->db, mark);
	return 0;
}
