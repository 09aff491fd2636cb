/* Training of the network in proto/hear/net.h: batch normalisation after each convolution (Ioffe
 * 2015), folded into the weights at the end; AdamW (Loshchilov 2017). One thread, fixed order: the
 * same examples make the same weights. */
#ifndef TRAIN_LEARN_H
#define TRAIN_LEARN_H

#include "proto/hear/net.h"

enum { LEARN_BATCH = 32 };

struct learn;

/* NULL without memory. */
struct learn *learn_create(uint64_t seed);
void learn_destroy(struct learn *learn);
/* One step over LEARN_BATCH patches; `target`: 1 crying, 0 not. Gives the mean loss. */
float learn_step(struct learn *learn, const float *patches, const float *targets, float rate);
/* The values in the order of net_load. */
void learn_export(const struct learn *learn, float *ret_values);

#endif
