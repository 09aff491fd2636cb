#include "front/address.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"

/* A person mistypes nothing here: links and keys are machines' work. Thirty tries are plenty. */
static const struct bucket_rule failure_rule = {30, 2 * CLOCK_NS_PER_S};
/* One for each login and each view; a household behind one address opens many tiles at once. */
static const struct bucket_rule nonce_rule = {128, CLOCK_NS_PER_S / 8};

_Static_assert(sizeof(((struct address_table *)0)->hash_key) == crypto_shorthash_KEYBYTES,
	       "the hash takes this key");

void address_init(struct address_table *table)
{
	memset(table, 0, sizeof(*table));
	randombytes_buf(table->hash_key, sizeof(table->hash_key));
}

static void make_key(const uint8_t address[16], uint8_t ret_key[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	memcpy(ret_key, address, 16);
	if (memcmp(address, mapped, sizeof(mapped)) != 0)
		memset(ret_key + 8, 0, 8);
}

struct address *address_find(struct address_table *table, const uint8_t address[16],
			     uint64_t now_ns)
{
	uint8_t key[16], hash[crypto_shorthash_BYTES];
	struct address *victim = NULL;

	make_key(address, key);
	crypto_shorthash(hash, key, sizeof(key), table->hash_key);

	struct address *set = table->rows[hash[0] % ADDRESS_SETS];

	for (int i = 0; i < ADDRESS_WAYS; i++) {
		if (set[i].is_used && memcmp(set[i].key, key, sizeof(key)) == 0) {
			set[i].seen_ns = now_ns;
			return &set[i];
		}
		if (!set[i].connections && (!victim || set[i].seen_ns < victim->seen_ns))
			victim = &set[i];
	}
	if (!victim)
		return NULL;
	*victim = (struct address){.is_used = 1, .seen_ns = now_ns};
	memcpy(victim->key, key, sizeof(key));
	return victim;
}

bool address_is_blocked(const struct address *address, uint64_t now_ns)
{
	return !bucket_has(&address->failures, &failure_rule, now_ns);
}

void address_count_failure(struct address *address, uint64_t now_ns)
{
	bucket_take(&address->failures, &failure_rule, now_ns);
}

bool address_may_take_nonce(struct address *address, uint64_t now_ns)
{
	return bucket_take(&address->nonces, &nonce_rule, now_ns);
}
