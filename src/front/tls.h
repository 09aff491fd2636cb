/* TLS 1.2 and 1.3 on a connection's own socket: RFC 8446, RFC 5246, RFC 7301. */
#ifndef FRONT_TLS_H
#define FRONT_TLS_H

#include <openssl/types.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/bytes.h"

struct tls;
struct tls_link;

/* From a certificate chain and its key, both PEM. -EBADMSG if they cannot be read or do not fit
 * together. Runs one handshake with itself, so that OpenSSL has loaded all it needs before the
 * sandbox closes. */
NODISCARD int tls_create(struct bytes certificate, struct bytes key, struct tls **ret_tls);
void tls_destroy(struct tls *tls);
AUTO_DEFINE(tls)

/* One connection, on a non-blocking socket that stays the caller's. NULL: no memory. */
struct tls_link *tls_accept(struct tls *tls, int fd);
void tls_link_destroy(struct tls_link *link);

/* 1 when done, -EAGAIN while bytes must come or go, -EPROTO if it failed. */
NODISCARD int tls_handshake(struct tls_link *link);
bool tls_speaks_http2(const struct tls_link *link);

/* As read(2) and write(2): 0 is the end, -EAGAIN not now, -EPROTO broken. A write that answered
 * -EAGAIN must be repeated with the same bytes. */
NODISCARD ssize_t tls_read(struct tls_link *link, void *data, size_t size);
NODISCARD ssize_t tls_write(struct tls_link *link, const void *data, size_t size);

/* The last -EAGAIN waits for room to send, not for bytes to come. */
bool tls_wants_room(const struct tls_link *link);
/* Says goodbye (close_notify), once. */
void tls_say_goodbye(struct tls_link *link);

#endif
