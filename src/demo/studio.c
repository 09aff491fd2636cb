#include "demo/studio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/diag.h"
#include "demo/scene.h"
#include "demo/sound.h"
#include "demo/speaker.h"

enum { PICTURES = 2 };

static const struct picture_size SIZES[PICTURES] = {
	[STUDIO_MAIN] = {1280, 720, 2500000},
	[STUDIO_SUB] = {640, 360, 600000},
};

struct studio {
	struct loop *loop;
	struct loop_timer picture_timer, sound_timer;
	uint64_t start_ns;
	uint64_t next_picture; /* the lowest number not yet taken */
	struct scene *scene;
	struct picture_coder *coders[PICTURES];
	bool wants_key[PICTURES];
	enum sound_kind sound_kind;
	struct sound sound;
	struct sound_coder *sound_coder;
	struct speaker *speaker;
	uint32_t watched;
	studio_frame_fn *output;
	void *context;
};

static bool is_watched(const struct studio *studio, enum studio_track track)
{
	return studio->watched >> track & 1;
}

static uint64_t picture_at(const struct studio *studio, uint64_t number)
{
	return studio->start_ns + number * CLOCK_NS_PER_S / PICTURE_FPS;
}

static uint64_t sample_at(const struct studio *studio, uint64_t sample)
{
	return studio->start_ns + sample * CLOCK_NS_PER_S / SOUND_HZ;
}

/* The sample that the microphone takes now. */
static uint64_t sample_now(const struct studio *studio)
{
	return (clock_boot_ns() - studio->start_ns) / 1000 * SOUND_HZ / 1000000;
}

/* "2026-11-22 08:47:19.123", local time, of now; and whether the speaker plays. */
static void write_clock(const struct studio *studio, char *text, size_t size)
{
	uint64_t now_us = clock_real_us();
	time_t seconds = (time_t)(now_us / 1000000);
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return;
	size_t used = strftime(text, size, "%Y-%m-%d %H:%M:%S", &local);

	snprintf(text + used, size - used, ".%03u%s", (unsigned)(now_us / 1000 % 1000),
		 speaker_is_playing(studio->speaker, sample_now(studio)) ? " SPEAKER ON" : "");
}

static void code_picture(struct studio *studio, enum studio_track track, const struct film *film,
			 uint64_t number)
{
	struct picture_coder *coder = studio->coders[track];
	struct film_picture picture;
	struct picture_coded coded;

	if (picture_coder_begin(coder, &picture) < 0)
		return;
	if (track == STUDIO_MAIN)
		film_develop(film, (uint32_t)number, &picture);
	else
		film_develop_half(film, (uint32_t)number, &picture);
	if (picture_coder_encode(coder, studio->wants_key[track], &coded) < 0) {
		diag_warn("one picture could not be coded and is left out");
		return;
	}
	studio->wants_key[track] = false;
	studio->output(studio->context, &(struct studio_frame){track, coded.data,
							       picture_at(studio, number),
							       coded.is_key});
}

static void take_picture(struct loop_timer *timer)
{
	struct studio *studio = container_of(timer, struct studio, picture_timer);
	uint64_t past = loop_now_ns(studio->loop) - studio->start_ns;
	/* The newest that is due: after a stall the ones between are not made up for. */
	uint64_t number = (past + 1) * PICTURE_FPS / CLOCK_NS_PER_S;
	char clock[40] = "";

	if (number < studio->next_picture) { /* woken again within the same fifteenth */
		loop_timer_start(studio->loop, timer, picture_at(studio, studio->next_picture));
		return;
	}
	studio->next_picture = number + 1;
	write_clock(studio, clock, sizeof(clock));
	const struct film *film = scene_draw(studio->scene, (double)number / PICTURE_FPS,
					     (uint32_t)number, clock);

	for (int i = 0; i < PICTURES; i++)
		if (is_watched(studio, (enum studio_track)i))
			code_picture(studio, (enum studio_track)i, film, number);
	loop_timer_start(studio->loop, timer, picture_at(studio, number + 1));
}

static void take_sound(struct loop_timer *timer)
{
	struct studio *studio = container_of(timer, struct studio, sound_timer);
	uint32_t block = sound_format_of(studio->sound_kind)->block_samples;
	uint64_t now_ns = loop_now_ns(studio->loop);
	int16_t samples[SOUND_BLOCK_MAX];
	struct sound_coded coded;

	/* A block is complete once its last sample has been heard. */
	while (sample_at(studio, studio->sound.sample + block) <= now_ns) {
		uint64_t first = studio->sound.sample;

		sound_make(&studio->sound, samples, block);
		speaker_hear(studio->speaker, first, samples, block);
		if (sound_coder_encode(studio->sound_coder, samples, &coded) < 0 || !coded.data.size)
			continue;
		uint64_t delay_ns = coded.delay_samples * CLOCK_NS_PER_S / SOUND_HZ;

		studio->output(studio->context,
			       &(struct studio_frame){STUDIO_SOUND, coded.data,
						      sample_at(studio, first) - delay_ns, true});
	}
	loop_timer_start(studio->loop, timer, sample_at(studio, studio->sound.sample + block));
}

static void ignore_frame(void *context, const struct studio_frame *frame)
{
	(void)context;
	(void)frame;
}

static int open_studio(struct studio *studio)
{
	int r = scene_create(&studio->scene);

	for (int i = 0; r == 0 && i < PICTURES; i++)
		r = picture_coder_create(&SIZES[i], &studio->coders[i]);
	if (r == 0)
		r = sound_coder_create(studio->sound_kind, &studio->sound_coder);
	if (r == 0)
		r = speaker_create(&studio->speaker);
	return r;
}

int studio_create(struct loop *loop, enum sound_kind sound, struct studio **ret_studio)
{
	AUTO(studio) studio = calloc(1, sizeof(*studio));

	if (!studio)
		return -ENOMEM;
	studio->loop = loop;
	studio->sound_kind = sound;
	studio->output = ignore_frame;
	studio->picture_timer.due = take_picture;
	studio->sound_timer.due = take_sound;
	int r = open_studio(studio);

	if (r < 0)
		return r;
	sound_init(&studio->sound);
	studio->start_ns = clock_boot_ns();
	*ret_studio = take(studio);
	return 0;
}

void studio_destroy(struct studio *studio)
{
	if (!studio)
		return;
	loop_timer_stop(&studio->picture_timer);
	loop_timer_stop(&studio->sound_timer);
	scene_destroy(studio->scene);
	for (int i = 0; i < PICTURES; i++)
		picture_coder_destroy(studio->coders[i]);
	sound_coder_destroy(studio->sound_coder);
	speaker_destroy(studio->speaker);
	free(studio);
}

void studio_set_output(struct studio *studio, studio_frame_fn *output, void *context)
{
	studio->output = output;
	studio->context = context;
}

/* Starts or stops listening; sound goes on at the block that is due. */
static void watch_sound(struct studio *studio)
{
	uint32_t block = sound_format_of(studio->sound_kind)->block_samples;

	if (!is_watched(studio, STUDIO_SOUND)) {
		loop_timer_stop(&studio->sound_timer);
		return;
	}
	sound_seek(&studio->sound, sample_now(studio) / block * block);
	loop_timer_start(studio->loop, &studio->sound_timer,
			 sample_at(studio, studio->sound.sample + block));
}

void studio_watch(struct studio *studio, uint32_t tracks)
{
	uint32_t changed = studio->watched ^ tracks, pictures = (1 << PICTURES) - 1;

	studio->watched = tracks;
	for (int i = 0; i < PICTURES; i++)
		if (changed & tracks & 1u << i)
			studio->wants_key[i] = true;
	if (!(tracks & pictures))
		loop_timer_stop(&studio->picture_timer);
	else if (!studio->picture_timer.loop)
		loop_timer_start(studio->loop, &studio->picture_timer, 0);
	if (changed & 1u << STUDIO_SOUND)
		watch_sound(studio);
}

void studio_want_key(struct studio *studio, enum studio_track track)
{
	if ((int)track < PICTURES)
		studio->wants_key[track] = true;
}

void studio_play(struct studio *studio, struct bytes packet)
{
	speaker_take_packet(studio->speaker, packet, sample_now(studio));
}

struct bytes studio_config(const struct studio *studio, enum studio_track track)
{
	return track == STUDIO_SOUND ? sound_coder_config(studio->sound_coder)
				     : picture_coder_config(studio->coders[track]);
}

const struct sound_format *studio_sound_format(const struct studio *studio)
{
	return sound_format_of(studio->sound_kind);
}
