#include "rtc/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/diag.h"

void hmac_sha1(struct bytes key, struct bytes data, uint8_t ret_mac[STUN_MAC_SIZE])
{
	unsigned size = STUN_MAC_SIZE;

	if (!HMAC(EVP_sha1(), key.data, (int)key.size, data.data, data.size, ret_mac, &size))
		fatal("OpenSSL has no HMAC-SHA1");
}
