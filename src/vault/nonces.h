/* Nonces that devices sign: each is good once, for a minute. An issued nonce costs no memory (it
 * carries its time and a keyed hash), so strangers who ask for millions displace nobody's; only one
 * that came back under a good signature is remembered, until it is too old to come again. */
#ifndef VAULT_NONCES_H
#define VAULT_NONCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum {
	NONCE_SIZE = 32,
	NONCE_LIFE_S = 60,
	NONCES_USED_MAX = 4096, /* signed requests in one life */
};

struct nonces_used {
	uint8_t nonce[NONCE_SIZE];
	uint64_t issued_ns;
};

struct nonces {
	uint8_t *key;                             /* in guarded memory */
	struct nonces_used used[NONCES_USED_MAX]; /* a ring, oldest use first */
	size_t first, count;
};

NODISCARD int nonces_init(struct nonces *nonces);
void nonces_finish(struct nonces *nonces);

void nonces_issue(const struct nonces *nonces, uint64_t now_ns, uint8_t ret_nonce[NONCE_SIZE]);
/* Ours, young enough and not used before? */
bool nonces_is_fresh(const struct nonces *nonces, uint64_t now_ns, const uint8_t nonce[NONCE_SIZE]);
/* Remembers a fresh nonce whose signature was good. -EAGAIN: too many in the last minute. */
NODISCARD int nonces_use(struct nonces *nonces, uint64_t now_ns, const uint8_t nonce[NONCE_SIZE]);

#endif
