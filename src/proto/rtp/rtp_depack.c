#include "proto/rtp/rtp_depack.h"

#include <errno.h>

#include "proto/rtp/h264.h"
#include "proto/rtp/h265.h"
#include "proto/rtp/rtp_h264.h"
#include "proto/rtp/rtp_h265.h"

struct depack_ops {
	void (*push)(struct rtp_depack *depack, const struct rtp_packet *packet, bool after_gap);
	bool (*next)(struct rtp_depack *depack, struct rtp_frame *ret_frame);
};

static void push_video(struct rtp_depack *depack, const struct rtp_packet *packet, bool after_gap)
{
	rtp_video_push(&depack->video, packet, after_gap);
}

static bool next_video(struct rtp_depack *depack, struct rtp_frame *ret_frame)
{
	return rtp_video_next(&depack->video, ret_frame);
}

static void push_aac(struct rtp_depack *depack, const struct rtp_packet *packet, bool after_gap)
{
	rtp_aac_push(&depack->aac, packet, after_gap);
}

static bool next_aac(struct rtp_depack *depack, struct rtp_frame *ret_frame)
{
	return rtp_aac_next(&depack->aac, ret_frame);
}

static void push_g711(struct rtp_depack *depack, const struct rtp_packet *packet, bool after_gap)
{
	rtp_g711_push(&depack->g711, packet, after_gap);
}

static bool next_g711(struct rtp_depack *depack, struct rtp_frame *ret_frame)
{
	return rtp_g711_next(&depack->g711, ret_frame);
}

/* RFC 7587 §4.2: exactly one Opus packet in each. */
static void push_opus(struct rtp_depack *depack, const struct rtp_packet *packet, bool after_gap)
{
	depack->opus.packet = *packet;
	depack->opus.has_packet = packet->payload.size > 0;
	depack->opus.has_gap = depack->opus.has_gap || after_gap;
}

static bool next_opus(struct rtp_depack *depack, struct rtp_frame *ret_frame)
{
	if (!depack->opus.has_packet)
		return false;
	*ret_frame = (struct rtp_frame){
		.timestamp = depack->opus.packet.timestamp,
		.is_key = true,
		.after_gap = depack->opus.has_gap,
		.data = depack->opus.packet.payload.data,
		.size = depack->opus.packet.payload.size,
	};
	depack->opus.has_packet = false;
	depack->opus.has_gap = false;
	return true;
}

static const struct depack_ops codecs[CODEC_COUNT] = {
	[CODEC_H264] = {push_video, next_video}, [CODEC_H265] = {push_video, next_video},
	[CODEC_AAC] = {push_aac, next_aac},      [CODEC_OPUS] = {push_opus, next_opus},
	[CODEC_PCMU] = {push_g711, next_g711},   [CODEC_PCMA] = {push_g711, next_g711},
};

int rtp_depack_init(struct rtp_depack *depack, const struct rtp_depack_options *options,
		    uint8_t *buffer, size_t capacity)
{
	if (options->codec >= CODEC_COUNT || !codecs[options->codec].next)
		return -EPROTONOSUPPORT;
	memset(depack, 0, sizeof(*depack));
	depack->codec = options->codec;
	if (options->codec == CODEC_H264)
		rtp_video_init(&depack->video, h264_inspect_nal, rtp_h264_unpack, buffer, capacity);
	if (options->codec == CODEC_H265)
		rtp_video_init(&depack->video, h265_inspect_nal, rtp_h265_unpack, buffer, capacity);
	depack->video.has_donl = options->has_donl;
	return options->codec == CODEC_AAC ? rtp_aac_init(&depack->aac, &options->aac) : 0;
}

void rtp_depack_push(struct rtp_depack *depack, const struct rtp_packet *packet, bool after_gap)
{
	codecs[depack->codec].push(depack, packet, after_gap);
}

bool rtp_depack_next(struct rtp_depack *depack, struct rtp_frame *ret_frame)
{
	return codecs[depack->codec].next(depack, ret_frame);
}

uint64_t rtp_depack_broken(const struct rtp_depack *depack)
{
	return depack->video.broken + (depack->codec == CODEC_AAC ? depack->aac.broken : 0);
}
