/* The description of a camera's streams (SDP, RFC 4566 and RFC 8866, as RFC 2326 §C uses it), read
 * with patience: what is not understood is skipped, and only what Ward needs is kept. All text
 * points into the description. */
#ifndef PROTO_RTSP_RTSP_SDP_H
#define PROTO_RTSP_RTSP_SDP_H

#include "ipc/messages.h"
#include "proto/rtsp/slice.h"

enum { RTSP_SDP_MEDIA_MAX = 16, RTSP_SDP_FORMATS_MAX = 8 };

enum rtsp_media { RTSP_MEDIA_OTHER, RTSP_MEDIA_VIDEO, RTSP_MEDIA_AUDIO };

struct rtsp_sdp_media {
	enum rtsp_media media;
	enum media_codec codec; /* CODEC_NONE: nothing that Ward takes; `encoding` says what */
	bool is_backchannel;    /* a=sendonly: sound *to* the camera */
	uint8_t payload_type;   /* of `codec`, else the first listed */
	uint32_t clock_hz;      /* 0 if not said */
	uint32_t channels;      /* 1 if not said */
	struct slice encoding;  /* "H264"; empty if not said */
	struct slice control;   /* empty if not said */
	struct slice fmtp;      /* "packetization-mode=1;..."; empty if not said */
};

struct rtsp_sdp {
	struct slice name;    /* s= */
	struct slice control; /* of the whole session; empty if not said */
	size_t media_count;
	struct rtsp_sdp_media media[RTSP_SDP_MEDIA_MAX];
};

/* -EBADMSG if there is no media at all; media beyond the maximum is left out. Of the formats in one
 * m= line, the first that Ward takes is chosen. An fmtp that stands under another media line is
 * found by its payload type. */
NODISCARD int rtsp_sdp_parse(struct slice sdp, struct rtsp_sdp *ret_sdp);

/* The value of `name` in an fmtp line: true if it is there (perhaps empty). */
bool rtsp_sdp_parameter(struct slice fmtp, const char *name, struct slice *ret_value);

#endif
