#include "../check.h"

#include <string.h>

#include "rtc/rtp_stream.h"

enum { SENT_MAX = 400 };

/* Opens what the stream sends, as a viewer would. */
struct sink {
	struct srtp_session *sends, *receives;
	uint8_t packet[SENT_MAX][RTP_PACKET_MAX];
	size_t size[SENT_MAX];
	unsigned count, room;
};

static uint8_t *sink_reserve(void *owner)
{
	struct sink *sink = owner;

	return sink->count < sink->room ? sink->packet[sink->count] : NULL;
}

static void sink_commit(void *owner, size_t size)
{
	struct sink *sink = owner;
	int plain = srtp_session_unprotect(sink->receives, sink->packet[sink->count], size);

	assert_true(plain > 0);
	sink->size[sink->count++] = (size_t)plain;
}

static const struct rtp_stream_setup setup = {.ssrc = 0x11111111,
					      .rtx_ssrc = 0x22222222,
					      .payload_type = 106,
					      .rtx_payload_type = 107,
					      .has_rtx = true,
					      .abs_send_time_id = 2,
					      .marks_last = true,
					      .clock_hz = 90000};

static struct rtp_output sink_init(struct sink *sink)
{
	struct srtp_master one = {.key = "one"}, other = {.key = "other"};

	*sink = (struct sink){.room = SENT_MAX};
	assert_int_equal(srtp_session_create(SRTP_SUITE_AES128_GCM, &one, &other, &sink->sends), 0);
	assert_int_equal(srtp_session_create(SRTP_SUITE_AES128_GCM, &other, &one, &sink->receives),
			 0);
	return (struct rtp_output){sink->sends, sink_reserve, sink_commit, sink};
}

static void sink_finish(struct sink *sink)
{
	srtp_session_destroy(sink->sends);
	srtp_session_destroy(sink->receives);
}

static struct frame *make_frame(uint64_t pts_ns, uint32_t packets)
{
	static uint8_t nal[64 * PACKER_PAYLOAD_MAX];
	uint32_t size = 5 + packets * (PACKER_PAYLOAD_MAX - 2);
	struct ipc_frame head = {.frame = 1, .pts_ns = pts_ns, .size = size};
	struct bytes_writer writer = bytes_write(nal, 5);
	struct frame *frame;

	bytes_put_be32(&writer, size - 4);
	bytes_put_u8(&writer, 0x41);
	assert_int_equal(frame_create(&head, PACKER_H264, NULL, &frame), 0);
	assert_int_equal(frame_append(frame, 0, (struct bytes){nal, size}), 0);
	assert_int_equal(frame_pack(frame), 0);
	return frame;
}

static uint32_t be32(const uint8_t *at)
{
	struct bytes_reader reader = bytes_read(at, 4);

	return bytes_get_be32(&reader);
}

static void numbers_and_marks(void **state)
{
	static struct sink sink;
	struct rtp_output output = sink_init(&sink);
	struct frame *frame = make_frame(CLOCK_NS_PER_S, 10);
	struct rtp_stream stream;

	(void)state;
	assert_int_equal(rtp_stream_init(&stream, &setup), 0);
	assert_int_equal(rtp_stream_send(&stream, &output, frame, 0, 5 * CLOCK_NS_PER_S), 10);
	uint16_t first = (uint16_t)(sink.packet[0][2] << 8 | sink.packet[0][3]);

	for (unsigned i = 0; i < 10; i++) {
		const uint8_t *p = sink.packet[i];

		assert_int_equal(p[0], 0x90);
		assert_int_equal(p[1], 106 | (i == 9 ? 0x80 : 0));
		assert_int_equal(p[2] << 8 | p[3], (uint16_t)(first + i));
		assert_int_equal(be32(p + 4), rtp_stream_time(&stream, CLOCK_NS_PER_S));
		assert_int_equal(be32(p + 8), setup.ssrc);
		/* abs-send-time: five seconds in 6.18 fixed point */
		assert_int_equal(be32(p + 12), 0xbede0001);
		assert_int_equal(be32(p + 16), 2U << 28 | 2U << 24 | 5U << 18);
		assert_memory_equal(p + 20, frame_payload(frame, i).data, sink.size[i] - 20);
	}
	assert_int_equal(stream.packets, 10);
	rtp_stream_finish(&stream);
	frame_unref(frame);
	sink_finish(&sink);
}

/* Picture and sound run on one clock: what belongs together stays together. */
static void maps_one_clock(void **state)
{
	struct rtp_stream_setup sound = {.ssrc = 3, .payload_type = 111, .clock_hz = 48000};
	struct rtp_stream video, audio;
	struct rtcp_sender said;
	uint64_t boot_ns = 123456 * CLOCK_NS_PER_S + 500000000;

	(void)state;
	assert_int_equal(rtp_stream_init(&video, &setup), 0);
	assert_int_equal(rtp_stream_init(&audio, &sound), 0);
	uint32_t video_at = rtp_stream_time(&video, boot_ns);
	uint32_t audio_at = rtp_stream_time(&audio, boot_ns);
	uint64_t later_ns = boot_ns + 7250 * CLOCK_NS_PER_MS;

	assert_int_equal(rtp_stream_time(&video, later_ns) - video_at, 90000 * 29 / 4);
	assert_int_equal(rtp_stream_time(&audio, later_ns) - audio_at, 48000 * 29 / 4);
	/* a report ties the same moment to wall time */
	rtp_stream_report(&video, boot_ns, 1000000, &said);
	assert_int_equal(said.rtp_time, video_at);
	assert_true(said.ntp == rtcp_ntp_of_us(1000000));
	rtp_stream_finish(&video);
	rtp_stream_finish(&audio);
}

static void sends_again_what_it_remembers(void **state)
{
	static struct sink sink;
	struct rtp_output output = sink_init(&sink);
	struct frame *frame = make_frame(0, 10);
	struct rtp_stream stream;

	(void)state;
	assert_int_equal(rtp_stream_init(&stream, &setup), 0);
	assert_int_equal(rtp_stream_send(&stream, &output, frame, 0, 1), 10);
	uint16_t first = (uint16_t)(sink.packet[0][2] << 8 | sink.packet[0][3]);

	/* the frame lives on in the history */
	frame_unref(frame);
	for (uint16_t i = 0; i < 10; i++) {
		assert_true(rtp_stream_send_again(&stream, &output, (uint16_t)(first + i), 2) > 0);
		const uint8_t *again = sink.packet[10 + i], *before = sink.packet[i];

		assert_int_equal(again[1] & 127, 107);
		assert_int_equal(be32(again + 8), setup.rtx_ssrc);
		assert_int_equal(be32(again + 4), be32(before + 4));
		assert_int_equal(again[20] << 8 | again[21], (uint16_t)(first + i));
		assert_int_equal(sink.size[10 + i], sink.size[i] + 2);
		assert_memory_equal(again + 22, before + 20, sink.size[i] - 20);
	}
	assert_int_equal(rtp_stream_send_again(&stream, &output, (uint16_t)(first + 10), 2), 0);
	assert_int_equal(rtp_stream_send_again(&stream, &output, (uint16_t)(first - 1), 2), 0);
	/* two seconds later nobody waits for them, and the next frame makes room */
	frame = make_frame(0, 1);
	assert_int_equal(rtp_stream_send(&stream, &output, frame, 0, 2 + RTP_HISTORY_NS), 1);
	assert_int_equal(rtp_stream_send_again(&stream, &output, first, 2 + RTP_HISTORY_NS), 0);
	frame_unref(frame);
	rtp_stream_finish(&stream);
	sink_finish(&sink);
}

/* The 16 bits turn around many times; the history stays right and no index repeats. */
static void runs_over_the_turn(void **state)
{
	static struct sink sink;
	struct rtp_output output = sink_init(&sink);
	struct frame *frame = make_frame(0, 30);
	struct rtp_stream stream;

	(void)state;
	assert_int_equal(rtp_stream_init(&stream, &setup), 0);
	for (uint64_t i = 0; i < 7000; i++) {
		sink.count = 0;
		assert_int_equal(rtp_stream_send(&stream, &output, frame, 0, i), 30);
		uint16_t lost = (uint16_t)(sink.packet[7][2] << 8 | sink.packet[7][3]);

		assert_true(rtp_stream_send_again(&stream, &output, lost, i) > 0);
		assert_int_equal(sink.packet[30][20] << 8 | sink.packet[30][21], lost);
	}
	rtp_stream_finish(&stream);
	assert_int_equal(frame->refs, 1);
	frame_unref(frame);
	sink_finish(&sink);
}

static void stops_where_the_way_is_blocked(void **state)
{
	static struct sink sink;
	struct rtp_output output = sink_init(&sink);
	struct frame *frame = make_frame(0, 10);
	struct rtp_stream stream;

	(void)state;
	assert_int_equal(rtp_stream_init(&stream, &setup), 0);
	sink.room = 4;
	assert_int_equal(rtp_stream_send(&stream, &output, frame, 0, 1), 4);
	assert_int_equal(rtp_stream_send(&stream, &output, frame, 4, 1), 0);
	sink.room = SENT_MAX;
	assert_int_equal(rtp_stream_send(&stream, &output, frame, 4, 1), 6);
	for (unsigned i = 1; i < 10; i++)
		assert_int_equal(sink.packet[i][3], (uint8_t)(sink.packet[i - 1][3] + 1));
	frame_unref(frame);
	rtp_stream_finish(&stream);
	sink_finish(&sink);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_marks),
		cmocka_unit_test(maps_one_clock),
		cmocka_unit_test(sends_again_what_it_remembers),
		cmocka_unit_test(runs_over_the_turn),
		cmocka_unit_test(stops_where_the_way_is_blocked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
