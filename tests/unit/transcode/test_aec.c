/* The canceller in computed rooms: how much of the echo goes, and what of the near end stays. Each
 * limit is some dB below what is measured; `--verbose` shows that. */
#include "../check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "scene.h"
#include "transcode/aec.h"

static struct scene_sound sound;
static int16_t out[SCENE_SAMPLES_MAX];

static const struct scene BASE = {
	.hz = 16000, .seconds = 12, .delay_s = 0.06, .decay_s = 0.3, .echo_gain = 1};

static double power(const int16_t *samples, const struct scene *scene, double from_s, double to_s)
{
	double sum = 1e-9;

	for (int i = (int)(from_s * scene->hz); i < (int)(to_s * scene->hz); i++)
		sum += (double)samples[i] * samples[i];
	return sum / ((to_s - from_s) * scene->hz);
}

/* Echo return loss enhancement between two moments, dB. */
static double erle(const struct scene *scene, double from_s, double to_s)
{
	return 10 * log10(power(sound.mic, scene, from_s, to_s) / power(out, scene, from_s, to_s));
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void run_with(const struct engine_kind *engine, const struct scene *scene)
{
	AUTO(aec) aec = NULL;
	int block = scene->hz / AEC_BLOCKS_A_SECOND;

	assert_int_equal(aec_create((uint32_t)scene->hz, engine, &aec), 0);
	for (int i = 0; i + block <= scene->hz * scene->seconds; i += block)
		aec_process(aec, sound.far + i, sound.mic + i, out + i);
}

static void run(const char *name, const struct scene *scene)
{
	scene_make(scene, &sound);
	double start = cpu_s();

	run_with(&ENGINE_KALMAN, scene);
	printf("# %s: %.2f %% of a core, 2-4 s %.1f dB, the last 6 s %.1f dB\n", name,
	       100 * (cpu_s() - start) / scene->seconds, erle(scene, 2, 4),
	       erle(scene, scene->seconds - 6, scene->seconds));
}

static void the_echo_goes_at_every_delay(void **state)
{
	static const double delays_s[] = {0.02, 0.06, 0.3, 0.45};

	(void)state;
	for (size_t i = 0; i < sizeof(delays_s) / sizeof(delays_s[0]); i++) {
		struct scene scene = BASE;
		char name[40];

		scene.delay_s = delays_s[i];
		snprintf(name, sizeof(name), "delay %.0f ms", 1000 * delays_s[i]);
		run(name, &scene);
		assert_true(erle(&scene, 2, 4) > 24);
		assert_true(erle(&scene, 6, 12) > 30);
	}
}

static void it_goes_in_a_larger_room_and_at_a_browsers_rate(void **state)
{
	struct scene large = BASE, full = BASE;

	(void)state;
	large.decay_s = 0.5;
	run("reverberation 0.5 s", &large);
	assert_true(erle(&large, 6, 12) > 26);
	full.hz = 48000;
	run("48 kHz", &full);
	assert_true(erle(&full, 6, 12) > 30);
}

static void clocks_that_drift_apart_are_followed(void **state)
{
	static const double drifts_ppm[] = {50, 100, -100};

	(void)state;
	for (size_t i = 0; i < sizeof(drifts_ppm) / sizeof(drifts_ppm[0]); i++) {
		struct scene scene = BASE;
		char name[40];

		scene.drift_ppm = drifts_ppm[i];
		scene.seconds = 16;
		snprintf(name, sizeof(name), "drift %.0f ppm", drifts_ppm[i]);
		run(name, &scene);
		assert_true(erle(&scene, 2, 6) > 24);
		assert_true(erle(&scene, 10, 16) > 36);
	}
}

static void a_jump_is_recovered_from(void **state)
{
	struct scene scene = BASE;

	(void)state;
	scene.seconds = 16;
	scene.jump_at_s = 6;
	scene.jump_s = 0.2;
	run("jump of 200 ms at 6 s", &scene);
	assert_true(erle(&scene, 9, 11) > 20);
	assert_true(erle(&scene, 12, 16) > 30);
}

/* The near end as it was, a block later, and what stands beside it. */
static void both_are_heard_when_both_speak(void **state)
{
	struct scene scene = BASE;
	int block = BASE.hz / AEC_BLOCKS_A_SECOND;
	double dot = 0, same = 0, all = 0;

	(void)state;
	scene.near_from_s = 6;
	scene.near_to_s = 10;
	run("both speak from 6 s to 10 s", &scene);
	for (int i = 6 * BASE.hz; i < 10 * BASE.hz; i++) {
		double near = 32767 * 0.6 * (double)sound.near[i], heard = out[i + block];

		dot += near * heard;
		same += near * near;
		all += heard * heard;
	}
	double level = dot / same, rest = all - dot * dot / same;

	printf("# near end: level %.1f dB, SDR %.1f dB, echo before it %.1f dB\n",
	       20 * log10(level), 10 * log10(level * dot / rest), -20 * log10(0.6));
	assert_true(fabs(20 * log10(level)) < 0.8);
	assert_true(10 * log10(level * dot / rest) > 18);
}

/* Whoever is louder than the echo is not another delay. */
static void a_loud_voice_in_the_room_moves_nothing(void **state)
{
	struct scene scene = BASE;

	(void)state;
	scene.seconds = 16;
	scene.echo_gain = 0.3;
	scene.near_from_s = 5;
	scene.near_to_s = 12;
	run("a loud voice from 5 s to 12 s", &scene);
	printf("# afterwards %.1f dB\n", erle(&scene, 12.5, 16));
	assert_true(erle(&scene, 12.5, 16) > 24);
}

/* As of a camera that cancels its own: the sound is the microphone's to the bit. */
static void without_an_echo_nothing_is_changed(void **state)
{
	struct scene scene = BASE;

	(void)state;
	scene.echo_gain = 0;
	scene.near_to_s = scene.seconds;
	run("no echo", &scene);
	assert_memory_equal(out, sound.mic, (size_t)(scene.hz * scene.seconds) * sizeof(*out));
}

/* What stands beside it in the table does the same work, less of it. */
static void another_engine_can_take_its_place(void **state)
{
	(void)state;
	scene_make(&BASE, &sound);
	run_with(&ENGINE_SPEEX, &BASE);
	assert_true(erle(&BASE, 6, 12) > 25);
}

static void after_the_speakers_last_word_too(void **state)
{
	AUTO(aec) aec = NULL;
	static const int16_t silence[AEC_BLOCK_MAX];
	int block = BASE.hz / AEC_BLOCKS_A_SECOND, end = BASE.hz * 6;
	struct scene scene = BASE;

	(void)state;
	scene.near_to_s = scene.seconds;
	scene_make(&scene, &sound);
	assert_int_equal(aec_create((uint32_t)BASE.hz, &ENGINE_KALMAN, &aec), 0);
	for (int i = 0; i < BASE.hz * BASE.seconds; i += block)
		aec_process(aec, i < end ? sound.far + i : silence, sound.mic + i, out + i);
	/* It does something before, and is gone a block after its rest. */
	assert_memory_not_equal(out + BASE.hz * 5, sound.mic + BASE.hz * 5,
				(size_t)BASE.hz * sizeof(*out));
	int rested = end + BASE.hz * AEC_REST_MS / 1000 + block;

	assert_memory_equal(out + rested, sound.mic + rested,
			    (size_t)(BASE.hz * BASE.seconds - rested) * sizeof(*out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_echo_goes_at_every_delay),
		cmocka_unit_test(it_goes_in_a_larger_room_and_at_a_browsers_rate),
		cmocka_unit_test(clocks_that_drift_apart_are_followed),
		cmocka_unit_test(a_jump_is_recovered_from),
		cmocka_unit_test(both_are_heard_when_both_speak),
		cmocka_unit_test(a_loud_voice_in_the_room_moves_nothing),
		cmocka_unit_test(without_an_echo_nothing_is_changed),
		cmocka_unit_test(another_engine_can_take_its_place),
		cmocka_unit_test(after_the_speakers_last_word_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
