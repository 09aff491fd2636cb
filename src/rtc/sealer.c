#include "rtc/sealer.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

static EVP_MAC_CTX *mac_create(const uint8_t key[SEALER_SHA1_KEY_SIZE])
{
	char digest[] = "SHA1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);

	EVP_MAC_free(mac);
	if (context && EVP_MAC_init(context, key, SEALER_SHA1_KEY_SIZE, params) != 1) {
		EVP_MAC_CTX_free(context);
		return NULL;
	}
	return context;
}

int sealer_init(struct sealer *cipher, bool is_gcm, bool encrypts, const struct sealer_keys *keys)
{
	const EVP_CIPHER *kind = is_gcm ? EVP_aes_128_gcm() : EVP_aes_128_ctr();

	*cipher = (struct sealer){.is_gcm = is_gcm, .cipher = EVP_CIPHER_CTX_new()};
	memcpy(cipher->salt, keys->salt, sizeof(cipher->salt));
	if (!is_gcm)
		cipher->mac = mac_create(keys->auth);
	/* CM decrypts by encrypting. */
	if (!cipher->cipher || (!is_gcm && !cipher->mac) ||
	    EVP_CipherInit_ex2(cipher->cipher, kind, keys->cipher, NULL, encrypts || !is_gcm,
			       NULL) != 1)
		return -EIO;
	return 0;
}

void sealer_finish(struct sealer *cipher)
{
	EVP_CIPHER_CTX_free(cipher->cipher);
	EVP_MAC_CTX_free(cipher->mac);
}

static void sealer_store_be32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

/* RFC 7714 §8.1 and §9.1: 00 00 | SSRC | 48-bit index, XOR salt; RTCP's index is 31 bits wide. RFC
 * 3711 §4.1.1 has the same layout two bytes further on, with a block counter of 16 bits behind. */
void sealer_iv(const struct sealer *cipher, uint32_t ssrc, uint64_t index,
	       uint8_t ret_iv[SEALER_IV_SIZE])
{
	size_t at = cipher->is_gcm ? 2 : 4;
	size_t salt_size = cipher->is_gcm ? SEALER_GCM_SALT_SIZE : SRTP_SALT_SIZE;

	memset(ret_iv, 0, SEALER_IV_SIZE);
	sealer_store_be32(ret_iv + at, ssrc);
	ret_iv[at + 4] = (uint8_t)(index >> 40);
	ret_iv[at + 5] = (uint8_t)(index >> 32);
	sealer_store_be32(ret_iv + at + 6, (uint32_t)index);
	for (size_t i = 0; i < salt_size; i++)
		ret_iv[i] ^= cipher->salt[i];
}

static bool gcm_start(EVP_CIPHER_CTX *context, const uint8_t iv[SEALER_IV_SIZE],
		      const struct sealer_aad *aad)
{
	int written;

	return EVP_CipherInit_ex2(context, NULL, NULL, iv, -1, NULL) == 1 &&
	       EVP_CipherUpdate(context, NULL, &written, aad->first.data, (int)aad->first.size) ==
		       1 &&
	       (aad->second.size == 0 || EVP_CipherUpdate(context, NULL, &written, aad->second.data,
							  (int)aad->second.size) == 1);
}

int sealer_seal(struct sealer *cipher, const uint8_t iv[SEALER_IV_SIZE],
		const struct sealer_aad *aad, struct bytes plain, uint8_t *ret_sealed)
{
	EVP_CIPHER_CTX *context = cipher->cipher;
	int written, tail;

	if (!gcm_start(context, iv, aad) ||
	    EVP_CipherUpdate(context, ret_sealed, &written, plain.data, (int)plain.size) != 1 ||
	    EVP_CipherFinal_ex(context, ret_sealed + written, &tail) != 1 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, SEALER_GCM_TAG_SIZE,
				ret_sealed + plain.size) != 1)
		return -EIO;
	return 0;
}

int sealer_open(struct sealer *cipher, const uint8_t iv[SEALER_IV_SIZE],
		const struct sealer_aad *aad, uint8_t *sealed, size_t size)
{
	EVP_CIPHER_CTX *context = cipher->cipher;
	int written, tail;

	if (!gcm_start(context, iv, aad) ||
	    EVP_CipherUpdate(context, sealed, &written, sealed, (int)size) != 1 ||
	    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, SEALER_GCM_TAG_SIZE,
				sealed + size) != 1)
		return -EIO;
	return EVP_CipherFinal_ex(context, sealed + written, &tail) == 1 ? 0 : -EBADMSG;
}

int sealer_crypt(struct sealer *cipher, const uint8_t iv[SEALER_IV_SIZE], struct bytes from,
		 uint8_t *ret_to)
{
	int written;

	if (EVP_CipherInit_ex2(cipher->cipher, NULL, NULL, iv, -1, NULL) != 1 ||
	    EVP_CipherUpdate(cipher->cipher, ret_to, &written, from.data, (int)from.size) != 1)
		return -EIO;
	return 0;
}

int sealer_tag(struct sealer *cipher, struct bytes packet, const uint8_t behind[4],
	       uint8_t ret_tag[SEALER_SHA1_TAG_SIZE])
{
	uint8_t full[SEALER_SHA1_KEY_SIZE];
	size_t size;

	/* No key: the one it has is hashed in already. */
	if (EVP_MAC_init(cipher->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(cipher->mac, packet.data, packet.size) != 1 ||
	    EVP_MAC_update(cipher->mac, behind, 4) != 1 ||
	    EVP_MAC_final(cipher->mac, full, &size, sizeof(full)) != 1)
		return -EIO;
	memcpy(ret_tag, full, SEALER_SHA1_TAG_SIZE);
	return 0;
}
