/* DTLS 1.2 as the server of a viewer (RFC 6347, RFC 5763, RFC 5764): the certificate is checked by
 * its fingerprint alone, and the handshake yields the keys of SRTP. Datagrams go in and out through
 * the caller; their boundaries are kept. */
#ifndef RTC_DTLS_H
#define RTC_DTLS_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "rtc/srtp.h"

enum { DTLS_FINGERPRINT_SIZE = 32, DTLS_DATAGRAM_MAX = 1200 };

/* This process's key and certificate, made at its start. */
struct dtls_identity;

NODISCARD int dtls_identity_create(struct dtls_identity **ret_identity);
void dtls_identity_destroy(struct dtls_identity *identity);
AUTO_DEFINE(dtls_identity)

/* SHA-256 of the certificate, for the answer. */
const uint8_t *dtls_identity_fingerprint(const struct dtls_identity *identity);

enum dtls_state {
	DTLS_HANDSHAKE,
	DTLS_OPEN,
	DTLS_CLOSED, /* the viewer said goodbye */
	DTLS_FAILED,
};

struct dtls_session;

/* Sends one datagram; what cannot be sent is lost, as on any network. */
typedef void dtls_send_fn(void *owner, const uint8_t *data, size_t size);

/* `identity` must outlive the session. */
NODISCARD int dtls_session_create(const struct dtls_identity *identity, dtls_send_fn *send,
				  void *owner, struct dtls_session **ret_session);
void dtls_session_destroy(struct dtls_session *session);
AUTO_DEFINE(dtls_session)

/* Becomes the client instead and sends the first flight: for rehearsals, and for viewers that are
 * played in tests. */
void dtls_session_connect(struct dtls_session *session);

/* A datagram arrived, or the time that dtls_session_wait_ns named is over. */
enum dtls_state dtls_session_receive(struct dtls_session *session, struct bytes datagram);
enum dtls_state dtls_session_tick(struct dtls_session *session);

/* Nanoseconds until dtls_session_tick is wanted; UINT64_MAX: not at all. */
uint64_t dtls_session_wait_ns(struct dtls_session *session);

/* In DTLS_OPEN: the SHA-256 of the viewer's certificate. */
NODISCARD int dtls_session_peer(struct dtls_session *session,
				uint8_t ret_fingerprint[DTLS_FINGERPRINT_SIZE]);

/* In DTLS_OPEN: the SRTP session keyed by this handshake (RFC 5764 §4.2). -EPROTO if the viewer
 * took no SRTP profile. */
NODISCARD int dtls_session_srtp(struct dtls_session *session, struct srtp_session **ret_srtp);

/* Says goodbye (close_notify). */
void dtls_session_close(struct dtls_session *session);

/* A whole handshake between two sessions in memory: OpenSSL loads what it loads lazily, before the
 * sandbox closes. */
NODISCARD int dtls_warm_up(const struct dtls_identity *identity);

#endif
