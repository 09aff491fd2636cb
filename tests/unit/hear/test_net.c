/* The network against one written the long way round, in double, and against values that were
 * computed once: they must come out the same, bit for bit, with every compiler. */
#include "proto/hear/net.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "../check.h"

enum { CELLS = NET_FRAMES * MEL_BANDS };

static uint8_t file[NET_FILE_SIZE];
static struct net net;
static struct net_scratch scratch;
static float patch[CELLS];

static float next_number(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	return (float)(int32_t)*random / 2147483648.0F;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static int prepare(void **state)
{
	uint32_t random = 7;

	(void)state;
	memset(file, 0, sizeof(file));
	memcpy(file, "ward-cry", 8);
	put_u32(file + 8, 1);
	put_u32(file + 12, 42);
	put_u32(file + 16, NET_VALUES);
	for (size_t i = 0; i < NET_VALUES; i++) {
		float value = 0.35F * next_number(&random);
		uint32_t bits;

		memcpy(&bits, &value, 4);
		put_u32(file + NET_HEADER_SIZE + 4 * i, bits);
	}
	for (size_t i = 0; i < CELLS; i++)
		patch[i] = next_number(&random);
	return 0;
}

/* One value of the input, 0 outside. */
static double at(const double *in, int frames, int bands, int channels, const int where[3])
{
	if (where[0] < 0 || where[0] >= frames || where[1] < 0 || where[1] >= bands)
		return 0;
	return in[(where[0] * bands + where[1]) * channels + where[2]];
}

static const float *long_block(const struct net_block *block, const float *w, const double *in,
			       double *out)
{
	int first = block->in == 1, wide = first ? block->out : block->in;
	int frames = block->frames * block->stride, bands = block->bands * block->stride;
	const float *bias = w + NET_TAPS * wide, *mix = bias + wide,
		    *mix_bias = mix + block->in * block->out;

	for (int cell = 0; cell < block->frames * block->bands; cell++) {
		double row[NET_CHANNELS_MAX];

		for (int c = 0; c < wide; c++) {
			row[c] = (double)bias[c];
			for (int tap = 0; tap < NET_TAPS; tap++) {
				int where[3] = {cell / block->bands * block->stride + tap / 3 - 1,
						cell % block->bands * block->stride + tap % 3 - 1,
						first ? 0 : c};

				row[c] += (double)w[tap * wide + c] *
					  at(in, frames, bands, block->in, where);
			}
			row[c] = fmax(row[c], 0);
		}
		for (int o = 0; o < block->out; o++) {
			double sum = first ? row[o] : (double)mix_bias[o];

			for (int i = 0; i < block->in && !first; i++)
				sum += row[i] * (double)mix[i * block->out + o];
			out[cell * block->out + o] = fmax(sum, 0);
		}
	}
	return first ? mix : mix_bias + block->out;
}

static double long_way_round(void)
{
	static double a[NET_ACTIVATIONS_MAX], b[NET_ACTIVATIONS_MAX];
	const struct net_block *last = &NET_SHAPE[NET_BLOCKS - 1];
	const float *w = net.values;
	double *in = a, *out = b;

	for (int i = 0; i < CELLS; i++)
		a[i] = (double)patch[i];
	for (int i = 0; i < NET_BLOCKS; i++) {
		w = long_block(&NET_SHAPE[i], w, in, out);
		double *held = in;

		in = out;
		out = held;
	}
	double sum = (double)w[2 * last->out];

	for (int c = 0; c < last->out; c++) {
		int count = last->frames * last->bands;
		double mean = 0, most = 0;

		for (int i = 0; i < count; i++) {
			mean += in[i * last->out + c] / count;
			most = fmax(most, in[i * last->out + c]);
		}
		sum += mean * (double)w[c] + most * (double)w[last->out + c];
	}
	assert_ptr_equal(w + 2 * last->out + 1, net.values + NET_VALUES);
	return 1 / (1 + exp(-sum));
}

static void it_computes_what_it_says(void **state)
{
	(void)state;
	assert_int_equal(net_load(&net, (struct bytes){file, sizeof(file)}), 0);
	assert_int_equal(net.version, 42);
	double right = long_way_round(), made = (double)net_run(&net, &scratch, patch);

	assert_true(right > 0.001 && right < 0.999);
	if (fabs(made - right) > 1e-4)
		fail_msg("%.7f is not %.7f", made, right);
}

static void it_computes_the_same_bits_everywhere(void **state)
{
	uint32_t bits;

	(void)state;
	assert_int_equal(net_load(&net, (struct bytes){file, sizeof(file)}), 0);
	float made = net_run(&net, &scratch, patch);

	memcpy(&bits, &made, sizeof(bits));
	assert_int_equal(bits, 0x3f32a8b4U);
}

static void other_files_are_refused(void **state)
{
	static const size_t wrong[] = {0, 8, 16, NET_HEADER_SIZE + 4 * 100 + 3};

	(void)state;
	assert_int_equal(net_load(&net, (struct bytes){file, sizeof(file) - 1}), -EBADMSG);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		uint8_t held[2] = {file[wrong[i] - (i == 3)], file[wrong[i]]};

		file[wrong[i]] = 0x7f;
		if (i == 3)
			file[wrong[i] - 1] = 0xc0; /* not a number */
		assert_int_equal(net_load(&net, (struct bytes){file, sizeof(file)}), -EBADMSG);
		file[wrong[i]] = held[1];
		if (i == 3)
			file[wrong[i] - 1] = held[0];
	}
}

static void a_patch_knows_no_loudness(void **state)
{
	static float ring[NET_FRAMES][MEL_BANDS], one[CELLS], other[CELLS];
	uint32_t random = 3;

	(void)state;
	for (int i = 0; i < NET_FRAMES; i++)
		for (int band = 0; band < MEL_BANDS; band++)
			ring[i][band] = 1.5F + next_number(&random);
	net_patch(ring[0], 5, one);
	for (int i = 0; i < NET_FRAMES; i++)
		for (int band = 0; band < MEL_BANDS; band++)
			ring[i][band] *= 256;
	net_patch(ring[0], 5, other);
	for (int i = 0; i < CELLS; i++)
		assert_true(fabs((double)(one[i] - other[i])) < 1e-5);
	/* the oldest frame comes first */
	assert_true(fabs((double)((one[0] - one[1]) * 4) -
			 log2((double)(ring[5][0] / ring[5][1]))) < 1e-4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_computes_what_it_says),
		cmocka_unit_test(it_computes_the_same_bits_everywhere),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(a_patch_knows_no_loudness),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
