#include "train/cry/learn.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "train/cry/chance.h"

enum {
	LAYERS = 2 * NET_BLOCKS - 1, /* the first block has no depthwise part */
	HEAD = 2 * NET_CHANNELS_MAX + 1,
	INPUT = NET_FRAMES * MEL_BANDS,
	LANES = 8,
};

/* Added and multiplied side by side: each lane rounds as it would alone. */
typedef float lanes __attribute__((vector_size(32), aligned(4), may_alias));

static const float BETA1 = 0.9F, BETA2 = 0.99F, DECAY = 1e-3F, KEEP = 0.95F, EPSILON = 1e-3F;

/* Numbers that are learned, with what Adam keeps of them. */
struct weights {
	float *value, *slope, *first, *second;
	uint32_t count;
};

/* One convolution, its normalisation and its rectifier. */
struct layer {
	bool is_taps; /* 3x3, one input channel for each output; else a mixing of channels */
	uint32_t in, out, stride, frames, bands;
	struct weights kernel, gain, bias;
	float mean[NET_CHANNELS_MAX], variance[NET_CHANNELS_MAX]; /* running */
	float inverse[NET_CHANNELS_MAX];                          /* of the batch */
	float *normal, *output, *slope; /* LEARN_BATCH * frames * bands * out */
};

struct learn {
	struct layer layers[LAYERS];
	struct weights head;
	float *input_slope; /* nobody needs it, but the code is the same */
	uint32_t steps;
	uint8_t most[LEARN_BATCH][NET_CHANNELS_MAX];
	float pooled[LEARN_BATCH][2 * NET_CHANNELS_MAX];
};

static bool make_weights(struct weights *weights, uint32_t count)
{
	weights->count = count;
	weights->value = calloc(4 * (size_t)count, sizeof(float));
	if (!weights->value)
		return false;
	weights->slope = weights->value + count;
	weights->first = weights->slope + count;
	weights->second = weights->first + count;
	return true;
}

static bool make_layer(struct layer *layer, struct chance *chance)
{
	size_t size = (size_t)LEARN_BATCH * layer->frames * layer->bands * layer->out;
	uint32_t kernel = layer->is_taps ? NET_TAPS * layer->out : layer->in * layer->out;
	float spread = exact_root(2.0F / (float)(layer->is_taps ? NET_TAPS : layer->in));

	if (!make_weights(&layer->kernel, kernel) || !make_weights(&layer->gain, layer->out) ||
	    !make_weights(&layer->bias, layer->out))
		return false;
	for (uint32_t i = 0; i < kernel; i++)
		layer->kernel.value[i] = spread * chance_normal(chance);
	for (uint32_t i = 0; i < layer->out; i++)
		layer->gain.value[i] = layer->variance[i] = 1;
	layer->normal = malloc(3 * size * sizeof(float));
	layer->output = layer->normal + size;
	layer->slope = layer->output + size;
	return layer->normal;
}

struct learn *learn_create(uint64_t seed)
{
	struct learn *learn = calloc(1, sizeof(*learn));
	struct chance chance = {seed};
	struct layer *layer = learn ? learn->layers : NULL;

	for (uint32_t i = 0; layer && i < NET_BLOCKS; i++) {
		const struct net_block *block = &NET_SHAPE[i];

		*layer = (struct layer){.is_taps = true,
					.in = block->in,
					.out = i ? block->in : block->out,
					.stride = block->stride,
					.frames = block->frames,
					.bands = block->bands};
		if (!make_layer(layer++, &chance))
			return NULL;
		if (i == 0)
			continue;
		*layer = (struct layer){.in = block->in,
					.out = block->out,
					.stride = 1,
					.frames = block->frames,
					.bands = block->bands};
		if (!make_layer(layer++, &chance))
			return NULL;
	}
	if (!learn || !make_weights(&learn->head, HEAD))
		return NULL;
	learn->input_slope = malloc(sizeof(float) * LEARN_BATCH * INPUT);
	for (uint32_t i = 0; i + 1 < HEAD; i++)
		learn->head.value[i] = 0.1F * chance_normal(&chance);
	return learn->input_slope ? learn : NULL;
}

void learn_destroy(struct learn *learn)
{
	for (uint32_t i = 0; learn && i < LAYERS; i++) {
		struct layer *layer = &learn->layers[i];

		free(layer->kernel.value);
		free(layer->gain.value);
		free(layer->bias.value);
		free(layer->normal);
	}
	if (learn) {
		free(learn->head.value);
		free(learn->input_slope);
	}
	free(learn);
}

/* ---- one layer, forwards ---- */

static size_t cells_of(const struct layer *layer)
{
	return (size_t)layer->frames * layer->bands;
}

static size_t input_cells(const struct layer *layer)
{
	return cells_of(layer) * layer->stride * layer->stride;
}

/* The input cell under a tap of an output cell, or -1 outside. */
static long cell_under(const struct layer *layer, uint32_t cell, uint32_t tap)
{
	uint32_t bands = layer->bands * layer->stride, frames = layer->frames * layer->stride;
	uint32_t frame = cell / layer->bands * layer->stride + tap / 3 - 1;
	uint32_t band = cell % layer->bands * layer->stride + tap % 3 - 1;

	return frame < frames && band < bands ? (long)frame * bands + band : -1;
}

static void taps_forward(const struct layer *layer, const float *in, float *out)
{
	uint32_t wide = layer->out;

	memset(out, 0, cells_of(layer) * wide * sizeof(*out));
	for (uint32_t cell = 0; cell < cells_of(layer); cell++, out += wide)
		for (uint32_t tap = 0; tap < NET_TAPS; tap++) {
			long at = cell_under(layer, cell, tap);
			const float *taps = layer->kernel.value + tap * wide;

			if (at < 0)
				continue;
			const float *from = in + at * layer->in;

			if (layer->in == 1)
				for (uint32_t c = 0; c < wide; c++)
					out[c] += from[0] * taps[c];
			else
				for (uint32_t c = 0; c < wide; c++)
					out[c] += from[c] * taps[c];
		}
}

/* out[o] = sum of in[i] weights[i][o] for each cell: each sum is made in the order of i, whatever
 * the width. The width is a constant where this is inlined, so that sums stay in registers. */
static inline __attribute__((always_inline)) void multiply_lanes(size_t cells, const float *in,
								 uint32_t in_count,
								 const float *weights, float *out,
								 uint32_t groups)
{
	for (size_t cell = 0; cell < cells; cell++, in += in_count, out += groups * LANES) {
		lanes sum[NET_CHANNELS_MAX / LANES] = {0};

		for (uint32_t i = 0; i < in_count; i++)
#pragma GCC unroll 8
			for (uint32_t g = 0; g < groups; g++)
				sum[g] +=
					in[i] *
					((const lanes *)(weights + (size_t)i * groups * LANES))[g];
		memcpy(out, sum, groups * sizeof(lanes));
	}
}

static void multiply(size_t cells, const float *in, uint32_t in_count, const float *weights,
		     float *out, uint32_t wide)
{
	if (wide == 24)
		multiply_lanes(cells, in, in_count, weights, out, 3);
	else if (wide == 32)
		multiply_lanes(cells, in, in_count, weights, out, 4);
	else if (wide == 48)
		multiply_lanes(cells, in, in_count, weights, out, 6);
	else if (wide == 64)
		multiply_lanes(cells, in, in_count, weights, out, 8);
	else
		for (; cells-- > 0; in += in_count, out += wide) {
			memset(out, 0, wide * sizeof(*out));
			for (uint32_t i = 0; i < in_count; i++)
				for (uint32_t o = 0; o < wide; o++)
					out[o] += in[i] * weights[i * wide + o];
		}
}

/* Each channel to mean 0 and variance 1 over the batch; what was found is remembered for the
 * export. */
static void normalise(struct layer *layer)
{
	size_t count = LEARN_BATCH * cells_of(layer);
	double sum[NET_CHANNELS_MAX] = {0}, square[NET_CHANNELS_MAX] = {0};
	uint32_t wide = layer->out;
	float mean[NET_CHANNELS_MAX];

	for (size_t i = 0; i < count; i++)
		for (uint32_t c = 0; c < wide; c++) {
			double value = (double)layer->normal[i * wide + c];

			sum[c] += value;
			square[c] += value * value;
		}
	for (uint32_t c = 0; c < wide; c++) {
		float variance = (float)(square[c] / (double)count -
					 sum[c] / (double)count * (sum[c] / (double)count));

		mean[c] = (float)(sum[c] / (double)count);
		layer->inverse[c] = 1.0F / exact_root(variance + EPSILON);
		layer->mean[c] = KEEP * layer->mean[c] + (1 - KEEP) * mean[c];
		layer->variance[c] = KEEP * layer->variance[c] + (1 - KEEP) * variance;
	}
	for (size_t i = 0; i < count; i++) {
		float *normal = layer->normal + i * wide, *output = layer->output + i * wide;

		for (uint32_t c = 0; c < wide; c++) {
			normal[c] = (normal[c] - mean[c]) * layer->inverse[c];
			output[c] = normal[c] * layer->gain.value[c] + layer->bias.value[c];
			output[c] = output[c] > 0 ? output[c] : 0;
		}
	}
}

static void forward(struct layer *layer, const float *input)
{
	for (uint32_t b = 0; b < LEARN_BATCH; b++) {
		const float *in = input + b * input_cells(layer) * layer->in;
		float *out = layer->normal + b * cells_of(layer) * layer->out;

		if (layer->is_taps)
			taps_forward(layer, in, out);
		else
			multiply(cells_of(layer), in, layer->in, layer->kernel.value, out,
				 layer->out);
	}
	normalise(layer);
}

/* ---- one layer, backwards ---- */

/* From the slope of the output to that of the convolution, in place. */
static void normalise_back(struct layer *layer)
{
	size_t count = LEARN_BATCH * cells_of(layer);
	double sum[NET_CHANNELS_MAX] = {0}, with[NET_CHANNELS_MAX] = {0};
	uint32_t wide = layer->out;
	float scale[NET_CHANNELS_MAX], mean[NET_CHANNELS_MAX], along[NET_CHANNELS_MAX];

	for (size_t i = 0; i < count * wide; i += wide)
		for (uint32_t c = 0; c < wide; c++) {
			layer->slope[i + c] = layer->output[i + c] > 0 ? layer->slope[i + c] : 0;
			sum[c] += (double)layer->slope[i + c];
			with[c] += (double)(layer->slope[i + c] * layer->normal[i + c]);
		}
	for (uint32_t c = 0; c < wide; c++) {
		layer->bias.slope[c] = (float)sum[c];
		layer->gain.slope[c] = (float)with[c];
		scale[c] = layer->gain.value[c] * layer->inverse[c];
		mean[c] = (float)(sum[c] / (double)count);
		along[c] = (float)(with[c] / (double)count);
	}
	for (size_t i = 0; i < count * wide; i += wide)
		for (uint32_t c = 0; c < wide; c++)
			layer->slope[i + c] = scale[c] * (layer->slope[i + c] - mean[c] -
							  layer->normal[i + c] * along[c]);
}

static void taps_back(struct layer *layer, const float *in, const float *slope, float *ret_slope)
{
	uint32_t wide = layer->out;

	for (uint32_t cell = 0; cell < cells_of(layer); cell++, slope += wide)
		for (uint32_t tap = 0; tap < NET_TAPS; tap++) {
			long at = cell_under(layer, cell, tap);
			float *taps = layer->kernel.slope + tap * wide;
			const float *weight = layer->kernel.value + tap * wide;

			if (at < 0)
				continue;
			const float *from = in + at * layer->in;
			float *back = ret_slope + at * layer->in;

			if (layer->in == 1) {
				for (uint32_t c = 0; c < wide; c++)
					taps[c] += from[0] * slope[c];
				continue; /* nothing is learned before the first layer */
			}
			for (uint32_t c = 0; c < wide; c++) {
				taps[c] += from[c] * slope[c];
				back[c] += weight[c] * slope[c];
			}
		}
}

static void mix_back(struct layer *layer, const float *in, const float *slope, float *ret_slope)
{
	static float turned[NET_CHANNELS_MAX * NET_CHANNELS_MAX];
	uint32_t wide = layer->out;

	for (uint32_t i = 0; i < layer->in; i++)
		for (uint32_t o = 0; o < wide; o++)
			turned[o * layer->in + i] = layer->kernel.value[i * wide + o];
	multiply(cells_of(layer), slope, wide, turned, ret_slope, layer->in);
	/* Over the cells for each weight: the transposed product, cell by cell. */
	for (size_t cell = 0; cell < cells_of(layer); cell++, in += layer->in, slope += wide)
		for (uint32_t i = 0; i < layer->in; i++)
			for (uint32_t g = 0; g < wide / LANES; g++)
				((lanes *)(layer->kernel.slope + i * wide))[g] +=
					in[i] * ((const lanes *)slope)[g];
}

static void backward(struct layer *layer, const float *input, float *ret_slope)
{
	normalise_back(layer);
	memset(layer->kernel.slope, 0, layer->kernel.count * sizeof(float));
	memset(ret_slope, 0, LEARN_BATCH * input_cells(layer) * layer->in * sizeof(float));
	for (uint32_t b = 0; b < LEARN_BATCH; b++) {
		size_t from = b * input_cells(layer) * layer->in,
		       to = b * cells_of(layer) * layer->out;

		if (layer->is_taps)
			taps_back(layer, input + from, layer->slope + to, ret_slope + from);
		else
			mix_back(layer, input + from, layer->slope + to, ret_slope + from);
	}
}

/* ---- the end of the network ---- */

static void pool(struct learn *learn, uint32_t b)
{
	const struct layer *last = &learn->layers[LAYERS - 1];
	const float *cells = last->output + b * cells_of(last) * last->out;

	memset(learn->pooled[b], 0, sizeof(learn->pooled[b]));
	memset(learn->most[b], 0, sizeof(learn->most[b]));
	for (uint32_t i = 0; i < cells_of(last); i++)
		for (uint32_t c = 0; c < last->out; c++) {
			float value = cells[i * last->out + c];

			learn->pooled[b][c] += value / (float)cells_of(last);
			if (value <= learn->pooled[b][last->out + c])
				continue;
			learn->pooled[b][last->out + c] = value;
			learn->most[b][c] = (uint8_t)i;
		}
}

static void pool_back(struct learn *learn, uint32_t b, float slope)
{
	struct layer *last = &learn->layers[LAYERS - 1];
	float *back = last->slope + b * cells_of(last) * last->out;

	for (uint32_t i = 0; i < cells_of(last); i++)
		for (uint32_t c = 0; c < last->out; c++)
			back[i * last->out + c] =
				slope * learn->head.value[c] / (float)cells_of(last);
	for (uint32_t c = 0; c < last->out; c++)
		back[learn->most[b][c] * last->out + c] += slope * learn->head.value[last->out + c];
	for (uint32_t i = 0; i + 1 < HEAD; i++)
		learn->head.slope[i] += slope * learn->pooled[b][i];
	learn->head.slope[HEAD - 1] += slope;
}

/* Binary cross entropy, and its slope into the last layer. */
static float judge(struct learn *learn, const float *targets)
{
	float loss = 0;

	memset(learn->head.slope, 0, HEAD * sizeof(float));
	for (uint32_t b = 0; b < LEARN_BATCH; b++) {
		float sum = learn->head.value[HEAD - 1];
		float target = 0.02F + 0.96F * targets[b];

		pool(learn, b);
		for (uint32_t i = 0; i + 1 < HEAD; i++)
			sum += learn->head.value[i] * learn->pooled[b][i];
		float p = 1.0F / (1.0F + exact_exp2(-1.44269504F * sum));

		loss -= 0.6931472F *
			(target * exact_log2(p + 1e-7F) + (1 - target) * exact_log2(1 - p + 1e-7F));
		pool_back(learn, b, (p - target) / LEARN_BATCH);
	}
	return loss / LEARN_BATCH;
}

/* ---- AdamW ---- */

static void adjust(struct weights *weights, float rate, float decay, float fix1, float fix2)
{
	for (uint32_t i = 0; i < weights->count; i++) {
		float slope = weights->slope[i];

		weights->first[i] = BETA1 * weights->first[i] + (1 - BETA1) * slope;
		weights->second[i] = BETA2 * weights->second[i] + (1 - BETA2) * slope * slope;
		weights->value[i] -=
			rate * (weights->first[i] * fix1 /
					(exact_root(weights->second[i] * fix2) + 1e-8F) +
				decay * weights->value[i]);
	}
}

static float power_of(float base, uint32_t exponent)
{
	float product = 1;

	for (uint32_t i = 0; i < exponent && product > 1e-6F; i++)
		product *= base;
	return product;
}

float learn_step(struct learn *learn, const float *patches, const float *targets, float rate)
{
	const float *input = patches;

	for (uint32_t i = 0; i < LAYERS; i++) {
		forward(&learn->layers[i], input);
		input = learn->layers[i].output;
	}
	float loss = judge(learn, targets);

	for (uint32_t i = LAYERS; i-- > 0;)
		backward(&learn->layers[i], i ? learn->layers[i - 1].output : patches,
			 i ? learn->layers[i - 1].slope : learn->input_slope);
	learn->steps++;
	float fix1 = 1.0F / (1 - power_of(BETA1, learn->steps));
	float fix2 = 1.0F / (1 - power_of(BETA2, learn->steps));

	for (uint32_t i = 0; i < LAYERS; i++) {
		adjust(&learn->layers[i].kernel, rate, DECAY, fix1, fix2);
		adjust(&learn->layers[i].gain, rate, 0, fix1, fix2);
		adjust(&learn->layers[i].bias, rate, 0, fix1, fix2);
	}
	adjust(&learn->head, rate, DECAY, fix1, fix2);
	return loss;
}

void learn_export(const struct learn *learn, float *ret_values)
{
	for (uint32_t l = 0; l < LAYERS; l++) {
		const struct layer *layer = &learn->layers[l];
		uint32_t wide = layer->out;

		for (uint32_t i = 0; i < layer->kernel.count; i++) {
			uint32_t c = i % wide;

			*ret_values++ = layer->kernel.value[i] * layer->gain.value[c] /
					exact_root(layer->variance[c] + EPSILON);
		}
		for (uint32_t c = 0; c < wide; c++)
			*ret_values++ = layer->bias.value[c] -
					layer->mean[c] * layer->gain.value[c] /
						exact_root(layer->variance[c] + EPSILON);
	}
	memcpy(ret_values, learn->head.value, HEAD * sizeof(float));
}
