/* The ciphers of SRTP with session keys: AES-GCM (RFC 7714) and AES-CM with HMAC-SHA1-80 (RFC
 * 3711). A context is keyed once; each packet only sets its IV. */
#ifndef RTC_SEALER_H
#define RTC_SEALER_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "rtc/srtp_key.h"

enum {
	SEALER_GCM_TAG_SIZE = 16,
	SEALER_GCM_SALT_SIZE = 12,
	SEALER_SHA1_TAG_SIZE = 10,
	SEALER_SHA1_KEY_SIZE = 20,
	SEALER_IV_SIZE = 16,
};

struct sealer_keys {
	uint8_t cipher[SRTP_KEY_SIZE];
	uint8_t auth[SEALER_SHA1_KEY_SIZE]; /* unused by GCM */
	uint8_t salt[SRTP_SALT_SIZE];       /* GCM: the first 12 bytes */
};

/* One direction of RTP or of RTCP. */
struct sealer {
	bool is_gcm;
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac; /* NULL with GCM */
	uint8_t salt[SRTP_SALT_SIZE];
};

/* -EIO if OpenSSL fails; sealer_finish is right in any case. */
NODISCARD int sealer_init(struct sealer *cipher, bool is_gcm, bool encrypts,
			  const struct sealer_keys *keys);
void sealer_finish(struct sealer *cipher);

/* The IV of one packet from its SSRC and its index (48 bits; of RTCP 31). */
void sealer_iv(const struct sealer *cipher, uint32_t ssrc, uint64_t index,
	       uint8_t ret_iv[SEALER_IV_SIZE]);

/* What is authenticated but not encrypted: two runs, the second may be empty. */
struct sealer_aad {
	struct bytes first, second;
};

/* GCM: writes the sealed bytes and behind them the tag. */
NODISCARD int sealer_seal(struct sealer *cipher, const uint8_t iv[SEALER_IV_SIZE],
			  const struct sealer_aad *aad, struct bytes plain, uint8_t *ret_sealed);

/* GCM: decrypts in place; the tag stands behind the sealed bytes. -EBADMSG if it is wrong. */
NODISCARD int sealer_open(struct sealer *cipher, const uint8_t iv[SEALER_IV_SIZE],
			  const struct sealer_aad *aad, uint8_t *sealed, size_t size);

/* CM: encrypts or decrypts, which is the same. */
NODISCARD int sealer_crypt(struct sealer *cipher, const uint8_t iv[SEALER_IV_SIZE],
			   struct bytes from, uint8_t *ret_to);

/* CM: the tag over a packet and four bytes behind it. */
NODISCARD int sealer_tag(struct sealer *cipher, struct bytes packet, const uint8_t behind[4],
			 uint8_t ret_tag[SEALER_SHA1_TAG_SIZE]);

#endif
