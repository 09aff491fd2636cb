#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "cam/outlet.h"

/* The outlet on one end of a pair, a vault that reads when the test lets it on the other. */
static struct loop *loop;
static struct outlet outlet;
static struct ipc_channel vault;
static struct {
	unsigned tracks, pieces, frames, states;
	struct ipc_track track;
	struct ipc_frame frame;
	struct ipc_cam_state state;
	size_t got;
	uint64_t numbers[64];
	uint32_t flags[64];
} seen;
static uint8_t data[FRAME_SIZE_MAX];

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	if (message->type == IPC_TRACK) {
		seen.tracks++;
		memcpy(&seen.track, message->body, sizeof(seen.track));
	} else if (message->type == IPC_CAM_STATE) {
		seen.states++;
		memcpy(&seen.state, message->body, sizeof(seen.state));
	} else {
		memcpy(&seen.frame, message->body, sizeof(seen.frame));
		seen.pieces++;
		if (seen.frame.offset == 0)
			seen.got = 0;
		assert_int_equal(seen.frame.offset, seen.got);
		assert_memory_equal(message->tail, data + seen.got, message->tail_size);
		seen.got += message->tail_size;
		if (seen.got == seen.frame.size) {
			seen.numbers[seen.frames % 64] = seen.frame.frame;
			seen.flags[seen.frames++ % 64] = seen.frame.flags;
		}
	}
}

static void connect_vault(void)
{
	int fds[2];

	assert_int_equal(ipc_pair(64 * 1024, fds), 0);
	assert_int_equal(
		ipc_open(&vault, loop, fds[1], PROC_VAULT, PROC_CAM, vault_received, NULL, NULL),
		0);
	assert_int_equal(outlet_open(&outlet, loop, fds[0]), 0);
}

static int set_up(void **state)
{
	const struct outlet_format format = {.codec = CODEC_H264,
					     .clock_hz = 90000,
					     .config = (const uint8_t *)"abc",
					     .config_size = 3};

	(void)state;
	memset(&outlet, 0, sizeof(outlet));
	memset(&vault, 0, sizeof(vault));
	memset(&seen, 0, sizeof(seen));
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
	assert_int_equal(loop_create(&loop), 0);
	connect_vault();
	assert_int_equal(outlet_set_track(&outlet, TRACK_VIDEO, &format), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	outlet_close(&outlet);
	ipc_close(&vault);
	loop_destroy(loop);
	return 0;
}

static void send_frame(size_t size, bool is_key)
{
	const struct outlet_frame frame = {
		.pts_ns = 1, .is_key = is_key, .data = data, .size = size};

	outlet_send_frame(&outlet, TRACK_VIDEO, &frame);
}

/* Lets the vault read all there is. */
static void read_all(void)
{
	for (int i = 0; i < 200; i++)
		assert_int_equal(loop_turn(loop, 0), 0);
}

static void numbers_and_cuts(void **state)
{
	(void)state;
	send_frame(3 * IPC_TAIL_MAX + 5, true);
	read_all();
	assert_int_equal(seen.pieces, 4);
	assert_int_equal(seen.frames, 1);
	assert_int_equal(seen.frame.frame, 1);
	assert_int_equal(seen.frame.keep_from, 1);
	assert_int_equal(seen.frame.flags, FRAME_KEY);
	send_frame(10, false);
	read_all();
	assert_int_equal(seen.frame.frame, 2);
	assert_int_equal(seen.frame.keep_from, 1);
	assert_int_equal(seen.frame.flags, 0);
	assert_int_equal(seen.frame.config, 1);
}

static void starts_with_a_key_frame(void **state)
{
	(void)state;
	send_frame(10, false);
	send_frame(10, true);
	read_all();
	assert_int_equal(seen.frames, 1);
	assert_int_equal(seen.frame.flags, FRAME_KEY); /* nothing was lost that anyone had */
}

/* A key frame far larger than the socket's buffer still arrives whole. */
static void a_large_key_frame_goes_through_whole(void **state)
{
	(void)state;
	send_frame(2 * 1024 * 1024, true);
	read_all();
	assert_int_equal(seen.frames, 1);
	assert_int_equal(seen.got, 2 * 1024 * 1024);
}

static void drops_to_the_next_key_frame_when_the_vault_does_not_read(void **state)
{
	(void)state;
	send_frame(10, true);
	for (int i = 0; i < 200; i++)
		send_frame(2000, false); /* more than fits */
	assert_true(outlet.dropped > 0);
	read_all();
	unsigned before = seen.frames;

	send_frame(10, false); /* refers to one that was dropped */
	read_all();
	assert_int_equal(seen.frames, before);
	send_frame(10, true);
	send_frame(10, false);
	read_all();
	assert_int_equal(seen.frames, before + 2);
	assert_int_equal(seen.flags[before % 64], FRAME_KEY | FRAME_AFTER_GAP);
	assert_int_equal(seen.flags[(before + 1) % 64], 0);
	assert_int_equal(seen.numbers[before % 64], 203);
}

static void a_vault_that_never_reads_costs_bounded_memory(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		send_frame(1024 * 1024, true);
	assert_true(outlet.vault.queue_size <= OUTLET_QUEUE_SIZE_MAX + IPC_TAIL_MAX + 1024);
	assert_true(ipc_is_open(&outlet.vault));
}

static void a_frame_over_the_maximum_is_dropped(void **state)
{
	(void)state;
	send_frame(10, true);
	const struct outlet_frame frame = {
		.is_key = true, .data = data, .size = FRAME_SIZE_MAX + 1};

	outlet_send_frame(&outlet, TRACK_VIDEO, &frame);
	read_all();
	assert_int_equal(seen.frames, 1);
	assert_int_equal(outlet.dropped, 1);
}

static void a_new_vault_is_told_everything(void **state)
{
	(void)state;
	struct ipc_cam_state camera = {.state = CAM_LIVE, .packets = 7};

	send_frame(10, true);
	outlet_send_state(&outlet, &camera);
	read_all();
	outlet_close(&outlet); /* the warden's new pair replaces the old end */
	ipc_close(&vault);
	send_frame(10, true); /* to nobody */
	connect_vault();
	send_frame(10, false); /* this vault has no key frame yet */
	send_frame(10, true);
	read_all();
	assert_int_equal(seen.tracks, 2);
	assert_int_equal(seen.states, 2 + 1); /* at first, on change, to the new vault */
	assert_int_equal(seen.state.packets, 7);
	assert_int_equal(seen.state.frames, 1);
	assert_int_equal(seen.frames, 2);
	assert_int_equal(seen.frame.frame, 4);
	assert_int_equal(seen.frame.flags, FRAME_KEY | FRAME_AFTER_GAP);
}

static void a_changed_config_waits_for_its_key_frame(void **state)
{
	(void)state;
	struct outlet_format format = {.codec = CODEC_H264,
				       .clock_hz = 90000,
				       .config = (const uint8_t *)"abc",
				       .config_size = 3};

	send_frame(10, true);
	assert_int_equal(outlet_set_track(&outlet, TRACK_VIDEO, &format), 0); /* the same */
	send_frame(10, false);
	read_all();
	assert_int_equal(seen.tracks, 1);
	assert_int_equal(seen.frames, 2);
	format.config = (const uint8_t *)"abd";
	assert_int_equal(outlet_set_track(&outlet, TRACK_VIDEO, &format), 0);
	send_frame(10, false);
	send_frame(10, true);
	read_all();
	assert_int_equal(seen.tracks, 2);
	assert_int_equal(seen.track.config, 2);
	assert_int_equal(seen.frames, 3);
	assert_int_equal(seen.frame.config, 2);
	outlet_end_track(&outlet, TRACK_VIDEO);
	read_all();
	assert_int_equal(seen.track.codec, CODEC_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_and_cuts),
		TEST(starts_with_a_key_frame),
		TEST(a_large_key_frame_goes_through_whole),
		TEST(drops_to_the_next_key_frame_when_the_vault_does_not_read),
		TEST(a_vault_that_never_reads_costs_bounded_memory),
		TEST(a_frame_over_the_maximum_is_dropped),
		TEST(a_new_vault_is_told_everything),
		TEST(a_changed_config_waits_for_its_key_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
