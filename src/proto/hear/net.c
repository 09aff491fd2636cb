#include "proto/hear/net.h"

#include <errno.h>
#include <string.h>

#include "proto/hear/exact.h"

enum { FORMAT = 1 };

const struct net_block NET_SHAPE[NET_BLOCKS] = {
	{1, 12, 2, 64, 20},  {12, 24, 1, 64, 20}, {24, 32, 2, 32, 10},
	{32, 48, 1, 32, 10}, {48, 64, 2, 16, 5},  {64, 64, 1, 16, 5},
};

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

int net_load(struct net *net, struct bytes file)
{
	if (file.size != NET_FILE_SIZE || memcmp(file.data, "ward-cry", 8) != 0 ||
	    get_u32(file.data + 8) != FORMAT || get_u32(file.data + 16) != NET_VALUES)
		return -EBADMSG;
	for (size_t i = 0; i < NET_VALUES; i++) {
		uint32_t bits = get_u32(file.data + NET_HEADER_SIZE + 4 * i);

		if ((bits & 0x7f800000U) == 0x7f800000U)
			return -EBADMSG;
		memcpy(&net->values[i], &bits, sizeof(bits));
	}
	net->version = get_u32(file.data + 12);
	memcpy(net->digest, file.data + 32, sizeof(net->digest));
	return 0;
}

void net_patch(const float *ring, uint32_t next, float *ret_patch)
{
	float mean = 0;

	for (uint32_t i = 0; i < NET_FRAMES; i++) {
		const float *frame = ring + (size_t)((next + i) % NET_FRAMES) * MEL_BANDS;
		float sum = 0;

		for (uint32_t band = 0; band < MEL_BANDS; band++) {
			/* 1e-7 is about the noise of 16 bits in a band */
			ret_patch[i * MEL_BANDS + band] = exact_log2(frame[band] + 1e-7F);
			sum += ret_patch[i * MEL_BANDS + band];
		}
		mean += sum / MEL_BANDS;
	}
	mean /= NET_FRAMES;
	for (uint32_t i = 0; i < NET_FRAMES * MEL_BANDS; i++)
		ret_patch[i] = (ret_patch[i] - mean) * 0.25F;
}

static void set_row(float *row, const float *values, uint32_t count)
{
	memcpy(row, values, count * sizeof(*row));
}

static void rectify(float *row, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		row[i] = row[i] > 0 ? row[i] : 0;
}

/* One cell of a depthwise convolution (or, for the first block, the whole one): the nine neighbours
 * that lie inside, tap by tap. `spread`: one input channel for all outputs. */
struct tap_job {
	const float *input, *taps;
	uint32_t frames, bands, channels; /* of the input */
	uint32_t out;
};

static void add_tap(const struct tap_job *job, const float *cell, const float *taps, float *row)
{
	if (job->channels == 1)
		for (uint32_t c = 0; c < job->out; c++)
			row[c] += cell[0] * taps[c];
	else
		for (uint32_t c = 0; c < job->out; c++)
			row[c] += cell[c] * taps[c];
}

static void add_taps(const struct tap_job *job, uint32_t frame, uint32_t band, float *row)
{
	for (uint32_t tap = 0; tap < NET_TAPS; tap++) {
		uint32_t f = frame + tap / 3 - 1, b = band + tap % 3 - 1;

		/* -1 has wrapped round: it is past the end as well */
		if (f < job->frames && b < job->bands)
			add_tap(job, job->input + (f * job->bands + b) * job->channels,
				job->taps + tap * job->out, row);
	}
}

static void mix(const float *in, uint32_t in_count, const float *weights, float *out,
		uint32_t out_count)
{
	for (uint32_t i = 0; i < in_count; i++)
		for (uint32_t o = 0; o < out_count; o++)
			out[o] += in[i] * weights[i * out_count + o];
}

/* Runs one block; gives its values' end. */
static const float *run_block(uint32_t number, const float *values, const float *input,
			      float *output)
{
	const struct net_block *block = &NET_SHAPE[number];
	uint32_t wide = number ? block->in : block->out;
	struct tap_job job = {
		.input = input,
		.taps = values,
		.frames = (uint32_t)block->frames * block->stride,
		.bands = (uint32_t)block->bands * block->stride,
		.channels = block->in,
		.out = wide,
	};
	const float *tap_bias = values + NET_TAPS * wide;
	const float *weights = tap_bias + wide;
	const float *bias = weights + (uint32_t)block->in * block->out;
	float row[NET_CHANNELS_MAX];

	for (uint32_t i = 0; i < (uint32_t)block->frames * block->bands; i++) {
		float *cell = output + (size_t)i * block->out;
		float *taps = number ? row : cell;

		set_row(taps, tap_bias, wide);
		add_taps(&job, i / block->bands * block->stride, i % block->bands * block->stride,
			 taps);
		rectify(taps, wide);
		if (!number)
			continue;
		set_row(cell, bias, block->out);
		mix(row, block->in, weights, cell, block->out);
		rectify(cell, block->out);
	}
	return number ? bias + block->out : weights;
}

static float finish(const float *values, const float *cells)
{
	const struct net_block *block = &NET_SHAPE[NET_BLOCKS - 1];
	uint32_t count = (uint32_t)block->frames * block->bands;
	float sum = values[2 * block->out];

	for (uint32_t c = 0; c < block->out; c++) {
		float mean = 0, most = 0;

		for (uint32_t i = 0; i < count; i++) {
			float value = cells[i * block->out + c];

			mean += value;
			most = value > most ? value : most;
		}
		sum += mean / (float)count * values[c] + most * values[block->out + c];
	}
	return 1.0F / (1.0F + exact_exp2(-1.44269504F * sum));
}

float net_run(const struct net *net, struct net_scratch *scratch, const float *patch)
{
	const float *values = net->values, *input = patch;

	for (uint32_t i = 0; i < NET_BLOCKS; i++) {
		float *output = i % 2 ? scratch->b : scratch->a;

		values = run_block(i, values, input, output);
		input = output;
	}
	return finish(values, input);
}
