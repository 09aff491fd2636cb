/* The real ward-cam-file behind its sandbox, fed small files: this test is its warden and vault. */
#include "../check.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../child.h"
#include "base/clock.h"

enum { WAIT_MS = 10000, TURNS_MAX = 4000 };

static const char *program, *media;

/* What the vault has seen of one track. */
struct seen {
	uint32_t codec, channels, width, config_size;
	uint64_t frame, pts_ns, frames, keys, steps_back, gap_ns;
	uint32_t size_min, size_max;
	bool is_framed; /* NAL units after sizes, to the last byte */
};

static struct child child;
static struct {
	struct seen tracks[TRACK_COUNT];
	struct ipc_cam_state state;
} said; /* what the vault was told */

static bool is_framed(const uint8_t *data, size_t size)
{
	size_t at = 0;

	while (at + 4 < size) {
		size_t nal = (size_t)data[at] << 24 | (size_t)data[at + 1] << 16 |
			     (size_t)data[at + 2] << 8 | data[at + 3];

		at += 4 + nal;
	}
	return at == size;
}

static void take_frame(const struct ipc_frame *frame, const struct ipc_message *message)
{
	struct seen *seen = &said.tracks[frame->track];

	assert_int_equal(frame->offset, 0); /* these pictures fit one piece */
	assert_int_equal(frame->size, message->tail_size);
	assert_int_equal(frame->frame, seen->frame + 1);
	seen->frame = frame->frame;
	seen->frames++;
	seen->keys += (frame->flags & FRAME_KEY) != 0;
	seen->steps_back += frame->pts_ns + 300000000 < seen->pts_ns;
	seen->gap_ns = seen->frames > 1 && frame->pts_ns > seen->pts_ns + seen->gap_ns
			       ? frame->pts_ns - seen->pts_ns
			       : seen->gap_ns;
	seen->pts_ns = frame->pts_ns;
	seen->is_framed = is_framed(message->tail, message->tail_size);
	if (!seen->size_min || frame->size < seen->size_min)
		seen->size_min = frame->size;
	if (frame->size > seen->size_max)
		seen->size_max = frame->size;
}

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	if (message->type == IPC_TRACK) {
		const struct ipc_track *track = message->body;
		struct seen *seen = &said.tracks[track->track];

		seen->codec = track->codec;
		seen->channels = track->channels;
		seen->width = track->width;
		seen->config_size = (uint32_t)message->tail_size;
	}
	if (message->type == IPC_FRAME)
		take_frame(message->body, message);
	if (message->type == IPC_CAM_STATE)
		said.state = *(const struct ipc_cam_state *)message->body;
}

static void send_file(const char *name)
{
	char path[512];
	struct ipc_source source = {.track = TRACK_VIDEO, .audio = 1, .name = "test"};

	snprintf(path, sizeof(path), "%s/%s", media, name);
	int fd = open(strchr(name, '/') ? name : path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	ipc_send_fd(&child.warden, IPC_SOURCE_FILE, &source, path, strlen(path), fd);
	close(fd);
}

static void start_child(const char *file)
{
	memset(&said, 0, sizeof(said));
	child_open(&child, program, PROC_CAM, vault_heard);
	send_file(file);
	child_start(&child);
}

static void wait_for_frames(enum media_track track, uint64_t count)
{
	for (int i = 0; i < TURNS_MAX && said.tracks[track].frames < count; i++)
		if (loop_turn(child.loop, WAIT_MS) < 0 || child.is_gone)
			break;
	assert_true(said.tracks[track].frames >= count);
}

static void wait_for_state(uint32_t state)
{
	for (int i = 0; i < TURNS_MAX && said.state.state != state && !child.is_gone; i++)
		assert_true(loop_turn(child.loop, WAIT_MS) >= 0);
	assert_int_equal(said.state.state, state);
}

/* Six pictures a round: 20 of them cross three seams. */
static void mp4_plays_on_and_on_at_its_own_pace(void **state)
{
	const struct seen *video = &said.tracks[TRACK_VIDEO], *sound = &said.tracks[TRACK_MIC];

	uint64_t began_ns = clock_boot_ns();

	(void)state;
	start_child("h264-aac.mp4");
	wait_for_frames(TRACK_VIDEO, 20);
	/* 19 gaps of 100 ms, counted from before the first: on a busy box that may be seen late. */
	assert_in_range((clock_boot_ns() - began_ns) / CLOCK_NS_PER_MS, 1700, 8000);
	assert_int_equal(video->codec, CODEC_H264);
	assert_int_equal(video->width, 96);
	assert_true(video->config_size > 8 && video->is_framed);
	assert_true(video->keys >= 3 && video->keys < 8);
	assert_int_equal(video->steps_back + sound->steps_back, 0);
	assert_int_equal(sound->codec, CODEC_AAC);
	assert_int_equal(sound->channels, 1);
	assert_true(sound->config_size >= 2 && sound->frames > 50);
	assert_true(sound->gap_ns < 60000000); /* also where a round joins the next */
	assert_int_equal(said.state.broken, 0);
	child_stop(&child);
}

static void matroska_brings_h265_and_opus(void **state)
{
	(void)state;
	start_child("h265-opus.mkv");
	wait_for_frames(TRACK_VIDEO, 9);
	assert_int_equal(said.tracks[TRACK_VIDEO].codec, CODEC_H265);
	assert_int_equal(said.tracks[TRACK_VIDEO].width, 96);
	assert_true(said.tracks[TRACK_VIDEO].is_framed);
	assert_int_equal(said.tracks[TRACK_MIC].codec, CODEC_OPUS);
	assert_int_equal(said.tracks[TRACK_MIC].config_size, 0);
	child_stop(&child);
}

static void a_transport_stream_loses_its_headers(void **state)
{
	(void)state;
	start_child("h264-aac.ts");
	wait_for_frames(TRACK_VIDEO, 9);
	assert_int_equal(said.tracks[TRACK_VIDEO].codec, CODEC_H264);
	assert_true(said.tracks[TRACK_VIDEO].is_framed);
	assert_int_equal(said.tracks[TRACK_MIC].codec, CODEC_AAC);
	assert_int_equal(said.tracks[TRACK_MIC].config_size, 2);
	child_stop(&child);
}

static void g711_is_cut_to_twenty_milliseconds(void **state)
{
	(void)state;
	start_child("h264-pcmu.mkv");
	wait_for_frames(TRACK_MIC, 40);
	assert_int_equal(said.tracks[TRACK_MIC].codec, CODEC_PCMU);
	assert_int_equal(said.tracks[TRACK_MIC].size_min, 160);
	assert_int_equal(said.tracks[TRACK_MIC].size_max, 160);
	assert_int_equal(said.tracks[TRACK_MIC].steps_back, 0);
	child_stop(&child);
}

static void a_codec_that_ward_does_not_carry_is_named_and_left_out(void **state)
{
	(void)state;
	start_child("h264-mp3.mkv");
	wait_for_frames(TRACK_VIDEO, 3);
	wait_for_state(CAM_LIVE);
	assert_non_null(strstr(said.state.reason, "mp3"));
	assert_int_equal(said.tracks[TRACK_MIC].frames, 0);
	child_stop(&child);
}

static void what_is_no_media_file_says_so(void **state)
{
	(void)state;
	start_child(program);
	wait_for_state(CAM_DOWN);
	assert_true(said.state.reason[0] != 0);
	child_stop(&child);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mp4_plays_on_and_on_at_its_own_pace),
		cmocka_unit_test(matroska_brings_h265_and_opus),
		cmocka_unit_test(a_transport_stream_loses_its_headers),
		cmocka_unit_test(g711_is_cut_to_twenty_milliseconds),
		cmocka_unit_test(a_codec_that_ward_does_not_carry_is_named_and_left_out),
		cmocka_unit_test(what_is_no_media_file_says_so),
	};

	if (argc != 3)
		return 2;
	program = argv[1];
	media = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
