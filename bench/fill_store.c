/* Hours of recording in a minute: plays FILE (MP4, Matroska: H.264 or H.265 without B-frames, AAC
 * or Opus) over and over into the vault's real recorder, on a clock that ends now, in the state
 * directory of a Ward that is stopped and has had a camera of that name. For bench/hour.mjs and
 * bench/seek.mjs.
 *
 *   fill_store STATE CAMERA FILE SECONDS     prints the time span in µs: from, to */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/diag.h"
#include "cam/cam_file_picture.h"
#include "cam/cam_file_reader.h"
#include "vault/head.h"
#include "vault/log/log_key.h"
#include "vault/store/ledger.h"
#include "vault/store/store.h"

enum { STREAMS = 2, FRAMES_MAX = 1 << 16, PATH_SIZE = 512, BOOT_ID = 7 };

#define TICK_NS (STORE_BLOCK_MS * CLOCK_NS_PER_MS / CAMERA_MAX)

struct clip_frame {
	uint8_t *data;
	size_t size;
	bool is_key;
};

/* One stream of the file, taken apart. */
struct clip_stream {
	enum media_track track;
	struct ipc_track format;
	uint8_t config[TRACK_CONFIG_SIZE_MAX];
	size_t config_size;
	struct clip_frame frames[FRAMES_MAX];
	unsigned count;
	int64_t first_ns, last_ns;
	uint64_t frame_ns; /* from one to the next */
	uint64_t sent;
};

static struct fill {
	struct clip_stream streams[STREAMS]; /* pictures, sound */
	uint64_t real_us, boot_ns, tick_ns;
	struct log_clock clock;
	struct loop *loop;
	struct disk *log_disk, *store_disk;
	struct log *log;
	struct db *db;
	struct journal journal;
	struct store store;
	struct cameras cameras;
	struct camera *camera;
} fill;

static void must(int result, const char *what)
{
	if (result < 0)
		fatal("%s: %s", what, strerror(-result));
}

/* ---- the file ---- */

static void add_frame(struct clip_stream *stream, struct bytes data, int64_t pts_ns, bool is_key)
{
	struct clip_frame *frame = &stream->frames[stream->count];

	if (stream->count == FRAMES_MAX)
		fatal("the file is too long");
	frame->data = malloc(data.size);
	if (!frame->data)
		fatal("out of memory");
	memcpy(frame->data, data.data, data.size);
	frame->size = data.size;
	frame->is_key = is_key;
	if (stream->count++ == 0)
		stream->first_ns = pts_ns;
	stream->last_ns = pts_ns;
}

static void end_stream(struct clip_stream *stream, enum media_track track,
		       const struct cam_file_stream *about)
{
	if (stream->count < 2)
		fatal("the file has too little of it");
	stream->track = track;
	stream->frame_ns = (uint64_t)(stream->last_ns - stream->first_ns) / (stream->count - 1);
	stream->format = (struct ipc_track){.track = (uint32_t)track,
					    .codec = (uint32_t)about->codec,
					    .config = 1,
					    .clock_hz = about->is_video ? 90000 : about->clock_hz,
					    .channels = about->channels};
}

static void set_config(struct clip_stream *stream, struct bytes config)
{
	if (config.size > sizeof(stream->config))
		fatal("the file's description is too long");
	if (config.size)
		memcpy(stream->config, config.data, config.size);
	stream->config_size = config.size;
}

static void take_packet(const struct cam_file_packet *packet, struct cam_file_picture *picture,
			bool is_video)
{
	if (!is_video) {
		add_frame(&fill.streams[1], packet->data, packet->pts_ns, true);
		return;
	}
	must(cam_file_picture_convert(picture, packet->data), "a picture");
	add_frame(&fill.streams[0], (struct bytes){picture->buffer, picture->size}, packet->pts_ns,
		  cam_file_picture_is_key(picture));
}

static void load(const char *path)
{
	static uint8_t room[FRAME_SIZE_MAX];
	struct cam_file_stream about[STREAMS] = {0};
	struct cam_file_picture picture;
	struct cam_file_packet packet;
	struct cam_file_reader *reader;
	int file = open(path, O_RDONLY | O_CLOEXEC), index[STREAMS] = {-1, -1};

	must(file < 0 ? -1 : 0, path);
	must(cam_file_reader_open(file, &reader), path);
	for (int i = 0; i < cam_file_reader_count(reader); i++) {
		struct cam_file_stream stream = cam_file_reader_stream(reader, i);

		if (stream.codec == CODEC_NONE)
			continue;
		about[stream.is_audio] = stream;
		index[stream.is_audio] = i;
	}
	must(cam_file_picture_init(&picture, about[0].codec, about[0].setup,
				   bytes_write(room, sizeof(room))),
	     "the pictures");
	while (cam_file_reader_next(reader, &packet) == 1)
		if (packet.stream == index[0] || packet.stream == index[1])
			take_packet(&packet, &picture, packet.stream == index[0]);
	end_stream(&fill.streams[0], TRACK_VIDEO, &about[0]);
	set_config(&fill.streams[0], (struct bytes){picture.params.data, picture.params.size});
	fill.streams[0].format.width = cam_file_picture_size(&picture).width;
	fill.streams[0].format.height = cam_file_picture_size(&picture).height;
	end_stream(&fill.streams[1], TRACK_MIC, &about[1]);
	set_config(&fill.streams[1],
		   about[1].codec == CODEC_AAC ? about[1].setup : (struct bytes){0});
	cam_file_reader_destroy(reader);
	close(file);
}

/* ---- the vault's parts, as its main has them ---- */

static uint64_t real_us(void *context)
{
	return ((struct fill *)context)->real_us;
}

static uint64_t boot_ns(void *context)
{
	return ((struct fill *)context)->boot_ns;
}

static void ignore_state(void *context, struct camera *camera)
{
	(void)context;
	(void)camera;
}

static void open_log_and_database(const char *state)
{
	char path[PATH_SIZE], why[LOG_WHY_MAX] = "";
	uint8_t seed[LOG_SEED_SIZE];
	struct log_config config = {.clock = fill.clock, .seed = seed};

	snprintf(path, sizeof(path), "%s/vault/vault.db", state);
	must(db_open(path, &fill.db, why), why);
	snprintf(path, sizeof(path), "%s/vault/log.key", state);
	must(log_key_open(path, seed), path);
	snprintf(path, sizeof(path), "%s/log", state);
	must(disk_directory_open(path, &fill.log_disk), path);
	config.disk = fill.log_disk;
	config.floor = head_recall(fill.db);
	must(log_open(&config, &fill.log, why), why);
	must(db_reconcile(fill.db, log_origin(fill.log), log_durable_size(fill.log)), "database");
}

static void open_store(const char *state)
{
	static const struct journal_listener journal = {0};
	char path[PATH_SIZE];
	uint8_t key[EPOCH_STORE_KEY_SIZE];
	struct store_parts parts = {
		.loop = fill.loop, .journal = &fill.journal, .clock = &fill.clock, .key = key};

	snprintf(path, sizeof(path), "%s/vault/store.key", state);
	must(log_key_open(path, key), path);
	snprintf(path, sizeof(path), "%s/store", state);
	must(disk_directory_open(path, &fill.store_disk), path);
	journal_start(&fill.journal, fill.loop, fill.log, fill.db, &journal);
	parts.disk = fill.store_disk;
	store_start(&fill.store, &parts);
}

static void add_camera(const char *name)
{
	const struct cameras_listener listener = {.state = ignore_state};
	const struct store_rule rule = {.main = RECORD_CONTINUOUS};
	int fds[2];

	cameras_init(&fill.cameras, fill.loop, &fill.journal, &listener);
	must(ipc_pair(0, fds), "a channel");
	must(cameras_attach(&fill.cameras, 0, name, fds[0]), name);
	close(fds[1]);
	fill.camera = cameras_at(&fill.cameras, 0);
	store_record(&fill.store, fill.camera, &rule);
	for (unsigned i = 0; i < STREAMS; i++) {
		struct clip_stream *stream = &fill.streams[i];

		must(track_take_format(&fill.camera->tracks[stream->track], &stream->format,
				       stream->config, stream->config_size),
		     "what the camera sends");
	}
	journal_commit(&fill.journal);
}

/* ---- recording ---- */

static void pass_to(uint64_t ns)
{
	fill.real_us += ns / 1000 - fill.boot_ns / 1000; /* never drifts against it */
	fill.boot_ns = ns;
	while (fill.tick_ns <= ns) {
		fill.tick_ns += TICK_NS;
		loop_timer_stop(&fill.store.tick);
		fill.store.tick.due(&fill.store.tick);
		journal_commit(&fill.journal);
		if (journal_stopped(&fill.journal))
			fatal("%s", journal_stopped(&fill.journal));
	}
}

static void send(struct clip_stream *stream)
{
	const struct clip_frame *frame = &stream->frames[stream->sent % stream->count];
	struct track *track = &fill.camera->tracks[stream->track];
	struct ipc_frame piece = {.frame = ++stream->sent,
				  .pts_ns = fill.boot_ns,
				  .track = (uint32_t)stream->track,
				  .size = (uint32_t)frame->size,
				  .flags = frame->is_key ? FRAME_KEY : 0,
				  .config = track->sender_config};

	store_prepare(&fill.store, fill.camera, track, &piece);
	for (uint32_t at = 0; at < piece.size; at += IPC_TAIL_MAX) {
		uint32_t left = piece.size - at, size = left < IPC_TAIL_MAX ? left : IPC_TAIL_MAX;

		piece.offset = at;
		if (track_take_piece(track, &piece, frame->data + at, size) > 0)
			store_take(&fill.store, fill.camera, track);
	}
}

static void record(uint64_t seconds)
{
	struct clip_stream *streams = fill.streams;
	uint64_t begin_ns = fill.boot_ns, end_ns = begin_ns + seconds * CLOCK_NS_PER_S;

	fill.tick_ns = begin_ns + TICK_NS;
	for (;;) {
		uint64_t due_ns[STREAMS];

		for (unsigned i = 0; i < STREAMS; i++)
			due_ns[i] = begin_ns + streams[i].sent * streams[i].frame_ns;
		unsigned next = due_ns[1] < due_ns[0];

		if (due_ns[next] >= end_ns)
			return;
		pass_to(due_ns[next]);
		send(&streams[next]);
	}
}

int main(int argc, char **argv)
{
	diag_init("fill_store");
	if (argc != 5 || sodium_init() < 0)
		fatal("fill_store STATE CAMERA FILE SECONDS");
	uint64_t seconds = strtoull(argv[4], NULL, 10), now_us = clock_real_us();

	load(argv[3]);
	fill.real_us = now_us - seconds * 1000000;
	fill.boot_ns = CLOCK_NS_PER_S;
	fill.clock = (struct log_clock){real_us, boot_ns, &fill, BOOT_ID};
	must(loop_create(&fill.loop), "a loop");
	open_log_and_database(argv[1]);
	open_store(argv[1]);
	add_camera(argv[2]);
	printf("%" PRIu64 " ", fill.real_us);
	record(seconds);
	printf("%" PRIu64 "\n", fill.real_us);
	store_stop(&fill.store);
	journal_stop(&fill.journal);
	store_finish(&fill.store);
	cameras_finish(&fill.cameras);
	log_destroy(fill.log);
	db_destroy(fill.db);
	return 0;
}
