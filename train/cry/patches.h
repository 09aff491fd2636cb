/* Examples for one step of training: two seconds cut from a clip, its spectrum bent, mixed with
 * other sound and noise, at a chance level. */
#ifndef TRAIN_PATCHES_H
#define TRAIN_PATCHES_H

#include "proto/hear/net.h"
#include "train/cry/chance.h"
#include "train/cry/clips.h"

enum { PATCH_VALUES = NET_FRAMES * MEL_BANDS };

/* One patch as net_run takes it. */
void patches_make(const struct clips *clips, bool crying, struct chance *chance, float *ret_patch);

#endif
