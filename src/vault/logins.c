#include "vault/logins.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"

static struct login *place_for(struct logins *logins, uint64_t now_ns, const uint8_t device[16])
{
	struct login *soonest = &logins->table[0], *own = NULL;
	unsigned own_count = 0;

	for (size_t i = 0; i < LOGINS_MAX; i++) {
		struct login *at = &logins->table[i];

		if (at->until_ns < soonest->until_ns)
			soonest = at;
		if (at->until_ns <= now_ns || memcmp(at->device, device, sizeof(at->device)) != 0)
			continue;
		own_count++;
		if (!own || at->until_ns < own->until_ns)
			own = at;
	}
	return own_count >= LOGINS_DEVICE_MAX ? own : soonest;
}

void logins_add(struct logins *logins, uint64_t now_ns, const uint8_t device[16],
		uint8_t ret_secret[LOGIN_SECRET_SIZE])
{
	struct login *login = place_for(logins, now_ns, device);

	randombytes_buf(ret_secret, LOGIN_SECRET_SIZE);
	crypto_hash_sha256(login->hash, ret_secret, LOGIN_SECRET_SIZE);
	memcpy(login->device, device, sizeof(login->device));
	login->until_ns = now_ns + LOGIN_LIFE_S * CLOCK_NS_PER_S;
}

int logins_find(const struct logins *logins, uint64_t now_ns,
		const uint8_t secret[LOGIN_SECRET_SIZE], uint8_t ret_device[16])
{
	uint8_t hash[32];

	crypto_hash_sha256(hash, secret, LOGIN_SECRET_SIZE);
	for (size_t i = 0; i < LOGINS_MAX; i++) {
		const struct login *at = &logins->table[i];

		if (at->until_ns <= now_ns || memcmp(at->hash, hash, sizeof(hash)) != 0)
			continue;
		memcpy(ret_device, at->device, sizeof(at->device));
		return 0;
	}
	return -ENOENT;
}
