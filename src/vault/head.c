#include "vault/head.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { HEAD_TEXT_SIZE = 128, ROOT_TEXT_SIZE = 64 };

/* One row of meta: epoch, size, root in base64. */
void head_remember(struct db *db, const struct log_floor *head)
{
	char value[HEAD_TEXT_SIZE];
	struct text text;

	text_init(&text, value, sizeof(value));
	text_printf(&text, "%" PRIu32 " %" PRIu64 " ", head->epoch, head->head.size);
	text_add_base64(&text, head->head.root.bytes, MERKLE_HASH_SIZE);
	db_begin(db);

	sqlite3_stmt *set = db_use(db, "INSERT OR REPLACE INTO meta VALUES ('head', ?1)");

	db_bind_text(set, 1, value);
	db_run(db, set);
}

static bool parse_head(const char *value, struct log_floor *ret_head)
{
	char root[ROOT_TEXT_SIZE];
	struct log_floor head = {0};

	if (sscanf(value, "%" SCNu32 " %" SCNu64 " %63s", &head.epoch, &head.head.size, root) !=
		    3 ||
	    text_parse_base64(root, strlen(root), head.head.root.bytes, MERKLE_HASH_SIZE) < 0)
		return false;
	*ret_head = head;
	return true;
}

struct log_floor head_recall(struct db *db)
{
	sqlite3_stmt *find = db_use(db, "SELECT value FROM meta WHERE key = 'head'");
	char value[HEAD_TEXT_SIZE] = "";
	struct log_floor head = {0};

	if (db_step(db, find))
		db_copy_text(find, 0, value, sizeof(value));
	sqlite3_reset(find);
	return parse_head(value, &head) ? head : (struct log_floor){0};
}
