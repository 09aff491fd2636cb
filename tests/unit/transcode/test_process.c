/* The real ward-transcode behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ipc.h"

enum { WAIT_MS = 10000, FRAMES = 50 };

static const char *program;

struct child {
	pid_t pid;
	struct loop *loop;
	struct ipc_channel warden, vault;
	int ready, blocks, tracks;
	uint32_t codec;
	uint64_t last_frame, first_pts_ns;
	bool vault_closed;
};

static struct child child;

static void warden_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	if (message->type == IPC_READY)
		child.ready++;
}

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	if (message->type == IPC_TRACK) {
		child.codec = ((const struct ipc_track *)message->body)->codec;
		child.tracks++;
	}
	if (message->type == IPC_FRAME) {
		const struct ipc_frame *frame = message->body;

		assert_int_equal(frame->track, TRACK_LISTEN);
		assert_int_equal(frame->frame, child.last_frame + 1);
		if (!child.blocks++)
			child.first_pts_ns = frame->pts_ns;
		child.last_frame = frame->frame;
	}
}

static void gone(struct ipc_channel *channel)
{
	child.vault_closed = child.vault_closed || channel == &child.vault;
}

static void start_child(void)
{
	int warden[2], vault[2];
	struct ipc_peer peer = {.kind = PROC_VAULT};
	struct ipc_number number = {0};

	assert_int_equal(ipc_pair(0, warden), 0);
	assert_int_equal(ipc_pair(0, vault), 0);
	child.pid = fork();
	if (child.pid == 0) {
		dup2(warden[1], 3);
		fcntl(3, F_SETFD, 0);
		execl(program, "ward-transcode", "nursery", (char *)NULL);
		_exit(127);
	}
	close(warden[1]);
	assert_int_equal(loop_create(&child.loop), 0);
	assert_int_equal(ipc_open(&child.warden, child.loop, warden[0], PROC_WARDEN, PROC_TRANSCODE,
				  warden_heard, gone, NULL), 0);
	assert_int_equal(ipc_open(&child.vault, child.loop, vault[0], PROC_VAULT, PROC_TRANSCODE,
				  vault_heard, gone, NULL), 0);
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

static void feed(const uint8_t *data, uint32_t size, uint64_t number)
{
	struct ipc_frame frame = {.frame = number, .keep_from = number,
				  .pts_ns = 1000000000 + number * 20000000, .camera = 1,
				  .track = TRACK_MIC, .size = size, .flags = FRAME_KEY, .config = 1};

	ipc_send(&child.vault, IPC_FEED_FRAME, &frame, data, size);
}

static void feed_track(uint32_t codec, const uint8_t *config, size_t config_size)
{
	struct ipc_track track = {.camera = 1, .track = TRACK_MIC, .codec = codec, .config = 1,
				  .clock_hz = 8000, .channels = 1};

	ipc_send(&child.vault, IPC_FEED_TRACK, &track, config, config_size);
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

static void sound_comes_back_as_opus_and_the_end_is_clean(void **state)
{
	uint8_t frame[160];

	(void)state;
	memset(&child, 0, sizeof(child));
	memset(frame, 0xff, sizeof(frame));
	start_child();
	wait_for(&child.ready, 1);
	feed_track(CODEC_PCMU, NULL, 0);
	for (uint64_t i = 1; i <= FRAMES; i++)
		feed(frame, sizeof(frame), i);
	wait_for(&child.blocks, FRAMES - 1);
	assert_int_equal(child.codec, CODEC_OPUS);
	assert_int_equal(child.first_pts_ns, 1020000000 - 6500000);
	assert_int_equal(end_child(), 0);
}

static void garbage_neither_ends_nor_kills_it(void **state)
{
	static const uint8_t config[] = {0x11, 0x88};
	uint8_t frame[500];

	(void)state;
	memset(&child, 0, sizeof(child));
	start_child();
	wait_for(&child.ready, 1);
	feed_track(CODEC_AAC, config, sizeof(config));
	for (uint64_t i = 1; i <= FRAMES; i++) {
		for (size_t j = 0; j < sizeof(frame); j++)
			frame[j] = (uint8_t)(i * 31 + j * j * 7);
		feed(frame, sizeof(frame), i);
	}
	feed_track(CODEC_PCMA, NULL, 0); /* told after the garbage was read */
	wait_for(&child.tracks, 2);
	assert_int_equal(end_child(), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_comes_back_as_opus_and_the_end_is_clean),
		cmocka_unit_test(garbage_neither_ends_nor_kills_it),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
