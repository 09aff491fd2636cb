/* The ciphers of SRTP with session keys: AES-GCM (RFC 7714) and AES-CM with HMAC-SHA1-80 (RFC 3711).
 * A context is keyed once; each packet only sets its IV. */
#ifndef RTC_SRTP_CIPHER_H
#define RTC_SRTP_CIPHER_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "rtc/srtp_key.h"

enum {
	SRTP_GCM_TAG_SIZE = 16,
	SRTP_GCM_SALT_SIZE = 12,
	SRTP_SHA1_TAG_SIZE = 10,
	SRTP_SHA1_KEY_SIZE = 20,
	SRTP_IV_SIZE = 16,
};

struct srtp_cipher_keys {
	uint8_t cipher[SRTP_KEY_SIZE];
	uint8_t auth[SRTP_SHA1_KEY_SIZE]; /* unused by GCM */
	uint8_t salt[SRTP_SALT_SIZE];     /* GCM: the first 12 bytes */
};

/* One direction of RTP or of RTCP. */
struct srtp_cipher {
	bool is_gcm;
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac; /* NULL with GCM */
	uint8_t salt[SRTP_SALT_SIZE];
};

/* -EIO if OpenSSL fails; srtp_cipher_finish is right in any case. */
NODISCARD int srtp_cipher_init(struct srtp_cipher *cipher, bool is_gcm, bool encrypts,
			       const struct srtp_cipher_keys *keys);
void srtp_cipher_finish(struct srtp_cipher *cipher);

/* The IV of one packet from its SSRC and its index (48 bits; of RTCP 31). */
void srtp_cipher_iv(const struct srtp_cipher *cipher, uint32_t ssrc, uint64_t index,
		    uint8_t ret_iv[SRTP_IV_SIZE]);

/* What is authenticated but not encrypted: two runs, the second may be empty. */
struct srtp_aad {
	struct bytes first, second;
};

/* GCM: writes the sealed bytes and behind them the tag. */
NODISCARD int srtp_cipher_seal(struct srtp_cipher *cipher, const uint8_t iv[SRTP_IV_SIZE],
			       const struct srtp_aad *aad, struct bytes plain,
			       uint8_t *ret_sealed);

/* GCM: decrypts in place; the tag stands behind the sealed bytes. -EBADMSG if it is wrong. */
NODISCARD int srtp_cipher_open(struct srtp_cipher *cipher, const uint8_t iv[SRTP_IV_SIZE],
			       const struct srtp_aad *aad, uint8_t *sealed, size_t size);

/* CM: encrypts or decrypts, which is the same. */
NODISCARD int srtp_cipher_crypt(struct srtp_cipher *cipher, const uint8_t iv[SRTP_IV_SIZE],
				struct bytes from, uint8_t *ret_to);

/* CM: the tag over a packet and four bytes behind it. */
NODISCARD int srtp_cipher_tag(struct srtp_cipher *cipher, struct bytes packet,
			      const uint8_t behind[4], uint8_t ret_tag[SRTP_SHA1_TAG_SIZE]);

#endif
