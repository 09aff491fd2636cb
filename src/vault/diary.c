#include "vault/diary.h"

#include <errno.h>

#include "base/clock.h"
#include "base/text.h"
#include "vault/store/retention.h"

#define SECOND_US UINT64_C(1000000)

static uint64_t now_us(const struct diary *diary)
{
	return diary->clock->real_us(diary->clock->context);
}

/* ---- what the store keeps of it ---- */

/* From `from_us` on, until the camera's last event is over. */
static void tell_store(struct diary *diary, struct camera *camera, uint64_t from_us)
{
	sqlite3_stmt *select = db_use(diary->db, "SELECT count(*) FILTER (WHERE end_us IS NULL), "
						 "max(end_us) FROM events WHERE camera = ?1 "
						 "AND (end_us IS NULL OR start_us > ?2)");

	db_bind_int(select, 1, camera->id);
	db_bind_int(select, 2, now_us(diary) - 2 * DIARY_BEHIND_S_MAX * SECOND_US);
	if (!db_step(diary->db, select))
		return;
	uint64_t lasting = db_int(select, 0), end_us = db_int(select, 1);

	sqlite3_reset(select);
	if (lasting || end_us)
		store_keep(diary->store, camera, from_us, lasting ? UINT64_MAX : end_us);
}

void diary_refresh(struct diary *diary, struct camera *camera)
{
	tell_store(diary, camera, now_us(diary));
}

/* ---- beginning and ending ---- */

static uint64_t count_lasting(struct diary *diary, const struct camera *camera)
{
	sqlite3_stmt *count = db_use(diary->db, "SELECT count(*) FROM events WHERE camera = ?1 "
						"AND end_us IS NULL");

	db_bind_int(count, 1, camera->id);
	return db_number(diary->db, count);
}

static bool is_time_valid(const struct diary *diary, uint64_t start_us, uint64_t end_us)
{
	uint64_t now = now_us(diary);

	return start_us <= now + SECOND_US && start_us + DIARY_BEHIND_S_MAX * SECOND_US >= now &&
	       (end_us == 0 ||
		(end_us >= start_us && end_us <= now + DIARY_AHEAD_S_MAX * SECOND_US));
}

static uint64_t pack_box(const uint8_t box[4])
{
	return (uint64_t)box[0] << 24 | (uint64_t)box[1] << 16 | (uint64_t)box[2] << 8 | box[3];
}

static void unpack_box(uint64_t packed, uint8_t ret_box[4])
{
	for (unsigned i = 0; i < 4; i++)
		ret_box[i] = (uint8_t)(packed >> (24 - 8 * i));
}

static void insert(struct diary *diary, const struct camera *camera,
		   const struct diary_event *event)
{
	sqlite3_stmt *add =
		db_use(diary->db, "INSERT INTO events (camera, kind, start_us, end_us, "
				  "score, source, note, picture_us, picture_box) VALUES "
				  "(?1, ?2, ?3, nullif(?4, 0), nullif(?5, 0) - 1, ?6, ?7, "
				  "nullif(?8, 0), ?9)");

	db_begin(diary->db);
	db_bind_int(add, 1, camera->id);
	db_bind_int(add, 2, event->kind);
	db_bind_int(add, 3, event->start_us);
	db_bind_int(add, 4, event->end_us);
	db_bind_int(add, 5, event->score);
	db_bind_text(add, 6, event->source);
	db_bind_text(add, 7, event->note);
	db_bind_int(add, 8, event->picture_us);
	db_bind_int(add, 9, pack_box(event->picture_box));
	db_run(diary->db, add);
}

int diary_begin(struct diary *diary, struct camera *camera, const struct diary_event *event,
		uint64_t *ret_id)
{
	if (event->kind == DIARY_NONE || event->kind >= DIARY_KIND_COUNT ||
	    event->score > DIARY_SCORE_MAX + 1 ||
	    !is_time_valid(diary, event->start_us, event->end_us))
		return -EINVAL;
	if (event->end_us == 0 && count_lasting(diary, camera) >= DIARY_LASTING_MAX)
		return -EMSGSIZE;
	insert(diary, camera, event);
	uint64_t id = db_number(diary->db, db_use(diary->db, "SELECT last_insert_rowid()"));

	tell_store(diary, camera, event->start_us);
	events_diary(diary->events, camera, id);
	*ret_id = id;
	return 0;
}

/* false: no such event that lasts, or would. */
static bool find_start(struct diary *diary, const struct camera *camera, uint64_t id,
		       uint64_t *ret_start_us)
{
	sqlite3_stmt *find = db_use(diary->db, "SELECT start_us FROM events WHERE id = ?1 AND "
					       "camera = ?2 AND (end_us IS NULL OR end_us > ?3)");

	db_bind_int(find, 1, id);
	db_bind_int(find, 2, camera->id);
	db_bind_int(find, 3, now_us(diary));
	*ret_start_us = db_number(diary->db, find);
	return *ret_start_us != 0;
}

int diary_end(struct diary *diary, struct camera *camera, uint64_t id, uint64_t end_us)
{
	sqlite3_stmt *end = db_use(diary->db, "UPDATE events SET end_us = ?2 WHERE id = ?1");
	uint64_t start_us;

	if (!find_start(diary, camera, id, &start_us))
		return -ENOENT;
	if (end_us == 0)
		end_us = now_us(diary) > start_us ? now_us(diary) : start_us;
	if (end_us < start_us || end_us > now_us(diary) + DIARY_AHEAD_S_MAX * SECOND_US)
		return -EINVAL;
	db_begin(diary->db);
	db_bind_int(end, 1, id);
	db_bind_int(end, 2, end_us);
	db_run(diary->db, end);
	tell_store(diary, camera, start_us);
	events_diary(diary->events, camera, id);
	return 0;
}

int diary_amend(struct diary *diary, const struct camera *camera, const struct diary_event *event)
{
	sqlite3_stmt *amend =
		db_use(diary->db, "UPDATE events SET score = nullif(?2, 0) - 1, note = ?3, "
				  "picture_us = nullif(?4, 0), picture_box = ?5 WHERE id = ?1");
	uint64_t start_us;

	if (event->score > DIARY_SCORE_MAX + 1)
		return -EINVAL;
	if (!find_start(diary, camera, event->id, &start_us))
		return -ENOENT;
	db_begin(diary->db);
	db_bind_int(amend, 1, event->id);
	db_bind_int(amend, 2, event->score);
	db_bind_text(amend, 3, event->note);
	db_bind_int(amend, 4, event->picture_us);
	db_bind_int(amend, 5, pack_box(event->picture_box));
	db_run(diary->db, amend);
	return 0;
}

/* ---- listing ---- */

unsigned diary_list(struct diary *diary, const struct camera *camera, uint64_t from_us,
		    uint64_t to_us, unsigned limit, diary_found_fn *found, void *context)
{
	const uint64_t longest_us = (DIARY_BEHIND_S_MAX + DIARY_AHEAD_S_MAX) * SECOND_US;
	sqlite3_stmt *list = db_use(
		diary->db, "SELECT events.id, kind, start_us, end_us, score + 1, source, note, "
			   "picture_us, picture_box, faces.id, name FROM events "
			   "LEFT JOIN faces ON faces.id = face "
			   "WHERE camera = ?1 AND start_us < ?3 AND start_us > ?4 "
			   "AND (end_us IS NULL OR end_us > ?2) "
			   "ORDER BY start_us DESC, events.id DESC LIMIT ?5");
	unsigned count = 0;

	db_bind_int(list, 1, camera->id);
	db_bind_int(list, 2, from_us);
	db_bind_int(list, 3, to_us);
	db_bind_int(list, 4, from_us > longest_us ? from_us - longest_us : 0);
	db_bind_int(list, 5, limit);
	for (; db_step(diary->db, list); count++) {
		struct diary_event event = {.id = db_int(list, 0),
					    .kind = (uint32_t)db_int(list, 1),
					    .start_us = db_int(list, 2),
					    .end_us = db_int(list, 3),
					    .score = (uint32_t)db_int(list, 4),
					    .picture_us = db_int(list, 7),
					    .face = db_int(list, 9)};

		db_copy_text(list, 5, event.source, sizeof(event.source));
		db_copy_text(list, 6, event.note, sizeof(event.note));
		unpack_box(db_int(list, 8), event.picture_box);
		db_copy_text(list, 10, event.who, sizeof(event.who));
		found(context, &event);
	}
	return count;
}

/* ---- in order ---- */

/* What has lasted too long ends where it may not last any longer. */
static void end_overdue(struct diary *diary, uint64_t longest_us)
{
	sqlite3_stmt *end = db_use(
		diary->db, "UPDATE events SET end_us = min(start_us + ?2, max(?1, start_us)) "
			   "WHERE end_us IS NULL AND start_us + ?3 <= ?1");

	db_begin(diary->db);
	db_bind_int(end, 1, now_us(diary));
	db_bind_int(end, 2, DIARY_LASTS_S_MAX * SECOND_US);
	db_bind_int(end, 3, longest_us);
	db_run(diary->db, end);
}

/* Events grow old with the recordings of their camera, whether there are any or not. */
static void forget_old(struct diary *diary, const struct camera *camera)
{
	uint64_t days = retention_days(diary->store, camera->id), now = now_us(diary);
	sqlite3_stmt *forget = db_use(
		diary->db, "DELETE FROM events WHERE camera = ?1 AND (start_us < ?2 OR id <= "
			   "(SELECT id FROM events WHERE camera = ?1 ORDER BY id DESC "
			   "LIMIT 1 OFFSET ?3))");

	db_begin(diary->db);
	db_bind_int(forget, 1, camera->id);
	db_bind_int(forget, 2,
		    days && now > days * RETENTION_DAY_US ? now - days * RETENTION_DAY_US : 0);
	db_bind_int(forget, 3, DIARY_KEPT_MAX);
	db_run(diary->db, forget);
}

static void plan_tidy(struct diary *diary)
{
	loop_timer_start(diary->loop, &diary->tidy,
			 loop_now_ns(diary->loop) + DIARY_TIDY_MS * CLOCK_NS_PER_MS);
}

static void tidy_due(struct loop_timer *timer)
{
	struct diary *diary = container_of(timer, struct diary, tidy);

	end_overdue(diary, DIARY_LASTS_S_MAX * SECOND_US);
	for (uint32_t slot = 0; slot < CAMERA_MAX; slot++) {
		struct camera *camera = cameras_at(diary->cameras, slot);

		if (!camera)
			continue;
		if (diary->turn == 0)
			forget_old(diary, camera);
		diary_refresh(diary, camera);
	}
	diary->turn = (diary->turn + 1) % DIARY_FORGET_TURNS;
	plan_tidy(diary);
}

void diary_init(struct diary *diary, const struct diary *like)
{
	*diary = *like;
	diary->tidy.due = tidy_due;
	/* Whoever would have ended them is not told of a restart. */
	end_overdue(diary, 0);
	plan_tidy(diary);
}

void diary_finish(struct diary *diary)
{
	loop_timer_stop(&diary->tidy);
}
