/* The lines of an m-section that describe one payload type (RFC 8866 §6.6, §6.15, RFC 4585 §4.2).
 */
#ifndef PROTO_RTC_SDP_FORMAT_H
#define PROTO_RTC_SDP_FORMAT_H

#include "proto/rtc/sdp_offer.h"

/* The payload types of an m-line become its formats. Static ones (RFC 3551 §6) need no rtpmap. */
NODISCARD int sdp_format_add_list(struct sdp_media *media, struct sdp_span list);

/* The values of a=rtpmap, a=fmtp and a=rtcp-fb. About a payload type that the m-line does not name
 * they are ignored, as RFC 8866 says. -EBADMSG without a payload type. */
NODISCARD int sdp_format_add_rtpmap(struct sdp_media *media, struct sdp_span value);
NODISCARD int sdp_format_add_fmtp(struct sdp_media *media, struct sdp_span value);
NODISCARD int sdp_format_add_feedback(struct sdp_media *media, struct sdp_span value);

#endif
