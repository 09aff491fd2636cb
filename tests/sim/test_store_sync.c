/* Picture and sound of a camera whose clocks are wrong, a day on: from its RTP timestamps, which
 * wrap, through the map to Ward's clock, the recorder and a pack, to a clip. What a player shows
 * together was taken together. */
#include "unit/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "proto/rtp/clock_map.h"
#include "sim/sim_clip.h"
#include "sim/sim_disk.h"

#define MS  INT64_C(1000000)
#define S   (1000 * MS)
#define DAY (86400 * S)

enum {
	FRAME_MS = 40,
	GROUP = 50,
	SOUND_HZ = 48000,
	SOUND_SAMPLES = 1024,
	PICTURE_SIZE = 400,
	SOUND_SIZE = 60,
	RECORDED_S = 30, /* at each look */
	SYNC_MS_MAX = 40,
};

/* Parts per million; positive, the clock runs fast. */
struct camera_plan {
	const char *name;
	double picture_ppm, sound_ppm;
	double wall_ppm;  /* the clock of its sender reports */
	bool has_reports; /* then the sound may be late: */
	int64_t sound_late_ns;
};

/* One stream as it leaves the camera. Times are true ones, from the camera's start. */
struct stream {
	struct clock_map map;
	enum media_track track;
	double rate; /* RTP units in a true second */
	uint32_t first_timestamp;
	int64_t late_ns, arrival_ns;
	uint64_t count; /* of the next frame */
	uint64_t sent;
};

struct life {
	const struct camera_plan *plan;
	struct reel *reel;
	struct stream picture, sound;
	bool has_picture; /* since it is recorded */
	int64_t boot_ns;  /* Ward's clock when the camera started */
	int64_t report_ns, align_ns;
	uint64_t random;
};

/* For what comes out of the clips: the error of each sample, which carries its true time. */
static struct {
	int64_t wall_minus_true_ns; /* the wall clock at the camera's start */
	int64_t least_ns[TRACK_COUNT], most_ns[TRACK_COUNT];
	unsigned count[TRACK_COUNT];
} seen;

static int64_t taken_ns(const struct life *life, const struct stream *stream, uint64_t number)
{
	if (stream->track == TRACK_VIDEO)
		return (int64_t)number * FRAME_MS * MS;
	/* Packets are made by the sound's own clock. */
	return (int64_t)((double)number * SOUND_SAMPLES / SOUND_HZ * 1e9 /
			 (1 + life->plan->sound_ppm * 1e-6));
}

static uint32_t timestamp_at(const struct stream *stream, int64_t true_ns)
{
	double units = (double)true_ns / 1e9 * stream->rate;

	return stream->first_timestamp + (uint32_t)(uint64_t)(units + 0.5);
}

/* A floor that nobody can see, and up to 25 ms that change. */
static int64_t arrival_of(struct life *life, const struct stream *stream)
{
	int64_t at_ns = taken_ns(life, stream, stream->count) + 3 * MS + stream->late_ns +
			(int64_t)(sim_random(&life->random) % (uint64_t)(25 * MS));

	return at_ns > stream->arrival_ns ? at_ns : stream->arrival_ns;
}

static void record(struct life *life, struct stream *stream, int64_t pts_ns, int64_t true_ns)
{
	uint8_t data[PICTURE_SIZE] = {0};
	struct reel *reel = life->reel;
	struct track *track = &reel->camera->tracks[stream->track];
	bool is_video = stream->track == TRACK_VIDEO;
	struct ipc_frame piece = {.frame = ++stream->sent,
				  .pts_ns = (uint64_t)pts_ns,
				  .track = (uint32_t)stream->track,
				  .size = is_video ? PICTURE_SIZE : SOUND_SIZE,
				  .flags = !is_video || stream->count % GROUP == 0 ? FRAME_KEY : 0,
				  .config = track->sender_config};

	life->has_picture = life->has_picture || (is_video && stream->count % GROUP == 0);
	if (!life->has_picture)
		return;
	memcpy(data, &true_ns, sizeof(true_ns));
	store_prepare(&reel->store, reel->camera, track, &piece);
	if (track_take_piece(track, &piece, data, piece.size) > 0)
		store_take(&reel->store, reel->camera, track);
}

static void report(struct life *life, struct stream *stream, int64_t at_ns)
{
	const int64_t started_ns = 4000000000 * S; /* the camera's own idea of the date */
	double wall_ns = (double)at_ns * (1 + life->plan->wall_ppm * 1e-6);

	clock_map_report(&stream->map, timestamp_at(stream, at_ns),
			 (uint64_t)(started_ns + (int64_t)wall_ns),
			 (uint64_t)(life->boot_ns + at_ns + 2 * MS));
}

/* As a cam does (cam_source.c): reports as they come, and every second the sound after the picture.
 */
static void keep_together(struct life *life, int64_t now_ns)
{
	if (life->plan->has_reports && now_ns >= life->report_ns) {
		life->report_ns = now_ns + 5 * S;
		report(life, &life->picture, now_ns);
		report(life, &life->sound, now_ns);
	}
	if (now_ns >= life->align_ns) {
		life->align_ns = now_ns + S;
		clock_map_align(&life->sound.map, &life->picture.map);
	}
}

static void pass_to(struct reel *reel, uint64_t boot_ns)
{
	if (boot_ns <= reel->boot_ns)
		return;
	reel->real_us += boot_ns / 1000 - reel->boot_ns / 1000; /* never drifts against it */
	reel->boot_ns = boot_ns;
}

/* The next frame of whichever stream. */
static int64_t step(struct life *life, bool is_recorded)
{
	struct stream *picture = &life->picture, *sound = &life->sound;
	struct stream *next = picture->arrival_ns <= sound->arrival_ns ? picture : sound;
	int64_t true_ns = taken_ns(life, next, next->count), now_ns = next->arrival_ns;
	uint64_t arrival_ns = (uint64_t)(life->boot_ns + now_ns);
	uint32_t timestamp =
		next == sound ? next->first_timestamp + (uint32_t)(next->count * SOUND_SAMPLES)
			      : timestamp_at(next, true_ns);
	uint64_t pts_ns = clock_map_frame(&next->map, timestamp, arrival_ns);

	if (is_recorded) {
		pass_to(life->reel, arrival_ns);
		record(life, next, (int64_t)pts_ns, true_ns);
	}
	next->count++;
	next->arrival_ns = arrival_of(life, next);
	keep_together(life, now_ns);
	return now_ns;
}

static void note_sample(const struct sim_clip_sample *sample)
{
	int64_t true_ns, error_ns;

	assert_true(sample->data.size >= sizeof(true_ns));
	memcpy(&true_ns, sample->data.data, sizeof(true_ns));
	error_ns = sample->wall_ns - seen.wall_minus_true_ns - true_ns;
	if (seen.count[sample->track]++ == 0)
		seen.least_ns[sample->track] = seen.most_ns[sample->track] = error_ns;
	if (error_ns < seen.least_ns[sample->track])
		seen.least_ns[sample->track] = error_ns;
	if (error_ns > seen.most_ns[sample->track])
		seen.most_ns[sample->track] = error_ns;
}

static void expect_in_sync(const struct life *life, uint64_t from_us, uint64_t to_us)
{
	int64_t *least = seen.least_ns, *most = seen.most_ns, apart_ns;

	memset(seen.count, 0, sizeof(seen.count));
	sim_clip_each(life->reel, TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_MIC), from_us, to_us,
		      note_sample);
	assert_in_range(seen.count[TRACK_VIDEO], 20 * 25, RECORDED_S * 25);
	assert_in_range(seen.count[TRACK_MIC], 20 * 46, RECORDED_S * 48);
	apart_ns = most[TRACK_VIDEO] - least[TRACK_MIC];
	if (most[TRACK_MIC] - least[TRACK_VIDEO] > apart_ns)
		apart_ns = most[TRACK_MIC] - least[TRACK_VIDEO];
	print_message("# %s: picture %.1f to %.1f ms late, sound %.1f to %.1f ms\n",
		      life->plan->name, (double)least[TRACK_VIDEO] / 1e6,
		      (double)most[TRACK_VIDEO] / 1e6, (double)least[TRACK_MIC] / 1e6,
		      (double)most[TRACK_MIC] / 1e6);
	assert_true(apart_ns <= SYNC_MS_MAX * MS);
	/* And both at the time of day at which they were, but for the floor. */
	assert_true(least[TRACK_VIDEO] > -5 * MS && most[TRACK_VIDEO] < SYNC_MS_MAX * MS);
}

/* Lives on without being recorded; then is, and a clip is taken out of the middle. */
static void look_at(struct life *life, int64_t true_ns)
{
	int64_t now_ns = 0;
	struct reel *reel = life->reel;

	while (now_ns < true_ns - RECORDED_S * S)
		now_ns = step(life, false);
	life->has_picture = false;
	while (now_ns < true_ns)
		now_ns = step(life, true);
	for (unsigned i = 0; i < 3; i++)
		reel_tick(reel);
	expect_in_sync(life, reel->real_us - 26 * UINT64_C(1000000),
		       reel->real_us - 4 * UINT64_C(1000000));
}

static void begin_stream(struct life *life, struct stream *stream, enum media_track track,
			 uint32_t rate_hz)
{
	double ppm = track == TRACK_VIDEO ? life->plan->picture_ppm : life->plan->sound_ppm;

	stream->track = track;
	stream->rate = rate_hz * (1 + ppm * 1e-6);
	stream->late_ns = track == TRACK_MIC ? life->plan->sound_late_ns : 0;
	clock_map_init(&stream->map, rate_hz);
	stream->arrival_ns = arrival_of(life, stream);
}

/* So that both timestamps pass from 2^32 to 0 in the middle of the last look. */
static void wrap_at(struct stream *stream, int64_t true_ns)
{
	stream->first_timestamp = 0;
	stream->first_timestamp = (uint32_t)-timestamp_at(stream, true_ns);
}

static void a_day_later_both_are_together(void **state)
{
	static const struct camera_plan plans[] = {
		{.name = "both fast, no reports", .picture_ppm = 100, .sound_ppm = 100},
		{.name = "two clocks, no reports", .picture_ppm = 100, .sound_ppm = -100},
		{.name = "both slow, sound held back",
		 .picture_ppm = -100,
		 .sound_ppm = -100,
		 .wall_ppm = -100,
		 .has_reports = true,
		 .sound_late_ns = 150 * MS},
		{.name = "two clocks, sound held back",
		 .sound_ppm = 100,
		 .has_reports = true,
		 .sound_late_ns = 150 * MS},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(plans); i++) {
		struct reel *reel = reel_create();
		struct life life = {.plan = &plans[i],
				    .reel = reel,
				    .boot_ns = (int64_t)reel->boot_ns,
				    .random = i};

		reel_set_track(reel, TRACK_VIDEO, CODEC_H264);
		reel_set_track(reel, TRACK_MIC, CODEC_AAC);
		seen.wall_minus_true_ns = (int64_t)reel->real_us * 1000;
		begin_stream(&life, &life.picture, TRACK_VIDEO, 90000);
		begin_stream(&life, &life.sound, TRACK_MIC, SOUND_HZ);
		wrap_at(&life.picture, DAY - 15 * S);
		wrap_at(&life.sound, DAY - 14 * S);
		look_at(&life, 3600 * S);
		look_at(&life, DAY);
		assert_int_equal(life.picture.map.restarts + life.sound.map.restarts, 0);
		reel_destroy(reel);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_day_later_both_are_together)};

	return cmocka_run_group_tests_name("store sync", tests, NULL, NULL);
}
