#include "vault/store/store.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "vault/store/ledger.h"
#include "vault/store/retention.h"

static_assert((int)LEDGER_TRACKS == (int)RECORDER_TRACKS, "one count of tracks");

/* ---- blocks ---- */

static int record_block(struct store *store, struct recorder *recorder, struct ledger_mark *mark)
{
	struct journal_draft draft;
	char id[CAMERAS_ID_SIZE];

	cameras_log_id(recorder->camera, id);
	journal_draft(&draft, ENTRY_MEDIA, PERSON_HOUSE);
	entry_add_text(&draft.entry, ENTRY_CAM, id);
	entry_add_hex(&draft.entry, ENTRY_SHA256, mark->hash, sizeof(mark->hash));
	return journal_add(store->journal, &draft, NULL, &mark->seq);
}

static uint64_t size_of(const struct block *block)
{
	uint64_t size = 0;

	for (unsigned i = 0; i < block->count; i++)
		size += block->pieces[i].size;
	return size;
}

/* Pack first, then index and log in one batch: what the index names is on disk. -EAGAIN: the log's
 * batch is full. */
static int write_block(struct store *store, struct recorder *recorder)
{
	static char room[BLOCK_TEXT_MAX]; /* one thread, and never nested */
	struct block *block = &recorder->block;
	struct ledger_mark mark = {.epoch_us = recorder->epoch.start_us};
	uint64_t before = recorder->pack.size;
	struct text text;

	text_init(&text, room, sizeof(room));
	block_build_text(block, &text);
	if (text.failed)
		fatal("a block's text is over its bounds");
	sha256_parts(&(struct bytes){(const uint8_t *)text.data, text.size}, 1, mark.hash);
	int rc = recorder_append_text(recorder, &text);

	if (rc == 0)
		rc = pack_sync(&recorder->pack);
	if (rc == 0)
		rc = record_block(store, recorder, &mark);
	if (rc < 0)
		return rc;
	mark.size = size_of(block) + recorder->pack.size - before;
	ledger_add(store->journal->db, block, &mark);
	memcpy(block->previous, mark.hash, sizeof(block->previous));
	recorder_settle_block(recorder);
	return 0;
}

/* 0 also if there is nothing to write. */
static int end_block(struct store *store, struct recorder *recorder)
{
	if (recorder->block.count == 0 || journal_stopped(store->journal))
		return 0;
	int rc = write_block(store, recorder);

	if (rc == 0 && store->is_said) {
		store->is_said = false;
		diag_info("recording goes on");
	}
	return rc;
}

/* ---- trouble with the disk ---- */

static void suspend(struct store *store, struct recorder *recorder)
{
	if (recorder_end_idle(recorder, true) == 0)
		(void)(end_block(store, recorder) == 0);
	recorder_drop_block(recorder);
}

/* What other cameras sent until now may still be written. */
static void rest(struct store *store, struct recorder *failed, int error)
{
	store->rests = error;
	if (failed)
		recorder_drop_block(failed);
	for (unsigned slot = 0; slot < CAMERA_MAX; slot++)
		if (store->recorders[slot] && store->recorders[slot] != failed)
			suspend(store, store->recorders[slot]);
	if (store->is_said)
		return;
	store->is_said = true;
	diag_error("recording rests: %s. It goes on by itself when the disk can take it; the live "
		   "view and the log go on now.",
		   error == -ENOSPC ? "the disk is nearly full" : strerror(-error));
}

static void check_room(struct store *store)
{
	/* A disk that was pulled and put back is another one; its error tells itself soon enough.
	 */
	if (store->rests && store->disk->reopen) {
		thumb_cache_close(&store->thumbs);
		(void)(store->disk->reopen(store->disk) == 0);
	}

	int64_t free_bytes = store->disk->free_bytes(store->disk);

	if (free_bytes >= 0 && (uint64_t)free_bytes >= store->spare_bytes)
		store->rests = 0;
	else if (!store->rests)
		rest(store, NULL, free_bytes < 0 ? (int)free_bytes : -ENOSPC);
}

/* -EAGAIN: with the next tick. */
static void answer(struct store *store, struct recorder *recorder, int rc)
{
	if (rc < 0 && rc != -EAGAIN)
		rest(store, recorder, rc);
}

/* ---- epochs ---- */

static int open_epoch(struct recorder *recorder)
{
	struct store *store = recorder->owner;
	struct db *db = store->journal->db;
	uint32_t numbers[RECORDER_TRACKS];
	struct epoch epoch;

	db_begin(db);
	int rc =
		epoch_begin(db, store->key, recorder->camera->id, recorder->epoch.start_us, &epoch);

	if (rc < 0)
		return rc;
	ledger_count(db, epoch.camera, epoch.start_us, numbers);
	return recorder_open(recorder, &epoch, store->disk, numbers);
}

/* A block lies in one pack. If the log cannot take it now, the epoch lasts a little longer. */
static int roll(struct recorder *recorder)
{
	struct store *store = recorder->owner;
	int rc = end_block(store, recorder);

	if (rc == 0)
		recorder_begin(recorder);
	return rc == -EAGAIN ? 0 : rc;
}

/* ---- recorders ---- */

/* The chain goes on from the camera's newest block. */
static void load_previous(struct store *store, struct recorder *recorder)
{
	uint64_t end_us;

	if (!ledger_find_newest(store->journal->db, recorder->camera->id, recorder->block.previous,
				&end_us))
		return;
	for (unsigned i = 0; i < RECORDER_TRACKS; i++) {
		recorder->tracks[i].end_us = recorder->tracks[i].durable_us = end_us;
		recorder->tracks[i].why = GAP_RESTART;
	}
}

static void free_recorder(struct recorder *recorder)
{
	if (!recorder)
		return;
	shelf_clear(&recorder->shelf);
	pack_close(&recorder->pack);
	free(recorder);
}

static void drop(struct store *store, unsigned slot)
{
	struct recorder *recorder = store->recorders[slot];

	if (!recorder)
		return;
	suspend(store, recorder);
	free_recorder(recorder);
	store->recorders[slot] = NULL;
}

static struct recorder *make_recorder(struct store *store, struct camera *camera)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder)
		fatal("out of memory");
	recorder->camera = camera;
	recorder->room = &store->room;
	recorder->clock = store->clock;
	recorder->block.camera = camera->id;
	recorder->open = open_epoch;
	recorder->roll = roll;
	recorder->owner = store;
	load_previous(store, recorder);
	return recorder;
}

/* By its rule; what is said and what the speaker is given, always. true: they have changed. */
static bool set_modes(struct store *store, struct recorder *recorder)
{
	const struct store_rule *rule = &store->rules[recorder->camera->slot].rule;
	const uint32_t modes[RECORDER_TRACKS] = {[TRACK_VIDEO] = rule->main,
						 [TRACK_SUB] = rule->sub,
						 [TRACK_MIC] = rule->main,
						 [TRACK_TALK] = RECORD_CONTINUOUS,
						 [TRACK_SPEAKER] = RECORD_CONTINUOUS};

	recorder->pre_us = rule->pre_us;
	if (recorder_has_modes(recorder, modes))
		return false;
	answer(store, recorder, recorder_end_idle(recorder, true));
	recorder_set_modes(recorder, modes);
	return true;
}

static bool is_off(const struct store *store, unsigned slot)
{
	const struct store_rule *rule = &store->rules[slot].rule;

	return rule->main == RECORD_OFF && rule->sub == RECORD_OFF;
}

/* ---- time ---- */

static bool has_recorders(const struct store *store)
{
	for (unsigned slot = 0; slot < CAMERA_MAX; slot++)
		if (store->recorders[slot])
			return true;
	return false;
}

static void plan_tick(struct store *store)
{
	uint64_t wait_ms = has_recorders(store) ? STORE_TICK_MS : STORE_BLOCK_MS;

	loop_timer_start(store->loop, &store->tick,
			 loop_now_ns(store->loop) + wait_ms * CLOCK_NS_PER_MS);
}

static void tick(struct loop_timer *timer)
{
	enum { RETENTION_EVERY = 4 }; /* ticks: a backlog goes faster than it can grow */
	struct store *store = container_of(timer, struct store, tick);
	struct recorder *recorder = store->recorders[store->turn];

	if (recorder && !store->rests) {
		int rc = recorder_end_idle(recorder, false);
		bool is_empty = recorder->block.count == 0 && recorder->block.spoken_count == 0;

		if (rc == 0)
			rc = recorder_take_down(recorder);
		answer(store, recorder, rc < 0 ? rc : end_block(store, recorder));
		/* It was there for a talk, and nobody has spoken for a block's time. */
		if (is_off(store, store->turn) && is_empty)
			drop(store, store->turn);
	}
	if (store->turn % RETENTION_EVERY == 0)
		retention_keep(store);
	handover_go_on(store);
	handover_expire(store);
	store->turn = (store->turn + 1) % CAMERA_MAX;
	if (store->turn == 0 || !has_recorders(store))
		check_room(store);
	if (store->turn == 0 && store->is_unclean) {
		store->is_unclean = false;
		db_ask_scrub(store->journal->db);
	}
	plan_tick(store);
}

/* ---- what the cameras send ---- */

/* What is said to a camera, and what its speaker is given, is recorded also if nothing else is. */
static bool is_of_talk(const struct track *track)
{
	return track->format.track == TRACK_TALK || track->format.track == TRACK_SPEAKER;
}

static struct recorder *running(struct store *store, struct camera *camera,
				const struct track *track)
{
	struct recorder **recorder = &store->recorders[camera->slot];

	if (track->format.track >= RECORDER_TRACKS || store->rests ||
	    journal_stopped(store->journal))
		return NULL;
	if (!*recorder && is_of_talk(track)) {
		*recorder = make_recorder(store, camera);
		set_modes(store, *recorder);
		plan_tick(store);
	}
	return *recorder;
}

void store_prepare(struct store *store, struct camera *camera, struct track *track,
		   const struct ipc_frame *piece)
{
	struct recorder *recorder = running(store, camera, track);

	if (recorder)
		answer(store, recorder, recorder_prepare(recorder, track, piece));
}

void store_take(struct store *store, struct camera *camera, struct track *track)
{
	struct recorder *recorder = running(store, camera, track);

	if (recorder)
		answer(store, recorder, recorder_take(recorder, track));
}

void store_end_track(struct store *store, struct camera *camera, struct track *track)
{
	struct recorder *recorder = running(store, camera, track);

	if (recorder)
		answer(store, recorder, recorder_end_track(recorder, track));
}

void store_speak(struct store *store, struct camera *camera, const struct block_spoken *spoken,
		 uint64_t start_ns)
{
	struct recorder *recorder = running(store, camera, &camera->tracks[TRACK_SPEAKER]);

	if (!recorder || recorder_speak(recorder, spoken, start_ns) == 0)
		return;
	/* More runs than a block holds: this one is over. */
	int rc = recorder_end_idle(recorder, true);

	if (rc == 0)
		rc = end_block(store, recorder);
	if (rc == 0 && recorder_speak(recorder, spoken, start_ns) < 0)
		diag_warn("camera \"%s\": what its speaker was given changes too often to be told",
			  camera->name);
	answer(store, recorder, rc);
}

/* ---- which cameras ---- */
void store_record(struct store *store, struct camera *camera, const struct store_rule *rule)
{
	struct recorder **recorder = &store->recorders[camera->slot];

	store->rules[camera->slot].camera = camera->id;
	store->rules[camera->slot].rule = *rule;
	if (is_off(store, camera->slot)) {
		drop(store, camera->slot);
		return;
	}
	if (!*recorder)
		*recorder = make_recorder(store, camera);
	if (set_modes(store, *recorder))
		plan_tick(store);
}

void store_keep(struct store *store, struct camera *camera, uint64_t from_us, uint64_t to_us)
{
	const struct store_rule *rule = &store->rules[camera->slot].rule;
	struct recorder *recorder = store->recorders[camera->slot];

	if (!recorder)
		return;
	recorder_keep(recorder, from_us > rule->pre_us ? from_us - rule->pre_us : 0,
		      to_us == UINT64_MAX ? to_us : to_us + rule->post_us);
	if (!store->rests && !journal_stopped(store->journal))
		answer(store, recorder, recorder_take_down(recorder));
}

void store_forget(struct store *store, struct camera *camera)
{
	drop(store, camera->slot);
	store->rules[camera->slot].camera = 0;
}

int store_lock(struct store *store)
{
	uint8_t fresh[EPOCH_STORE_KEY_SIZE];
	int rc = store_key_renew(&store->key_file, fresh);

	/* Also if it failed half-way: what is recorded now must open with the file there. */
	if (store_key_read(&store->key_file, fresh) == 0)
		memcpy(store->key, fresh, sizeof(store->key));
	sodium_memzero(fresh, sizeof(fresh));
	return rc;
}

void store_start(struct store *store, const struct store_parts *parts)
{
	*store = (struct store){.loop = parts->loop,
				.journal = parts->journal,
				.disk = parts->disk,
				.clock = parts->clock,
				.spare_bytes = parts->spare_bytes ? parts->spare_bytes
								  : (uint64_t)STORE_SPARE_MIB << 20,
				.thumbs = {.disk = parts->disk},
				.tick = {.due = tick}};
	memcpy(store->key, parts->key, sizeof(store->key));
	if (parts->key_file)
		store->key_file = *parts->key_file;
	erasure_resume(store);
	check_room(store);
	plan_tick(store);
}

void store_stop(struct store *store)
{
	for (unsigned slot = 0; slot < CAMERA_MAX; slot++)
		drop(store, slot);
}

void store_finish(struct store *store)
{
	loop_timer_stop(&store->tick);
	if (store->journal)
		erasure_finish(store);
	for (unsigned slot = 0; slot < CAMERA_MAX; slot++) {
		free_recorder(store->recorders[slot]);
		store->recorders[slot] = NULL;
	}
	thumb_cache_close(&store->thumbs);
	free(store->room.data);
	free(store->sealed.data);
	free(store->plain.data);
	store->room = store->sealed = store->plain = (struct recorder_room){0};
	sodium_memzero(store->key, sizeof(store->key));
	store_key_finish(&store->key_file);
}
