#include <errno.h>
#include <stdio.h>

#include "proto/cmaf/boxes.h"
#include "proto/cmaf/cmaf.h"
#include "proto/cmaf/sample_entry.h"

static const uint32_t unity_matrix[9] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};

static bool is_video(const struct cmaf_track *track)
{
	return track->codec == CODEC_H264 || track->codec == CODEC_H265;
}

uint32_t cmaf_timescale(const struct ipc_track *track)
{
	if (track->codec == CODEC_H264 || track->codec == CODEC_H265)
		return CMAF_TIMESCALE_VIDEO;
	return track->codec == CODEC_OPUS ? 48000 : track->clock_hz;
}

static void put_matrix(struct bytes_writer *writer)
{
	for (size_t i = 0; i < ARRAY_COUNT(unity_matrix); i++)
		bytes_put_be32(writer, unity_matrix[i]);
}

static void put_ftyp(struct bytes_writer *writer)
{
	struct box ftyp = box_open(writer, "ftyp");

	bytes_put(writer, "iso6\0\0\0\0iso6cmfccmf2mp41", 24);
	box_close(writer, ftyp);
}

/* §8.2.2 */
static void put_mvhd(struct bytes_writer *writer)
{
	struct box mvhd = box_open_full(writer, "mvhd", 0, 0);

	box_put_zeros(writer, 8);
	bytes_put_be32(writer, 1000);
	bytes_put_be32(writer, 0);
	bytes_put_be32(writer, 0x10000); /* rate 1.0 */
	bytes_put_be16(writer, 0x100);   /* volume 1.0 */
	box_put_zeros(writer, 10);
	put_matrix(writer);
	box_put_zeros(writer, 24);
	bytes_put_be32(writer, 2); /* next track */
	box_close(writer, mvhd);
}

/* §8.3.2 */
static void put_tkhd(struct bytes_writer *writer, const struct cmaf_track *track)
{
	enum { ENABLED_IN_MOVIE = 3 };
	struct box tkhd = box_open_full(writer, "tkhd", 0, ENABLED_IN_MOVIE);

	box_put_zeros(writer, 8);
	bytes_put_be32(writer, 1); /* track id */
	box_put_zeros(writer, 16);
	bytes_put_be32(writer, 0); /* layer, alternate group */
	bytes_put_be16(writer, is_video(track) ? 0 : 0x100);
	bytes_put_be16(writer, 0);
	put_matrix(writer);
	bytes_put_be32(writer, track->width << 16);
	bytes_put_be32(writer, track->height << 16);
	box_close(writer, tkhd);
}

/* §8.4.2, §8.4.3 */
static void put_media_header(struct bytes_writer *writer, const struct cmaf_track *track)
{
	struct box mdhd = box_open_full(writer, "mdhd", 0, 0);

	box_put_zeros(writer, 8);
	bytes_put_be32(writer, track->timescale);
	bytes_put_be32(writer, 0);
	bytes_put_be32(writer, 0x55c40000); /* language "und" */
	box_close(writer, mdhd);
	box_put_handler(writer, is_video(track));
}

/* §8.6, §8.7: the tables of a fragmented file are empty. */
static int put_stbl(struct bytes_writer *writer, const struct cmaf_track *track)
{
	static const char empty[][4] = {
		{'s', 't', 't', 's'}, {'s', 't', 's', 'c'}, {'s', 't', 'c', 'o'}};
	struct box stbl = box_open(writer, "stbl");
	struct box stsd = box_open_full(writer, "stsd", 0, 0);

	bytes_put_be32(writer, 1);
	int error = sample_entry_put(writer, track);

	box_close(writer, stsd);
	for (size_t i = 0; i < ARRAY_COUNT(empty); i++) {
		struct box box = box_open_full(writer, empty[i], 0, 0);

		bytes_put_be32(writer, 0);
		box_close(writer, box);
	}

	struct box stsz = box_open_full(writer, "stsz", 0, 0);

	box_put_zeros(writer, 8);
	box_close(writer, stsz);
	box_close(writer, stbl);
	return error;
}

static int put_minf(struct bytes_writer *writer, const struct cmaf_track *track)
{
	struct box minf = box_open(writer, "minf");
	struct box head =
		box_open_full(writer, is_video(track) ? "vmhd" : "smhd", 0, is_video(track));

	box_put_zeros(writer, is_video(track) ? 8 : 4);
	box_close(writer, head);
	box_put_place(writer);
	int error = put_stbl(writer, track);

	box_close(writer, minf);
	return error;
}

/* §8.8.1, §8.8.3 */
static void put_mvex(struct bytes_writer *writer)
{
	struct box mvex = box_open(writer, "mvex");
	struct box trex = box_open_full(writer, "trex", 0, 0);

	bytes_put_be32(writer, 1);
	bytes_put_be32(writer, 1);
	box_put_zeros(writer, 12);
	box_close(writer, trex);
	box_close(writer, mvex);
}

static int put_moov(struct bytes_writer *writer, const struct cmaf_track *track)
{
	struct box moov = box_open(writer, "moov");

	put_mvhd(writer);
	struct box trak = box_open(writer, "trak");

	put_tkhd(writer, track);
	struct box mdia = box_open(writer, "mdia");

	put_media_header(writer, track);
	int error = put_minf(writer, track);

	box_close(writer, mdia);
	box_close(writer, trak);
	put_mvex(writer);
	box_close(writer, moov);
	return error;
}

int cmaf_build_init(const struct cmaf_track *track, uint8_t *ret_data, size_t capacity)
{
	struct bytes_writer writer = bytes_write(ret_data, capacity);

	if (track->timescale == 0 || track->width > UINT16_MAX || track->height > UINT16_MAX ||
	    track->channels > UINT8_MAX)
		return -EBADMSG;
	put_ftyp(&writer);
	int error = put_moov(&writer, track);

	if (error < 0)
		return error;
	return writer.failed ? -EBADMSG : (int)bytes_written(&writer);
}
