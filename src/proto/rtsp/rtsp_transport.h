/* The Transport and Session headers (RFC 2326 §12.39, §12.37), as clients and servers write them.
 */
#ifndef PROTO_RTSP_RTSP_TRANSPORT_H
#define PROTO_RTSP_RTSP_TRANSPORT_H

#include "base/text.h"
#include "proto/rtsp/slice.h"

enum { RTSP_SESSION_TIMEOUT_S = 60, RTSP_SESSION_ID_SIZE_MAX = 128 };

/* Pairs are RTP, RTCP. Parameters may stand in any order and be missing; unknown ones and
 * unreadable values are skipped. */
struct rtsp_transport {
	bool is_tcp, is_multicast;
	bool has_interleaved, has_client_port, has_server_port, has_ssrc;
	uint8_t interleaved[2];
	uint16_t client_port[2], server_port[2];
	uint32_t ssrc;
	struct slice source; /* empty if not said */
};

/* Parses one transport; a client's list is cut at commas by the caller (slice_cut). -EBADMSG if it
 * is not RTP. */
NODISCARD int rtsp_transport_parse(struct slice value, struct rtsp_transport *ret_transport);

/* Writes the header's value: what `has_` says is there. */
void rtsp_transport_build(struct text *text, const struct rtsp_transport *transport);

struct rtsp_session {
	struct slice id;
	uint32_t timeout_s; /* RTSP_SESSION_TIMEOUT_S if not said or zero */
};

/* -EBADMSG for an empty id, -EMSGSIZE for one over RTSP_SESSION_ID_SIZE_MAX. */
NODISCARD int rtsp_session_parse(struct slice value, struct rtsp_session *ret_session);

#endif
