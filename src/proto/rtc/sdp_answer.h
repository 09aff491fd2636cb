/* The answer to a viewer's offer (RFC 8829 §5.3): every m-line mirrored in its place, one format
 * taken on at most one video and one audio line, the rest inactive or rejected. One sendonly line
 * of Opus is received, from a viewer who may talk; all others Ward only sends to. It is always DTLS
 * server (a=setup:passive) and puts all on one transport. */
#ifndef PROTO_RTC_SDP_ANSWER_H
#define PROTO_RTC_SDP_ANSWER_H

#include "base/text.h"
#include "proto/rtc/sdp_offer.h"

enum { SDP_ANSWER_SIZE_MAX = 32768, SDP_ANSWER_CANDIDATE_MAX = 32 };

/* How one m-line is answered. */
enum sdp_take {
	SDP_TAKE_REJECT,   /* port 0 */
	SDP_TAKE_INACTIVE, /* kept, so that the line stays usable, but silent */
	SDP_TAKE_SEND,
	SDP_TAKE_RECEIVE,
};

/* What was agreed for one m-line. */
struct sdp_stream {
	enum sdp_take take;
	enum sdp_codec codec;
	const struct sdp_format *format; /* in the offer */
	const struct sdp_format *rtx;    /* NULL: none */
	uint8_t abs_send_time_id;        /* 0: none */
	uint32_t ssrc, rtx_ssrc;         /* filled in by the caller before building */
};

struct sdp_agreement {
	int video, audio, talk; /* index of the m-line that carries it; -1: none */
	uint32_t media_count;
	struct sdp_stream stream[SDP_MEDIA_MAX];
};

/* Chooses. `video` and `audio` are what the camera sends (SDP_CODEC_OTHER: nothing). H.264 is taken
 * with packetization-mode=1 where it is offered, 42e01f before other profiles: a High stream
 * decodes under it, and it is the one that every browser has. `may_talk`: a line of what the viewer
 * says may be taken; where the camera has no sound to send, also one offered as sendrecv, as RFC 9725
 * §4.2 allows. */
void sdp_answer_choose(const struct sdp_offer *offer, enum sdp_codec video, enum sdp_codec audio,
		       bool may_talk, struct sdp_agreement *ret_agreement);

struct sdp_answer {
	const struct sdp_offer *offer;
	const struct sdp_agreement *agreement;
	const char *ufrag, *pwd; /* ours */
	uint8_t fingerprint[SDP_FINGERPRINT_SIZE];
	uint64_t session_id;
	uint32_t channels; /* of the sound: 2 asks the browser for stereo */
	uint32_t candidate_count;
	const struct ice_candidate *candidate;
};

/* Adds the answer's text; `text->failed` if it does not fit. */
void sdp_answer_build(struct text *text, const struct sdp_answer *answer);

#endif
