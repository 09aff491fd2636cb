/* The real ward-ear behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "../child.h"
#include "proto/hear/exact.h"
#include "proto/hear/hear.h"
#include "train/cry/synth.h"

enum { FRAME = 160, SECONDS_MAX = 40 };

static const char *program;

static struct child child;
static struct {
	int begins, ends;
	struct ipc_heard heard[8];
} said;
static float sound[SECONDS_MAX * HEAR_HZ];

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	const struct ipc_heard *heard = message->body;

	(void)channel;
	assert_int_equal(message->type, IPC_HEARD);
	assert_true(said.begins + said.ends < 8);
	said.heard[said.begins + said.ends] = *heard;
	said.ends += heard->is_end != 0;
	said.begins += heard->is_end == 0;
}

static void start_child(const struct ipc_hear *rule)
{
	memset(&said, 0, sizeof(said));
	child_open(&child, program, PROC_EAR, vault_heard);
	ipc_send(&child.warden, IPC_HEAR, rule, NULL, 0);
	child_start(&child);
}

/* All that was sent before has been read and dealt with, and what was said about it is here. */
static void wait_until_heard(void)
{
	int unread = 1;

	for (int turns = 0; turns < 2000 && (child.vault.queue_size || unread > 0); turns++) {
		assert_true(loop_turn(child.loop, 10) >= 0);
		assert_int_equal(ioctl(child.vault.watch.fd, SIOCOUTQ, &unread), 0);
	}
	assert_int_equal(unread, 0);
	child_ping(&child);
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

static void send_block(enum media_track track, size_t at)
{
	struct ipc_frame frame = {.frame = 1 + at / FRAME,
				  .keep_from = 1 + at / FRAME,
				  .pts_ns = 1000000000 + at * 125000,
				  .camera = 1,
				  .track = track,
				  .size = FRAME,
				  .flags = FRAME_KEY,
				  .config = 1};
	uint8_t data[FRAME];

	for (size_t k = 0; k < FRAME; k++)
		data[k] = mu_law(sound[at + k]);
	ipc_send(&child.vault, IPC_FEED_FRAME, &frame, data, FRAME);
}

/* Sends seconds `from` to `to` of `sound` as G.711; `is_played`: the speaker is given it, too. */
static void feed_all(int from, int to, bool is_played)
{
	for (size_t i = (size_t)from * HEAR_HZ; i < (size_t)to * HEAR_HZ; i += FRAME) {
		if (is_played)
			send_block(TRACK_SPEAKER, i);
		send_block(TRACK_MIC, i);
		if (i / FRAME % 50 == 49)
			assert_true(loop_turn(child.loop, 0) >= 0);
	}
}

static void feed(int from, int to)
{
	feed_all(from, to, false);
}

static void feed_one_track(enum media_track number)
{
	struct ipc_track track = {.camera = 1,
				  .track = number,
				  .codec = CODEC_PCMU,
				  .config = 1,
				  .clock_hz = 8000,
				  .channels = 1};

	ipc_send(&child.vault, IPC_FEED_TRACK, &track, NULL, 0);
}

static void feed_track(void)
{
	feed_one_track(TRACK_MIC);
}

/* Five seconds of a quiet room, ten of crying, twenty-five of a quiet room. */
static void make_night(void)
{
	struct chance chance = {5};

	memset(sound, 0, sizeof(sound));
	synth_cry(sound + 5 * HEAR_HZ, 10 * HEAR_HZ, &chance);
	for (size_t i = 0; i < SECONDS_MAX * HEAR_HZ; i++)
		sound[i] += 0.001F * chance_normal(&chance);
}

static void crying_is_heard_once_and_soon(void **state)
{
	const struct ipc_hear rule = {.cry = HEAR_NORMAL};

	(void)state;
	start_child(&rule);
	feed_track();
	feed(0, 8); /* three seconds of it */
	child_wait(&child, &said.begins, 1);
	assert_in_range(said.heard[0].at_ns / 1000000, 1000 + 4500, 1000 + 8000);
	assert_in_range(said.heard[0].score, 800, 1001);
	assert_in_range(-said.heard[0].level_cdb, 0, 3000);
	assert_int_equal(said.heard[0].version, 1);
	feed(8, SECONDS_MAX);
	child_wait(&child, &said.ends, 1);
	assert_in_range(said.heard[1].at_ns / 1000000, 1000 + 14000, 1000 + 17500);
	assert_int_equal(said.begins, 1);
	child_leave(&child);
}

static void what_is_open_ends_with_the_sound(void **state)
{
	const struct ipc_hear rule = {.cry = HEAR_NORMAL};

	(void)state;
	start_child(&rule);
	feed_track();
	feed(0, 10);
	child_wait(&child, &said.begins, 1);
	end_sound();
	child_wait(&child, &said.ends, 1);
	child_leave(&child);
}

static void what_its_own_speaker_plays_is_no_crying(void **state)
{
	const struct ipc_hear rule = {.cry = HEAR_HIGH};

	(void)state;
	start_child(&rule);
	feed_track();
	feed_one_track(TRACK_SPEAKER);
	feed_all(0, 20, true);
	wait_until_heard();
	child_leave(&child);
	assert_int_equal(said.begins + said.ends, 0);
}

/* Five rounds of a smoke alarm, from second two on. */
static void make_alarm(void)
{
	memset(sound, 0, sizeof(sound));
	for (int i = 2 * HEAR_HZ; i < 22 * HEAR_HZ; i++) {
		int in = (i - 2 * HEAR_HZ) % (4 * HEAR_HZ);

		if (in < 3 * HEAR_HZ && in % HEAR_HZ < HEAR_HZ / 2)
			sound[i] = 0.3F * (float)exact_sine(3100.0 * i / HEAR_HZ);
	}
}

static const struct ipc_heard *heard_first(uint32_t kind, bool is_end)
{
	for (int i = 0; i < said.begins + said.ends; i++)
		if (said.heard[i].kind == kind && !said.heard[i].is_end == !is_end)
			return &said.heard[i];
	fail_msg("kind %u was not heard", kind);
	return NULL;
}

static void an_alarm_is_heard_and_is_loud(void **state)
{
	const struct ipc_hear rule = {.noise_db = 20, .alarms = 1};

	(void)state;
	make_alarm();
	start_child(&rule);
	feed_track();
	feed(0, SECONDS_MAX);
	child_wait(&child, &said.ends, 2);
	assert_int_equal(said.begins, 2);
	assert_in_range(heard_first(DIARY_NOISE, false)->at_ns / 1000000, 1000 + 1900, 1000 + 2300);
	assert_in_range(heard_first(DIARY_NOISE, true)->at_ns / 1000000, 1000 + 20300,
			1000 + 21000);
	assert_in_range(heard_first(DIARY_SMOKE, false)->at_ns / 1000000, 1000 + 1900, 1000 + 2100);
	assert_in_range(heard_first(DIARY_SMOKE, true)->at_ns / 1000000, 1000 + 19900,
			1000 + 20600);
	assert_in_range(-heard_first(DIARY_SMOKE, true)->level_cdb, 1200, 1500);
	child_leave(&child);
	make_night();
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
	feed_track();
	feed(0, 15);
	wait_until_heard();
	/* Nothing may come even after the ear has worked through everything: its end is in order.
	 */
	child_leave(&child);
	assert_int_equal(said.begins + said.ends, 0);
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
	child_wait(&child, &said.begins, 1);
	child_leave(&child);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crying_is_heard_once_and_soon),
		cmocka_unit_test(what_is_open_ends_with_the_sound),
		cmocka_unit_test(what_its_own_speaker_plays_is_no_crying),
		cmocka_unit_test(an_alarm_is_heard_and_is_loud),
		cmocka_unit_test(quiet_hours_are_quiet),
		cmocka_unit_test(garbage_neither_ends_nor_kills_it),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	make_night();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
