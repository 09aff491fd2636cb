/* An OpenSSL BIO over single datagrams: each write is one datagram out, each read takes the one
 * datagram that was put in. OpenSSL's memory BIOs would run them together. */
#ifndef RTC_DTLS_BIO_H
#define RTC_DTLS_BIO_H

#include <openssl/bio.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

typedef void dtls_bio_send_fn(void *owner, const uint8_t *data, size_t size);

/* The BIO's other side; stays in place as long as the BIO. */
struct dtls_bio {
	struct bytes datagram; /* borrowed, waiting to be read; data NULL: none */
	dtls_bio_send_fn *send;
	void *owner;
	long mtu;
};

NODISCARD int dtls_bio_method_create(BIO_METHOD **ret_method);
NODISCARD int dtls_bio_create(const BIO_METHOD *method, struct dtls_bio *other, BIO **ret_bio);

#endif
