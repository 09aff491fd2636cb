/* Frames of each coding become samples at 8 kHz with the right time. */
#include "ear/intake.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "../check.h"

enum { FRAME = 160 };

/* A-law of a 500 Hz tone at 8 kHz: sixteen samples, over and over, as ITU-T G.711 has them. */
static uint8_t a_law(int value)
{
	int sign = value >= 0 ? 0x80 : 0, size = value < 0 ? -value - 1 : value, segment = 0;

	while (segment < 7 && size >> (segment + 8))
		segment++;
	int low = segment ? size >> (segment + 3) & 15 : size >> 4 & 15;

	return (uint8_t)((sign | segment << 4 | low) ^ 0x55);
}

static void make_tone(uint8_t frame[FRAME])
{
	for (int i = 0; i < FRAME; i++)
		frame[i] = a_law((int)lrint(12000 * sin(2 * acos(-1) * i / 16)));
}

static struct intake *open_g711(void)
{
	const struct ipc_track track = {.codec = CODEC_PCMA, .clock_hz = 8000, .channels = 1};
	struct intake *intake;

	assert_int_equal(intake_create(&track, (struct bytes){NULL, 0}, &intake), 0);
	return intake;
}

static void g711_comes_out_as_it_went_in(void **state)
{
	AUTO(intake) intake = open_g711();
	uint8_t frame[FRAME];
	double square = 0;
	size_t count = 0;

	(void)state;
	make_tone(frame);
	for (uint64_t i = 0; i < 50; i++) {
		struct ipc_frame about = {.pts_ns = 1000000000 + i * 20000000, .size = FRAME};
		struct intake_output output;

		assert_int_equal(intake_feed(intake, (struct bytes){frame, FRAME}, &about, &output),
				 0);
		assert_int_equal(output.pts_ns, about.pts_ns);
		assert_int_equal(output.after_gap, i == 0);
		for (size_t k = 0; k < output.count; k++)
			square += (double)output.samples[k] * (double)output.samples[k];
		count += output.count;
	}
	assert_int_equal(count, 50 * FRAME);
	assert_true(fabs(sqrt(square / (double)count) - 12000 / sqrt(2)) < 150);
}

static void gaps_are_noticed(void **state)
{
	static const struct {
		uint64_t pts_ms;
		uint32_t flags;
		bool is_gap;
	} rows[] = {
		{1000, 0, true},  {1020, 0, false}, {1040, FRAME_AFTER_GAP, true},
		{1060, 0, false}, {5000, 0, true},  {5020, 0, false},
		{1020, 0, true},  {1100, 0, false}, /* late, but what came between is the same sound
						     */
	};
	AUTO(intake) intake = open_g711();
	uint8_t frame[FRAME];

	(void)state;
	make_tone(frame);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ipc_frame about = {
			.pts_ns = rows[i].pts_ms * 1000000, .flags = rows[i].flags, .size = FRAME};
		struct intake_output output;

		assert_int_equal(intake_feed(intake, (struct bytes){frame, FRAME}, &about, &output),
				 0);
		assert_int_equal(output.after_gap, rows[i].is_gap);
	}
}

static void strange_codings_and_frames_are_refused(void **state)
{
	static const uint8_t config[] = {0x11, 0x88}, garbage[64] = {1, 2, 3, 250, 251};
	struct ipc_track track = {.codec = CODEC_H264, .clock_hz = 90000};
	const struct ipc_frame about = {.size = sizeof(garbage)};
	struct intake *none;
	struct intake_output output;

	(void)state;
	assert_int_equal(intake_create(&track, (struct bytes){NULL, 0}, &none), -EPROTONOSUPPORT);
	track.codec = CODEC_AAC;
	assert_int_equal(intake_create(&track, (struct bytes){NULL, 0}, &none), -EBADMSG);
	AUTO(intake) intake = NULL;

	assert_int_equal(intake_create(&track, (struct bytes){config, sizeof(config)}, &intake), 0);
	assert_int_equal(
		intake_feed(intake, (struct bytes){garbage, sizeof(garbage)}, &about, &output),
		-EBADMSG);
}

static void opus_is_understood(void **state)
{
	/* RFC 6716: CELT only, full band, 20 ms, one channel; nothing in it: silence. */
	static const uint8_t silence[] = {0xf8, 0xff, 0xfe};
	const struct ipc_track track = {.codec = CODEC_OPUS, .clock_hz = 48000, .channels = 2};
	const struct ipc_frame about = {.size = sizeof(silence), .pts_ns = 1};
	AUTO(intake) intake = NULL;
	struct intake_output output;
	size_t count = 0;

	(void)state;
	assert_int_equal(intake_create(&track, (struct bytes){NULL, 0}, &intake), 0);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(intake_feed(intake, (struct bytes){silence, 3}, &about, &output),
				 0);
		count += output.count;
	}
	assert_in_range(count, 8 * FRAME, 10 * FRAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(g711_comes_out_as_it_went_in),
		cmocka_unit_test(gaps_are_noticed),
		cmocka_unit_test(strange_codings_and_frames_are_refused),
		cmocka_unit_test(opus_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
