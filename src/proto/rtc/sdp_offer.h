/* A WebRTC offer (RFC 8829 §5.8, RFC 8866) as a viewer sends it: which formats it takes on which
 * m-line, its ICE credentials, candidates and certificate fingerprint. Everything borrowed points
 * into the offer's text, which must outlive the struct. */
#ifndef PROTO_RTC_SDP_OFFER_H
#define PROTO_RTC_SDP_OFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/rtc/ice_candidate.h"
#include "proto/rtc/sdp_text.h"

enum {
	SDP_OFFER_SIZE_MAX = 32768,
	SDP_MEDIA_MAX = 8,
	SDP_FORMAT_MAX = 64,   /* per m-line; later ones are mirrored but never chosen */
	SDP_MID_SIZE_MAX = 32, /* RFC 9143: a token; browsers use one digit */
	SDP_CANDIDATE_MAX = 16,
	SDP_FINGERPRINT_SIZE = 32, /* SHA-256 */
	SDP_UFRAG_SIZE_MAX = 256,  /* RFC 8839 §5.4 */
	SDP_PWD_SIZE_MAX = 256,
};

enum sdp_codec {
	SDP_CODEC_OTHER,
	SDP_CODEC_H264,
	SDP_CODEC_H265,
	SDP_CODEC_OPUS,
	SDP_CODEC_PCMU,
	SDP_CODEC_PCMA,
	SDP_CODEC_RTX,
	SDP_CODEC_COUNT
};

enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };

/* Feedback that the offerer can send for a format (RFC 4585 §4.2, RFC 5104 §7). */
enum sdp_feedback { SDP_FB_NACK = 1, SDP_FB_PLI = 2, SDP_FB_FIR = 4, SDP_FB_REMB = 8 };

struct sdp_format {
	enum sdp_codec codec;
	uint8_t payload_type;
	uint8_t feedback; /* set of enum sdp_feedback */
	uint8_t apt;      /* RTX: the format it repeats (RFC 4588 §8.1) */
	bool has_apt;
	bool has_packetization_mode; /* H.264, RFC 6184 §8.1 */
	uint8_t packetization_mode;
	uint32_t profile_level_id;  /* H.264; 0: not given */
	struct sdp_span parameters; /* the whole a=fmtp value, to be mirrored */
};

struct sdp_media {
	struct sdp_span kind, protocol, formats; /* of the m-line, as it stands */
	struct sdp_span mid;
	enum sdp_direction direction;
	bool is_rejected; /* port 0 and not bundle-only */
	bool is_bundled;  /* its mid stands in a=group:BUNDLE */
	bool has_rtcp_mux;
	uint8_t abs_send_time_id; /* header extension, 1..14; 0: not offered */
	uint32_t format_count;
	struct sdp_format format[SDP_FORMAT_MAX];
};

struct sdp_offer {
	struct sdp_span ufrag, pwd;
	uint8_t fingerprint[SDP_FINGERPRINT_SIZE];
	bool is_setup_passive; /* the offerer insists on being the DTLS server */
	bool is_ice_lite;
	uint32_t media_count;
	struct sdp_media media[SDP_MEDIA_MAX];
	uint32_t candidate_count;
	struct ice_candidate candidate[SDP_CANDIDATE_MAX];
};

/* Only the certificate: the SHA-256 of every a=fingerprint line, which must all be the same (RFC
 * 8122 §5). -EBADMSG: not SDP, none, malformed, or two that differ. */
NODISCARD int sdp_offer_fingerprint(const char *text, size_t size,
				    uint8_t ret_fingerprint[SDP_FINGERPRINT_SIZE]);

/* The whole offer. -EBADMSG if it is malformed, misses a fingerprint or ICE credentials, or
 * m-lines disagree about them; -EMSGSIZE over a limit above. Candidates beyond the limit, and such
 * that cannot be used (mDNS names, other components), are left out. */
NODISCARD int sdp_offer_parse(const char *text, size_t size, struct sdp_offer *ret_offer);

#endif
