#include "train/cry/patches.h"

#include <string.h>

typedef float patch_power[NET_FRAMES][MEL_BANDS];

static float mean_of(float (*power)[MEL_BANDS])
{
	double sum = 0;

	for (uint32_t i = 0; i < NET_FRAMES; i++)
		for (uint32_t band = 0; band < MEL_BANDS; band++)
			sum += (double)power[i][band];
	return (float)(sum / PATCH_VALUES) + 1e-12F;
}

static float frame_power(const float *frame)
{
	float sum = 0;

	for (uint32_t band = 0; band < MEL_BANDS; band++)
		sum += frame[band];
	return sum;
}

/* A group is taken as often as the root of what it has: a large one does not drown the others. */
static const struct clip_group *pick_group(const struct clips *clips, bool crying,
					   struct chance *chance)
{
	float sum = 0;

	for (uint32_t i = 0; i < clips->group_count; i++)
		if (clips->groups[i].is_crying == crying)
			sum += exact_root((float)clips->groups[i].count);
	float at = sum * chance_unit(chance);
	const struct clip_group *group = NULL;

	for (uint32_t i = 0; i < clips->group_count && (at >= 0 || !group); i++) {
		if (clips->groups[i].is_crying != crying)
			continue;
		group = &clips->groups[i];
		at -= exact_root((float)group->count);
	}
	return group;
}

/* `loud`: where the clip is not much quieter than at its loudest, or it would not be crying. */
static void cut(const struct clip *clip, bool loud, struct chance *chance, float (*out)[MEL_BANDS])
{
	uint32_t spare = clip->frames > NET_FRAMES ? clip->frames - NET_FRAMES : 0, from = 0;
	float most = 0;

	for (uint32_t i = 0; loud && i < clip->frames; i++) {
		float power = frame_power(clip->power[i]);

		most = power > most ? power : most;
	}
	for (int attempt = 0; attempt < 8; attempt++) {
		uint32_t busy = 0;

		from = chance_below(chance, spare + 1);
		for (uint32_t i = from; loud && i < from + NET_FRAMES && i < clip->frames; i++)
			busy += frame_power(clip->power[i]) > 0.05F * most;
		if (!loud || busy > NET_FRAMES / 4)
			break;
	}
	for (uint32_t i = 0; i < NET_FRAMES; i++) {
		uint32_t at = from + i;

		/* A short sound is heard once, or again and again. */
		if (at >= clip->frames && loud)
			at %= clip->frames;
		if (at < clip->frames)
			memcpy(out[i], clip->power[at], sizeof(out[i]));
		else
			memset(out[i], 0, sizeof(out[i]));
	}
}

static void scale(float (*power)[MEL_BANDS], float gain)
{
	for (uint32_t i = 0; i < NET_FRAMES; i++)
		for (uint32_t band = 0; band < MEL_BANDS; band++)
			power[i][band] *= gain;
}

static void take_clip(const struct clips *clips, bool crying, struct chance *chance,
		      float (*out)[MEL_BANDS])
{
	const struct clip_group *group = pick_group(clips, crying, chance);

	cut(&group->clips[chance_below(chance, group->count)], crying, chance, out);
	scale(out, 1.0F / mean_of(out));
}

static float decibels(float db)
{
	return exact_exp2(db * 0.33219281F);
}

static void bend_spectrum(float (*power)[MEL_BANDS], struct chance *chance)
{
	float tilt = 3 * chance_normal(chance), bow = 2 * chance_normal(chance);
	double waves = (double)chance_between(chance, 0.25F, 1),
	       start = (double)chance_unit(chance);
	uint32_t cutoff = chance_unit(chance) < 0.35F ? 22 + chance_below(chance, 18) : MEL_BANDS;
	float beyond = decibels(-chance_between(chance, 10, 40));

	for (uint32_t band = 0; band < MEL_BANDS; band++) {
		double x = (double)band / MEL_BANDS * 2 - 1;
		float gain =
			decibels(tilt * (float)x + bow * (float)exact_sine(x * waves / 2 + start));

		gain = band >= cutoff ? gain * beyond : gain;
		for (uint32_t i = 0; i < NET_FRAMES; i++)
			power[i][band] *= gain;
	}
}

static void drop_frames(float (*power)[MEL_BANDS], struct chance *chance)
{
	uint32_t from = chance_below(chance, NET_FRAMES - 24), count = 4 + chance_below(chance, 16);

	for (uint32_t i = from; i < from + count; i++)
		for (uint32_t band = 0; band < MEL_BANDS; band++)
			power[i][band] *= 1e-3F;
}

/* Noise has powers that are distributed exponentially. */
static void add_noise(float (*power)[MEL_BANDS], struct chance *chance)
{
	float level = decibels(chance_between(chance, -50, -15)) * mean_of(power);
	float slope = chance_between(chance, -0.2F, 0.05F);

	for (uint32_t i = 0; i < NET_FRAMES; i++)
		for (uint32_t band = 0; band < MEL_BANDS; band++)
			power[i][band] += level * exact_exp2(slope * (float)band) * -0.693F *
					  exact_log2(chance_unit(chance) + 1e-6F);
}

static void mix_in(const struct clips *clips, float snr_db, struct chance *chance,
		   float (*power)[MEL_BANDS])
{
	static patch_power other;
	float gain = decibels(-snr_db);

	take_clip(clips, false, chance, other);
	for (uint32_t i = 0; i < NET_FRAMES; i++)
		for (uint32_t band = 0; band < MEL_BANDS; band++)
			power[i][band] += other[i][band] * gain;
}

void patches_make(const struct clips *clips, bool crying, struct chance *chance, float *ret_patch)
{
	static patch_power power;

	take_clip(clips, crying, chance, power);
	if (chance_unit(chance) < 0.6F)
		bend_spectrum(power, chance);
	if (chance_unit(chance) < 0.25F)
		drop_frames(power, chance);
	if (chance_unit(chance) < (crying ? 0.5F : 0.35F))
		mix_in(clips, chance_between(chance, 0, 20), chance, power);
	add_noise(power, chance);
	/* From a whisper to full scale. */
	scale(power, decibels(chance_between(chance, -45, 10)) / mean_of(power));
	net_patch(power[0], 0, ret_patch);
}
