#include "train/cry/synth.h"

#include <stdbool.h>
#include <string.h>

#include "proto/hear/mel.h"

/* A tone with overtones through two resonances. Zero-initialised. */
struct voice {
	double phase;
	float a1, a2, b1, b2;
};

static float sine(double turn)
{
	return (float)exact_sine(turn);
}

static float ramp(float x, float edge, float length)
{
	float in = x / edge, out = (length - x) / edge;

	in = in < out ? in : out;
	return in < 0 ? 0 : in > 1 ? 1 : in;
}

/* Overtones up to 3.8 kHz that fall by `tilt` in each octave-ish step. */
static float tone(double *phase, float hz, float tilt)
{
	float sum = 0, gain = 1;

	*phase += (double)hz / MEL_HZ;
	for (int i = 1; (float)i * hz < 3800 && i <= 12; i++) {
		sum += gain * sine(*phase * i);
		gain *= tilt;
	}
	return sum;
}

static float resonate(float in, float hz, float *one, float *two)
{
	float width = 0.93F, c = sine((double)hz / MEL_HZ + 0.25);
	float out = in * (1 - width) + 2 * width * c * *one - width * width * *two;

	*two = *one;
	*one = out;
	return out;
}

static float speak(struct voice *voice, float hz, float first_hz, float second_hz)
{
	float source = tone(&voice->phase, hz, 0.8F);

	return resonate(source, first_hz, &voice->a1, &voice->a2) +
	       0.7F * resonate(source, second_hz, &voice->b1, &voice->b2);
}

static void noise(float *out, size_t count, float colour, float level, struct chance *chance)
{
	float held = 0;

	for (size_t i = 0; i < count; i++) {
		held = held * colour + (1 - colour) * chance_normal(chance);
		out[i] += held * level;
	}
}

static void make_noise(float *out, size_t count, struct chance *chance)
{
	noise(out, count, chance_between(chance, 0, 0.97F), 0.2F, chance);
}

static void motor(float *out, size_t count, struct chance *chance)
{
	float hz = chance_between(chance, 80, 700), wobble = chance_between(chance, 0.1F, 3);
	float tilt = chance_between(chance, 0.3F, 0.9F);
	double phase = 0;

	noise(out, count, 0.6F, 0.2F, chance);
	for (size_t i = 0; i < count; i++)
		out[i] += 0.1F * tone(&phase,
				      hz * (1 + 0.02F * sine((double)i * (double)wobble / MEL_HZ)),
				      tilt);
}

static void beeps(float *out, size_t count, struct chance *chance)
{
	float hz = chance_between(chance, 300, 2800), on = chance_between(chance, 0.05F, 0.9F);
	float period = on + chance_between(chance, 0.05F, 1),
	      tilt = chance_between(chance, 0, 0.7F);
	double phase = 0;

	for (size_t i = 0; i < count; i++) {
		float t = (float)i / MEL_HZ;
		float x = t - period * (float)(int)(t / period);

		out[i] += 0.15F * ramp(x, 0.005F, on) * tone(&phase, hz, tilt);
	}
}

static void siren(float *out, size_t count, struct chance *chance)
{
	float low = chance_between(chance, 300, 800), span = chance_between(chance, 1.2F, 2.2F);
	float rate = chance_between(chance, 0.2F, 4), tilt = chance_between(chance, 0.1F, 0.8F);
	bool steps = chance_bits(chance) & 1;
	double phase = 0;

	for (size_t i = 0; i < count; i++) {
		float swing = sine((double)i * (double)rate / MEL_HZ) * 0.5F + 0.5F;

		swing = steps ? (swing > 0.5F ? 1.0F : 0.0F) : swing;
		out[i] += 0.12F * tone(&phase, low * (1 + (span - 1) * swing), tilt);
	}
}

static void ring(float *out, size_t count, struct chance *chance)
{
	float one = chance_between(chance, 350, 1200),
	      other = one * chance_between(chance, 1.1F, 1.4F);
	float rate = chance_between(chance, 12, 30), on = chance_between(chance, 0.5F, 2);
	double a = 0, b = 0;

	for (size_t i = 0; i < count; i++) {
		float t = (float)i / MEL_HZ, x = t - 3 * on * (float)(int)(t / (3 * on));
		bool first = sine((double)t * (double)rate) > 0;

		out[i] += 0.1F * ramp(x, 0.01F, on) *
			  (tone(&a, one, 0.5F) * (first ? 1.0F : 0.3F) +
			   tone(&b, other, 0.5F) * (first ? 0.3F : 1.0F));
	}
}

static void melody(float *out, size_t count, struct chance *chance)
{
	static const int8_t steps[] = {0, 2, 4, 5, 7, 9, 11, 12};
	float base = chance_between(chance, 180, 600), length = chance_between(chance, 0.12F, 0.9F);
	float tilt = chance_between(chance, 0.2F, 0.8F), fade = chance_between(chance, 0.5F, 8);
	float vibrato = chance_between(chance, 0, 0.02F), hz[2] = {base, base};
	double phase[2] = {0};
	size_t each = (size_t)(length * MEL_HZ);

	for (size_t i = 0; i < count; i++) {
		if (i % each == 0)
			for (int v = 0; v < 2; v++)
				hz[v] = base * (v ? 0.5F : 1.0F) *
					exact_exp2((float)steps[chance_below(chance, 8)] / 12);
		float t = (float)(i % each) / MEL_HZ,
		      sway = 1 + vibrato * sine((double)i * 5.5 / MEL_HZ);

		out[i] +=
			0.1F * ramp(t, 0.01F, length) * exact_exp2(-fade * t) *
			(tone(&phase[0], hz[0] * sway, tilt) + 0.6F * tone(&phase[1], hz[1], tilt));
	}
}

/* Bursts of voice: their length, pause, pitch and how it moves. */
struct bursts {
	float on, off, hz, rise, fall, breath;
	float first_hz, second_hz;
};

static void voiced_bursts(float *out, size_t count, const struct bursts *bursts,
			  struct chance *chance)
{
	struct voice voice = {0};
	float on = bursts->on, off = bursts->off, hz = bursts->hz, at = 0;

	for (size_t i = 0; i < count; i++, at += 1.0F / MEL_HZ) {
		if (at >= on + off) {
			at = 0;
			on = bursts->on * chance_between(chance, 0.7F, 1.3F);
			off = bursts->off * chance_between(chance, 0.7F, 1.3F);
			hz = bursts->hz * chance_between(chance, 0.92F, 1.08F);
		}
		float x = at / on, jitter = 0.01F * chance_normal(chance);
		float bend = x < 0.25F ? 1 + bursts->rise * x * 4
				       : 1 + bursts->rise - bursts->fall * (x - 0.25F) / 0.75F;

		if (at < on)
			out[i] += 0.5F * ramp(at, 0.05F, on) *
				  speak(&voice, hz * (bend + jitter), bursts->first_hz,
					bursts->second_hz);
		else
			out[i] +=
				bursts->breath * ramp(at - on, 0.05F, off) * chance_normal(chance);
	}
}

static void meow(float *out, size_t count, struct chance *chance)
{
	struct bursts bursts = {
		.on = chance_between(chance, 0.4F, 1.0F),
		.off = chance_between(chance, 1.5F, 5),
		.hz = chance_between(chance, 400, 800),
		.rise = chance_between(chance, 0.1F, 0.5F),
		.fall = chance_between(chance, 0.2F, 0.6F),
		.first_hz = chance_between(chance, 700, 1200),
		.second_hz = chance_between(chance, 1500, 2600),
	};

	voiced_bursts(out, count, &bursts, chance);
}

static void laugh(float *out, size_t count, struct chance *chance)
{
	struct bursts bursts = {
		.on = chance_between(chance, 0.06F, 0.14F),
		.off = chance_between(chance, 0.06F, 0.2F),
		.hz = chance_between(chance, 220, 600),
		.rise = chance_between(chance, -0.1F, 0.3F),
		.fall = chance_between(chance, 0, 0.3F),
		.breath = chance_between(chance, 0, 0.05F),
		.first_hz = chance_between(chance, 600, 1100),
		.second_hz = chance_between(chance, 1300, 2600),
	};

	voiced_bursts(out, count, &bursts, chance);
}

static void squeak(float *out, size_t count, struct chance *chance)
{
	struct bursts bursts = {
		.on = chance_between(chance, 0.08F, 0.5F),
		.off = chance_between(chance, 0.1F, 1.5F),
		.hz = chance_between(chance, 700, 2200),
		.rise = chance_between(chance, -0.4F, 0.8F),
		.fall = chance_between(chance, -0.3F, 0.6F),
		.breath = chance_between(chance, 0, 0.03F),
		.first_hz = 1400,
		.second_hz = 2800,
	};

	voiced_bursts(out, count, &bursts, chance);
}

static void talk(float *out, size_t count, struct chance *chance)
{
	struct voice voice = {0};
	float base = chance_between(chance, 90, 320), hz = base, first = 500, second = 1500,
	      loud = 0;
	size_t left = 0, length = 1;

	for (size_t i = 0; i < count; i++) {
		if (left == 0) {
			length = left = (size_t)(chance_between(chance, 0.06F, 0.35F) * MEL_HZ);
			hz = base * chance_between(chance, 0.8F, 1.3F);
			first = chance_between(chance, 280, 850);
			second = chance_between(chance, 900, 2500);
			loud = chance_unit(chance) < 0.2F ? 0 : chance_between(chance, 0.2F, 0.7F);
		}
		left--;
		float x = (float)(length - left) / (float)length;

		out[i] += loud * ramp(x, 0.2F, 1) *
			  speak(&voice, hz * (1.05F - 0.1F * x), first, second);
	}
}

/* ---- kept for tests ---- */

static void kettle(float *out, size_t count, struct chance *chance)
{
	double phase = 0;

	noise(out, count, 0.3F, 0.1F, chance);
	for (size_t i = 0; i < count; i++) {
		float x = (float)i / (float)count;

		out[i] += 0.12F * x * tone(&phase, 900 + 1600 * x, 0.2F);
	}
}

static void washer(float *out, size_t count, struct chance *chance)
{
	float rate = chance_between(chance, 0.5F, 1.2F);
	double phase = 0;

	noise(out, count, 0.85F, 0.3F, chance);
	for (size_t i = 0; i < count; i++)
		out[i] = out[i] * (0.6F + 0.4F * sine((double)i * (double)rate / MEL_HZ)) +
			 0.05F * tone(&phase, 49, 0.85F);
}

static void dog(float *out, size_t count, struct chance *chance)
{
	struct bursts bursts = {
		.on = chance_between(chance, 0.1F, 0.25F),
		.off = chance_between(chance, 0.25F, 1.2F),
		.hz = chance_between(chance, 250, 600),
		.rise = 0.5F,
		.fall = 0.9F,
		.breath = 0.03F,
		.first_hz = 800,
		.second_hz = 1700,
	};

	voiced_bursts(out, count, &bursts, chance);
}

static void dishes(float *out, size_t count, struct chance *chance)
{
	for (size_t at = 0; at < count; at += 800 + chance_below(chance, 12000)) {
		float hz = chance_between(chance, 900, 3500), other = hz * 1.47F,
		      loud = chance_between(chance, 0.1F, 0.6F);

		for (size_t i = 0; i < 3000 && at + i < count; i++) {
			double t = (double)i / MEL_HZ;

			out[at + i] += loud * exact_exp2(-(float)t * 40) *
				       (sine(t * (double)hz) + sine(t * (double)other));
		}
	}
}

static void birds(float *out, size_t count, struct chance *chance)
{
	struct bursts bursts = {
		.on = 0.12F,
		.off = 0.2F,
		.hz = chance_between(chance, 1800, 3000),
		.rise = 0.3F,
		.fall = 0.5F,
		.first_hz = 2500,
		.second_hz = 3300,
	};

	voiced_bursts(out, count, &bursts, chance);
}

static void doorbell(float *out, size_t count, struct chance *chance)
{
	float hz = chance_between(chance, 550, 800);
	double phase = 0;

	for (size_t i = 0; i < count; i++) {
		float t = (float)(i % (5 * MEL_HZ)) / MEL_HZ, x = t < 0.6F ? t : t - 0.6F;

		out[i] +=
			0.25F * exact_exp2(-5 * x) * tone(&phase, t < 0.6F ? hz : hz * 0.8F, 0.3F);
	}
}

static void hairdryer(float *out, size_t count, struct chance *chance)
{
	double phase = 0;

	noise(out, count, 0.2F, 0.15F, chance);
	for (size_t i = 0; i < count; i++)
		out[i] += 0.05F * tone(&phase, 390 + 5 * sine((double)i / MEL_HZ), 0.6F);
}

static void radio(float *out, size_t count, struct chance *chance)
{
	static const float chord[] = {220, 277.2F, 329.6F};
	double phase[3] = {0};

	talk(out, count, chance);
	for (size_t i = 0; i < count; i++)
		for (int v = 0; v < 3; v++)
			out[i] += 0.04F * tone(&phase[v],
					       chord[v] * (i / (2 * MEL_HZ) % 2 ? 1.335F : 1.0F),
					       0.5F);
}

typedef void synth_fn(float *out, size_t count, struct chance *chance);

void synth_make(enum synth_kind kind, float *samples, size_t count, struct chance *chance)
{
	static synth_fn *const makers[SYNTH_KINDS] = {
		make_noise, motor,  beeps,  siren, ring,   melody, meow,     laugh,     squeak,
		talk,       kettle, washer, dog,   dishes, birds,  doorbell, hairdryer, radio,
	};

	memset(samples, 0, count * sizeof(*samples));
	makers[kind](samples, count, chance);
}

/* How strong an overtone is: two formants, and something of the deep ones. */
static float formants(float hz, int number)
{
	float first = (hz - 1015) / 275, second = (hz - 3150) / 550;

	return exact_exp2(-first * first) + 0.3F * exact_exp2(-second * second) +
	       0.1F * exact_exp2(-0.4F * (float)number);
}

void synth_cry(float *samples, size_t count, struct chance *chance)
{
	double phase = 0;
	float at = 0, on = 0.9F, off = 0.36F, base = 485;

	for (size_t i = 0; i < count; i++, at += 1.0F / MEL_HZ) {
		if (at >= on + off) {
			at = 0;
			on = 0.9F * chance_between(chance, 0.8F, 1.2F);
			off = 0.36F * chance_between(chance, 0.8F, 1.2F);
			base = 485 * chance_between(chance, 0.93F, 1.07F);
		}
		float x = at / on, tremor = sine((double)i * 7 / MEL_HZ),
		      rough = sine((double)i * 45 / MEL_HZ);
		float hz = base * (0.9F + 0.8F * x * (1 - x) + 0.03F * tremor +
				   0.006F * chance_normal(chance));
		float sum = 0.1F * chance_normal(chance);

		phase += (double)hz / MEL_HZ;
		for (int k = 1; k <= 8 && (float)k * hz < 3800; k++)
			sum += formants((float)k * hz, k) * sine(phase * k);
		samples[i] = x < 1 ? 0.25F * ramp(at, 0.06F, on) * (1 + 0.16F * rough) * sum
				   : 0.01F * ramp(at - on, 0.05F, off) * chance_normal(chance);
	}
}
