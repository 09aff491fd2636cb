#include "reel.h"

#include "../check.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/clock.h"
#include "vault/head.h"

enum { STEP_MS = 20, FRAME_SIZE = 900, SOUND_SIZE = 160 };

/* ---- clocks and disk ---- */

static uint64_t real_us(void *context)
{
	return ((struct reel *)context)->real_us;
}

static uint64_t boot_ns(void *context)
{
	return ((struct reel *)context)->boot_ns;
}

static struct reel_disk *disk_of(struct disk *disk)
{
	return container_of(disk, struct reel_disk, disk);
}

static int disk_open(struct disk *disk, const char *path, enum disk_mode mode)
{
	return disk_of(disk)->real->open(disk_of(disk)->real, path, mode);
}

static void disk_close(struct disk *disk, int file)
{
	disk_of(disk)->real->close(disk_of(disk)->real, file);
}

static int64_t disk_read(struct disk *disk, int file, void *data, size_t size, uint64_t offset)
{
	return disk_of(disk)->real->read(disk_of(disk)->real, file, data, size, offset);
}

/* A write that fails has written half. */
static int disk_write(struct disk *disk, int file, const void *data, size_t size, uint64_t offset)
{
	struct reel_disk *own = disk_of(disk);
	size_t part = own->write_error ? size / 2 : size;
	int rc = own->real->write(own->real, file, data, part, offset);

	return own->write_error ? own->write_error : rc;
}

static int64_t disk_size(struct disk *disk, int file)
{
	return disk_of(disk)->real->size(disk_of(disk)->real, file);
}

static int disk_sync_data(struct disk *disk, int file)
{
	struct reel_disk *own = disk_of(disk);

	own->syncs++;
	return own->sync_error ? own->sync_error : own->real->sync_data(own->real, file);
}

static int disk_sync_directory(struct disk *disk, const char *path)
{
	return disk_of(disk)->real->sync_directory(disk_of(disk)->real, path);
}

static int disk_unlink(struct disk *disk, const char *path)
{
	disk_of(disk)->unlinks++;
	return disk_of(disk)->real->unlink(disk_of(disk)->real, path);
}

static int disk_make_directory(struct disk *disk, const char *path)
{
	return disk_of(disk)->real->make_directory(disk_of(disk)->real, path);
}

static int64_t disk_free_bytes(struct disk *disk)
{
	struct reel_disk *own = disk_of(disk);

	return own->free_bytes >= 0 ? own->free_bytes : INT64_MAX;
}

static const struct disk disk_functions = {.open = disk_open,
					   .close = disk_close,
					   .read = disk_read,
					   .write = disk_write,
					   .size = disk_size,
					   .sync_data = disk_sync_data,
					   .sync_directory = disk_sync_directory,
					   .unlink = disk_unlink,
					   .make_directory = disk_make_directory,
					   .free_bytes = disk_free_bytes};

/* ---- start and end ---- */

static void ignore_state(void *context, struct camera *camera)
{
	(void)context;
	(void)camera;
}

static void open_directories(struct reel *reel)
{
	char path[256];

	if (reel->backing) {
		reel->log_disk = reel->disk.real = reel->backing;
		return;
	}
	snprintf(path, sizeof(path), "%s/log", reel->path);
	assert_int_equal(disk_directory_open(path, &reel->log_disk), 0);
	snprintf(path, sizeof(path), "%s/store", reel->path);
	assert_int_equal(disk_directory_open(path, &reel->disk.real), 0);
}

static bool open_parts(struct reel *reel, char why[LOG_WHY_MAX])
{
	enum { SIM_SEGMENT = 8192 };
	char path[256];
	uint8_t seed[LOG_SEED_SIZE] = {1, 2, 3};
	struct log_config config = {.seed = seed, .clock = reel->clock};

	open_directories(reel);
	reel->disk.disk = disk_functions;
	config.disk = reel->log_disk;
	config.segment_bytes = reel->backing ? SIM_SEGMENT : 0;
	snprintf(path, sizeof(path), "%s/log.key", reel->path);
	if (!reel->backing)
		assert_int_equal(log_key_open(path, seed), 0);
	snprintf(path, sizeof(path), "%s%svault.db", reel->path, reel->backing ? "" : "/");
	if (db_open(path, &reel->db, why) < 0)
		return false;
	config.floor = head_recall(reel->db);
	return log_open(&config, &reel->log, why) == 0 &&
	       db_reconcile(reel->db, log_origin(reel->log), log_durable_size(reel->log)) == 0;
}

void reel_record(struct reel *reel, enum record_mode mode)
{
	struct store_rule rule = {.main = mode, .sub = mode, .pre_us = 5000000, .post_us = 5000000};

	store_record(&reel->store, reel->camera, &rule);
}

static void close_parts(struct reel *reel)
{
	log_destroy(reel->log);
	db_destroy(reel->db);
	reel->log = NULL;
	reel->db = NULL;
	if (reel->backing)
		return;
	disk_directory_close(reel->log_disk);
	disk_directory_close(reel->disk.real);
}

static void start_parts(struct reel *reel)
{
	static const uint8_t key[EPOCH_STORE_KEY_SIZE] = {1, 2, 3};
	struct journal_listener journal = {0};
	struct cameras_listener cameras = {.state = ignore_state};
	int fds[2];

	assert_int_equal(loop_create(&reel->loop), 0);
	journal_start(&reel->journal, reel->loop, reel->log, reel->db, &journal);
	struct store_parts parts = {.loop = reel->loop,
				    .journal = &reel->journal,
				    .disk = &reel->disk.disk,
				    .clock = &reel->clock,
				    .key = key};

	store_start(&reel->store, &parts);
	cameras_init(&reel->cameras, reel->loop, &reel->journal, &cameras);
	assert_int_equal(ipc_pair(0, fds), 0);
	assert_int_equal(cameras_attach(&reel->cameras, 0, "Yard", fds[0]), 0);
	close(fds[1]);
	journal_commit(&reel->journal);
	reel->camera = cameras_at(&reel->cameras, 0);
	memset(reel->sent, 0, sizeof(reel->sent));
	reel_record(reel, RECORD_CONTINUOUS);
}

bool reel_try_start(struct reel *reel, char why[LOG_WHY_MAX])
{
	bool is_open = open_parts(reel, why);

	if (is_open)
		start_parts(reel);
	else
		close_parts(reel);
	return is_open;
}

void reel_start(struct reel *reel)
{
	char why[LOG_WHY_MAX] = "";

	if (!reel_try_start(reel, why))
		fail_msg("%s", why);
}

void reel_crash(struct reel *reel)
{
	store_finish(&reel->store);
	cameras_finish(&reel->cameras);
	loop_timer_stop(&reel->journal.heartbeat);
	loop_timer_stop(&reel->journal.publish);
	loop_timer_stop(&reel->journal.again);
	close_parts(reel);
	loop_destroy(reel->loop);
	reel->loop = NULL;
}

void reel_stop(struct reel *reel)
{
	store_stop(&reel->store);
	journal_stop(&reel->journal);
	reel_crash(reel);
}

void reel_init(struct reel *reel, struct disk *backing)
{
	assert_int_not_equal(sodium_init(), -1);
	*reel = (struct reel){.backing = backing};
	reel->disk.free_bytes = -1;
	reel->real_us = UINT64_C(1795000200000000); /* in the middle of ten minutes */
	reel->boot_ns = 1000 * CLOCK_NS_PER_MS;
	reel->clock = (struct log_clock){real_us, boot_ns, reel, 7};
}

struct reel *reel_create(void)
{
	struct reel *reel = malloc(sizeof(*reel));

	assert_non_null(reel);
	reel_init(reel, NULL);
	snprintf(reel->path, sizeof(reel->path), "/tmp/ward-reel-XXXXXX");
	assert_non_null(mkdtemp(reel->path));
	reel_start(reel);
	return reel;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

void reel_remove(struct reel *reel)
{
	nftw(reel->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void reel_destroy(struct reel *reel)
{
	if (reel->loop)
		reel_crash(reel);
	reel_remove(reel);
	free(reel);
}

/* ---- the camera ---- */

static const uint8_t h264[] = {0,    0, 0, 6, 0x67, 0x42, 0xc0, 0x1f, 0xd9,
			       0x00, 0, 0, 0, 4,    0x68, 0xce, 0x3c, 0x80};
static const uint8_t h265[] = {0,    0,    0,    6,    0x40, 0x01, 0x0c, 0x01, 0xff, 0xff, 0,
			       0,    0,    20,   0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03,
			       0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x3f, 0xa0,
			       0x05, 0,    0,    0,    5,    0x44, 0x01, 0xc0, 0x72, 0xb0};
static const uint8_t aac[] = {0x11, 0x90};

static const struct {
	const uint8_t *config;
	size_t size;
	uint32_t clock_hz;
} codecs[CODEC_COUNT] = {
	[CODEC_H264] = {h264, sizeof(h264), 90000},
	[CODEC_H265] = {h265, sizeof(h265), 90000},
	[CODEC_AAC] = {aac, sizeof(aac), 48000},
	[CODEC_OPUS] = {NULL, 0, 48000},
	[CODEC_PCMU] = {NULL, 0, 8000},
	[CODEC_PCMA] = {NULL, 0, 8000},
};

void reel_set_track(struct reel *reel, enum media_track track, enum media_codec codec)
{
	struct ipc_track format = {.track = (uint32_t)track,
				   .codec = (uint32_t)codec,
				   .config = 1,
				   .clock_hz = codecs[codec].clock_hz,
				   .channels = 1,
				   .width = 640,
				   .height = 360};
	struct track *own = &reel->camera->tracks[track];
	int rc = track_take_format(own, &format, codecs[codec].config, codecs[codec].size);

	assert_true(rc >= 0);
	if (rc > 0)
		store_end_track(&reel->store, reel->camera, own);
}

void reel_send(struct reel *reel, enum media_track track, bool is_key, uint32_t size)
{
	struct track *own = &reel->camera->tracks[track];
	uint8_t data[REEL_FRAME_SIZE_MAX];
	struct ipc_frame piece = {.frame = ++reel->sent[track],
				  .pts_ns = reel->boot_ns,
				  .track = (uint32_t)track,
				  .size = size,
				  .flags = is_key ? FRAME_KEY : 0,
				  .config = own->sender_config};
	struct bytes_writer writer = bytes_write(data, sizeof(data));

	assert_true(size >= 4 && size <= sizeof(data) && reel->frame_count < REEL_FRAMES_MAX);
	memset(data, (int)(reel->frame_count & 0xff), sizeof(data));
	bytes_put_be32(&writer, reel->frame_count);
	reel->frames[reel->frame_count++] =
		(struct reel_frame){(uint32_t)track, size, reel->real_us, is_key};
	store_prepare(&reel->store, reel->camera, own, &piece);
	if (track_take_piece(own, &piece, data, size) > 0)
		store_take(&reel->store, reel->camera, own);
	journal_commit(&reel->journal);
}

void reel_pass(struct reel *reel, uint64_t ms)
{
	reel->real_us += ms * 1000;
	reel->boot_ns += ms * CLOCK_NS_PER_MS;
}

void reel_tick(struct reel *reel)
{
	reel->store.turn = 0;
	loop_timer_stop(&reel->store.tick);
	reel->store.tick.due(&reel->store.tick);
	journal_commit(&reel->journal);
}

void reel_run(struct reel *reel, unsigned seconds)
{
	const struct track *tracks = reel->camera->tracks;

	for (unsigned i = 0; i < seconds * 1000 / STEP_MS; i++) {
		if (i % 2 == 0 && tracks[TRACK_VIDEO].format.codec)
			reel_send(reel, TRACK_VIDEO, i % 50 == 0, FRAME_SIZE + i % 50);
		if (tracks[TRACK_MIC].format.codec)
			reel_send(reel, TRACK_MIC, true, SOUND_SIZE);
		reel_pass(reel, STEP_MS);
		if (i % 500 == 499)
			reel_tick(reel);
	}
}

unsigned reel_entries(struct reel *reel, enum entry_kind kind)
{
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;
	unsigned count = 0;
	size_t size;

	for (uint64_t i = 0; i < log_durable_size(reel->log); i++) {
		assert_int_equal(log_read_entry(reel->log, i, text, &size), 0);
		assert_int_equal(entry_parse(text, size, &view), 0);
		count += view.kind == kind;
	}
	return count;
}
