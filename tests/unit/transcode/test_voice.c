/* From a browser's Opus to what a speaker takes: the tone that was said, at its level, and what was
 * lost on the way made up for. */
#include "../check.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include <opus.h>

#include "transcode/voice.h"

enum { BLOCK = 960, PACKETS = 100, RATE = 8000, SAMPLES_MAX = 4 * RATE, HZ = 500, AMPLITUDE = 8000 };

static const uint64_t START_NS = 7000000000000;

struct packet {
	uint8_t data[TALK_PACKET_MAX];
	size_t size;
};

static struct packet packets[PACKETS];
static int16_t heard[SAMPLES_MAX];
static size_t heard_count;
static uint64_t next_ns;

/* RFC 3551's µ-law. */
static int16_t from_mulaw(uint8_t byte)
{
	int value = ~byte & 0xff, exponent = value >> 4 & 7;
	int sample = (((value & 15) << 3) + 132) << exponent;

	return (int16_t)((value & 0x80) ? 132 - sample : sample - 132);
}

static void hear(void *context, const struct voice_output *output)
{
	(void)context;
	assert_true(heard_count + output->data.size <= SAMPLES_MAX);
	/* Blocks follow each other without holes. */
	if (heard_count)
		assert_true(llabs((long long)(output->pts_ns - next_ns)) < 1000);
	next_ns = output->pts_ns + output->data.size * UINT64_C(1000000000) / RATE;
	for (size_t i = 0; i < output->data.size; i++)
		heard[heard_count++] = from_mulaw(output->data.data[i]);
}

static int say_tone(void **state)
{
	int error;
	OpusEncoder *encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &error);

	(void)state;
	opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(20));
	opus_encoder_ctl(encoder, OPUS_SET_BITRATE(24000));
	opus_encoder_ctl(encoder, OPUS_SET_BANDWIDTH(OPUS_BANDWIDTH_WIDEBAND)); /* where FEC is */
	opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
	for (int i = 0; i < PACKETS; i++) {
		int16_t samples[BLOCK];

		for (int at = 0; at < BLOCK; at++)
			samples[at] = (int16_t)(AMPLITUDE *
						sin(2 * M_PI * HZ * (i * BLOCK + at) / 48000.0));
		packets[i].size = (size_t)opus_encode(encoder, samples, BLOCK, packets[i].data,
						      sizeof(packets[i].data));
	}
	opus_encoder_destroy(encoder);
	heard_count = 0;
	return error;
}

static struct voice *open_voice(void)
{
	const struct ipc_track speaker = {.codec = CODEC_PCMU, .clock_hz = RATE, .channels = 1};
	struct voice *voice;

	assert_int_equal(voice_create(&speaker, &voice), 0);
	return voice;
}

static void feed(struct voice *voice, int number)
{
	assert_int_equal(voice_feed(voice, START_NS + (uint64_t)number * 20000000,
				    (struct bytes){packets[number].data, packets[number].size}, hear,
				    NULL),
			 0);
}

static double rms(size_t from, size_t to)
{
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += (double)heard[i] * heard[i];
	return sqrt(sum / (double)(to - from));
}

static void a_tone_keeps_its_pitch_and_level(void **state)
{
	struct voice *voice = open_voice();
	unsigned crossings = 0;

	(void)state;
	for (int i = 0; i < PACKETS; i++)
		feed(voice, i);
	assert_in_range(heard_count, 2 * RATE - 400, 2 * RATE);
	for (size_t i = RATE / 2 + 1; i <= RATE / 2 + RATE; i++)
		crossings += heard[i - 1] < 0 && heard[i] >= 0;
	assert_in_range(crossings, HZ - 1, HZ + 1);
	assert_true(fabs(20 * log10(rms(RATE / 2, RATE) / (AMPLITUDE / M_SQRT2))) < 1);
	voice_destroy(voice);
}

/* One in ten is lost: nothing is shorter, and nowhere is it silent. */
static void what_is_lost_is_made_up_for(void **state)
{
	struct voice *voice = open_voice();

	(void)state;
	for (int i = 0; i < PACKETS; i++)
		if (i % 10 != 5)
			feed(voice, i);
	assert_in_range(heard_count, 2 * RATE - 400, 2 * RATE);
	for (size_t at = RATE / 2; at + 160 < heard_count; at += 160)
		assert_true(rms(at, at + 160) > AMPLITUDE / 20.0);
	voice_destroy(voice);
}

static void a_pause_is_not_filled(void **state)
{
	struct voice *voice = open_voice();
	size_t before;

	(void)state;
	for (int i = 0; i < 20; i++)
		feed(voice, i);
	before = heard_count;
	heard_count = 0; /* a new run begins */
	for (int i = 60; i < 80; i++)
		feed(voice, i);
	assert_in_range(heard_count, before - 400, before + 400);
	voice_destroy(voice);
}

static void what_is_no_opus_is_refused(void **state)
{
	static const uint8_t bad[] = {0xff, 0xff, 0xff};
	struct voice *voice = open_voice();
	struct ipc_track speaker = {.codec = CODEC_OPUS, .clock_hz = RATE, .channels = 1};
	struct voice *none = NULL;

	(void)state;
	assert_int_equal(voice_feed(voice, 1, (struct bytes){bad, sizeof(bad)}, hear, NULL), -EBADMSG);
	assert_int_equal(voice_feed(voice, 1, (struct bytes){bad, 0}, hear, NULL), -EBADMSG);
	feed(voice, 0);
	voice_destroy(voice);
	assert_int_equal(voice_create(&speaker, &none), -EPROTONOSUPPORT);
	speaker = (struct ipc_track){.codec = CODEC_PCMU, .clock_hz = 100, .channels = 1};
	assert_int_equal(voice_create(&speaker, &none), -EPROTONOSUPPORT);
	speaker = (struct ipc_track){.codec = CODEC_PCMU, .clock_hz = RATE, .channels = 9};
	assert_int_equal(voice_create(&speaker, &none), -EPROTONOSUPPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_tone_keeps_its_pitch_and_level, say_tone),
		cmocka_unit_test_setup(what_is_lost_is_made_up_for, say_tone),
		cmocka_unit_test_setup(a_pause_is_not_filled, say_tone),
		cmocka_unit_test_setup(what_is_no_opus_is_refused, say_tone),
	};

	assert_int_equal(voice_warm_up(), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
