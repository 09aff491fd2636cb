#include "cam/cam_track.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "proto/rtp/h264.h"
#include "proto/rtp/h265.h"

enum { OPUS_CHANNELS = 2, AAC_LC = 2 };

static bool is_video(const struct cam_track *track)
{
	return track->format.codec == CODEC_H264 || track->format.codec == CODEC_H265;
}

/* ---- what the SDP says ---- */

/* Parameter sets, base64, comma separated (RFC 6184 §8.1, RFC 7798 §7.1). Broken ones are skipped:
 * those in the stream will do. */
static void add_params(struct cam_track *track, struct slice fmtp, const char *name)
{
	uint8_t nal[NAL_PARAMS_SIZE_MAX];
	struct slice list;

	if (!rtsp_sdp_parameter(fmtp, name, &list))
		return;
	while (list.size) {
		struct slice set = slice_trim(slice_cut(&list, ','));
		int size = slice_decode_base64(set, nal, sizeof(nal));

		if (size > 0)
			rtp_video_add_params(&track->depack.video, nal, (size_t)size);
	}
}

static uint8_t bit_count(struct slice fmtp, const char *name, uint8_t otherwise)
{
	struct slice value;
	uint32_t count;

	if (!rtsp_sdp_parameter(fmtp, name, &value) || slice_parse_u32(value, 32, &count) < 0)
		return otherwise;
	return (uint8_t)count;
}

static struct rtp_aac_options aac_options(struct slice fmtp)
{
	struct slice mode;
	bool is_low = rtsp_sdp_parameter(fmtp, "mode", &mode) && slice_equals(mode, "AAC-lbr");
	const struct rtp_aac_options *otherwise = is_low ? &rtp_aac_lbr : &rtp_aac_hbr;

	return (struct rtp_aac_options){
		.size_bits = bit_count(fmtp, "sizelength", otherwise->size_bits),
		.index_bits = bit_count(fmtp, "indexlength", otherwise->index_bits),
		.delta_bits = bit_count(fmtp, "indexdeltalength", otherwise->delta_bits),
	};
}

/* A camera that leaves the config out means AAC-LC at the rate it names. */
static size_t make_aac_config(const struct rtsp_sdp_media *media, uint8_t ret_config[2])
{
	static const uint32_t rates_hz[] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
					    22050, 16000, 12000, 11025, 8000,  7350};

	for (unsigned i = 0; i < ARRAY_COUNT(rates_hz); i++) {
		if (rates_hz[i] != media->clock_hz || media->channels > 6)
			continue;
		ret_config[0] = (uint8_t)(AAC_LC << 3 | i >> 1);
		ret_config[1] = (uint8_t)((i & 1) << 7 | media->channels << 3);
		return 2;
	}
	return 0;
}

static int read_aac(struct cam_track *track, const struct rtsp_sdp_media *media)
{
	struct slice hex;
	struct aac_config config;
	int size = 0;

	if (rtsp_sdp_parameter(media->fmtp, "config", &hex))
		size = slice_decode_hex(hex, track->config, sizeof(track->config));
	if (size <= 0)
		size = (int)make_aac_config(media, track->config);
	if (size == 0 || aac_parse_config(track->config, (size_t)size, &config) < 0)
		return -EPROTONOSUPPORT;
	track->format.config = track->config;
	track->format.config_size = (size_t)size;
	track->format.channels = config.channels;
	return 0;
}

static int read_media(struct cam_track *track, const struct rtsp_sdp_media *media)
{
	bool is_g711 = media->codec == CODEC_PCMU || media->codec == CODEC_PCMA;

	if (is_g711 && (media->clock_hz != 8000 || media->channels != 1))
		return -EPROTONOSUPPORT;
	if (media->codec == CODEC_AAC)
		return read_aac(track, media);
	if (media->codec == CODEC_OPUS)
		track->format.channels = OPUS_CHANNELS;
	return 0;
}

static void read_params(struct cam_track *track, const struct rtsp_sdp_media *media)
{
	if (media->codec == CODEC_H264)
		add_params(track, media->fmtp, "sprop-parameter-sets");
	if (media->codec != CODEC_H265)
		return;
	add_params(track, media->fmtp, "sprop-vps");
	add_params(track, media->fmtp, "sprop-sps");
	add_params(track, media->fmtp, "sprop-pps");
}

static bool has_donl(struct slice fmtp)
{
	struct slice value;
	uint32_t order;

	return rtsp_sdp_parameter(fmtp, "sprop-max-don-diff", &value) &&
	       slice_parse_u32(value, UINT32_MAX, &order) == 0 && order > 0;
}

static void say_why(const struct rtsp_sdp_media *media, char ret_why[CAM_TRACK_WHY_SIZE])
{
	struct text text;

	text_init(&text, ret_why, CAM_TRACK_WHY_SIZE);
	text_printf(&text, "%s codec ", media->media == RTSP_MEDIA_VIDEO ? "video" : "audio");
	if (media->encoding.size)
		text_add_quoted(&text, media->encoding.data,
				media->encoding.size < 32 ? media->encoding.size : 32);
	else
		text_printf(&text, "of payload type %u", media->payload_type);
}

int cam_track_start(struct cam_track *track, enum media_track number,
		    const struct rtsp_sdp_media *media, struct outlet *outlet, uint8_t *picture,
		    char ret_why[CAM_TRACK_WHY_SIZE])
{
	struct rtp_depack_options options = {
		.codec = media->codec,
		.has_donl = has_donl(media->fmtp),
		.aac = aac_options(media->fmtp),
	};

	cam_track_stop(track);
	track->track = number;
	track->outlet = outlet;
	track->payload_type = media->payload_type;
	track->format = (struct outlet_format){
		.codec = media->codec,
		.clock_hz = media->clock_hz,
		.channels = media->media == RTSP_MEDIA_VIDEO ? 0 : media->channels,
	};
	if (media->codec == CODEC_NONE || media->clock_hz < CLOCK_MAP_RATE_MIN ||
	    read_media(track, media) < 0 ||
	    rtp_depack_init(&track->depack, &options, picture, FRAME_SIZE_MAX) < 0) {
		say_why(media, ret_why);
		return -EPROTONOSUPPORT;
	}
	read_params(track, media);
	clock_map_restart(&track->clock, media->clock_hz);
	track->stats.is_started = false;
	track->is_active = true;
	track->is_told = false;
	track->last_sr = 0;
	return 0;
}

int cam_track_start_reorder(struct cam_track *track)
{
	if (!track->reorder)
		track->reorder = calloc(1, sizeof(*track->reorder));
	return track->reorder ? 0 : -ENOMEM;
}

void cam_track_stop(struct cam_track *track)
{
	if (track->is_active) {
		track->broken += rtp_depack_broken(&track->depack);
		track->has_gap = track->frames > 0;
		memset(&track->depack, 0, sizeof(track->depack));
	}
	free(take(track->reorder));
	track->is_active = false;
	track->last_packet_ns = 0;
}

/* ---- frames out ---- */

static void read_picture_size(const struct nal_params *params, struct outlet_format *format)
{
	const struct nal_params_set *sps = nal_params_find(params, NAL_RANK_SPS);
	struct video_size size = {0};
	int rc = -EBADMSG;

	if (sps && format->codec == CODEC_H264)
		rc = h264_parse_sps(params->data + sps->at, sps->size, &size);
	else if (sps)
		rc = h265_parse_sps(params->data + sps->at, sps->size, &size);
	format->width = rc == 0 ? size.width : 0;
	format->height = rc == 0 ? size.height : 0;
}

/* Tells the vault what the track carries, before the first frame that needs it. */
static int tell_format(struct cam_track *track)
{
	const struct rtp_video *video = &track->depack.video;

	if (track->is_told && (!is_video(track) || track->told_version == video->params_version))
		return 0;
	if (is_video(track)) {
		track->format.config = video->params.data;
		track->format.config_size = video->params.size;
		read_picture_size(&video->params, &track->format);
	}
	int rc = outlet_set_track(track->outlet, track->track, &track->format);

	track->is_told = rc == 0;
	track->told_version = video->params_version;
	return rc;
}

static void send_frame(struct cam_track *track, const struct rtp_frame *frame, uint64_t arrival_ns)
{
	if (tell_format(track) < 0)
		return;
	const struct outlet_frame out = {
		.pts_ns = clock_map_frame(&track->clock, frame->timestamp, arrival_ns),
		.is_key = frame->is_key,
		.after_gap = frame->after_gap || track->has_gap,
		.data = frame->data,
		.size = frame->size,
	};

	outlet_send_frame(track->outlet, track->track, &out);
	track->has_gap = false;
	track->frames++;
}

static void take_packet(struct cam_track *track, const struct rtp_packet *packet, bool after_gap,
			uint64_t arrival_ns)
{
	struct rtp_frame frame;

	rtp_depack_push(&track->depack, packet, after_gap);
	while (rtp_depack_next(&track->depack, &frame))
		send_frame(track, &frame, arrival_ns);
}

void cam_track_flush(struct cam_track *track, uint64_t now_ns)
{
	struct rtp_reordered ordered;
	struct rtp_packet packet;

	while (track->reorder && rtp_reorder_pop(track->reorder, now_ns, &ordered))
		if (rtp_packet_parse(ordered.data, ordered.size, &packet) == 0)
			take_packet(track, &packet, ordered.after_gap, ordered.arrival_ns);
}

/* ---- packets in ---- */

static bool receive_rtcp(struct cam_track *track, const uint8_t *data, size_t size, uint64_t now_ns)
{
	struct bytes_reader reader = bytes_read(data, size);
	struct rtcp_packet packet;
	int rc;

	while ((rc = rtcp_next(&reader, &packet)) == 1) {
		if (packet.type != RTCP_SR)
			continue;
		track->last_sr = (uint32_t)(packet.ntp >> 16);
		track->last_sr_ns = now_ns;
		clock_map_report(&track->clock, packet.timestamp, rtcp_ntp_ns(packet.ntp), now_ns);
	}
	return rc == 0;
}

static uint32_t arrival_ticks(const struct cam_track *track, uint64_t now_ns)
{
	return (uint32_t)(now_ns / CLOCK_NS_PER_US * track->format.clock_hz / 1000000);
}

/* Over UDP, order is for the reorder buffer to find. */
static void receive_unordered(struct cam_track *track, const struct rtp_packet *packet,
			      struct bytes bytes, uint64_t now_ns)
{
	if (rtp_reorder_push(track->reorder, packet->sequence, bytes.data, bytes.size, now_ns) == 0)
		cam_track_flush(track, now_ns);
}

bool cam_track_receive(struct cam_track *track, const uint8_t *data, size_t size, uint64_t now_ns)
{
	struct rtp_packet packet;

	if (rtp_packet_is_rtcp(data, size))
		return receive_rtcp(track, data, size, now_ns);
	if (rtp_packet_parse(data, size, &packet) < 0)
		return false;
	if (packet.payload_type != track->payload_type)
		return true; /* comfort noise, events: not ours */
	bool is_first = !track->stats.is_started;
	enum rtp_place place = rtp_stats_add(&track->stats, &packet, arrival_ticks(track, now_ns));

	track->last_packet_ns = now_ns;
	if (place == RTP_RESTART && !is_first) {
		clock_map_restart(&track->clock, track->format.clock_hz);
		if (track->reorder)
			*track->reorder = (struct rtp_reorder){.has_gap = true};
		track->has_gap = track->frames > 0;
	}
	if (track->reorder)
		receive_unordered(track, &packet, (struct bytes){data, size}, now_ns);
	else if (place != RTP_LATE)
		take_packet(track, &packet, place == RTP_GAP || (place == RTP_RESTART && !is_first),
			    now_ns);
	return true;
}

size_t cam_track_build_report(struct cam_track *track, uint32_t own_ssrc, uint64_t now_ns,
			      uint8_t ret_data[RTCP_REPORT_SIZE_MAX])
{
	struct bytes_writer writer = bytes_write(ret_data, RTCP_REPORT_SIZE_MAX);
	struct rtcp_report report = {0};

	if (track->last_packet_ns == 0)
		return 0;
	rtp_stats_report(&track->stats, &report);
	report.last_sr = track->last_sr;
	if (track->last_sr)
		report.delay_last_sr = (uint32_t)((now_ns - track->last_sr_ns) / CLOCK_NS_PER_US *
						  65536 / 1000000);
	rtcp_build_report(&writer, own_ssrc, "ward", &report);
	return writer.failed ? 0 : bytes_written(&writer);
}
