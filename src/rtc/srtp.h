/* SRTP and SRTCP (RFC 3711, RFC 7714) on OpenSSL's EVP: the largest single cost of a viewer. Five
 * functions; each context is keyed once, when the session is made. */
#ifndef RTC_SRTP_H
#define RTC_SRTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "rtc/srtp_key.h"

enum srtp_suite {
	SRTP_SUITE_AES128_GCM,        /* AEAD_AES_128_GCM, RFC 7714 */
	SRTP_SUITE_AES128_CM_SHA1_80, /* AES_CM_128_HMAC_SHA1_80, RFC 3711 */
};

enum {
	SRTP_RTP_GROWTH_MAX = 16, /* bytes that protecting adds */
	SRTP_RTCP_GROWTH_MAX = 20,
};

struct srtp_session;

/* Bytes of salt that the suite takes from the key exporter (RFC 5764 §4.1.2). */
size_t srtp_session_salt_size(enum srtp_suite suite);

NODISCARD int srtp_session_create(enum srtp_suite suite, const struct srtp_master *send,
				  const struct srtp_master *receive,
				  struct srtp_session **ret_session);
void srtp_session_destroy(struct srtp_session *session);
AUTO_DEFINE(srtp_session)

/* Encrypts `payload` straight into the packet that will be sent, behind a copy of `header` (a whole
 * RTP header with its extensions). `ret_packet` has room for both and SRTP_RTP_GROWTH_MAX. The
 * packet's size; -EALREADY if this sequence number or a later one of the SSRC was used before: an
 * index that repeats would give the key away. -ENOBUFS over SRTP_STREAM_MAX SSRCs. */
NODISCARD int srtp_session_protect_rtp(struct srtp_session *session, struct bytes header,
				       struct bytes payload, uint8_t *ret_packet);

/* The same for a compound RTCP packet, with room for SRTP_RTCP_GROWTH_MAX. */
NODISCARD int srtp_session_protect_rtcp(struct srtp_session *session, struct bytes packet,
					uint8_t *ret_packet);

/* Checks and decrypts in place; RTP and RTCP are told apart as RFC 5761 §4 says. The plain size;
 * -EBADMSG if it is malformed or not genuine, -EALREADY if it is a replay. */
NODISCARD int srtp_session_unprotect(struct srtp_session *session, uint8_t *packet, size_t size);

/* Does this packet carry RTCP? */
static inline int srtp_packet_is_rtcp(const uint8_t *packet, size_t size)
{
	return size >= 2 && packet[1] >= 192 && packet[1] <= 223;
}

#endif
