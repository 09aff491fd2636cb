/* The real ward-transcode behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <string.h>

#include "../child.h"

enum { FRAMES = 50 };

static const char *program;

static struct child child;
static struct {
	int blocks, tracks;
	uint32_t codec;
	uint64_t last_frame, first_pts_ns;
} said;

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	if (message->type == IPC_TRACK) {
		said.codec = ((const struct ipc_track *)message->body)->codec;
		said.tracks++;
	}
	if (message->type == IPC_FRAME) {
		const struct ipc_frame *frame = message->body;

		assert_int_equal(frame->track, TRACK_LISTEN);
		assert_int_equal(frame->frame, said.last_frame + 1);
		if (!said.blocks++)
			said.first_pts_ns = frame->pts_ns;
		said.last_frame = frame->frame;
	}
}

static void start_child(void)
{
	memset(&said, 0, sizeof(said));
	child_open(&child, program, PROC_TRANSCODE, vault_heard);
	child_start(&child);
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

static void sound_comes_back_as_opus_and_the_end_is_clean(void **state)
{
	uint8_t frame[160];

	(void)state;
	memset(frame, 0xff, sizeof(frame));
	start_child();
	feed_track(CODEC_PCMU, NULL, 0);
	for (uint64_t i = 1; i <= FRAMES; i++)
		feed(frame, sizeof(frame), i);
	child_wait(&child, &said.blocks, FRAMES - 1);
	assert_int_equal(said.codec, CODEC_OPUS);
	assert_int_equal(said.first_pts_ns, 1020000000 - 6500000);
	child_leave(&child);
}

static void garbage_neither_ends_nor_kills_it(void **state)
{
	static const uint8_t config[] = {0x11, 0x88};
	uint8_t frame[500];

	(void)state;
	start_child();
	feed_track(CODEC_AAC, config, sizeof(config));
	for (uint64_t i = 1; i <= FRAMES; i++) {
		for (size_t j = 0; j < sizeof(frame); j++)
			frame[j] = (uint8_t)(i * 31 + j * j * 7);
		feed(frame, sizeof(frame), i);
	}
	feed_track(CODEC_PCMA, NULL, 0); /* told after the garbage was read */
	child_wait(&child, &said.tracks, 2);
	child_leave(&child);
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
