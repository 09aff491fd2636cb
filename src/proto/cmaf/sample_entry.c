#include "proto/cmaf/sample_entry.h"

#include <errno.h>

#include "proto/cmaf/boxes.h"

enum { PARAMETER_SETS_MAX = 16 };

enum nal_kind { H264_SPS = 7, H264_PPS = 8, H265_VPS = 32, H265_SPS = 33, H265_PPS = 34 };

struct nal_list {
	struct bytes nals[PARAMETER_SETS_MAX];
	unsigned count;
};

static unsigned kind_of(const struct cmaf_track *track, struct bytes nal)
{
	return track->codec == CODEC_H264 ? nal.data[0] & 0x1f : nal.data[0] >> 1 & 0x3f;
}

/* Splits the config: NAL units, each after its u32 size. */
static int list_nals(struct bytes config, struct nal_list *ret_list)
{
	struct bytes_reader reader = bytes_read(config.data, config.size);

	ret_list->count = 0;
	while (bytes_left(&reader) > 0) {
		uint32_t size = bytes_get_be32(&reader);
		const uint8_t *data = bytes_get(&reader, size);

		if (!data || size < 2 || size > UINT16_MAX || ret_list->count == PARAMETER_SETS_MAX)
			return -EBADMSG;
		ret_list->nals[ret_list->count++] = (struct bytes){data, size};
	}
	return 0;
}

static const struct bytes *first_of(const struct cmaf_track *track, const struct nal_list *list,
				    unsigned kind)
{
	for (unsigned i = 0; i < list->count; i++)
		if (kind_of(track, list->nals[i]) == kind)
			return &list->nals[i];
	return NULL;
}

static unsigned count_of(const struct cmaf_track *track, const struct nal_list *list, unsigned kind)
{
	unsigned count = 0;

	for (unsigned i = 0; i < list->count; i++)
		count += kind_of(track, list->nals[i]) == kind;
	return count;
}

static void put_all_of(struct bytes_writer *writer, const struct cmaf_track *track,
		       const struct nal_list *list, unsigned kind)
{
	for (unsigned i = 0; i < list->count; i++) {
		if (kind_of(track, list->nals[i]) != kind)
			continue;
		bytes_put_be16(writer, (uint16_t)list->nals[i].size);
		bytes_put(writer, list->nals[i].data, list->nals[i].size);
	}
}

/* ---- video ---- */

/* VisualSampleEntry (14496-12 §12.1.3). */
static struct box open_visual(struct bytes_writer *writer, const char type[4],
			      const struct cmaf_track *track)
{
	struct box entry = box_open(writer, type);

	box_put_zeros(writer, 6);
	bytes_put_be16(writer, 1); /* data reference */
	box_put_zeros(writer, 16);
	bytes_put_be16(writer, (uint16_t)track->width);
	bytes_put_be16(writer, (uint16_t)track->height);
	bytes_put_be32(writer, 0x480000); /* 72 dpi */
	bytes_put_be32(writer, 0x480000);
	bytes_put_be32(writer, 0);
	bytes_put_be16(writer, 1);
	box_put_zeros(writer, 32);
	bytes_put_be16(writer, 24);
	bytes_put_be16(writer, 0xffff);
	return entry;
}

/* avcC (14496-15 §5.3.3.1). The high profiles' extra fields say 4:2:0 with 8 bits, which is what
 * cameras send and browsers play. */
static int put_avc1(struct bytes_writer *writer, const struct cmaf_track *track)
{
	struct nal_list list;
	const struct bytes *sps;

	if (list_nals(track->config, &list) < 0 || !(sps = first_of(track, &list, H264_SPS)) ||
	    sps->size < 4 || !first_of(track, &list, H264_PPS))
		return -EBADMSG;

	struct box entry = open_visual(writer, "avc1", track);
	struct box avcc = box_open(writer, "avcC");

	bytes_put_u8(writer, 1);
	bytes_put(writer, sps->data + 1, 3); /* profile, compatibility, level */
	bytes_put_u8(writer, 0xff);          /* NAL units after sizes of 4 bytes */
	bytes_put_u8(writer, (uint8_t)(0xe0 | count_of(track, &list, H264_SPS)));
	put_all_of(writer, track, &list, H264_SPS);
	bytes_put_u8(writer, (uint8_t)count_of(track, &list, H264_PPS));
	put_all_of(writer, track, &list, H264_PPS);
	if (sps->data[1] >= 100)
		bytes_put_be32(writer, 0xfdf8f800);
	box_close(writer, avcc);
	box_close(writer, entry);
	return 0;
}

/* The first 12 bytes of profile_tier_level stand behind the SPS's header and one byte; emulation
 * prevention (H.265 §7.4.2) may stand between them. */
static int hevc_profile(const struct bytes *sps, uint8_t ret_profile[12])
{
	unsigned zeros = 0, count = 0;

	for (size_t i = 2; i < sps->size && count < 13; i++) {
		if (zeros >= 2 && sps->data[i] == 3) {
			zeros = 0;
			continue;
		}
		zeros = sps->data[i] ? 0 : zeros + 1;
		if (count++ > 0)
			ret_profile[count - 2] = sps->data[i];
	}
	return count == 13 ? 0 : -EBADMSG;
}

/* hvcC (14496-15 §8.3.3.1). */
static int put_hvc1(struct bytes_writer *writer, const struct cmaf_track *track)
{
	static const unsigned kinds[] = {H265_VPS, H265_SPS, H265_PPS};
	enum { MAIN_10 = 2 };
	struct nal_list list;
	const struct bytes *sps;
	uint8_t profile[12];

	if (list_nals(track->config, &list) < 0 || !(sps = first_of(track, &list, H265_SPS)) ||
	    hevc_profile(sps, profile) < 0)
		return -EBADMSG;

	uint8_t depth = (profile[0] & 0x1f) == MAIN_10 ? 2 : 0;
	struct box entry = open_visual(writer, "hvc1", track);
	struct box hvcc = box_open(writer, "hvcC");

	bytes_put_u8(writer, 1);
	bytes_put(writer, profile, sizeof(profile));
	bytes_put_be16(writer, 0xf000); /* segmentation: unknown */
	bytes_put_u8(writer, 0xfc);     /* parallelism: unknown */
	bytes_put_u8(writer, 0xfd);     /* 4:2:0 */
	bytes_put_u8(writer, 0xf8 | depth);
	bytes_put_u8(writer, 0xf8 | depth);
	bytes_put_be16(writer, 0);  /* frame rate: unknown */
	bytes_put_u8(writer, 0x0f); /* one temporal layer, nested, sizes of 4 bytes */
	bytes_put_u8(writer, ARRAY_COUNT(kinds));
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		bytes_put_u8(writer, (uint8_t)(0x80 | kinds[i]));
		bytes_put_be16(writer, (uint16_t)count_of(track, &list, kinds[i]));
		put_all_of(writer, track, &list, kinds[i]);
	}
	box_close(writer, hvcc);
	box_close(writer, entry);
	return 0;
}

/* ---- audio ---- */

/* AudioSampleEntry (14496-12 §12.2.3). */
static struct box open_audio(struct bytes_writer *writer, const char type[4],
			     const struct cmaf_track *track)
{
	struct box entry = box_open(writer, type);

	box_put_zeros(writer, 6);
	bytes_put_be16(writer, 1);
	box_put_zeros(writer, 8);
	bytes_put_be16(writer, (uint16_t)track->channels);
	bytes_put_be16(writer, 16);
	bytes_put_be32(writer, 0);
	/* 16.16; a rate that does not fit stands in the codec's own config */
	bytes_put_be32(writer, track->timescale <= UINT16_MAX ? track->timescale << 16 : 0);
	return entry;
}

/* esds (14496-1 §7.2.6): ES_Descriptor, DecoderConfig, DecoderSpecificInfo, SLConfig. */
static int put_mp4a(struct bytes_writer *writer, const struct cmaf_track *track)
{
	enum {
		CONFIG_MAX = 64,
		ES = 3,
		DECODER_CONFIG = 4,
		SPECIFIC_INFO = 5,
		SL_CONFIG = 6,
		AAC = 0x40
	};
	size_t size = track->config.size;

	if (size < 2 || size > CONFIG_MAX)
		return -EBADMSG;

	struct box entry = open_audio(writer, "mp4a", track);
	struct box esds = box_open_full(writer, "esds", 0, 0);

	bytes_put_u8(writer, ES);
	bytes_put_u8(writer, (uint8_t)(3 + 2 + 13 + 2 + size + 3));
	bytes_put_be24(writer, 0x000100); /* id 1, no flags */
	bytes_put_u8(writer, DECODER_CONFIG);
	bytes_put_u8(writer, (uint8_t)(13 + 2 + size));
	bytes_put_u8(writer, AAC);
	bytes_put_u8(writer, 0x15); /* audio stream */
	box_put_zeros(writer, 11);  /* buffer and bit rates: unknown */
	bytes_put_u8(writer, SPECIFIC_INFO);
	bytes_put_u8(writer, (uint8_t)size);
	bytes_put(writer, track->config.data, size);
	bytes_put_u8(writer, SL_CONFIG);
	bytes_put_be16(writer, 0x0102);
	box_close(writer, esds);
	box_close(writer, entry);
	return 0;
}

/* dOps (Opus in ISOBMFF §4.3.2). */
static int put_opus(struct bytes_writer *writer, const struct cmaf_track *track)
{
	struct box entry = open_audio(writer, "Opus", track);
	struct box dops = box_open(writer, "dOps");

	bytes_put_u8(writer, 0);
	bytes_put_u8(writer, (uint8_t)track->channels);
	bytes_put_be16(writer, 312); /* pre-skip: 6.5 ms, as encoders do */
	bytes_put_be32(writer, 48000);
	bytes_put_be16(writer, 0);
	bytes_put_u8(writer, 0);
	box_close(writer, dops);
	box_close(writer, entry);
	return 0;
}

static int put_ulaw(struct bytes_writer *writer, const struct cmaf_track *track)
{
	box_close(writer, open_audio(writer, "ulaw", track));
	return 0;
}

static int put_alaw(struct bytes_writer *writer, const struct cmaf_track *track)
{
	box_close(writer, open_audio(writer, "alaw", track));
	return 0;
}

static int (*const entries[CODEC_COUNT])(struct bytes_writer *, const struct cmaf_track *) = {
	[CODEC_H264] = put_avc1, [CODEC_H265] = put_hvc1, [CODEC_AAC] = put_mp4a,
	[CODEC_OPUS] = put_opus, [CODEC_PCMU] = put_ulaw, [CODEC_PCMA] = put_alaw,
};

int sample_entry_put(struct bytes_writer *writer, const struct cmaf_track *track)
{
	if (track->codec >= CODEC_COUNT || !entries[track->codec])
		return -ENOTSUP;
	return entries[track->codec](writer, track);
}
