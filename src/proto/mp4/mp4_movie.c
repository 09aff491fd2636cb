#include "proto/mp4/mp4_movie.h"

#include <errno.h>

#include "proto/cmaf/boxes.h"
#include "proto/mp4/mp4_tables.h"

enum {
	FIXED_MAX = 4096,    /* bytes of all boxes but tables, for a track */
	PER_SAMPLE_MAX = 24, /* stts, ctts, stsz, stss */
	PER_PART_MAX = 20,   /* stsc, co64 */
	US_PER_S = 1000000,
};

/* From 1904, where the format's time begins, to 1970, in seconds. */
static const uint64_t epoch_s = 2082844800;

static const uint32_t unity_matrix[9] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};

size_t mp4_movie_room(const struct mp4_clip *clip)
{
	return (MP4_CLIP_TRACKS_MAX + 1) * (size_t)FIXED_MAX + clip->entry_size +
	       (size_t)clip->sample_count * PER_SAMPLE_MAX +
	       (size_t)clip->part_count * PER_PART_MAX;
}

static void put_matrix(struct bytes_writer *writer)
{
	for (size_t i = 0; i < ARRAY_COUNT(unity_matrix); i++)
		bytes_put_be32(writer, unity_matrix[i]);
}

/* Creation and modification: when what is seen first was recorded. */
static void put_times(struct bytes_writer *writer, const struct mp4_clip *clip)
{
	uint64_t time_s = clip->start / MP4_CLIP_TIMESCALE + epoch_s;

	bytes_put_be64(writer, time_s);
	bytes_put_be64(writer, time_s);
}

/* ---- where a track begins and ends, on the movie's clock ---- */

struct edit {
	uint64_t empty, duration; /* MP4_CLIP_TIMESCALE */
	uint64_t media_time;      /* the track's timescale */
};

static uint64_t to_movie(const struct mp4_clip_track *track, uint64_t time)
{
	return mp4_clip_rescale(time, track->timescale, MP4_CLIP_TIMESCALE);
}

static struct edit edit_of(const struct mp4_clip *clip, const struct mp4_clip_track *track)
{
	uint64_t first = to_movie(track, track->first_pts), end = to_movie(track, track->end_pts);
	uint64_t to = mp4_clip_rescale(clip->to_us, US_PER_S, MP4_CLIP_TIMESCALE);
	uint64_t begin = mp4_clip_rescale(clip->start, MP4_CLIP_TIMESCALE, track->timescale);
	struct edit edit = {0};

	if (end > to)
		end = to;
	if (first > clip->start)
		edit.empty = first - clip->start;
	else
		first = clip->start;
	/* Rounded down it may be before the first sample: a media time of -1 would show nothing. */
	if (begin < track->first_pts)
		begin = track->first_pts;
	edit.duration = end > first ? end - first : 0;
	edit.media_time = begin + track->advance - track->first_dts;
	return edit;
}

static uint64_t movie_duration(const struct mp4_clip *clip)
{
	uint64_t longest = 0;

	for (unsigned i = 0; i < MP4_CLIP_TRACKS_MAX; i++) {
		if (!clip->tracks[i].has_samples)
			continue;
		struct edit edit = edit_of(clip, &clip->tracks[i]);

		if (edit.empty + edit.duration > longest)
			longest = edit.empty + edit.duration;
	}
	return longest;
}

/* §8.6.6, version 1 */
static void put_edts(struct bytes_writer *writer, const struct edit *edit)
{
	struct box edts = box_open(writer, "edts");
	struct box elst = box_open_full(writer, "elst", 1, 0);

	bytes_put_be32(writer, edit->empty ? 2 : 1);
	if (edit->empty) {
		bytes_put_be64(writer, edit->empty);
		bytes_put_be64(writer, UINT64_MAX); /* -1: nothing is shown */
		bytes_put_be32(writer, 0x10000);
	}
	bytes_put_be64(writer, edit->duration);
	bytes_put_be64(writer, edit->media_time);
	bytes_put_be32(writer, 0x10000);
	box_close(writer, elst);
	box_close(writer, edts);
}

/* ---- headers ---- */

static void put_ftyp(struct bytes_writer *writer)
{
	struct box ftyp = box_open(writer, "ftyp");

	bytes_put(writer, "mp42\0\0\0\0mp42isomiso2mp41", 24);
	box_close(writer, ftyp);
}

/* §8.2.2 */
static void put_mvhd(struct bytes_writer *writer, const struct mp4_clip *clip)
{
	struct box mvhd = box_open_full(writer, "mvhd", 1, 0);

	put_times(writer, clip);
	bytes_put_be32(writer, MP4_CLIP_TIMESCALE);
	bytes_put_be64(writer, movie_duration(clip));
	bytes_put_be32(writer, 0x10000); /* rate 1.0 */
	bytes_put_be16(writer, 0x100);   /* volume 1.0 */
	box_put_zeros(writer, 10);
	put_matrix(writer);
	box_put_zeros(writer, 24);
	bytes_put_be32(writer, MP4_CLIP_TRACKS_MAX + 1); /* next track */
	box_close(writer, mvhd);
}

/* §8.3.2 */
static void put_tkhd(struct bytes_writer *writer, const struct mp4_clip *clip, unsigned number)
{
	enum { ENABLED_IN_MOVIE = 3 };
	const struct mp4_clip_track *track = &clip->tracks[number];
	struct edit edit = edit_of(clip, track);
	struct box tkhd = box_open_full(writer, "tkhd", 1, ENABLED_IN_MOVIE);

	put_times(writer, clip);
	bytes_put_be32(writer, number + 1);
	bytes_put_be32(writer, 0);
	bytes_put_be64(writer, edit.empty + edit.duration);
	box_put_zeros(writer, 8);
	bytes_put_be32(writer, 0); /* layer, alternate group */
	bytes_put_be16(writer, track->is_video ? 0 : 0x100);
	bytes_put_be16(writer, 0);
	put_matrix(writer);
	bytes_put_be32(writer, (uint32_t)track->width << 16);
	bytes_put_be32(writer, (uint32_t)track->height << 16);
	box_close(writer, tkhd);
}

/* §8.4.2, §8.4.3 */
static void put_media_header(struct bytes_writer *writer, const struct mp4_clip *clip,
			     const struct mp4_clip_track *track)
{
	struct box mdhd = box_open_full(writer, "mdhd", 1, 0);

	put_times(writer, clip);
	bytes_put_be32(writer, track->timescale);
	bytes_put_be64(writer, track->last_dts - track->first_dts +
				       clip->samples[track->last_sample].duration);
	bytes_put_be32(writer, 0x55c40000); /* language "und" */
	box_close(writer, mdhd);
	box_put_handler(writer, track->is_video);
}

static void put_minf(struct bytes_writer *writer, const struct mp4_clip *clip, unsigned number,
		     const struct mp4_tables_place *place)
{
	bool is_video = clip->tracks[number].is_video;
	struct box minf = box_open(writer, "minf");
	struct box head = box_open_full(writer, is_video ? "vmhd" : "smhd", 0, is_video);

	box_put_zeros(writer, is_video ? 8 : 4);
	box_close(writer, head);
	box_put_place(writer);
	mp4_tables_put(writer, clip, number, place);
	box_close(writer, minf);
}

static void put_trak(struct bytes_writer *writer, const struct mp4_clip *clip, unsigned number,
		     const struct mp4_tables_place *place)
{
	const struct mp4_clip_track *track = &clip->tracks[number];
	struct edit edit = edit_of(clip, track);
	struct box trak = box_open(writer, "trak");

	put_tkhd(writer, clip, number);
	put_edts(writer, &edit);
	struct box mdia = box_open(writer, "mdia");

	put_media_header(writer, clip, track);
	put_minf(writer, clip, number, place);
	box_close(writer, mdia);
	box_close(writer, trak);
}

static void put_head(struct bytes_writer *writer, const struct mp4_clip *clip,
		     const struct mp4_tables_place *place)
{
	put_ftyp(writer);
	struct box moov = box_open(writer, "moov");

	put_mvhd(writer, clip);
	for (unsigned i = 0; i < MP4_CLIP_TRACKS_MAX; i++)
		if (clip->tracks[i].has_samples)
			put_trak(writer, clip, i, place);
	box_close(writer, moov);
	bytes_put_be32(writer, place->is_large ? 1 : (uint32_t)clip->data_size + 8);
	bytes_put(writer, "mdat", 4);
	if (place->is_large)
		bytes_put_be64(writer, clip->data_size + 16);
}

/* Twice: the tables say where the data are, which is behind the tables. */
int64_t mp4_movie_build(const struct mp4_clip *clip, uint8_t *ret_data, size_t capacity)
{
	struct mp4_tables_place place = {.is_large = clip->data_size + mp4_movie_room(clip) >
						     UINT32_MAX};
	struct bytes_writer writer;

	for (unsigned i = 0; i < 2; i++) {
		writer = bytes_write(ret_data, capacity);
		put_head(&writer, clip, &place);
		place.data_at = bytes_written(&writer);
	}
	return writer.failed ? -EMSGSIZE : (int64_t)bytes_written(&writer);
}
