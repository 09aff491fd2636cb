/* The keys of an SRTP session from its master key and salt (RFC 3711 §4.3, RFC 7714 §11). */
#ifndef RTC_SRTP_KEY_H
#define RTC_SRTP_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum {
	SRTP_KEY_SIZE = 16,
	SRTP_SALT_SIZE = 14, /* a shorter one is padded with zeros at its end */
};

enum srtp_label {
	SRTP_LABEL_RTP_CIPHER,
	SRTP_LABEL_RTP_AUTH,
	SRTP_LABEL_RTP_SALT,
	SRTP_LABEL_RTCP_CIPHER,
	SRTP_LABEL_RTCP_AUTH,
	SRTP_LABEL_RTCP_SALT,
};

struct srtp_master {
	uint8_t key[SRTP_KEY_SIZE];
	uint8_t salt[SRTP_SALT_SIZE];
};

/* `size` bytes of AES-CM keystream for the label, with a key derivation rate of zero. -EIO if
 * OpenSSL fails. */
NODISCARD int srtp_key_derive(const struct srtp_master *master, enum srtp_label label,
			      uint8_t *ret_key, size_t size);

#endif
