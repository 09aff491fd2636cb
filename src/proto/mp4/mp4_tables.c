#include "proto/mp4/mp4_tables.h"

#include "proto/cmaf/boxes.h"

/* Goes over the samples of one track in order. */
struct walk {
	const struct mp4_clip *clip;
	unsigned track;
	uint32_t part, sample; /* the next ones */
};

static const struct mp4_part *next_part(struct walk *walk)
{
	while (walk->part < walk->clip->part_count) {
		const struct mp4_part *part = &walk->clip->parts[walk->part++];

		if (part->track == walk->track)
			return part;
	}
	return NULL;
}

static const struct mp4_clip_sample *next_sample(struct walk *walk)
{
	const struct mp4_part *part = walk->part ? &walk->clip->parts[walk->part - 1] : NULL;

	if (!part || walk->sample == part->sample_count) {
		part = next_part(walk);
		walk->sample = 0;
	}
	return part ? &walk->clip->samples[part->sample + walk->sample++] : NULL;
}

/* A table whose rows are counted while they are written. */
struct table {
	struct box box;
	uint8_t *count_at;
	uint32_t count;
};

static struct table open_table(struct bytes_writer *writer, const char type[4])
{
	struct box box = box_open_full(writer, type, 0, 0);

	return (struct table){.box = box, .count_at = bytes_reserve(writer, 4)};
}

static void close_table(struct bytes_writer *writer, const struct table *table)
{
	if (writer->failed)
		return;
	struct bytes_writer count = bytes_write(table->count_at, 4);

	bytes_put_be32(&count, table->count);
	box_close(writer, table->box);
}

/* How often the same value came in a row. */
struct run {
	uint32_t value, count;
};

static void end_run(struct bytes_writer *writer, struct table *table, struct run *run)
{
	if (run->count == 0)
		return;
	bytes_put_be32(writer, run->count);
	bytes_put_be32(writer, run->value);
	table->count++;
	run->count = 0;
}

typedef uint32_t value_fn(const struct mp4_clip_track *track, const struct mp4_clip_sample *sample);

static uint32_t duration_of(const struct mp4_clip_track *track,
			    const struct mp4_clip_sample *sample)
{
	(void)track;
	return sample->duration;
}

/* Never negative: players that know version 0 only play it too. */
static uint32_t composition_of(const struct mp4_clip_track *track,
			       const struct mp4_clip_sample *sample)
{
	return (uint32_t)((int64_t)sample->composition + track->advance);
}

static void put_runs(struct bytes_writer *writer, struct walk walk, const char type[4],
		     value_fn *value_of)
{
	const struct mp4_clip_track *track = &walk.clip->tracks[walk.track];
	struct table table = open_table(writer, type);
	const struct mp4_clip_sample *sample;
	struct run run = {0};

	while ((sample = next_sample(&walk))) {
		uint32_t value = value_of(track, sample);

		if (value != run.value)
			end_run(writer, &table, &run);
		run.value = value;
		run.count++;
	}
	end_run(writer, &table, &run);
	close_table(writer, &table);
}

static bool has_compositions(struct walk walk)
{
	const struct mp4_clip_sample *sample;

	while ((sample = next_sample(&walk)))
		if (sample->composition)
			return true;
	return false;
}

static bool has_only_keys(struct walk walk)
{
	const struct mp4_clip_sample *sample;

	while ((sample = next_sample(&walk)))
		if (!sample->is_key)
			return false;
	return true;
}

/* §8.6.2: the numbers, from 1, of the key frames */
static void put_stss(struct bytes_writer *writer, struct walk walk)
{
	struct table table = open_table(writer, "stss");
	const struct mp4_clip_sample *sample;

	for (uint32_t number = 1; (sample = next_sample(&walk)); number++) {
		if (!sample->is_key)
			continue;
		bytes_put_be32(writer, number);
		table.count++;
	}
	close_table(writer, &table);
}

/* §8.7.4: one chunk a part */
static void put_stsc(struct bytes_writer *writer, struct walk walk,
		     const uint8_t order[MP4_CLIP_ENTRIES_MAX])
{
	struct table table = open_table(writer, "stsc");
	const struct mp4_part *part;
	uint32_t samples = 0;
	uint8_t entry = 0;

	for (uint32_t chunk = 1; (part = next_part(&walk)); chunk++) {
		if (part->sample_count == samples && order[part->entry] == entry)
			continue;
		samples = part->sample_count;
		entry = order[part->entry];
		bytes_put_be32(writer, chunk);
		bytes_put_be32(writer, samples);
		bytes_put_be32(writer, entry);
		table.count++;
	}
	close_table(writer, &table);
}

/* §8.7.3.2 */
static void put_stsz(struct bytes_writer *writer, struct walk walk)
{
	struct box stsz = box_open_full(writer, "stsz", 0, 0);

	bytes_put_be32(writer, 0); /* each has its own size */
	struct table table = {.box = stsz, .count_at = bytes_reserve(writer, 4)};
	const struct mp4_clip_sample *sample;

	while ((sample = next_sample(&walk))) {
		bytes_put_be32(writer, sample->size);
		table.count++;
	}
	close_table(writer, &table);
}

/* §8.7.5 */
static void put_offsets(struct bytes_writer *writer, struct walk walk,
			const struct mp4_tables_place *place)
{
	struct table table = open_table(writer, place->is_large ? "co64" : "stco");
	const struct mp4_part *part;

	while ((part = next_part(&walk))) {
		bytes_put_be(writer, place->data_at + part->at, place->is_large ? 8 : 4);
		table.count++;
	}
	close_table(writer, &table);
}

/* §8.5.2. The track's own formats, in the order in which they came; where in it each stands. */
static void put_stsd(struct bytes_writer *writer, const struct mp4_clip *clip, unsigned track,
		     uint8_t ret_order[MP4_CLIP_ENTRIES_MAX])
{
	struct table table = open_table(writer, "stsd");

	for (unsigned i = 0; i < clip->entry_count; i++) {
		if (clip->entries[i].track != track)
			continue;
		bytes_put(writer, clip->entry_bytes + clip->entries[i].at, clip->entries[i].size);
		ret_order[i] = (uint8_t)++table.count;
	}
	close_table(writer, &table);
}

void mp4_tables_put(struct bytes_writer *writer, const struct mp4_clip *clip, unsigned track,
		    const struct mp4_tables_place *place)
{
	struct walk walk = {.clip = clip, .track = track};
	uint8_t order[MP4_CLIP_ENTRIES_MAX] = {0};
	struct box stbl = box_open(writer, "stbl");

	put_stsd(writer, clip, track, order);
	put_runs(writer, walk, "stts", duration_of);
	if (has_compositions(walk))
		put_runs(writer, walk, "ctts", composition_of);
	if (!has_only_keys(walk))
		put_stss(writer, walk);
	put_stsc(writer, walk, order);
	put_stsz(writer, walk);
	put_offsets(writer, walk, place);
	box_close(writer, stbl);
}
