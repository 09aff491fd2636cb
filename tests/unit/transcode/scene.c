#include "scene.h"

#include <math.h>
#include <string.h>

enum { WAYS = 400, FORMANTS = 3 };

static const double TAU = 6.283185307179586;
static uint32_t noise_state;

static float noise(void)
{
	noise_state ^= noise_state << 13;
	noise_state ^= noise_state >> 17;
	noise_state ^= noise_state << 5;
	return (float)(int32_t)noise_state / 2147483648.0f;
}

struct formant {
	float turn, decay, now, before;
};

static void tune(struct formant *formant, double hz, double wide, int rate)
{
	double radius = exp(-TAU / 2 * wide / rate);

	formant->turn = (float)(2 * radius * cos(TAU * hz / rate));
	formant->decay = (float)(radius * radius);
}

static float pass(struct formant *formant, float in)
{
	float out = in + formant->turn * formant->now - formant->decay * formant->before;

	formant->before = formant->now;
	formant->now = out;
	return out;
}

/* What one syllable is, drawn anew for each. */
struct syllable {
	int length;
	double pitch;
	float voiced, loud;
};

static struct syllable next_syllable(struct formant *formants, double pitch, int hz)
{
	static const double low[FORMANTS] = {300, 900, 2300}, wide[FORMANTS] = {500, 1300, 900};
	struct syllable next = {.length = (int)(hz * (0.13 + 0.06 * noise())),
				.pitch = pitch * (1 + 0.2 * noise()),
				.voiced = noise() > -0.4f ? 1 : 0.1f,
				.loud = noise() > -0.7f ? 0.6f + 0.4f * noise() : 0};

	for (int i = 0; i < FORMANTS; i++)
		tune(&formants[i], low[i] + wide[i] * (0.5 + 0.5 * noise()), 60 + 30 * i, hz);
	return next;
}

static void speak(uint32_t seed, double pitch, int hz, size_t count, float *ret_samples)
{
	struct formant formants[FORMANTS] = {0};
	struct syllable now = {0};
	double phase = 0, power = 0;
	int at = 0;

	noise_state = seed;
	for (size_t i = 0; i < count; i++) {
		if (at >= now.length) {
			now = next_syllable(formants, pitch, hz);
			at = 0;
		}
		phase += now.pitch / hz;
		float pulse = phase >= 1 ? 1.0f * (float)sqrt(hz) / 40 : 0;
		float shape = (float)sin(TAU / 2 * at++ / now.length) * now.loud;
		float in = shape * (now.voiced * pulse + (1.05f - now.voiced) * 0.15f * noise()),
		      sum = 0;

		phase -= floor(phase);
		for (int k = 0; k < FORMANTS; k++)
			sum += pass(&formants[k], in) / (float)(k + 1);
		ret_samples[i] = sum;
		power += (double)sum * sum;
	}
	float gain = (float)(0.08 / sqrt(power / (double)count));

	for (size_t i = 0; i < count; i++)
		ret_samples[i] = fmaxf(-0.95f, fminf(0.95f, ret_samples[i] * gain));
}

/* Between samples by a cubic through four of them. */
static float at_time(const float *samples, size_t count, double time)
{
	if (time < 1 || time >= (double)count - 3)
		return 0;
	size_t i = (size_t)time;
	float f = (float)(time - (double)i);
	const float *y = samples + i - 1;
	float a = y[3] - 3 * y[2] + 3 * y[1] - y[0], b = 2 * y[0] - 5 * y[1] + 4 * y[2] - y[3];

	return y[1] + 0.5f * f * (y[2] - y[0] + f * (b + f * a));
}

/* Adds what the microphone hears of `played` through a room. */
static void reverberate(const struct scene *scene, const float *played, size_t count, float *echo)
{
	memset(echo, 0, count * sizeof(*echo));
	noise_state = 77;
	for (int way = 0; way < WAYS; way++) {
		double late_s = way == 0 ? 0 : scene->decay_s * 0.6 * (0.5 + 0.5 * noise()) + 0.001;
		size_t late = (size_t)(late_s * scene->hz);
		float gain =
			way == 0 ? 0.7f
				 : 0.16f * noise() * (float)pow(10, -3 * late_s / scene->decay_s);

		for (size_t i = late; i < count; i++)
			echo[i] += gain * played[i - late];
	}
}

void scene_make(const struct scene *scene, struct scene_sound *ret_sound)
{
	static float said[SCENE_SAMPLES_MAX], played[SCENE_SAMPLES_MAX];
	size_t count = (size_t)(scene->hz * scene->seconds);

	speak(4711, 210, scene->hz, count, ret_sound->near);
	speak(1234567, 120, scene->hz, count, said);
	for (size_t i = 0; i < count; i++) {
		double now_s = (double)i / scene->hz;
		double late_s =
			scene->delay_s +
			(scene->jump_at_s > 0 && now_s >= scene->jump_at_s ? scene->jump_s : 0);
		float sample =
			at_time(said, count,
				(double)i * (1 + scene->drift_ppm * 1e-6) - late_s * scene->hz);

		played[i] = tanhf(1.2f * sample + 0.1f * sample * sample) / 1.2f;
		ret_sound->far[i] = (int16_t)lrintf(32767 * said[i]);
		if (now_s < scene->near_from_s || now_s >= scene->near_to_s)
			ret_sound->near[i] = 0;
	}
	reverberate(scene, played, count, ret_sound->echo);
	for (size_t i = 0; i < count; i++) {
		ret_sound->echo[i] *= (float)scene->echo_gain;
		ret_sound->mic[i] = (int16_t)lrintf(
			32767 * fmaxf(-1, fminf(1, ret_sound->echo[i] + ret_sound->near[i] * 0.6f +
							   0.0002f * noise())));
	}
}
