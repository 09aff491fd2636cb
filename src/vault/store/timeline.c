#include "vault/store/timeline.h"

#include "base/text.h"

enum { REASON_BLOCKS_MAX = 4 /* looked at for a gap's reason */ };

struct walk {
	struct db *db;
	const struct catalog_span *span;
	uint64_t step_us;
	void (*found)(void *context, const struct ipc_span *span);
	void *context;
	unsigned spans;
};

struct stretch {
	uint64_t from_us, to_us;
};

/* The newest stretch that begins at or before a time; the oldest that begins behind it. */
#define NEWEST_UNTIL                                                                               \
	"SELECT start_us, end_us FROM blocks WHERE camera = ?1 AND start_us <= ?2 "                \
	"ORDER BY start_us DESC LIMIT 1"
#define OLDEST_AFTER                                                                               \
	"SELECT start_us, end_us FROM blocks WHERE camera = ?1 AND start_us > ?2 "                 \
	"ORDER BY start_us LIMIT 1"

static bool look(struct walk *walk, sqlite3_stmt *select, uint64_t us, struct stretch *ret_stretch)
{
	db_bind_int(select, 1, walk->span->camera);
	db_bind_int(select, 2, us > INT64_MAX ? INT64_MAX : us);
	bool is_found = db_step(walk->db, select);

	if (is_found)
		*ret_stretch = (struct stretch){db_int(select, 0), db_int(select, 1)};
	sqlite3_reset(select);
	return is_found;
}

static bool newest_until(struct walk *walk, uint64_t us, struct stretch *ret_stretch)
{
	return look(walk, db_use(walk->db, NEWEST_UNTIL), us, ret_stretch);
}

static bool oldest_after(struct walk *walk, uint64_t us, struct stretch *ret_stretch)
{
	return look(walk, db_use(walk->db, OLDEST_AFTER), us, ret_stretch);
}

static void tell(struct walk *walk, struct stretch stretch, const char *reason)
{
	struct ipc_span row = {.from_us = stretch.from_us, .to_us = stretch.to_us};

	if (row.from_us < walk->span->from_us)
		row.from_us = walk->span->from_us;
	if (row.to_us > walk->span->to_us)
		row.to_us = walk->span->to_us;
	if (row.from_us >= row.to_us)
		return;
	row.is_gap = reason != NULL;
	walk->spans += !reason;
	if (reason)
		text_copy(row.reason, sizeof(row.reason), reason);
	walk->found(walk->context, &row);
}

/* ---- why nothing was recorded: the block behind a gap says it ---- */

static enum block_gap reason_in(struct bytes records, struct stretch gap)
{
	struct block_piece piece;

	for (size_t i = 0; block_parse_record(records.data, records.size, i, &piece) == 0; i++)
		if (piece.gap && piece.start_us < gap.to_us && piece.end_us > gap.from_us)
			return piece.gap;
	return GAP_NONE;
}

static const char *find_reason(struct walk *walk, struct stretch gap)
{
	enum block_gap why = GAP_NONE;
	sqlite3_stmt *select =
		db_use(walk->db, "SELECT pieces FROM blocks WHERE camera = ?1 AND start_us > ?2 "
				 "AND start_us <= ?3 ORDER BY start_us DESC LIMIT ?4");

	db_bind_int(select, 1, walk->span->camera);
	db_bind_int(select, 2, gap.from_us);
	db_bind_int(select, 3, gap.to_us);
	db_bind_int(select, 4, REASON_BLOCKS_MAX);
	while (!why && db_step(walk->db, select))
		why = reason_in((struct bytes){sqlite3_column_blob(select, 0),
					       (size_t)sqlite3_column_bytes(select, 0)},
				gap);
	sqlite3_reset(select);
	return why ? block_gap_name(why) : "unknown";
}

/* ---- walking ---- */

/* Goes on as far as there is no hole: each look takes the newest block that begins within a step,
 * so that two looks go at least one step far. */
static void extend(struct walk *walk, struct stretch *stretch)
{
	struct stretch next;

	while (stretch->to_us < walk->span->to_us &&
	       newest_until(walk, stretch->to_us + walk->step_us, &next) &&
	       next.to_us > stretch->to_us)
		stretch->to_us = next.to_us;
}

static bool begin(struct walk *walk, struct stretch *ret_stretch)
{
	if (newest_until(walk, walk->span->from_us, ret_stretch) &&
	    ret_stretch->to_us > walk->span->from_us)
		return true;
	return oldest_after(walk, walk->span->from_us, ret_stretch);
}

void timeline_read(struct db *db, const struct catalog_span *span, uint64_t step_us,
		   void (*found)(void *context, const struct ipc_span *span), void *context)
{
	struct walk walk = {
		.db = db, .span = span, .step_us = step_us, .found = found, .context = context};
	uint64_t step_us_min = (span->to_us - span->from_us) / PLAY_SPANS_MAX;
	struct stretch stretch, next;

	if (walk.step_us < step_us_min)
		walk.step_us = step_us_min;
	bool is_more = begin(&walk, &stretch);

	while (is_more && stretch.from_us < span->to_us && walk.spans < PLAY_SPANS_MAX) {
		extend(&walk, &stretch);
		tell(&walk, stretch, NULL);
		is_more = stretch.to_us < span->to_us &&
			  oldest_after(&walk, stretch.to_us + walk.step_us, &next);
		if (is_more && next.from_us < span->to_us) {
			struct stretch gap = {stretch.to_us, next.from_us};

			tell(&walk, gap, find_reason(&walk, gap));
		}
		stretch = next;
	}
}

void timeline_bounds(struct db *db, uint32_t camera, uint64_t *ret_oldest_us,
		     uint64_t *ret_newest_us)
{
	struct catalog_span span = {.camera = camera};
	struct walk walk = {.db = db, .span = &span};
	struct stretch oldest = {0}, newest = {0};

	if (oldest_after(&walk, 0, &oldest))
		(void)newest_until(&walk, INT64_MAX, &newest);
	*ret_oldest_us = oldest.from_us;
	*ret_newest_us = newest.to_us;
}
