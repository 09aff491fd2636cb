#include "train/cry/clips.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/cry/distort.h"
#include "train/cry/synth.h"

enum {
	RAW_MAX = 300 * 96000,
	SECONDS_MAX = 40, /* of one recording: long music does not teach more */
	SAMPLES_MAX = SECONDS_MAX * MEL_HZ,
	GENERATED = 40, /* clips of each kind */
	GENERATED_SECONDS = 10,
};

static struct clip_group *find_group(struct clips *clips, const char *name, bool is_crying)
{
	for (uint32_t i = 0; i < clips->group_count; i++)
		if (strcmp(clips->groups[i].name, name) == 0)
			return &clips->groups[i];
	if (clips->group_count == CLIPS_GROUPS_MAX)
		return NULL;
	struct clip_group *group = &clips->groups[clips->group_count++];

	snprintf(group->name, sizeof(group->name), "%s", name);
	group->is_crying = is_crying;
	return group;
}

static int add_clip(const struct mel *mel, struct clip_group *group, const float *samples,
		    size_t count)
{
	if (count < MEL_WINDOW)
		return 0;
	if (group->count == group->room) {
		group->room = group->room ? 2 * group->room : 256;
		struct clip *clips = realloc(group->clips, group->room * sizeof(*clips));

		if (!clips)
			return -ENOMEM;
		group->clips = clips;
	}
	struct clip clip = {.frames = (uint32_t)((count - MEL_WINDOW) / MEL_HOP + 1)};

	clip.power = malloc(clip.frames * sizeof(*clip.power));
	if (!clip.power)
		return -ENOMEM;
	for (uint32_t i = 0; i < clip.frames; i++)
		mel_power(mel, samples + (size_t)i * MEL_HOP, clip.power[i]);
	group->clips[group->count++] = clip;
	return 0;
}

static void distort(float *samples, size_t count, uint32_t variant, struct chance *chance)
{
	if (variant == 0)
		return;
	distort_room(samples, count, chance);
	if (variant == 2)
		distort_clip(samples, count, chance_between(chance, 1, 8));
	distort_noise(samples, count, exact_exp2(chance_between(chance, -11, -6)), chance);
	distort_telephone(samples, count);
}

static int add_recording(struct clips *clips, struct clip_group *group, const int16_t *raw,
			 size_t count, uint32_t hz, struct chance *chance)
{
	static float samples[SAMPLES_MAX];
	int r = 0;

	uint32_t only = chance_below(chance, CLIPS_VARIANTS);

	for (uint32_t variant = 0; variant < CLIPS_VARIANTS && r == 0; variant++) {
		if (!group->is_crying && variant != only)
			continue;
		float speed = variant ? chance_between(chance, 0.87F, 1.15F) : 1;
		size_t made = distort_resample(raw, count, hz, speed, samples, SAMPLES_MAX);

		distort(samples, made, variant, chance);
		r = add_clip(&clips->mel, group, samples, made);
	}
	return r;
}

static int read_pack(struct clips *clips, FILE *pack, const char *wanted, int16_t *raw)
{
	struct chance chance = {1};
	char line[256], part[16], name[64];
	int crying;
	unsigned hz, count;

	while (fgets(line, sizeof(line), pack)) {
		if (sscanf(line, "%d %15s %u %u %63s", &crying, part, &hz, &count, name) != 5 ||
		    hz == 0 || count > RAW_MAX)
			return -EBADMSG;
		if (fread(raw, sizeof(*raw), count, pack) != count)
			return -EBADMSG;
		if (strcmp(part, wanted) != 0)
			continue;
		struct clip_group *group = find_group(clips, name, crying);
		int r = group ? add_recording(clips, group, raw, count, hz, &chance) : -EMSGSIZE;

		if (r < 0)
			return r;
	}
	return 0;
}

int clips_read(struct clips *clips, const char *path, const char *part)
{
	int16_t *raw = malloc(RAW_MAX * sizeof(*raw));
	FILE *pack = fopen(path, "rb");
	int r = raw && pack ? 0 : -errno;

	mel_init(&clips->mel);
	if (r == 0)
		r = read_pack(clips, pack, part, raw);
	if (pack)
		fclose(pack);
	free(raw);
	return r;
}

int clips_generate(struct clips *clips)
{
	static float samples[GENERATED_SECONDS * MEL_HZ];
	struct chance chance = {2};

	for (int kind = 0; kind < SYNTH_TRAINED; kind++) {
		char name[16];

		snprintf(name, sizeof(name), "synth-%d", kind);
		struct clip_group *group = find_group(clips, name, false);

		for (uint32_t i = 0; i < GENERATED; i++) {
			synth_make((enum synth_kind)kind, samples, GENERATED_SECONDS * MEL_HZ,
				   &chance);
			distort(samples, GENERATED_SECONDS * MEL_HZ, i % 2, &chance);
			int r = group ? add_clip(&clips->mel, group, samples,
						 GENERATED_SECONDS * MEL_HZ)
				      : -EMSGSIZE;

			if (r < 0)
				return r;
		}
	}
	return 0;
}
