#include "vault/clips.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "proto/log/ask.h"
#include "vault/cameras.h"
#include "vault/words.h"

/* The log gets who did it, to which camera, and a commitment to the rest. */
static int record(struct people *people, const struct who *who, uint32_t camera,
		  const struct clip *clip, const char *reason, struct log_waiter *waiter,
		  uint64_t *ret_seq)
{
	struct journal_draft draft;
	char id[CAMERAS_ID_SIZE], what[COMMITMENT_VALUE_MAX + 1];

	snprintf(id, sizeof(id), "c%" PRIu32, camera);
	snprintf(what, sizeof(what), "%s %" PRIu64 " %" PRIu64, clip->name, clip->from_us,
		 clip->to_us);
	journal_draft(&draft, ENTRY_CONFIG, who->user);
	entry_add_text(&draft.entry, ENTRY_CAM, id);
	entry_add_text(&draft.entry, ENTRY_WHY, words_role(who->role));
	entry_add_text(&draft.entry, ENTRY_REASON, reason);
	journal_text(&draft, "name", what);
	entry_add_hex(&draft.entry, ENTRY_SHA256, draft.entry.commitments[0].hash, 32);
	if (who->via == WHO_DEVICE) {
		entry_add_number(&draft.entry, ENTRY_GRANT, who->right_seq);
		journal_text(&draft, "acct", who->user_name);
		journal_text(&draft, "device", who->device_name);
	}
	return journal_add(people->journal, &draft, waiter, ret_seq);
}

static bool is_recorded(struct people *people, uint32_t camera, const struct clip *clip)
{
	/* A block lasts some ten seconds; a minute is the longest that its pieces may lie apart. */
	const uint64_t before_us = UINT64_C(120) * 1000000;
	sqlite3_stmt *find =
		db_use(people->db, "SELECT count(*) FROM (SELECT 1 FROM blocks WHERE camera = ?1 "
				   "AND start_us < ?3 AND start_us > ?4 AND end_us > ?2 LIMIT 1)");

	db_bind_int(find, 1, camera);
	db_bind_int(find, 2, clip->from_us);
	db_bind_int(find, 3, clip->to_us);
	db_bind_int(find, 4, clip->from_us > before_us ? clip->from_us - before_us : 0);
	return db_number(people->db, find) != 0;
}

static int check(struct people *people, uint32_t camera, const struct clip *clip)
{
	sqlite3_stmt *count = db_use(people->db, "SELECT count(*) FROM clips WHERE camera = ?1 "
						 "AND removed_seq IS NULL");

	if (clip->from_us >= clip->to_us || clip->to_us - clip->from_us > CLIPS_LENGTH_US_MAX ||
	    !ask_name_is_valid(clip->name))
		return -EINVAL;
	if (!is_recorded(people, camera, clip))
		return -ENOENT;
	db_bind_int(count, 1, camera);
	return db_number(people->db, count) < CLIPS_MAX ? 0 : -EMSGSIZE;
}

int clips_keep(struct people *people, const struct who *who, uint32_t camera,
	       const struct clip *clip, struct log_waiter *waiter, uint64_t *ret_id)
{
	uint64_t seq;
	int rc = check(people, camera, clip);

	if (rc == 0)
		rc = record(people, who, camera, clip, "clip-kept", waiter, &seq);
	if (rc < 0)
		return rc;
	sqlite3_stmt *add = db_use(people->db, "INSERT INTO clips (camera, from_us, to_us, name, "
					       "log_seq) VALUES (?1, ?2, ?3, ?4, ?5)");

	db_bind_int(add, 1, camera);
	db_bind_int(add, 2, clip->from_us);
	db_bind_int(add, 3, clip->to_us);
	db_bind_text(add, 4, clip->name);
	db_bind_int(add, 5, seq);
	db_run(people->db, add);
	*ret_id = db_number(people->db, db_use(people->db, "SELECT last_insert_rowid()"));
	return 0;
}

static void read_clip(sqlite3_stmt *row, struct clip *ret_clip)
{
	*ret_clip = (struct clip){
		.id = db_int(row, 0), .from_us = db_int(row, 1), .to_us = db_int(row, 2)};
	db_copy_text(row, 3, ret_clip->name, sizeof(ret_clip->name));
}

int clips_release(struct people *people, const struct who *who, uint32_t camera, uint64_t id,
		  struct log_waiter *waiter)
{
	sqlite3_stmt *find =
		db_use(people->db, "SELECT id, from_us, to_us, name FROM clips WHERE id = ?1 AND "
				   "camera = ?2 AND removed_seq IS NULL");
	struct clip clip;
	uint64_t seq;

	db_bind_int(find, 1, id);
	db_bind_int(find, 2, camera);
	if (!db_step(people->db, find))
		return -ENOENT;
	read_clip(find, &clip);
	sqlite3_reset(find);
	int rc = record(people, who, camera, &clip, "clip-released", waiter, &seq);

	if (rc < 0)
		return rc;
	sqlite3_stmt *mark = db_use(people->db, "UPDATE clips SET removed_seq = ?2 WHERE id = ?1");

	db_bind_int(mark, 1, id);
	db_bind_int(mark, 2, seq);
	db_run(people->db, mark);
	return 0;
}

unsigned clips_list(struct people *people, uint32_t camera, uint64_t from_us, uint64_t to_us,
		    unsigned limit, clips_found_fn *found, void *context)
{
	sqlite3_stmt *list =
		db_use(people->db, "SELECT id, from_us, to_us, name FROM clips WHERE camera = ?1 "
				   "AND removed_seq IS NULL AND from_us < ?3 AND to_us > ?2 "
				   "ORDER BY from_us DESC, id DESC LIMIT ?4");
	unsigned count = 0;

	db_bind_int(list, 1, camera);
	db_bind_int(list, 2, from_us);
	db_bind_int(list, 3, to_us);
	db_bind_int(list, 4, limit);
	for (; db_step(people->db, list); count++) {
		struct clip clip;

		read_clip(list, &clip);
		found(context, &clip);
	}
	return count;
}
