#include "cam/cam_hash.h"

#include <openssl/evp.h>

#include "base/diag.h"

void cam_hash(enum rtsp_hash hash, const void *data, size_t size,
	      uint8_t ret_digest[RTSP_HASH_SIZE_MAX])
{
	const EVP_MD *kind = hash == RTSP_HASH_SHA256 ? EVP_sha256() : EVP_md5();

	if (EVP_Digest(data, size, ret_digest, NULL, kind, NULL) != 1)
		fatal("OpenSSL has no %s", hash == RTSP_HASH_SHA256 ? "SHA-256" : "MD5");
}
