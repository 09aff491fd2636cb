#include "proto/log/sha256.h"

/* The EVP interface fetches its algorithm again for each hash, which costs more than the hash of an
 * entry; the low-level calls are deprecated but kept for as long as OpenSSL 3 is. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

void sha256_parts(const struct bytes *parts, size_t count, uint8_t ret_hash[SHA256_SIZE])
{
	SHA256_CTX context;

	SHA256_Init(&context);
	for (size_t i = 0; i < count; i++)
		if (parts[i].size)
			SHA256_Update(&context, parts[i].data, parts[i].size);
	SHA256_Final(ret_hash, &context);
}
