/* How well echoes are taken out: rooms by the image method (Allen, Berkley 1979), a loudspeaker that
 * distorts, delays, drifting clocks, jumps, noise, and two who speak at once. Each engine gets the
 * same samples. `echo_bench FAR NEAR [SCENE...]`: raw s16le speech at 16 kHz, a minute of each; NEAR
 * speaks in the room. Prints, for each scene and engine: ERLE in dB from 2 s to 20 s and from 10 s to
 * 20 s while the far end speaks alone, and from 5 s after the change at 50 s; while both speak what
 * stays of the near end: SDR behind the best filter of 160 taps, its level, ESTOI (Jensen, Taal 2016);
 * and the share of one core.
 *
 * A scene: 0-20 s far, 20-25 s near, 25-40 s both, 40-60 s far, with the change at 50 s. */
#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#include "transcode/aec.h"

enum { HZ = 16000, SECONDS = 60, COUNT = HZ * SECONDS, TAPS = HZ * 6 / 10, BLOCK = HZ / 50 };
enum { EST_HZ = 10000, EST_WINDOW = 256, EST_FFT = 512, EST_BANDS = 15, EST_SPAN = 30 };

static const double PI = 3.141592653589793;

/* ---- numbers ---- */

static uint32_t noise_state;

static double noise(void)
{
	noise_state ^= noise_state << 13;
	noise_state ^= noise_state >> 17;
	noise_state ^= noise_state << 5;
	return (double)(int32_t)noise_state / 2147483648.0;
}

static void transform(double complex *data, size_t size, int sign)
{
	for (size_t i = 1, j = 0; i < size; i++) {
		size_t bit = size / 2;

		for (; j & bit; bit /= 2)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			double complex swap = data[i];

			data[i] = data[j];
			data[j] = swap;
		}
	}
	for (size_t half = 1; half < size; half *= 2)
		for (size_t i = 0; i < half; i++) {
			double complex turn = cexp(sign * I * PI * (double)i / (double)half);

			for (size_t at = i; at < size; at += 2 * half) {
				double complex other = data[at + half] * turn;

				data[at + half] = data[at] - other;
				data[at] += other;
			}
		}
}

static void convolve(const double *in, const double *filter, double *ret_out)
{
	enum { SIZE = 1 << 20 };
	double complex *a = calloc(SIZE, sizeof(*a)), *b = calloc(SIZE, sizeof(*b));

	for (int i = 0; i < COUNT; i++)
		a[i] = in[i];
	for (int i = 0; i < TAPS; i++)
		b[i] = filter[i];
	transform(a, SIZE, -1);
	transform(b, SIZE, -1);
	for (int i = 0; i < SIZE; i++)
		a[i] *= b[i];
	transform(a, SIZE, 1);
	for (int i = 0; i < COUNT; i++)
		ret_out[i] = creal(a[i]) / SIZE;
	free(a);
	free(b);
}

static double power(const double *samples, double from_s, double to_s)
{
	double sum = 1e-20;

	for (int i = (int)(from_s * HZ); i < (int)(to_s * HZ); i++)
		sum += samples[i] * samples[i];
	return sum / ((to_s - from_s) * HZ);
}

static double db(double ratio)
{
	return 10 * log10(ratio);
}

/* ---- the room ---- */

struct place {
	double x, y, z;
};

/* What `microphone` hears of a click at `source`; `direct`: gain of the straight way. Of length 1. */
static void make_room(double decay_s, struct place source, struct place microphone, double direct,
		      double *ret_filter)
{
	static const struct place room = {5, 4, 2.7};
	double volume = room.x * room.y * room.z;
	double walls = 2 * (room.x * room.y + room.x * room.z + room.y * room.z);
	double mirror = sqrt(exp(-0.161 * volume / (walls * decay_s)));
	double reach = 343.0 * TAPS / HZ, sum = 0;
	int nx = (int)(reach / (2 * room.x)) + 1, ny = (int)(reach / (2 * room.y)) + 1,
	    nz = (int)(reach / (2 * room.z)) + 1;

	memset(ret_filter, 0, TAPS * sizeof(*ret_filter));
	for (int at = 0; at < 8; at++)
		for (int i = -nx; i <= nx; i++)
			for (int j = -ny; j <= ny; j++)
				for (int k = -nz; k <= nz; k++) {
					int px = at & 1, py = at >> 1 & 1, pz = at >> 2;
					double x = (1 - 2 * px) * source.x + 2 * i * room.x - microphone.x;
					double y = (1 - 2 * py) * source.y + 2 * j * room.y - microphone.y;
					double z = (1 - 2 * pz) * source.z + 2 * k * room.z - microphone.z;
					int hits = abs(i - px) + abs(i) + abs(j - py) + abs(j) +
						   abs(k - pz) + abs(k);
					/* Walls are not quite flat: without that echoes sweep. */
					double far = sqrt(x * x + y * y + z * z) + (hits ? 0.03 * noise() : 0);
					double gain = pow(mirror, hits) / (4 * PI * fmax(far, 0.02));
					double late = fmax(far, 0.02) / 343 * HZ;
					int whole = (int)late;

					if (hits == 0)
						gain *= direct;
					for (int o = -7; o <= 8; o++) {
						double t = o - (late - whole);
						double window = 0.5 + 0.5 * cos(PI * t / 8.5);
						int to = whole + o;

						if (to >= 0 && to < TAPS)
							ret_filter[to] += gain * window *
									  (fabs(t) < 1e-9 ? 1 : sin(PI * t) / (PI * t));
					}
				}
	for (int i = 0; i < TAPS; i++)
		sum += ret_filter[i] * ret_filter[i];
	for (int i = 0; i < TAPS; i++)
		ret_filter[i] /= sqrt(sum);
}

struct biquad {
	double b0, b1, b2, a1, a2, x1, x2, y1, y2;
};

static double pass(struct biquad *of, double in)
{
	double out = of->b0 * in + of->b1 * of->x1 + of->b2 * of->x2 - of->a1 * of->y1 - of->a2 * of->y2;

	of->x2 = of->x1;
	of->x1 = in;
	of->y2 = of->y1;
	of->y1 = out;
	return out;
}

/* kind: -1 high pass, 0 peak, 1 low pass. */
static struct biquad tune(int kind, double hz, double q)
{
	double w = 2 * PI * hz / HZ, a = sin(w) / (2 * q), c = cos(w), n = 1 + a;
	struct biquad of = {.a1 = -2 * c / n, .a2 = (1 - a) / n};

	of.b0 = (kind < 0 ? (1 + c) / 2 : kind > 0 ? (1 - c) / 2 : a) / n;
	of.b1 = (kind < 0 ? -(1 + c) : kind > 0 ? 1 - c : 0) / n;
	of.b2 = kind == 0 ? -of.b0 : of.b0;
	return of;
}

/* A small loudspeaker: it bends loud samples (2 to 3 per cent), lets 250 to 7000 Hz through and sings
 * at 900 Hz. Harsh: it clips as well. */
static void play(const double *in, bool is_harsh, double *ret_out)
{
	struct biquad high = tune(-1, 250, 0.7), low = tune(1, 7000, 0.7), peak = tune(0, 900, 2);
	double top = 1e-9;

	for (int i = 0; i < COUNT; i++)
		top = fmax(top, fabs(in[i]));
	for (int i = 0; i < COUNT; i++) {
		double u = in[i] / top;

		if (is_harsh)
			u = fmax(-0.4, fmin(0.4, u)) * 1.5;
		u = pass(&low, pass(&high, top * tanh(0.9 * u + 0.04 * u * u) / 0.9));
		ret_out[i] = u + 0.8 * pass(&peak, u);
	}
}

static double at_time(const double *samples, double at)
{
	int whole = (int)floor(at);
	double sum = 0;

	for (int o = -23; o <= 24; o++) {
		double t = o - (at - whole), window = cos(PI * t / 50);

		if (whole + o >= 0 && whole + o < COUNT)
			sum += samples[whole + o] * window * window * (fabs(t) < 1e-9 ? 1 : sin(PI * t) / (PI * t));
	}
	return sum;
}

static void cry(double *ret_out)
{
	double phase = 0, until = 0, start = 0, rest = 0;

	noise_state = 5;
	for (int i = 0; i < COUNT; i++) {
		double t = (double)i / HZ;

		if (t >= until + rest) {
			start = t;
			until = t + 1 + 0.3 * noise();
			rest = 0.3 + 0.17 * noise();
		}
		double u = (t - start) / (until - start), sum = 0;

		phase += (420 + 120 * sin(PI * u) + 15 * sin(2 * PI * 6 * t)) / HZ;
		for (int h = 1; h < 14; h++)
			sum += (1 + 2.5 * exp(-pow((h * 480 - 1100) / 400.0, 2)) + 1.5 * exp(-pow((h * 480 - 3300) / 700.0, 2))) / h *
			       sin(2 * PI * h * phase + h);
		ret_out[i] = u < 1 ? 0.03 * (sum + 0.15 * noise()) * fmin(1, u / 0.08) * fmin(1, (1 - u) / 0.15) : 0;
	}
}

/* ---- scenes ---- */

struct scene {
	const char *name;
	double decay_s, delay_s, ppm, noise_db, echo_db; /* echo over near */
	double jump_s;
	bool is_harsh, is_crying, is_other_room, is_held_out;
};

static const struct scene scenes[] = {
	{"base", 0.3, 0.06, 0, 35, 5, 0, 0, 0, 0, 0},
	{"rt02", 0.2, 0.06, 0, 35, 5, 0, 0, 0, 0, 0},
	{"rt05", 0.5, 0.06, 0, 35, 5, 0, 0, 0, 0, 0},
	{"d20", 0.3, 0.02, 0, 35, 5, 0, 0, 0, 0, 0},
	{"d150", 0.3, 0.15, 0, 35, 5, 0, 0, 0, 0, 0},
	{"d300", 0.3, 0.3, 0, 35, 5, 0, 0, 0, 0, 0},
	{"+20ppm", 0.3, 0.06, 20, 35, 5, 0, 0, 0, 0, 0},
	{"+100ppm", 0.3, 0.06, 100, 35, 5, 0, 0, 0, 0, 0},
	{"-100ppm", 0.3, 0.06, -100, 35, 5, 0, 0, 0, 0, 0},
	{"jump+200", 0.3, 0.06, 0, 35, 5, 0.2, 0, 0, 0, 0},
	{"room", 0.3, 0.06, 0, 35, 5, 0, 0, 0, 1, 0},
	{"cry", 0.3, 0.06, 0, 35, 5, 0, 0, 1, 0, 0},
	{"echo+15", 0.3, 0.06, 0, 35, 15, 0, 0, 0, 0, 0},
	{"echo-5", 0.3, 0.06, 0, 35, -5, 0, 0, 0, 0, 0},
	{"noise", 0.3, 0.06, 0, 15, 5, 0, 0, 0, 0, 0},
	{"harsh", 0.3, 0.06, 0, 35, 5, 0, 1, 0, 0, 0},
	{"held1", 0.4, 0.11, -45, 25, 8, -0.05, 0, 0, 0, 1},
	{"held2", 0.25, 0.23, 70, 30, 2, 0.12, 0, 1, 0, 1},
};

static double far[COUNT], near[COUNT], echo[COUNT], mic[COUNT], out[COUNT], work[COUNT], other[COUNT];
static double speech_far[COUNT], speech_near[COUNT], filter[TAPS];

static void make_scene(const struct scene *scene)
{
	struct place speaker = {1, 0.5, 1.4}, microphone = {1.06, 0.5, 1.45}, person = {3.2, 2.2, 1.2};
	struct biquad pink = tune(1, 300, 0.5);

	if (scene->is_held_out) {
		speaker = (struct place){4.1, 3.3, 0.8};
		microphone = (struct place){4.02, 3.27, 0.86};
		person = (struct place){1.4, 1.9, 0.7};
	}
	for (int i = 0; i < COUNT; i++) {
		far[i] = i >= 20 * HZ && i < 25 * HZ ? 0 : speech_far[(i + scene->is_held_out * 21 * HZ) % COUNT] * 2.2;
		far[i] = fmax(-0.999, fmin(0.999, far[i]));
		near[i] = speech_near[(i + scene->is_held_out * 33 * HZ) % COUNT];
	}
	if (scene->is_crying)
		cry(near);
	for (int i = 0; i < COUNT; i++)
		near[i] *= i >= 20 * HZ && i < 40 * HZ;
	noise_state = 1;
	make_room(scene->decay_s, speaker, microphone, 0.25, filter);
	play(far, scene->is_harsh, work);
	convolve(work, filter, echo);
	memcpy(other, echo, sizeof(other));
	if (scene->is_other_room) {
		make_room(scene->decay_s, (struct place){2, 1.5, 1}, (struct place){2.05, 1.5, 1.05}, 0.1, filter);
		convolve(work, filter, other);
	}
	for (int i = 0; i < COUNT; i++) {
		bool is_after = i >= 50 * HZ;
		double late = (scene->delay_s + (is_after ? scene->jump_s : 0)) * HZ;

		work[i] = at_time(is_after ? other : echo, i * (1 + scene->ppm * 1e-6) - late);
	}
	double loud = 0.06 / sqrt(power(work, 25, 40));

	for (int i = 0; i < COUNT; i++)
		echo[i] = work[i] * loud;
	make_room(scene->decay_s, person, microphone, 1, filter);
	convolve(near, filter, work);
	loud = 0.06 * pow(10, -scene->echo_db / 20) / sqrt(power(work, 25, 40));
	for (int i = 0; i < COUNT; i++)
		near[i] = work[i] * loud;
	noise_state = 7;
	for (int i = 0; i < COUNT; i++)
		work[i] = pass(&pink, noise()) + 0.05 * noise();
	loud = sqrt(power(near, 25, 40) / power(work, 0, SECONDS)) * pow(10, -scene->noise_db / 20);
	for (int i = 0; i < COUNT; i++)
		mic[i] = fmax(-0.999, fmin(0.999, echo[i] + near[i] + work[i] * loud));
}

/* ---- engines ---- */

static int16_t sample_of(double value)
{
	return (int16_t)lrint(fmax(-32768, fmin(32767, 32767 * value)));
}

static void run_engine(const struct engine_kind *engine)
{
	AUTO(aec) aec = NULL;
	int16_t a[BLOCK], b[BLOCK];

	if (aec_create(HZ, engine, &aec) < 0)
		exit(1);
	for (int at = 0; at + BLOCK <= COUNT; at += BLOCK) {
		for (int i = 0; i < BLOCK; i++) {
			a[i] = sample_of(far[at + i]);
			b[i] = sample_of(mic[at + i]);
		}
		aec_process(aec, a, b, b);
		for (int i = 0; i < BLOCK; i++)
			out[at + i] = b[i] / 32767.0;
	}
}

static void run_ward(void)
{
	run_engine(&ENGINE_KALMAN);
}

static void run_aligned_speex(void)
{
	run_engine(&ENGINE_SPEEX);
}

static void run_speex(void)
{
	int hz = HZ, on = 1, noise_suppress = -1;
	SpeexEchoState *state = speex_echo_state_init(BLOCK, HZ / 5);
	SpeexPreprocessState *rest = speex_preprocess_state_init(BLOCK, HZ);
	int16_t a[BLOCK], b[BLOCK], c[BLOCK];

	speex_echo_ctl(state, SPEEX_ECHO_SET_SAMPLING_RATE, &hz);
	speex_preprocess_ctl(rest, SPEEX_PREPROCESS_SET_ECHO_STATE, state);
	speex_preprocess_ctl(rest, SPEEX_PREPROCESS_SET_DENOISE, &on);
	speex_preprocess_ctl(rest, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &noise_suppress);
	for (int at = 0; at + BLOCK <= COUNT; at += BLOCK) {
		for (int i = 0; i < BLOCK; i++) {
			a[i] = sample_of(far[at + i]);
			b[i] = sample_of(mic[at + i]);
		}
		speex_echo_cancellation(state, b, a, c);
		speex_preprocess_run(rest, c);
		for (int i = 0; i < BLOCK; i++)
			out[at + i] = c[i] / 32767.0;
	}
	speex_preprocess_state_destroy(rest);
	speex_echo_state_destroy(state);
}

static void run_nothing(void)
{
	memcpy(out, mic, sizeof(out));
}

static const struct {
	const char *name;
	void (*run)(void);
} engines[] = {{"ward", run_ward},
	     {"aligned", run_aligned_speex},
	     {"speexdsp", run_speex},
	     {"none", run_nothing}};

/* ---- measures ---- */

/* An engine may be late by a block or two: found in what stays of the near end. */
static int find_lag(void)
{
	double best = 0;
	int lag = 0;

	for (int late = 0; late <= 3 * BLOCK; late++) {
		double sum = 0;

		for (int i = 26 * HZ; i < 38 * HZ; i++)
			sum += near[i] * out[i + late];
		if (sum > best) {
			best = sum;
			lag = late;
		}
	}
	return lag;
}

/* Where the echo is loud enough to speak of. */
static double erle(double from_s, double to_s)
{
	double before = 1e-20, after = 1e-20, mean = power(echo, 0, SECONDS);

	for (double t = from_s; t + 0.02 <= to_s; t += 0.02)
		if (power(echo, t, t + 0.02) > 0.05 * mean) {
			before += power(mic, t, t + 0.02);
			after += power(out, t, t + 0.02);
		}
	return db(before / after);
}

static double level_change(int from, int to)
{
	double dot = 0, same = 1e-20;

	for (int i = from; i < to; i++) {
		dot += near[i] * out[i];
		same += near[i] * near[i];
	}
	return 20 * log10(fabs(dot / same) + 1e-9);
}

/* Against the near end through the best filter of 160 taps: an equaliser is no distortion. */
static double sdr(int from, int to)
{
	enum { L = 160, HALF = L / 2 };
	static double r[L], c[L], w[L], f[L], b[L];
	double signal = 0, error = 0;

	for (int k = 0; k < L; k++) {
		r[k] = c[k] = w[k] = 0;
		for (int i = from + L; i < to - L; i++) {
			r[k] += near[i] * near[i - k];
			c[k] += near[i - k + HALF] * out[i];
		}
	}
	r[0] *= 1 + 1e-6;
	/* Levinson's recursion for a symmetric Toeplitz matrix. */
	memset(f, 0, sizeof(f));
	f[0] = 1 / r[0];
	w[0] = c[0] / r[0];
	for (int n = 1; n < L; n++) {
		double e = 0, s = 0;

		for (int i = 0; i < n; i++)
			e += r[n - i] * f[i];
		for (int i = 0; i < n; i++)
			b[i] = f[n - 1 - i];
		b[n] = 0;
		double g = 1 / (1 - e * e);

		for (int i = n; i > 0; i--) {
			double left = f[i];

			f[i] = g * (left - e * b[i - 1]);
		}
		f[0] *= g;
		for (int i = 0; i < n; i++)
			s += r[n - i] * w[i];
		for (int i = 0; i <= n; i++)
			w[i] += (c[n] - s) * f[n - i];
	}
	for (int i = from + L; i < to - L; i++) {
		double p = 0;

		for (int k = 0; k < L; k++)
			p += w[k] * near[i - k + HALF];
		signal += p * p;
		error += (out[i] - p) * (out[i] - p);
	}
	return db(signal / error);
}

/* Third-octave envelopes of the frames that are not silent; how many. */
static int bands_of(const double *samples, int from, const bool *is_kept, int frames,
		    double (*ret_bands)[EST_BANDS])
{
	int count = 0;

	for (int frame = 0; frame < frames; frame++) {
		double complex data[EST_FFT] = {0};

		if (is_kept && !is_kept[frame])
			continue;
		for (int i = 0; i < EST_WINDOW; i++)
			data[i] = at_time(samples, from + (frame * EST_WINDOW / 2 + i) * (double)HZ / EST_HZ) *
				  (0.5 - 0.5 * cos(2 * PI * (i + 1) / (EST_WINDOW + 1)));
		transform(data, EST_FFT, -1);
		for (int band = 0; band < EST_BANDS; band++) {
			double middle = 150 * pow(2, band / 3.0), sum = 0;

			for (int k = 0; k <= EST_FFT / 2; k++) {
				double hz = (double)k * EST_HZ / EST_FFT;

				if (hz >= middle * pow(2, -1 / 6.0) && hz < middle * pow(2, 1 / 6.0))
					sum += creal(data[k] * conj(data[k]));
			}
			ret_bands[count][band] = sqrt(sum);
		}
		count++;
	}
	return count;
}

static void normalise(double (*part)[EST_BANDS])
{
	for (int band = 0; band < EST_BANDS; band++) {
		double mean = 0, size = 1e-20;

		for (int i = 0; i < EST_SPAN; i++)
			mean += part[i][band] / EST_SPAN;
		for (int i = 0; i < EST_SPAN; i++)
			size += pow(part[i][band] - mean, 2);
		for (int i = 0; i < EST_SPAN; i++)
			part[i][band] = (part[i][band] - mean) / sqrt(size);
	}
	for (int i = 0; i < EST_SPAN; i++) {
		double mean = 0, size = 1e-20;

		for (int band = 0; band < EST_BANDS; band++)
			mean += part[i][band] / EST_BANDS;
		for (int band = 0; band < EST_BANDS; band++)
			size += pow(part[i][band] - mean, 2);
		for (int band = 0; band < EST_BANDS; band++)
			part[i][band] = (part[i][band] - mean) / sqrt(size);
	}
}

static double estoi(int from, int to)
{
	enum { FRAMES = 2048 };
	static double a[FRAMES][EST_BANDS], b[FRAMES][EST_BANDS], loud[FRAMES];
	static bool is_kept[FRAMES];
	int frames = (int)((to - from) * (double)EST_HZ / HZ - EST_WINDOW) / (EST_WINDOW / 2);
	double top = 0, sum = 0;

	for (int frame = 0; frame < frames; frame++) {
		double at_s = (from + frame * EST_WINDOW / 2 * (double)HZ / EST_HZ) / HZ;

		loud[frame] = power(near, at_s, at_s + (double)EST_WINDOW / EST_HZ);
		top = fmax(top, loud[frame]);
	}
	for (int frame = 0; frame < frames; frame++)
		is_kept[frame] = loud[frame] > top * 1e-4;
	int count = bands_of(near, from, is_kept, frames, a);

	bands_of(out, from, is_kept, frames, b);
	for (int end = EST_SPAN; end <= count; end++) {
		double x[EST_SPAN][EST_BANDS], y[EST_SPAN][EST_BANDS];

		memcpy(x, a + end - EST_SPAN, sizeof(x));
		memcpy(y, b + end - EST_SPAN, sizeof(y));
		normalise(x);
		normalise(y);
		for (int i = 0; i < EST_SPAN; i++)
			for (int band = 0; band < EST_BANDS; band++)
				sum += x[i][band] * y[i][band] / EST_SPAN;
	}
	return sum / (count - EST_SPAN + 1);
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void measure(const struct scene *scene, size_t engine)
{
	memset(out, 0, sizeof(out));
	double start = cpu_s();

	engines[engine].run();
	double took = cpu_s() - start;
	int lag = find_lag(), from = 26 * HZ, to = 40 * HZ;

	memmove(out, out + lag, (COUNT - (size_t)lag) * sizeof(*out));
	printf("%-9s %-9s %6.1f %6.1f %6.1f   %6.1f %5.1f %5.2f   %4.1f\n", scene->name, engines[engine].name,
	       erle(2, 20), erle(10, 20), erle(55, 59.9), sdr(from, to), level_change(from, to), estoi(from, to),
	       100 * took / SECONDS);
	fflush(stdout);
}

static void read_speech(const char *path, double *ret_samples)
{
	FILE *file = fopen(path, "rb");
	int16_t sample;
	double sum = 1e-20;
	int count = 0;

	if (!file) {
		perror(path);
		exit(1);
	}
	for (; count < COUNT && fread(&sample, sizeof(sample), 1, file) == 1; count++) {
		ret_samples[count] = sample / 32768.0;
		sum += ret_samples[count] * ret_samples[count];
	}
	fclose(file);
	for (int i = 0; i < COUNT; i++)
		ret_samples[i] = i < count ? ret_samples[i] * 0.07 / sqrt(sum / count) : ret_samples[i % count];
}

static bool is_asked(const char *name, int argc, char **argv)
{
	for (int i = 3; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc <= 3;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: echo_bench FAR NEAR [SCENE...]\n");
		return 1;
	}
	read_speech(argv[1], speech_far);
	read_speech(argv[2], speech_near);
	printf("scene     engine    ERLE 2-20 10-20  55-60   both: SDR level ESTOI  %% of a core\n");
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		if (!is_asked(scenes[i].name, argc, argv))
			continue;
		make_scene(&scenes[i]);
		for (size_t engine = 0; engine < sizeof(engines) / sizeof(engines[0]); engine++)
			measure(&scenes[i], engine);
	}
	return 0;
}
