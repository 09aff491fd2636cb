#include "proto/mp4/mp4_clip.h"

#include <assert.h>
#include <errno.h>

#include "proto/mp4/mp4_flac.h"

enum { US_PER_S = 1000000 };

uint64_t mp4_clip_rescale(uint64_t time, uint32_t from, uint32_t to)
{
	return time / from * to + time % from * to / from;
}

static uint64_t to_units(uint64_t us, uint32_t timescale)
{
	return mp4_clip_rescale(us, US_PER_S, timescale);
}

void mp4_clip_init(struct mp4_clip *clip, uint64_t from_us, uint64_t to_us,
		   const struct mp4_clip_room *room)
{
	*clip = (struct mp4_clip){.from_us = from_us,
				  .to_us = to_us,
				  .samples = room->samples,
				  .parts = room->parts,
				  .sample_capacity = room->sample_capacity,
				  .part_capacity = room->part_capacity};
}

/* ---- formats ---- */

static bool is_entry(const struct mp4_clip *clip, const struct mp4_clip_entry *entry,
		     unsigned track, const struct mp4_init *init, enum g711_law law)
{
	return entry->track == track && entry->law == law && entry->timescale == init->timescale &&
	       entry->size == init->entry.size &&
	       memcmp(clip->entry_bytes + entry->at, init->entry.data, entry->size) == 0;
}

static int add_entry(struct mp4_clip *clip, unsigned track, const struct mp4_init *init,
		     enum g711_law law)
{
	for (unsigned i = 0; i < clip->entry_count; i++)
		if (is_entry(clip, &clip->entries[i], track, init, law))
			return (int)i;
	if (clip->entry_count == MP4_CLIP_ENTRIES_MAX ||
	    init->entry.size > MP4_CLIP_ENTRY_BYTES - clip->entry_size)
		return -EMSGSIZE;
	clip->entries[clip->entry_count] =
		(struct mp4_clip_entry){.at = (uint16_t)clip->entry_size,
					.size = (uint16_t)init->entry.size,
					.track = (uint8_t)track,
					.law = (uint8_t)law,
					.timescale = init->timescale};
	memcpy(clip->entry_bytes + clip->entry_size, init->entry.data, init->entry.size);
	clip->entry_size += (unsigned)init->entry.size;
	return (int)clip->entry_count++;
}

int mp4_clip_add_init(struct mp4_clip *clip, unsigned track, struct bytes data)
{
	uint8_t flac[FLAC_ENTRY_SIZE];
	struct bytes_writer writer = bytes_write(flac, sizeof(flac));
	struct mp4_init init;

	if (track >= MP4_CLIP_TRACKS_MAX)
		return -EINVAL;
	if (mp4_read_init(data, &init) < 0)
		return -EBADMSG;

	struct mp4_clip_track *of = &clip->tracks[track];

	if (of->is_used && of->is_video != init.is_video)
		return -EINVAL;
	enum g711_law law = init.is_video ? G711_NONE : mp4_flac_law(init.entry);

	if (law != G711_NONE) {
		flac_put_entry(&writer, mp4_flac_hz(init.entry));
		init.entry = (struct bytes){flac, sizeof(flac)};
	}
	int entry = add_entry(clip, track, &init, law);

	if (entry < 0 || of->is_used)
		return entry;
	of->is_used = true;
	of->is_video = init.is_video;
	of->timescale = init.timescale;
	of->width = init.width;
	of->height = init.height;
	return entry;
}

/* ---- fragments ---- */

/* A fragment on its way into the clip. */
struct taking {
	const struct mp4_fragment *fragment;
	struct mp4_clip_track *track;
	uint32_t timescale;  /* the fragment's, which may differ from the track's */
	uint64_t from, to;   /* in that timescale */
	uint32_t first, end; /* samples taken */
	uint64_t first_dts;  /* of sample `first` */
	uint32_t skip;       /* bytes of the samples before */
	enum g711_law law;
};

static uint64_t pts_of(uint64_t dts, const struct mp4_sample *sample)
{
	int64_t pts = (int64_t)dts + sample->composition;

	return pts < 0 ? 0 : (uint64_t)pts;
}

/* May the clip begin with this sample? */
static bool may_begin(const struct taking *taking, const struct mp4_sample *sample, uint64_t dts)
{
	uint64_t lead = (uint64_t)taking->timescale * MP4_CLIP_LEAD_MS / 1000;

	if (taking->track->has_samples)
		return true;
	if (taking->track->is_video)
		return sample->is_key;
	return pts_of(dts, sample) + lead >= taking->from;
}

/* Decides which samples are taken: one run. The last one is the last in decoding order that is
 * shown before the end, so pictures that others need stay, hidden by the edit list. */
static void choose(struct taking *taking)
{
	uint64_t dts = taking->fragment->decode_time;
	uint32_t count = taking->fragment->sample_count;
	bool has_begun = false;

	taking->first = taking->end = count;
	for (uint32_t i = 0; i < count; i++) {
		struct mp4_sample sample = mp4_sample_of(taking->fragment, i);

		if (!has_begun && may_begin(taking, &sample, dts)) {
			has_begun = true;
			taking->first = i;
			taking->end = i;
			taking->first_dts = dts;
		} else if (!has_begun) {
			taking->skip += sample.size;
		}
		if (has_begun && pts_of(dts, &sample) < taking->to)
			taking->end = i + 1;
		dts += sample.duration;
	}
}

/* The picture that is seen at the clip's first moment: the newest one that is not after it. */
static void note_shown(const struct mp4_clip *clip, struct mp4_clip_track *track, uint64_t pts,
		       uint64_t duration)
{
	uint64_t from = to_units(clip->from_us, track->timescale);

	if (!track->is_video)
		return;
	if (pts > from) {
		if (!track->after_pts || pts < track->after_pts)
			track->after_pts = pts;
	} else if (!track->has_shown || pts > track->shown_pts) {
		track->has_shown = true;
		track->shown_pts = pts;
		track->shown_end = pts + duration;
	}
}

/* Decoding times only go up: what was recorded while the clock was set back is squeezed in. */
static uint64_t settle_dts(struct mp4_clip *clip, struct mp4_clip_track *track, uint64_t dts)
{
	if (!track->has_samples) {
		track->first_dts = dts;
	} else {
		if (dts <= track->last_dts)
			dts = track->last_dts + 1;
		uint64_t duration = dts - track->last_dts;

		clip->samples[track->last_sample].duration =
			duration > UINT32_MAX ? UINT32_MAX : (uint32_t)duration;
		dts = track->last_dts + clip->samples[track->last_sample].duration;
	}
	track->last_dts = dts;
	track->last_sample = clip->sample_count;
	return dts;
}

static void add_sample(struct mp4_clip *clip, struct taking *taking,
		       const struct mp4_sample *sample, uint64_t dts)
{
	struct mp4_clip_track *track = taking->track;
	uint32_t from = taking->timescale, to = track->timescale;
	uint64_t pts = pts_of(dts, sample), scaled = mp4_clip_rescale(dts, from, to);
	int64_t composition = (int64_t)mp4_clip_rescale(pts, from, to) - (int64_t)scaled;
	uint64_t settled = settle_dts(clip, track, scaled);

	pts = (uint64_t)((int64_t)settled + composition);
	if (!track->has_samples || pts < track->first_pts)
		track->first_pts = pts;
	if (composition < 0 && (uint64_t)-composition > track->advance)
		track->advance = (uint32_t)-composition;

	uint64_t duration = mp4_clip_rescale(sample->duration, from, to);

	note_shown(clip, track, pts, duration);
	if (pts + duration > track->end_pts)
		track->end_pts = pts + duration;
	clip->samples[clip->sample_count++] =
		(struct mp4_clip_sample){.size = sample->size,
					 .duration = (uint32_t)duration,
					 .composition = (int32_t)composition,
					 .is_key = sample->is_key};
	track->has_samples = true;
}

static uint32_t add_samples(struct mp4_clip *clip, struct taking *taking)
{
	uint64_t dts = taking->first_dts, at = taking->skip;
	uint32_t size = 0;

	for (uint32_t i = taking->first; i < taking->end; i++) {
		struct mp4_sample sample = mp4_sample_of(taking->fragment, i);
		uint32_t bytes = sample.size;

		if (taking->law != G711_NONE)
			sample.size = (uint32_t)flac_frame_size(at, bytes);
		at += bytes;
		add_sample(clip, taking, &sample, dts);
		dts += sample.duration;
		size += sample.size;
	}
	return size;
}

int mp4_clip_add_fragment(struct mp4_clip *clip, const struct mp4_clip_fragment *added)
{
	struct mp4_fragment fragment;

	assert(added->entry < clip->entry_count);
	if (mp4_read_fragment(added->head, &fragment) < 0)
		return -EBADMSG;

	const struct mp4_clip_entry *entry = &clip->entries[added->entry];
	struct taking taking = {.fragment = &fragment,
				.track = &clip->tracks[entry->track],
				.timescale = entry->timescale,
				.law = entry->law,
				.from = to_units(clip->from_us, entry->timescale),
				.to = to_units(clip->to_us, entry->timescale)};

	if (taking.law != G711_NONE && mp4_flac_size(&fragment, 0, fragment.sample_count) < 0)
		return -EBADMSG;
	choose(&taking);
	if (taking.first >= taking.end)
		return 0;
	if (clip->part_count == clip->part_capacity ||
	    taking.end - taking.first > clip->sample_capacity - clip->sample_count)
		return -EMSGSIZE;

	struct mp4_part *part = &clip->parts[clip->part_count++];

	*part = (struct mp4_part){.fragment = added->number,
				  .at = clip->data_size,
				  .skip = fragment.data_at + taking.skip,
				  .sample = clip->sample_count,
				  .sample_count = taking.end - taking.first,
				  .track = entry->track,
				  .entry = (uint8_t)added->entry};
	part->size = add_samples(clip, &taking);
	clip->data_size += part->size;
	return 0;
}

/* ---- the whole ---- */

static uint64_t to_movie(const struct mp4_clip_track *track, uint64_t time)
{
	return mp4_clip_rescale(time, track->timescale, MP4_CLIP_TIMESCALE);
}

/* No hole lies between the picture and the clip's first moment. */
static bool is_shown(const struct mp4_clip *clip, const struct mp4_clip_track *track)
{
	uint64_t hole = (uint64_t)track->timescale * MP4_CLIP_HOLE_MS / 1000;

	return track->has_shown &&
	       (track->shown_end > to_units(clip->from_us, track->timescale) ||
		(track->after_pts && track->after_pts - track->shown_pts <= hole));
}

/* The picture that is seen at `from`; without one, `from` or the first that there is after it. */
int mp4_clip_finish(struct mp4_clip *clip)
{
	uint64_t from = to_units(clip->from_us, MP4_CLIP_TIMESCALE), first = UINT64_MAX;

	if (clip->sample_count == 0)
		return -ENOENT;
	for (unsigned i = 0; i < MP4_CLIP_TRACKS_MAX; i++) {
		const struct mp4_clip_track *track = &clip->tracks[i];

		if (is_shown(clip, track)) {
			clip->start = to_movie(track, track->shown_pts);
			return 0;
		}
		if (track->has_samples && to_movie(track, track->first_pts) < first)
			first = to_movie(track, track->first_pts);
	}
	clip->start = first > from ? first : from;
	return 0;
}

size_t mp4_clip_part_room(const struct mp4_clip *clip, const struct mp4_part *part)
{
	return clip->entries[part->entry].law == G711_NONE ? 0 : part->size;
}

int mp4_clip_part(const struct mp4_clip *clip, const struct mp4_part *part, struct bytes fragment,
		  uint8_t *room, struct bytes *ret_bytes)
{
	enum g711_law law = clip->entries[part->entry].law;
	struct bytes_writer writer = bytes_write(room, part->size);

	if (law == G711_NONE && fragment.size < (uint64_t)part->skip + part->size)
		return -EBADMSG;
	if (law == G711_NONE) {
		*ret_bytes = (struct bytes){fragment.data + part->skip, part->size};
		return 0;
	}
	if (mp4_flac_put_samples(&writer, fragment, law, part->skip, part->sample_count) < 0 ||
	    bytes_written(&writer) != part->size)
		return -EBADMSG;
	*ret_bytes = (struct bytes){room, part->size};
	return 0;
}

const struct mp4_part *mp4_clip_find_part(const struct mp4_clip *clip, uint64_t at)
{
	uint32_t low = 0, high = clip->part_count;

	assert(at < clip->data_size);
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (clip->parts[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return &clip->parts[low];
}
