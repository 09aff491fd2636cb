/* Alarms are known by their rhythm, in noise, in rooms, at either pitch; what beeps otherwise is
 * none. */
#include "proto/hear/alarm.h"

#include <math.h>
#include <string.h>

#include "../check.h"

enum { SECONDS = 26, SAMPLES = SECONDS * MEL_HZ };

/* Beeps: `on` and `off` seconds, `count` of them, then `pause` more; again and again from second 2.
 */
struct beeps {
	const char *name;
	double on, off, pause;
	int count;
	double hz;
	bool is_square;
};

static struct mel mel;
static float sound[SAMPLES];
static uint32_t seed;

static float noise(void)
{
	seed = seed * 1664525 + 1013904223;
	return (float)(int32_t)seed / 2147483648.0F;
}

static double wave(const struct beeps *beeps, double at)
{
	double value = sin(2 * acos(-1) * beeps->hz * at);

	return beeps->is_square ? (value > 0 ? 0.8 : -0.8) : value;
}

static bool is_on(const struct beeps *beeps, double at)
{
	double round = beeps->count * (beeps->on + beeps->off) + beeps->pause, in = fmod(at, round);

	return in < beeps->count * (beeps->on + beeps->off) &&
	       fmod(in, beeps->on + beeps->off) < beeps->on;
}

/* In a room that rings on for `ring_s` (60 dB), with noise of this loudness. */
static void make_sound(const struct beeps *beeps, double level, double ring_s, float noise_level)
{
	double keep = ring_s > 0 ? pow(10, -3 / (ring_s * MEL_HZ)) : 0, rest = 0;

	seed = 7;
	for (int i = 0; i < SAMPLES; i++) {
		double at = (double)i / MEL_HZ - 2;
		bool sounds = at >= 0 && is_on(beeps, at);

		rest = sounds ? 1 : rest * keep;
		/* what rings on is the same pitch, at a third */
		double loud = sounds ? level : level * 0.33 * rest;

		sound[i] = (float)(loud * wave(beeps, at)) + noise_level * noise();
	}
}

/* The second at which it is heard, or -1; `ret_kind` what as; it must not end while it sounds. */
static double listen(enum alarm_kind *ret_kind)
{
	struct alarm alarm = {0};
	double heard = -1;

	for (uint64_t i = 0; (i * MEL_HOP) + MEL_WINDOW <= SAMPLES; i++) {
		struct mel_frame frame;

		mel_measure(&mel, sound + i * MEL_HOP, &frame);
		enum episode_event event = alarm_take(&alarm, 1000 + i, &frame);

		assert_int_not_equal(event, EPISODE_ENDED);
		if (event != EPISODE_STARTED)
			continue;
		assert_true(heard < 0);
		heard = (double)i * MEL_HOP / MEL_HZ;
		*ret_kind = alarm.kind;
		assert_in_range(alarm.start, 1000 + 100, 1000 + 600);
	}
	return heard;
}

static void alarms_are_heard(void **state)
{
	static const struct {
		struct beeps beeps;
		enum alarm_kind kind;
		double within_s;
	} rows[] = {
		{{"smoke", 0.5, 0.5, 1, 3, 3100, false}, ALARM_SMOKE, 11.5},
		{{"smoke, slow", 0.55, 0.55, 1.1, 3, 3400, false}, ALARM_SMOKE, 12.5},
		{{"smoke, fast", 0.45, 0.45, 0.9, 3, 2900, false}, ALARM_SMOKE, 11.5},
		{{"smoke, low", 0.5, 0.5, 1, 3, 520, true}, ALARM_SMOKE, 11.5},
		{{"gas", 0.1, 0.1, 4.9, 4, 3200, false}, ALARM_GAS, 15},
		{{"gas, low", 0.1, 0.1, 4.9, 4, 520, true}, ALARM_GAS, 15},
	};
	static const struct {
		double level, ring_s;
		float noise;
	} rooms[] = {{0.3, 0, 0.0003F}, {0.9, 0.6, 0.001F}, {0.03, 0.4, 0.003F}, {0.1, 0.3, 0.05F}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t k = 0; k < sizeof(rooms) / sizeof(*rooms); k++) {
			enum alarm_kind kind = ALARM_KINDS;

			make_sound(&rows[i].beeps, rooms[k].level, rooms[k].ring_s, rooms[k].noise);
			double at = listen(&kind);

			if (at < 0 || at > rows[i].within_s || kind != rows[i].kind)
				fail_msg("%s in room %zu: heard at %.1f s as %d",
					 rows[i].beeps.name, k, at, kind);
		}
}

static void what_beeps_otherwise_is_no_alarm(void **state)
{
	static const struct beeps rows[] = {
		{"microwave", 0.5, 0.5, 0, 1, 2000, false},
		{"microwave, long", 1, 1, 0, 1, 2700, false},
		{"kitchen timer", 0.1, 0.1, 0.4, 4, 3000, false},
		{"washing machine", 0.5, 0.5, 20, 5, 2500, false},
		{"lorry", 0.4, 0.6, 0, 1, 1250, true},
		{"doorbell", 0.4, 0.3, 6, 2, 660, false},
		{"alarm clock", 0.1, 0.1, 1, 4, 2048, true},
		{"telephone", 1, 4, 0, 1, 425, false},
		{"three, too slow", 0.8, 0.8, 1.6, 3, 3100, false},
		{"three, no pause like it", 0.5, 0.5, 3, 3, 3100, false},
		{"four", 0.5, 0.5, 1, 4, 3100, false},
		{"siren", 20, 0.1, 0, 1, 3000, false},
		{"low battery", 0.1, 39, 0, 1, 3200, false},
	};
	enum alarm_kind kind;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (double ring_s = 0; ring_s < 0.7; ring_s += 0.5) {
			make_sound(&rows[i], 0.3, ring_s, 0.001F);
			double at = listen(&kind);

			if (at >= 0)
				fail_msg("%s was taken for an alarm after %.1f s", rows[i].name,
					 at);
		}
}

/* The same rhythm, at another pitch each time: somebody plays. */
static void a_tune_is_no_alarm(void **state)
{
	static const double pitch[] = {1000, 1190, 1335};
	enum alarm_kind kind;

	(void)state;
	for (int i = 0; i < SAMPLES; i++) {
		double at = fmod((double)i / MEL_HZ, 4);
		int note = (int)at;

		sound[i] = note < 3 && at - note < 0.5
				   ? (float)(0.3 * sin(2 * acos(-1) * pitch[note] * at))
				   : 0;
	}
	assert_true(listen(&kind) < 0);
}

static void it_ends_when_nothing_beeps_any_more(void **state)
{
	static const struct beeps smoke = {"smoke", 0.5, 0.5, 1, 3, 3100, false};
	struct alarm alarm = {0};
	int began = 0, ended = 0;

	(void)state;
	make_sound(&smoke, 0.3, 0, 0.001F);
	memset(sound + SAMPLES / 2, 0, sizeof(sound) / 2);
	for (uint64_t i = 0; (i * MEL_HOP) + MEL_WINDOW <= SAMPLES; i++) {
		struct mel_frame frame;

		mel_measure(&mel, sound + i * MEL_HOP, &frame);
		enum episode_event event = alarm_take(&alarm, i, &frame);

		began += event == EPISODE_STARTED;
		ended += event == EPISODE_ENDED;
	}
	assert_int_equal(began, 1);
	assert_int_equal(ended, 1);
	assert_true(fabs(10 * log10((double)alarm.level) + 13.5) < 1);
	assert_in_range(alarm.last * MEL_HOP / MEL_HZ, 11, 13);
}

static int prepare(void **state)
{
	(void)state;
	mel_init(&mel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alarms_are_heard),
		cmocka_unit_test(what_beeps_otherwise_is_no_alarm),
		cmocka_unit_test(a_tune_is_no_alarm),
		cmocka_unit_test(it_ends_when_nothing_beeps_any_more),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
