#include "vault/spoken.h"

#include <string.h>

#include "base/text.h"
#include "ipc/sounds.h"
#include "vault/sight.h"
#include "vault/store/ledger.h"

struct listing {
	const struct spoken_query *query;
	void (*found)(void *context, const struct ipc_row_spoken *row);
	void *context;
	struct ipc_row_spoken row; /* of the talk that is put together */
	bool has_row;
	unsigned count;
};

/* ---- whose it was ---- */

static void take_name(struct listing *listing, sqlite3_stmt *opening_row)
{
	struct ipc_row_spoken *row = &listing->row;
	struct journal_opening opening;
	char name[ENTRY_NAME_MAX + 1];
	bool is_person;

	db_copy_text(opening_row, 0, name, sizeof(name));
	is_person = strcmp(name, "acct") == 0;
	if (!is_person && strcmp(name, "device") != 0 && strcmp(name, "token") != 0)
		return;
	if (journal_unseal(listing->query->people->journal, db_int(opening_row, 1),
			   sqlite3_column_blob(opening_row, 2),
			   (size_t)sqlite3_column_bytes(opening_row, 2), &opening) < 0)
		return; /* that person was forgotten */
	text_copy(is_person ? row->user : row->device, NAME_SIZE, (const char *)opening.value);
}

static void name_talker(struct listing *listing, uint64_t talk_seq)
{
	struct db *db = listing->query->people->db;
	sqlite3_stmt *select =
		db_use(db, "SELECT name, person, sealed FROM openings WHERE log_seq = ?1 AND ?1 > 0");

	db_bind_int(select, 1, talk_seq);
	while (db_step(db, select))
		take_name(listing, select);
}

/* A sound of Ward's own has an entry that says which; a voice has its talk's. */
static enum speaker_sound sound_of(const struct journal *journal, uint64_t seq)
{
	char text[ENTRY_SIZE_MAX];
	struct entry_view entry;
	size_t size;

	if (seq == 0 || log_read_entry(journal->log, seq, text, &size) < 0 ||
	    entry_parse(text, size, &entry) < 0 || entry.kind != ENTRY_SPEAKER)
		return SOUND_NONE;
	return sounds_find(entry.values[ENTRY_SOUND]);
}

static void identify(struct listing *listing, const struct block_spoken *spoken)
{
	struct ipc_row_spoken *row = &listing->row;
	bool is_own;
	enum sight sight = sight_of_talk(listing->query->people, listing->query->who, spoken->sid,
					 &is_own);

	row->is_mine = is_own;
	row->sound = (uint32_t)sound_of(listing->query->people->journal, spoken->talk_seq);
	if (sight < SIGHT_NAMES) {
		text_copy(row->user, sizeof(row->user), "someone");
		return;
	}
	row->log_seq = spoken->talk_seq;
	memcpy(row->sid, spoken->sid, sizeof(row->sid));
	name_talker(listing, spoken->talk_seq);
}

/* ---- runs to talks ---- */

static void flush(struct listing *listing, const struct block_spoken *last)
{
	if (listing->has_row) {
		identify(listing, last);
		listing->found(listing->context, &listing->row);
		listing->count++;
	}
	listing->has_row = false;
}

struct joining {
	struct listing *listing;
	struct block_spoken last; /* of the talk that is put together */
};

/* What the end of a talk cuts off, nobody misses. */
static bool is_lost(uint32_t run)
{
	return run != RUN_SOUND && run != RUN_STOPPED;
}

static bool add_run(void *context, const struct block_spoken *spoken)
{
	struct joining *joining = context;
	struct listing *listing = joining->listing;
	struct ipc_row_spoken *row = &listing->row;

	if (spoken->run == RUN_SILENT)
		return true;
	if (listing->has_row && memcmp(joining->last.sid, spoken->sid, sizeof(spoken->sid)) != 0)
		flush(listing, &joining->last);
	if (listing->count == listing->query->limit)
		return false;
	if (!listing->has_row)
		*row = (struct ipc_row_spoken){.camera = listing->query->camera,
					       .to_us = block_spoken_end_us(spoken)};
	listing->has_row = true;
	joining->last = *spoken;
	row->from_us = spoken->start_us;
	row->sound_us += (uint64_t)spoken->samples * 1000000 / spoken->hz * (spoken->run == RUN_SOUND);
	row->lost_us += (uint64_t)spoken->samples * 1000000 / spoken->hz * is_lost(spoken->run);
	return true;
}

unsigned spoken_list(const struct spoken_query *query,
		     void (*found)(void *context, const struct ipc_row_spoken *row), void *context)
{
	struct listing listing = {.query = query, .found = found, .context = context};
	struct joining joining = {.listing = &listing};

	ledger_each_spoken(query->people->db, query->camera, query->from_us, query->to_us, add_run,
			   &joining);
	flush(&listing, &joining.last);
	return listing.count;
}
