#include "rtc/srtp_key.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

int srtp_key_derive(const struct srtp_master *master, enum srtp_label label, uint8_t *ret_key,
		    size_t size)
{
	uint8_t iv[16] = {0};
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int written = 0;

	/* x = key_id XOR master_salt, IV = x * 2^16; the label is the key_id's top byte of seven.
	 */
	memcpy(iv, master->salt, SRTP_SALT_SIZE);
	iv[7] ^= (uint8_t)label;
	memset(ret_key, 0, size);
	bool is_done = cipher &&
		       EVP_EncryptInit_ex2(cipher, EVP_aes_128_ctr(), master->key, iv, NULL) == 1 &&
		       EVP_EncryptUpdate(cipher, ret_key, &written, ret_key, (int)size) == 1;

	EVP_CIPHER_CTX_free(cipher);
	return is_done && (size_t)written == size ? 0 : -EIO;
}
