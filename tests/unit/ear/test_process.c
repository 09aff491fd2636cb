/* The real ward-ear behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "proto/hear/hear.h"
#include "train/cry/synth.h"

enum { WAIT_MS = 20000, FRAME = 160, SECONDS_MAX = 40 };

static const char *program;

struct child {
	pid_t pid;
	struct loop *loop;
	struct ipc_channel warden, vault;
	int ready, pongs, begins, ends;
	struct ipc_heard heard[8];
	bool vault_closed;
};

static struct child child;
static float sound[SECONDS_MAX * HEAR_HZ];

static void warden_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	child.ready += message->type == IPC_READY;
	child.pongs += message->type == IPC_PONG;
}

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	const struct ipc_heard *heard = message->body;

	(void)channel;
	assert_int_equal(message->type, IPC_HEARD);
	assert_true(child.begins + child.ends < 8);
	child.heard[child.begins + child.ends] = *heard;
	child.ends += heard->is_end != 0;
	child.begins += heard->is_end == 0;
}

static void gone(struct ipc_channel *channel)
{
	child.vault_closed = child.vault_closed || channel == &child.vault;
}

static void start_child(const struct ipc_hear *rule)
{
	int warden[2], vault[2];
	struct ipc_peer peer = {.kind = PROC_VAULT};
	struct ipc_number number = {0};

	memset(&child, 0, sizeof(child));
	assert_int_equal(ipc_pair(0, warden), 0);
	assert_int_equal(ipc_pair(0, vault), 0);
	child.pid = fork();
	if (child.pid == 0) {
		dup2(warden[1], 3);
		fcntl(3, F_SETFD, 0);
		execl(program, "ward-ear", "nursery", (char *)NULL);
		_exit(127);
	}
	close(warden[1]);
	assert_int_equal(loop_create(&child.loop), 0);
	assert_int_equal(ipc_open(&child.warden, child.loop, warden[0], PROC_WARDEN, PROC_EAR,
				  warden_heard, gone, NULL),
			 0);
	assert_int_equal(ipc_open(&child.vault, child.loop, vault[0], PROC_VAULT, PROC_EAR,
				  vault_heard, gone, NULL),
			 0);
	ipc_send(&child.warden, IPC_HEAR, rule, NULL, 0);
	ipc_send_fd(&child.warden, IPC_PEER, &peer, NULL, 0, vault[1]);
	close(vault[1]);
	ipc_send(&child.warden, IPC_START, &number, NULL, 0);
}

static void wait_for(const int *count, int at_least)
{
	for (int turns = 0; *count < at_least && !child.vault_closed && turns < 1000; turns++)
		assert_true(loop_turn(child.loop, WAIT_MS) >= 0);
	assert_true(*count >= at_least);
}

/* All that was sent before has been read and dealt with, and what was said about it is here. */
static void wait_until_heard(void)
{
	int pongs = child.pongs, unread = 1;

	for (int turns = 0; turns < 2000 && (child.vault.queue_size || unread > 0); turns++) {
		assert_true(loop_turn(child.loop, 10) >= 0);
		assert_int_equal(ioctl(child.vault.watch.fd, SIOCOUTQ, &unread), 0);
	}
	assert_int_equal(unread, 0);
	ipc_send(&child.warden, IPC_PING, &(struct ipc_number){1}, NULL, 0);
	wait_for(&child.pongs, pongs + 1);
	assert_true(loop_turn(child.loop, 0) >= 0);
}

static void end_sound(void)
{
	struct ipc_track track = {
		.camera = 1, .track = TRACK_MIC, .codec = CODEC_NONE, .config = 9};

	ipc_send(&child.vault, IPC_FEED_TRACK, &track, NULL, 0);
}

static uint8_t mu_law(float sample)
{
	int value = (int)(sample * 8159), sign = value < 0 ? 0 : 0x80, segment = 0;

	value = (value < 0 ? -value : value) + 33;
	value = value > 8191 ? 8191 : value;
	while (value >> (segment + 6))
		segment++;
	return (uint8_t)(~(segment << 4 | (value >> (segment + 1) & 15)) & 0x7f) | (uint8_t)sign;
}

/* Sends seconds `from` to `to` of `sound` as G.711. */
static void feed(int from, int to)
{
	for (size_t i = (size_t)from * HEAR_HZ; i < (size_t)to * HEAR_HZ; i += FRAME) {
		struct ipc_frame frame = {.frame = 1 + i / FRAME,
					  .keep_from = 1 + i / FRAME,
					  .pts_ns = 1000000000 + i * 125000,
					  .camera = 1,
					  .track = TRACK_MIC,
					  .size = FRAME,
					  .flags = FRAME_KEY,
					  .config = 1};
		uint8_t data[FRAME];

		for (size_t k = 0; k < FRAME; k++)
			data[k] = mu_law(sound[i + k]);
		ipc_send(&child.vault, IPC_FEED_FRAME, &frame, data, FRAME);
		if (i / FRAME % 50 == 49)
			assert_true(loop_turn(child.loop, 0) >= 0);
	}
}

static void feed_track(void)
{
	struct ipc_track track = {.camera = 1,
				  .track = TRACK_MIC,
				  .codec = CODEC_PCMU,
				  .config = 1,
				  .clock_hz = 8000,
				  .channels = 1};

	ipc_send(&child.vault, IPC_FEED_TRACK, &track, NULL, 0);
}

static int end_child(void)
{
	int status = -1;

	ipc_close(&child.vault);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	ipc_close(&child.warden);
	loop_destroy(child.loop);
	return status;
}

/* Five seconds of a quiet room, ten of crying, twenty-five of a quiet room. */
static void make_night(void)
{
	struct chance chance = {5};

	synth_cry(sound + 5 * HEAR_HZ, 10 * HEAR_HZ, &chance);
	for (size_t i = 0; i < SECONDS_MAX * HEAR_HZ; i++)
		sound[i] += 0.001F * chance_normal(&chance);
}

static void crying_is_heard_once_and_soon(void **state)
{
	const struct ipc_hear rule = {.cry = HEAR_NORMAL};

	(void)state;
	start_child(&rule);
	wait_for(&child.ready, 1);
	feed_track();
	feed(0, 8); /* three seconds of it */
	wait_for(&child.begins, 1);
	assert_in_range(child.heard[0].at_ns / 1000000, 1000 + 4500, 1000 + 8000);
	assert_in_range(child.heard[0].score, 800, 1001);
	assert_in_range(-child.heard[0].level_cdb, 0, 3000);
	assert_int_equal(child.heard[0].version, 1);
	feed(8, SECONDS_MAX);
	wait_for(&child.ends, 1);
	assert_in_range(child.heard[1].at_ns / 1000000, 1000 + 14000, 1000 + 17500);
	assert_int_equal(child.begins, 1);
	assert_int_equal(end_child(), 0);
}

static void what_is_open_ends_with_the_sound(void **state)
{
	const struct ipc_hear rule = {.cry = HEAR_NORMAL};

	(void)state;
	start_child(&rule);
	wait_for(&child.ready, 1);
	feed_track();
	feed(0, 10);
	wait_for(&child.begins, 1);
	end_sound();
	wait_for(&child.ends, 1);
	assert_int_equal(end_child(), 0);
}

static void quiet_hours_are_quiet(void **state)
{
	time_t now = time(NULL);
	struct tm local;

	(void)state;
	assert_non_null(localtime_r(&now, &local));
	uint32_t minute = (uint32_t)(local.tm_hour * 60 + local.tm_min);
	const struct ipc_hear rule = {.cry = HEAR_NORMAL,
				      .quiet_from_min = (minute + 1430) % 1440,
				      .quiet_to_min = (minute + 10) % 1440};

	start_child(&rule);
	wait_for(&child.ready, 1);
	feed_track();
	feed(0, 15);
	wait_until_heard();
	/* Nothing may come even after the ear has worked through everything: its end is in order.
	 */
	assert_int_equal(end_child(), 0);
	assert_int_equal(child.begins + child.ends, 0);
}

static void garbage_neither_ends_nor_kills_it(void **state)
{
	static const uint8_t config[] = {0x11, 0x88};
	const struct ipc_hear rule = {.cry = HEAR_NORMAL};
	struct ipc_track track = {.camera = 1,
				  .track = TRACK_MIC,
				  .codec = CODEC_AAC,
				  .config = 1,
				  .clock_hz = 48000,
				  .channels = 1};
	uint8_t data[500];

	(void)state;
	start_child(&rule);
	wait_for(&child.ready, 1);
	ipc_send(&child.vault, IPC_FEED_TRACK, &track, config, sizeof(config));
	for (uint64_t i = 1; i <= 50; i++) {
		struct ipc_frame frame = {.frame = i,
					  .keep_from = i,
					  .pts_ns = i * 20000000,
					  .camera = 1,
					  .track = TRACK_MIC,
					  .size = sizeof(data),
					  .flags = FRAME_KEY,
					  .config = 1};

		for (size_t k = 0; k < sizeof(data); k++)
			data[k] = (uint8_t)(i * 31 + k * k * 7);
		ipc_send(&child.vault, IPC_FEED_FRAME, &frame, data, sizeof(data));
	}
	/* and it still hears */
	feed_track();
	feed(0, 10);
	wait_for(&child.begins, 1);
	assert_int_equal(end_child(), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crying_is_heard_once_and_soon),
		cmocka_unit_test(what_is_open_ends_with_the_sound),
		cmocka_unit_test(quiet_hours_are_quiet),
		cmocka_unit_test(garbage_neither_ends_nor_kills_it),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	make_night();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
