#include "sim/sim_house.h"

#include <assert.h>
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit/check.h"

enum { PICTURE_SIZE = 600, SOUND_SIZE = 80, SOUND_MS = 1000, QUIET_TURNS = 2 * CAMERA_MAX };

#define TURN_US (UINT64_C(1000) * STORE_BLOCK_MS / CAMERA_MAX)
#define DAY_US  (UINT64_C(86400) * 1000000)

/* ---- begin and end ---- */

static void add_camera(struct sim_house *house, unsigned slot)
{
	struct reel *reel = &house->reel;
	bool by_bytes = house->plan.bytes && slot % 2;
	struct store_rule rule = {.main = RECORD_CONTINUOUS,
				  .limits = {.days = by_bytes ? 0 : house->plan.days,
					     .bytes = by_bytes ? house->plan.bytes : 0}};
	struct camera *first = reel->camera;
	char name[NAME_SIZE];
	int fds[2];

	if (slot > 0) { /* the reel has one */
		snprintf(name, sizeof(name), "Room %u", slot);
		assert_int_equal(ipc_pair(0, fds), 0);
		assert_int_equal(cameras_attach(&reel->cameras, slot, name, fds[0]), 0);
		close(fds[1]);
	}
	reel->camera = cameras_at(&reel->cameras, slot);
	store_record(&reel->store, reel->camera, &rule);
	reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
	if (house->plan.has_sound)
		reel_set_track(reel, TRACK_MIC, CODEC_AAC);
	reel->camera = first ? first : reel->camera;
	journal_commit(&reel->journal);
}

struct sim_house *sim_house_create(const char *path, const struct sim_house_plan *plan)
{
	struct sim_house *house = calloc(1, sizeof(*house));

	assert_non_null(house);
	assert_in_range(plan->cameras, 1, SIM_HOUSE_CAMERAS_MAX);
	house->plan = *plan;
	reel_init(&house->reel, NULL);
	house->reel.real_us = epoch_start_of(house->reel.real_us);
	snprintf(house->reel.path, sizeof(house->reel.path), "%s",
		 path ? path : "/tmp/ward-house-XXXXXX");
	if (!path)
		assert_non_null(mkdtemp(house->reel.path));
	reel_start(&house->reel);
	for (unsigned slot = 0; slot < plan->cameras; slot++)
		add_camera(house, slot);
	return house;
}

void sim_house_destroy(struct sim_house *house)
{
	reel_crash(&house->reel);
	reel_remove(&house->reel);
	free(house);
}

/* ---- what the cameras send ---- */

static void send(struct sim_house *house, unsigned slot, enum media_track number, bool is_key)
{
	static const uint8_t data[PICTURE_SIZE];
	struct reel *reel = &house->reel;
	struct camera *camera = cameras_at(&reel->cameras, slot);
	struct track *track = &camera->tracks[number];
	struct ipc_frame piece = {.frame = ++house->cameras[slot].sent[number],
				  .pts_ns = reel->boot_ns,
				  .track = (uint32_t)number,
				  .size = number == TRACK_MIC ? SOUND_SIZE : PICTURE_SIZE,
				  .flags = is_key ? FRAME_KEY : 0,
				  .config = track->sender_config};

	store_prepare(&reel->store, camera, track, &piece);
	if (track_take_piece(track, &piece, data, piece.size) > 0)
		store_take(&reel->store, camera, track);
}

static bool is_due(struct sim_house *house, unsigned slot, enum media_track track, unsigned ms)
{
	uint64_t *due_us = &house->cameras[slot].due_us[track];

	if (house->reel.real_us < *due_us)
		return false;
	*due_us = house->reel.real_us + ms * UINT64_C(1000);
	return true;
}

static void send_all(struct sim_house *house)
{
	for (unsigned slot = 0; slot < house->plan.cameras; slot++) {
		bool *is_between = &house->cameras[slot].is_between;

		if (is_due(house, slot, TRACK_VIDEO, house->plan.group_ms / 2)) {
			send(house, slot, TRACK_VIDEO, !*is_between);
			*is_between = !*is_between;
		}
		if (house->plan.has_sound && is_due(house, slot, TRACK_MIC, SOUND_MS))
			send(house, slot, TRACK_MIC, true);
	}
}

static void rest_all(struct sim_house *house)
{
	for (unsigned slot = 0; slot < house->plan.cameras; slot++)
		house->cameras[slot].is_between = false;
}

/* ---- turns ---- */

static uint64_t rows_changed(struct db *db)
{
	return (uint64_t)sqlite3_total_changes64(sqlite3_db_handle(db_use(db, "SELECT 1")));
}

/* Of this process: what else the machine does is not counted. */
static double cpu_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static void note_turn(struct sim_house *house, uint64_t rows, unsigned unlinks, double ms)
{
	struct sim_house_turns *most = &house->most;

	house->unlinks += unlinks;
	if (unlinks == 0) {
		most->other_ms = ms > most->other_ms ? ms : most->other_ms;
		return;
	}
	most->rows = rows > most->rows ? rows : most->rows;
	most->unlinks = unlinks > most->unlinks ? unlinks : most->unlinks;
	most->erasing_ms = ms > most->erasing_ms ? ms : most->erasing_ms;
}

/* The store's tick and the commit behind it, as one turn of the vault's loop has them. */
static void turn(struct sim_house *house)
{
	struct reel *reel = &house->reel;
	uint64_t rows = rows_changed(reel->db);
	unsigned unlinks = reel->disk.unlinks;
	double start_ms = cpu_ms();

	loop_timer_stop(&reel->store.tick);
	reel->store.tick.due(&reel->store.tick);
	journal_commit(&reel->journal);
	double took_ms = cpu_ms() - start_ms;

	if (journal_stopped(&reel->journal))
		fail_msg("%s", journal_stopped(&reel->journal));
	note_turn(house, rows_changed(reel->db) - rows, reel->disk.unlinks - unlinks, took_ms);
	if (reel->store.turn == 0)
		assert_int_equal(log_publish(reel->log), 0);
}

static void pass(struct sim_house *house, uint64_t us)
{
	house->reel.real_us += us;
	house->reel.boot_ns += us * 1000;
}

void sim_house_live(struct sim_house *house, double days)
{
	uint64_t end_us = house->reel.real_us + (uint64_t)(days * (double)DAY_US);
	uint64_t active_us = house->plan.active_s * UINT64_C(1000000);
	uint64_t quiet_us = (EPOCH_LENGTH_US - active_us) / QUIET_TURNS;

	while (house->reel.real_us < end_us) {
		bool is_active = house->reel.real_us % EPOCH_LENGTH_US < active_us;

		if (is_active)
			send_all(house);
		else
			rest_all(house);
		turn(house);
		pass(house, is_active ? TURN_US : quiet_us);
	}
}

void sim_house_protect(struct sim_house *house, uint64_t from_us, uint64_t to_us)
{
	struct db *db = house->reel.db;

	db_begin(db);
	for (unsigned slot = 0; slot < house->plan.cameras; slot++) {
		sqlite3_stmt *add = db_use(db, "INSERT INTO clips (camera, from_us, to_us, name, "
					       "log_seq) VALUES (?1, ?2, ?3, 'kept', 1)");

		db_bind_int(add, 1, cameras_at(&house->reel.cameras, slot)->id);
		db_bind_int(add, 2, from_us);
		db_bind_int(add, 3, to_us);
		db_run(db, add);
	}
	journal_commit(&house->reel.journal);
}

/* ---- what is held ---- */

static uint64_t resident_bytes(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%*s %lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t count_names(const char *path)
{
	DIR *directory = opendir(path);
	uint64_t count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count < 2 ? 0 : count - 2;
}

struct sim_house_use sim_house_use(struct sim_house *house)
{
	struct db *db = house->reel.db;
	struct sim_house_use use = {.rss_bytes = resident_bytes(),
				    .heap_bytes = mallinfo2().uordblks,
				    .files = (unsigned)count_names("/proc/self/fd")};

	use.index_bytes = db_number(db, db_use(db, "PRAGMA page_count")) *
			  db_number(db, db_use(db, "PRAGMA page_size"));
	for (unsigned slot = 0; slot < house->plan.cameras; slot++) {
		char path[sizeof(house->reel.path) + 32];

		snprintf(path, sizeof(path), "%s/store/c%u", house->reel.path,
			 cameras_at(&house->reel.cameras, slot)->id);
		use.packs += count_names(path);
	}
	return use;
}
