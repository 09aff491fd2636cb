/* A room that is computed: somebody speaks out of a speaker, somebody near the microphone. Speech
 * is a glottal pulse train through three formants, in syllables and words, with pauses and
 * fricatives; the room is a direct way and 400 reflections that die away in `decay_s`; the speaker
 * distorts by a few per cent. The same seed makes the same samples. */
#ifndef TEST_SCENE_H
#define TEST_SCENE_H

#include <stdint.h>

enum { SCENE_SECONDS_MAX = 24, SCENE_SAMPLES_MAX = SCENE_SECONDS_MAX * 48000 };

struct scene {
	int hz, seconds;
	double delay_s, decay_s;
	double drift_ppm;         /* of the speaker's clock */
	double jump_at_s, jump_s; /* 0: the delay stays */
	double near_from_s, near_to_s;
	double echo_gain;
};

/* Each of `hz` * `seconds` samples. */
struct scene_sound {
	int16_t far[SCENE_SAMPLES_MAX], mic[SCENE_SAMPLES_MAX];
	float near[SCENE_SAMPLES_MAX], echo[SCENE_SAMPLES_MAX];
};

void scene_make(const struct scene *scene, struct scene_sound *ret_sound);

#endif
