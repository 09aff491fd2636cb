/* train PACK STEPS OUT: learns to tell crying from other sound and writes the network's weights.
 * The same pack and the same number of steps make the same file, on any machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "train/cry/clips.h"
#include "train/cry/learn.h"
#include "train/cry/patches.h"

enum { SEED = 20261122, VERSION = 1, PROGRESS = 25 };

static const float RATE = 4e-3F;

static void put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static int write_weights(const struct learn *learn, const char *path)
{
	static float values[NET_VALUES];
	static uint8_t file[NET_FILE_SIZE];
	FILE *out = fopen(path, "wb");

	learn_export(learn, values);
	memcpy(file, "ward-cry", 8);
	put_u32(file + 8, 1);
	put_u32(file + 12, VERSION);
	put_u32(file + 16, NET_VALUES);
	for (uint32_t i = 0; i < NET_VALUES; i++) {
		uint32_t bits;

		memcpy(&bits, &values[i], sizeof(bits));
		put_u32(file + NET_HEADER_SIZE + 4 * (size_t)i, bits);
	}
	crypto_hash_sha256(file + 32, file + NET_HEADER_SIZE, 4 * (size_t)NET_VALUES);
	if (!out)
		return -1;
	size_t written = fwrite(file, 1, sizeof(file), out);

	return fclose(out) == 0 && written == sizeof(file) ? 0 : -1;
}

/* Up over the first tenth, then down along a cosine. */
static float rate_at(uint32_t step, uint32_t steps)
{
	float x = (float)step / (float)steps;

	if (x < 0.1F)
		return RATE * (x * 10 + 0.01F);
	return RATE * (0.5F + 0.5F * (float)exact_sine((double)((x - 0.1F) / 1.8F) + 0.25));
}

static void learn_all(struct learn *learn, const struct clips *clips, uint32_t steps)
{
	static float patches[LEARN_BATCH * PATCH_VALUES];
	float targets[LEARN_BATCH], loss = 0;
	struct chance chance = {SEED};

	for (uint32_t step = 0; step < steps; step++) {
		for (uint32_t i = 0; i < LEARN_BATCH; i++) {
			targets[i] = (float)(i % 2);
			patches_make(clips, i % 2, &chance, patches + (size_t)i * PATCH_VALUES);
		}
		loss += learn_step(learn, patches, targets, rate_at(step, steps));
		if (step % PROGRESS != PROGRESS - 1)
			continue;
		fprintf(stderr, "%u/%u loss %.4f\n", step + 1, steps, (double)loss / PROGRESS);
		loss = 0;
	}
}

int main(int argc, char **argv)
{
	static struct clips clips;

	if (argc != 4)
		return fprintf(stderr, "usage: train PACK STEPS OUT\n"), 2;
	int r = clips_read(&clips, argv[1], "train");

	if (r == 0)
		r = clips_generate(&clips);
	if (r < 0)
		return fprintf(stderr, "%s: %s\n", argv[1], strerror(-r)), 1;
	for (uint32_t i = 0; i < clips.group_count; i++)
		fprintf(stderr, "%s: %u clips\n", clips.groups[i].name, clips.groups[i].count);
	struct learn *learn = learn_create(SEED);

	if (!learn)
		return fprintf(stderr, "no memory\n"), 1;
	learn_all(learn, &clips, (uint32_t)strtoul(argv[2], NULL, 10));
	r = write_weights(learn, argv[3]);
	learn_destroy(learn);
	return r < 0 ? fprintf(stderr, "%s: cannot be written\n", argv[3]), 1 : 0;
}
