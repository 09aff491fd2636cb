#include "vault/nonces.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/bytes.h"
#include "base/clock.h"

enum { TIME_SIZE = 8, RANDOM_SIZE = 8, MAC_SIZE = 16, STEM_SIZE = TIME_SIZE + RANDOM_SIZE };

int nonces_init(struct nonces *nonces)
{
	*nonces = (struct nonces){.key = sodium_malloc(crypto_generichash_KEYBYTES)};
	if (!nonces->key)
		return -ENOMEM;
	crypto_generichash_keygen(nonces->key);
	sodium_mprotect_readonly(nonces->key);
	return 0;
}

void nonces_finish(struct nonces *nonces)
{
	sodium_free(nonces->key);
	nonces->key = NULL;
}

static void seal_stem(const struct nonces *nonces, const uint8_t *stem, uint8_t ret_mac[MAC_SIZE])
{
	crypto_generichash(ret_mac, MAC_SIZE, stem, STEM_SIZE, nonces->key,
			   crypto_generichash_KEYBYTES);
}

void nonces_issue(const struct nonces *nonces, uint64_t now_ns, uint8_t ret_nonce[NONCE_SIZE])
{
	struct bytes_writer writer = bytes_write(ret_nonce, NONCE_SIZE);

	bytes_put_be64(&writer, now_ns);
	randombytes_buf(bytes_reserve(&writer, RANDOM_SIZE), RANDOM_SIZE);
	seal_stem(nonces, ret_nonce, bytes_reserve(&writer, MAC_SIZE));
}

static uint64_t issued_at(const uint8_t nonce[NONCE_SIZE])
{
	struct bytes_reader reader = bytes_read(nonce, TIME_SIZE);

	return bytes_get_be64(&reader);
}

static bool is_young(uint64_t issued_ns, uint64_t now_ns)
{
	return issued_ns <= now_ns && now_ns - issued_ns < NONCE_LIFE_S * CLOCK_NS_PER_S;
}

bool nonces_is_fresh(const struct nonces *nonces, uint64_t now_ns, const uint8_t nonce[NONCE_SIZE])
{
	uint8_t mac[MAC_SIZE];

	seal_stem(nonces, nonce, mac);
	if (sodium_memcmp(mac, nonce + STEM_SIZE, MAC_SIZE) != 0 ||
	    !is_young(issued_at(nonce), now_ns))
		return false;
	for (size_t i = 0; i < nonces->count; i++) {
		size_t at = (nonces->first + i) % NONCES_USED_MAX;

		if (memcmp(nonces->used[at].nonce, nonce, NONCE_SIZE) == 0)
			return false;
	}
	return true;
}

/* Only from the front of the ring: one that stays behind an older issue is forgotten a little
 * later than it could be. */
static void forget_old(struct nonces *nonces, uint64_t now_ns)
{
	while (nonces->count && !is_young(nonces->used[nonces->first].issued_ns, now_ns)) {
		nonces->first = (nonces->first + 1) % NONCES_USED_MAX;
		nonces->count--;
	}
}

int nonces_use(struct nonces *nonces, uint64_t now_ns, const uint8_t nonce[NONCE_SIZE])
{
	forget_old(nonces, now_ns);
	if (nonces->count == NONCES_USED_MAX)
		return -EAGAIN;
	struct nonces_used *used =
		&nonces->used[(nonces->first + nonces->count++) % NONCES_USED_MAX];

	memcpy(used->nonce, nonce, NONCE_SIZE);
	used->issued_ns = issued_at(nonce);
	return 0;
}
