/* The network that says how much two seconds of sound are like crying: a 3x3 convolution and five
 * depthwise-separable ones (Howard 2017), each with its bias and a rectifier; then mean and maximum
 * of each channel over what is left, and one sum. Plain float in a fixed order: the same bits on
 * every machine. The trainer (train/cry) reads the same tables. */
#ifndef PROTO_HEAR_NET_H
#define PROTO_HEAR_NET_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "proto/hear/mel.h"

enum {
	NET_FRAMES = 128, /* of a patch: 2.05 s */
	NET_BLOCKS = 6,
	NET_CHANNELS_MAX = 64,
	NET_CELLS_MAX = NET_FRAMES / 2 * MEL_BANDS / 2, /* of a block's output */
	NET_ACTIVATIONS_MAX = NET_CELLS_MAX * 24,
	NET_TAPS = 9,
	NET_VALUES = 12041,
	NET_HEADER_SIZE = 64,
	NET_FILE_SIZE = NET_HEADER_SIZE + 4 * NET_VALUES,
};

/* Outputs are laid out [frame][band][channel]. `frames`, `bands`: of the output. The first block
 * has no depthwise part: its nine taps go straight to `out` channels. */
struct net_block {
	uint8_t in, out, stride;
	uint8_t frames, bands;
};

extern const struct net_block NET_SHAPE[NET_BLOCKS];

/* What a file of weights says of itself: see net_load. */
struct net {
	uint32_t version;
	uint8_t digest[32]; /* SHA-256 of the values, as the file claims it */
	float values[NET_VALUES];
};

/* Room for one run; shared by all that do not run at once. */
struct net_scratch {
	float a[NET_ACTIVATIONS_MAX], b[NET_ACTIVATIONS_MAX];
};

/* A file of weights is: "ward-cry" (8 bytes), format 1, version, number of values, 0 (u32,
 * little-endian), 8 zero bytes, SHA-256 of the values, the values as little-endian binary32 in the
 * order of the blocks: taps, their bias, mixing [in][out], its bias; last the weights of means, of
 * maxima, and the bias. -EBADMSG if it is anything else or a value is not finite. The digest is not
 * checked here: this folder has no cryptography; the build's test does. */
NODISCARD int net_load(struct net *net, struct bytes file);

/* A patch for net_run: the logarithm of NET_FRAMES frames' powers, less their mean, so that neither
 * the microphone's gain nor the distance counts. `ring` is
 * [NET_FRAMES][MEL_BANDS], `next` its oldest frame. */
void net_patch(const float *ring, uint32_t next, float *ret_patch);

/* 0..1. */
float net_run(const struct net *net, struct net_scratch *scratch, const float *patch);

#endif
