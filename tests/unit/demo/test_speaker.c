/* What the demo camera is told to play is heard by its own microphone: later, quieter, with
 * echoes, and at the right pitch. */
#include "../check.h"

#include <math.h>
#include <string.h>

#include "demo/echo.h"
#include "demo/sound.h"
#include "demo/sound_coder.h"
#include "demo/speaker.h"
#include "proto/rtp/rtp_build.h"

enum { HZ = 1000, BLOCKS = 47, BLOCK = 1024, START = 480000 };

static const double TAU = 6.283185307179586;

static int16_t heard[SOUND_HZ * 2];

static void a_clap_comes_back_from_the_walls(void **state)
{
	static struct echo echo;
	const float clap = 1;
	int echoes = 0;

	(void)state;
	memset(heard, 0, sizeof(heard));
	echo_hear(&echo, START, heard, SOUND_HZ);
	echo_play(&echo, START + 100, &clap, 1);
	echo_hear(&echo, START, heard, SOUND_HZ);
	for (int i = 0; i < SOUND_HZ; i++)
		echoes += heard[i] != 0;
	assert_int_equal(echoes, 5);
	assert_in_range(heard[100 + ECHO_DELAY_MIN], 11000, 12000);
	assert_in_range(heard[100 + ECHO_DELAY_MAX], 900, 1100);
}

static void two_sounds_are_heard_together_and_an_old_one_no_more(void **state)
{
	static struct echo echo;
	const float sound[] = {0.25f, 0.25f};

	(void)state;
	memset(heard, 0, sizeof(heard));
	echo_play(&echo, START, sound, 2);
	echo_play(&echo, START + 1, sound, 2);
	echo_hear(&echo, START, heard, SOUND_HZ);
	assert_int_equal(heard[ECHO_DELAY_MIN], heard[ECHO_DELAY_MIN + 2]);
	assert_in_range(heard[ECHO_DELAY_MIN + 1], 2 * heard[ECHO_DELAY_MIN],
			2 * heard[ECHO_DELAY_MIN] + 1);
	memset(heard, 0, sizeof(heard));
	echo_play(&echo, START + 3 * ECHO_SIZE, sound, 2);
	echo_hear(&echo, START + 2 * ECHO_SIZE, heard, SOUND_HZ);
	for (int i = 0; i < SOUND_HZ; i++)
		assert_int_equal(heard[i], 0);
}

static void take_block(struct speaker *speaker, struct rtp_build *rtp, struct bytes unit, int block)
{
	uint8_t packet[2048];
	int size = rtp_build_sound(rtp, (uint64_t)block * BLOCK, unit, packet, sizeof(packet));

	assert_true(size > 0);
	speaker_take_packet(speaker, (struct bytes){packet, (size_t)size},
			    START + (uint64_t)block * BLOCK);
}

static void a_tone_is_heard_as_that_tone(void **state)
{
	struct rtp_build rtp = {.codec = CODEC_AAC, .payload_type = SPEAKER_PAYLOAD_TYPE, .time = 7};
	AUTO(sound_coder) coder = NULL;
	AUTO(speaker) speaker = NULL;
	int16_t samples[BLOCK];
	struct sound_coded coded;
	double re = 0, im = 0, energy = 0;

	(void)state;
	assert_int_equal(sound_coder_create(SOUND_AAC, &coder), 0);
	assert_int_equal(speaker_create(&speaker), 0);
	assert_false(speaker_is_playing(speaker, START));
	for (int block = 0; block < BLOCKS; block++) {
		for (int i = 0; i < BLOCK; i++)
			samples[i] = (int16_t)(16000 * sin(TAU * HZ * (block * BLOCK + i) / SOUND_HZ));
		assert_int_equal(sound_coder_encode(coder, samples, &coded), 0);
		if (coded.data.size)
			take_block(speaker, &rtp, coded.data, block);
	}
	assert_true(speaker_is_playing(speaker, START + BLOCKS * BLOCK));
	assert_false(speaker_is_playing(speaker, START + 2 * SOUND_HZ));
	memset(heard, 0, sizeof(heard));
	speaker_hear(speaker, START, heard, 2 * SOUND_HZ);
	for (int i = SOUND_HZ / 4; i < SOUND_HZ * 3 / 4; i++) {
		re += heard[i] * cos(TAU * HZ * i / SOUND_HZ);
		im += heard[i] * sin(TAU * HZ * i / SOUND_HZ);
		energy += (double)heard[i] * heard[i];
	}
	assert_true(2 * (re * re + im * im) / (SOUND_HZ / 2) > 0.98 * energy);
	assert_true(sqrt(energy / (SOUND_HZ / 2)) > 1500);
}

static void garbage_is_silence(void **state)
{
	static const uint8_t garbage[] = "\x80\x64\0\1\0\0\0\1\0\0\0\1\0\x10\x7f\xff\xff\xff";
	AUTO(speaker) speaker = NULL;

	(void)state;
	assert_int_equal(speaker_create(&speaker), 0);
	for (size_t size = 0; size < sizeof(garbage); size++)
		speaker_take_packet(speaker, (struct bytes){garbage, size}, START);
	assert_false(speaker_is_playing(speaker, START));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clap_comes_back_from_the_walls),
		cmocka_unit_test(two_sounds_are_heard_together_and_an_old_one_no_more),
		cmocka_unit_test(a_tone_is_heard_as_that_tone),
		cmocka_unit_test(garbage_is_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
