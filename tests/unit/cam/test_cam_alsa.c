/* The real ward-cam-alsa behind its sandbox, between two devices that are a room (simroom.c): this
 * test is its warden and vault, and the person in the room. */
#include "../check.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <opus.h>

#include "base/clock.h"
#include "ipc/ipc.h"
#include "proto/flac/flac.h"

enum {
	WAIT_MS = 10000,
	MIC_HZ = 48000,
	SPEAKER_HZ = 16000,
	BLOCK = SPEAKER_HZ / 50,
	HEARD_MAX = MIC_HZ * 8,
	NEAR_HZ = 440,
	TALK = 7,
	PLAYED_MAX = SPEAKER_HZ * 30,
	RUNS_MAX = 512,
};

static const char *program, *room;
static char folder[] = "/tmp/ward-alsa-XXXXXX";
static char *control; /* the first byte is what the room is told */

static struct child {
	pid_t pid;
	struct loop *loop;
	struct ipc_channel warden, vault;
	bool is_ready, has_vault_left;
	struct ipc_cam_state state;
	struct ipc_speaker speaker;
	struct ipc_track mic;
	struct ipc_played runs[RUNS_MAX]; /* what it told of its speaker */
	size_t run_count;
	uint64_t told; /* samples of what was said */
	uint64_t frames, pts_ns, whole, whole_ns; /* frames since a gap, and when the first was heard */
	OpusDecoder *decoder;
	size_t heard_count;
	int16_t heard[HEARD_MAX];
} child;

static const char *path_of(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *one = path[next++ % 4];

	snprintf(one, sizeof(path[0]), "%s/%s", folder, name);
	return one;
}

/* ---- the room ---- */

static void write_near(void)
{
	FILE *file = fopen(path_of("near"), "wb");

	for (int i = 0; i < MIC_HZ; i++) {
		int16_t sample = (int16_t)lrint(6000 * sin(6.283185307 * NEAR_HZ * i / MIC_HZ));

		assert_int_equal(fwrite(&sample, sizeof(sample), 1, file), 1);
	}
	fclose(file);
}

static void make_room(int speaker_hz)
{
	FILE *file = fopen(path_of("asound.conf"), "wb");

	fprintf(file,
		"pcm_type.simroom { lib \"%s\" }\n"
		"pcm.room_speaker { type simroom rate %d played \"%s\" control \"%s\" }\n"
		"pcm.room_mic { type simroom rate %d near \"%s\" delay_ms 30 ppm 60 control \"%s\" }\n",
		room, speaker_hz, path_of("played"), path_of("control"), MIC_HZ, path_of("near"),
		path_of("control"));
	fclose(file);
	unlink(path_of("played"));
	control[0] = ' ';
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	int fd = open(path_of("control"), O_RDWR | O_CREAT, 0600);

	assert_int_equal(ftruncate(fd, 1), 0);
	control = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	assert_ptr_not_equal(control, MAP_FAILED);
	write_near();
	setenv("ALSA_CONFIG_PATH", path_of("asound.conf"), 1);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"near", "control", "played", "asound.conf"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(folder);
}

/* ---- the neighbours ---- */

static void warden_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	child.is_ready = child.is_ready || message->type == IPC_READY;
}

static void take_frame(const struct ipc_frame *frame, const struct ipc_message *message)
{
	int16_t samples[MIC_HZ / 50];

	assert_int_equal(frame->track, TRACK_MIC);
	assert_int_equal(frame->frame, child.frames + 1);
	child.frames++;
	assert_true(frame->pts_ns > child.pts_ns);
	if (frame->flags & FRAME_AFTER_GAP || child.whole++ == 0) {
		child.whole = 1;
		child.whole_ns = frame->pts_ns;
	}
	child.pts_ns = frame->pts_ns;
	assert_int_equal(opus_decode(child.decoder, message->tail, (opus_int32)message->tail_size,
				     samples, MIC_HZ / 50, 0),
			 MIC_HZ / 50);
	for (size_t i = 0; i < MIC_HZ / 50 && child.heard_count < HEARD_MAX; i++)
		child.heard[child.heard_count++] = samples[i];
}

static bool is_of_clock(uint32_t run)
{
	return run == RUN_SOUND || run == RUN_SILENT;
}

/* Each of what was said is told of once, in order; and time does not run back. */
static void take_played(const struct ipc_played *run)
{
	assert_int_equal(run->talk, TALK);
	assert_int_equal(run->sample, child.told);
	assert_true(run->samples > 0);
	assert_true(child.run_count < RUNS_MAX);
	if (child.run_count > 0)
		assert_true(run->at_ns >= child.runs[child.run_count - 1].at_ns);
	child.runs[child.run_count++] = *run;
	if (run->run != RUN_SILENT && run->run != RUN_UNDERRUN)
		child.told += run->samples;
}

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	if (message->type == IPC_TRACK)
		child.mic = *(const struct ipc_track *)message->body;
	else if (message->type == IPC_FRAME)
		take_frame(message->body, message);
	else if (message->type == IPC_CAM_STATE)
		child.state = *(const struct ipc_cam_state *)message->body;
	else if (message->type == IPC_SPEAKER)
		child.speaker = *(const struct ipc_speaker *)message->body;
	else if (message->type == IPC_PLAYED)
		take_played(message->body);
}

static void gone(struct ipc_channel *channel)
{
	child.has_vault_left = child.has_vault_left || channel == &child.vault;
}

static void start_child(const char *devices)
{
	struct ipc_source source = {.track = TRACK_VIDEO, .audio = 1, .name = "cot"};
	struct ipc_peer peer = {.kind = PROC_VAULT};
	struct ipc_number number = {0};
	int warden[2], vault[2], error;

	memset(&child, 0, sizeof(child));
	child.decoder = opus_decoder_create(MIC_HZ, 1, &error);
	assert_int_equal(ipc_pair(0, warden), 0);
	assert_int_equal(ipc_pair(0, vault), 0);
	child.pid = fork();
	if (child.pid == 0) {
		dup2(warden[1], 3);
		fcntl(3, F_SETFD, 0);
		execl(program, "ward-cam-alsa", "cot", (char *)NULL);
		_exit(127);
	}
	close(warden[1]);
	assert_int_equal(loop_create(&child.loop), 0);
	assert_int_equal(ipc_open(&child.warden, child.loop, warden[0], PROC_WARDEN, PROC_CAM,
				  warden_heard, gone, NULL), 0);
	assert_int_equal(ipc_open(&child.vault, child.loop, vault[0], PROC_VAULT, PROC_CAM,
				  vault_heard, gone, NULL), 0);
	ipc_send(&child.warden, IPC_SOURCE, &source, devices, strlen(devices));
	ipc_send_fd(&child.warden, IPC_PEER, &peer, NULL, 0, vault[1]);
	close(vault[1]);
	ipc_send(&child.warden, IPC_START, &number, NULL, 0);
}

static int reap_child(void)
{
	int status = -1;

	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	ipc_close(&child.vault);
	ipc_close(&child.warden);
	loop_destroy(child.loop);
	opus_decoder_destroy(child.decoder);
	return status;
}

static void end_child(void)
{
	struct ipc_number number = {0};

	ipc_send(&child.warden, IPC_STOP, &number, NULL, 0);
	assert_int_equal(reap_child(), 0);
}

#define WAIT_FOR(condition)                                                                        \
	do {                                                                                       \
		uint64_t end_ns_ = clock_boot_ns() + WAIT_MS * CLOCK_NS_PER_MS;                    \
                                                                                                   \
		while (!(condition) && clock_boot_ns() < end_ns_ && !child.has_vault_left)         \
			assert_true(loop_turn(child.loop, 100) >= 0);                              \
		assert_true(condition);                                                            \
	} while (0)

/* How much of `count` samples is a tone of `hz`, 0..1. */
static double share(const int16_t *samples, size_t count, double hz, double rate)
{
	double re = 0, im = 0, all = 1e-9;

	for (size_t i = 0; i < count; i++) {
		re += samples[i] * cos(6.283185307 * hz * (double)i / rate);
		im += samples[i] * sin(6.283185307 * hz * (double)i / rate);
		all += (double)samples[i] * samples[i];
	}
	return 2 * (re * re + im * im) / (double)count / all;
}

/* ---- what must hold ---- */

static void what_the_room_hears_comes_as_opus(void **state)
{
	(void)state;
	make_room(SPEAKER_HZ);
	start_child("room_mic?speaker=room_speaker");
	WAIT_FOR(child.heard_count >= MIC_HZ && child.state.state == CAM_LIVE);
	assert_true(child.is_ready);
	assert_int_equal(child.mic.codec, CODEC_OPUS);
	assert_int_equal(child.mic.clock_hz, MIC_HZ);
	assert_string_equal(child.state.reason, "");
	assert_true(share(child.heard + MIC_HZ / 2, MIC_HZ / 2, NEAR_HZ, MIC_HZ) > 0.98);
	/* By the device's own clock, whatever the box does meanwhile. */
	WAIT_FOR(child.whole > 40);
	assert_in_range((child.pts_ns - child.whole_ns) / (child.whole - 1), 19000000, 21000000);
	/* The newest sample is no older than what waits for a block, and a look. */
	assert_true(child.pts_ns < clock_boot_ns());
	end_child();
}

static int16_t said[8 * SPEAKER_HZ];
static size_t said_count;

/* A block of a tone, as the vault hands it over. */
static void say_block(void)
{
	struct ipc_speak body = {.talk = TALK, .sample = said_count, .samples = BLOCK};
	uint8_t data[BLOCK];

	for (size_t i = 0; i < BLOCK; i++) {
		/* µ-law has a number for each loudness; any will do, but the tone should be one. */
		int wanted = (int)(9000 * sin(6.283185307 * 700 * (double)said_count / SPEAKER_HZ));
		int best = 0;

		for (int code = 0; code < 256; code++)
			if (abs(g711_expand(G711_ULAW, (uint8_t)code) - wanted) <
			    abs(g711_expand(G711_ULAW, (uint8_t)best) - wanted))
				best = code;
		data[i] = (uint8_t)best;
		said[said_count++] = g711_expand(G711_ULAW, (uint8_t)best);
	}
	assert_int_equal(ipc_try_send(&child.vault, IPC_SPEAK, &body, data, sizeof(data)), 0);
}

static void open_speaker(void)
{
	struct ipc_number talk = {TALK};

	ipc_send(&child.vault, IPC_SPEAKER_OPEN, &talk, NULL, 0);
	WAIT_FOR(child.speaker.state == SPEAKER_OPEN || child.speaker.state == SPEAKER_REFUSED);
}

/* What the speaker has played so far, behind its silence; how many samples. */
static size_t read_played(int16_t *ret_samples, size_t max)
{
	FILE *file = fopen(path_of("played"), "rb");
	size_t count = file ? fread(ret_samples, sizeof(*ret_samples), max, file) : 0, skip = 0;

	if (file)
		fclose(file);
	while (skip < count && ret_samples[skip] == 0)
		skip++;
	memmove(ret_samples, ret_samples + skip, (count - skip) * sizeof(*ret_samples));
	return count - skip;
}

static void what_is_said_is_played_to_the_sample_and_heard(void **state)
{
	static int16_t played[8 * SPEAKER_HZ];
	struct ipc_number talk = {TALK};

	(void)state;
	make_room(SPEAKER_HZ);
	start_child("room_mic?speaker=room_speaker");
	WAIT_FOR(child.state.state == CAM_LIVE);
	open_speaker();
	assert_int_equal(child.speaker.state, SPEAKER_OPEN);
	assert_int_equal(child.speaker.codec, CODEC_PCMU);
	assert_int_equal(child.speaker.clock_hz, SPEAKER_HZ);
	said_count = 0;
	/* All at once: however busy the box, nothing of it comes too late. */
	for (int i = 0; i < 45; i++)
		say_block();
	size_t skip = 0; /* the tone begins with zeros */

	while (said[skip] == 0)
		skip++;
	WAIT_FOR(read_played(played, 8 * SPEAKER_HZ) >= said_count - skip);
	assert_memory_equal(played, said + skip, (said_count - skip) * sizeof(*said));
	/* The room hears it beside what was there. */
	WAIT_FOR(child.heard_count > 3 * MIC_HZ / 2 &&
		 share(child.heard + child.heard_count - 3 * MIC_HZ / 2, 3 * MIC_HZ / 2, 700, MIC_HZ) > 0.03);
	ipc_send(&child.vault, IPC_SPEAKER_CLOSE, &talk, NULL, 0);
	end_child();
}

static void a_device_that_is_pulled_out_says_so_and_comes_again(void **state)
{
	(void)state;
	make_room(SPEAKER_HZ);
	start_child("room_mic?speaker=room_speaker");
	WAIT_FOR(child.state.state == CAM_LIVE);
	open_speaker();
	control[0] = 'u';
	WAIT_FOR(child.state.state == CAM_DOWN && child.speaker.state == SPEAKER_REFUSED);
	assert_non_null(strstr(child.state.reason, "unplugged"));
	/* A fresh process finds nothing ... */
	kill(child.pid, SIGKILL);
	reap_child();
	start_child("room_mic?speaker=room_speaker");
	WAIT_FOR(child.state.state == CAM_DOWN);
	assert_non_null(strstr(child.state.reason, "is not there"));
	end_child();
	/* ... until it is there again. */
	control[0] = ' ';
	start_child("room_mic?speaker=room_speaker");
	WAIT_FOR(child.state.state == CAM_LIVE);
	end_child();
}

/* ---- each sample of the device ---- */

static size_t count_runs(uint32_t kind)
{
	size_t count = 0;

	for (size_t i = 0; i < child.run_count; i++)
		count += child.runs[i].run == kind;
	return count;
}

/* What the device must have played, by what was told. */
static size_t rebuild(int16_t *ret_samples)
{
	size_t count = 0;

	for (size_t i = 0; i < child.run_count; i++) {
		const struct ipc_played *run = &child.runs[i];

		for (uint32_t j = 0; j < run->samples && is_of_clock(run->run); j++)
			ret_samples[count++] = run->run == RUN_SOUND ? said[run->sample + j] : 0;
	}
	return count;
}

/* Between the last look at it and its end it played silence, or what the last hole has, in order. */
static void assert_is_of_hole(const int16_t *played, size_t count, const struct ipc_played *hole)
{
	size_t at = 0, next = hole->sample, end = hole->sample + hole->samples;

	while (at < count && played[at] == 0)
		at++;
	while (next < end && said[next] == 0)
		next++;
	for (; at < count && next < end; at++, next++)
		assert_int_equal(played[at], said[next]);
	for (; at < count; at++)
		assert_int_equal(played[at], 0);
}

static void assert_played_as_told(void)
{
	static int16_t told[PLAYED_MAX], played[PLAYED_MAX];
	struct ipc_played last = child.runs[child.run_count - 1];
	FILE *file = fopen(path_of("played"), "rb");
	size_t count = fread(played, sizeof(*played), PLAYED_MAX, file), known = rebuild(told);

	fclose(file);
	assert_true(known > 0 && known <= count);
	assert_memory_equal(played, told, known * sizeof(*told));
	if (is_of_clock(last.run))
		last.samples = 0;
	assert_is_of_hole(played + known, count - known, &last);
}

static void begin_to_talk(const char *ppm)
{
	make_room(SPEAKER_HZ);
	FILE *file = fopen(path_of("asound.conf"), "a");

	fprintf(file, "pcm.room_speaker.ppm %s\n", ppm);
	fclose(file);
	start_child("room_mic?speaker=room_speaker");
	WAIT_FOR(child.state.state == CAM_LIVE);
	open_speaker();
	assert_int_equal(child.speaker.is_counted, 1);
	said_count = 0;
}

static void say_blocks(unsigned count)
{
	while (count-- > 0)
		say_block();
}

/* Says so much, and waits until it is told to have sounded. */
static void say_all(unsigned blocks)
{
	say_blocks(blocks);
	WAIT_FOR(child.told == said_count);
}

static void stop_talking(void)
{
	struct ipc_number talk = {TALK};

	ipc_send(&child.vault, IPC_SPEAKER_CLOSE, &talk, NULL, 0);
	WAIT_FOR(child.told == said_count);
}

/* The hole is there, unless the box was so busy that everything has sounded meanwhile. */
static void assert_cut_off(uint32_t why)
{
	uint64_t sounded = 0;

	for (size_t i = 0; i < child.run_count; i++)
		sounded += child.runs[i].run == RUN_SOUND ? child.runs[i].samples : 0;
	assert_int_equal(child.told, said_count);
	assert_true(count_runs(why) == 1 || sounded == said_count);
}

/* Its clock is off by a five-hundredth, it runs dry, and the talk ends in the middle of a word. */
static void each_sample_of_the_device_is_told_of_once(void **state)
{
	(void)state;
	begin_to_talk("-2000");
	say_all(10);
	say_blocks(20);
	control[0] = 'd';
	WAIT_FOR(count_runs(RUN_UNDERRUN) > 0);
	control[0] = ' ';
	say_all(10);
	uint64_t told = child.told;

	say_blocks(120);
	WAIT_FOR(child.told > told);
	stop_talking();
	assert_cut_off(RUN_STOPPED);
	end_child();
	assert_played_as_told();
}

static void what_an_unplugged_device_had_waiting_is_a_hole(void **state)
{
	(void)state;
	begin_to_talk("0");
	say_blocks(120);
	WAIT_FOR(child.told > 0);
	control[0] = 'u';
	WAIT_FOR(child.speaker.state == SPEAKER_REFUSED);
	assert_cut_off(RUN_UNPLUGGED);
	kill(child.pid, SIGKILL);
	reap_child();
	assert_played_as_told();
}

/* Handed over faster than it plays: what has waited longest is left out, and that is told. */
static void what_comes_too_fast_is_told_to_be_left_out(void **state)
{
	(void)state;
	begin_to_talk("0");
	while (count_runs(RUN_EXCESS) == 0 && said_count + BLOCK <= sizeof(said) / sizeof(said[0])) {
		say_block();
		assert_true(loop_turn(child.loop, 0) >= 0);
	}
	stop_talking();
	assert_true(count_runs(RUN_EXCESS) > 0);
	end_child();
	assert_played_as_told();
}

static void a_rate_that_does_not_fit_is_named(void **state)
{
	(void)state;
	make_room(11025);
	start_child("room_mic?speaker=room_speaker");
	WAIT_FOR(child.state.state == CAM_LIVE);
	assert_non_null(strstr(child.state.reason, "plughw"));
	open_speaker();
	assert_int_equal(child.speaker.state, SPEAKER_REFUSED);
	assert_non_null(strstr(child.speaker.reason, "plughw"));
	end_child();
	start_child("room_mic?speaker=none");
	WAIT_FOR(child.state.state == CAM_LIVE);
	open_speaker();
	assert_non_null(strstr(child.speaker.reason, "no speaker"));
	end_child();
	start_child("no_such_device");
	WAIT_FOR(child.state.state == CAM_DOWN);
	assert_non_null(strstr(child.state.reason, "is not there"));
	end_child();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_room_hears_comes_as_opus),
		cmocka_unit_test(what_is_said_is_played_to_the_sample_and_heard),
		cmocka_unit_test(a_device_that_is_pulled_out_says_so_and_comes_again),
		cmocka_unit_test(each_sample_of_the_device_is_told_of_once),
		cmocka_unit_test(what_an_unplugged_device_had_waiting_is_a_hole),
		cmocka_unit_test(what_comes_too_fast_is_told_to_be_left_out),
		cmocka_unit_test(a_rate_that_does_not_fit_is_named),
	};

	if (argc < 3)
		return 1;
	program = argv[1];
	room = argv[2];
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
