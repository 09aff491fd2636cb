/* Bearer tokens for programs: a secret shown once, kept as a hash, good for some verbs on some
 * cameras of one person until a time. Waiters and errors as in enroll.h. */
#ifndef VAULT_TOKENS_H
#define VAULT_TOKENS_H

#include <stdint.h>

#include "base/attr.h"
#include "vault/people.h"

#define TOKENS_LIFE_S_MAX (UINT64_C(10) * 366 * 24 * 3600)

struct token_spec {
	const struct who *user;
	const char *cameras; /* comma separated, at least one, all within the person's own */
	uint32_t verbs;      /* enum verb, a set */
	uint64_t life_s;     /* 1..TOKENS_LIFE_S_MAX */
};

struct token {
	uint8_t id[PEOPLE_TOKEN_SIZE];
	uint8_t secret[PEOPLE_TOKEN_SECRET_SIZE];
	uint64_t expires_us;
};

/* -EINVAL: no verbs, no life or no camera; -EACCES: a camera the person may not see; -EMSGSIZE: too
 * many tokens. */
NODISCARD int tokens_add(struct people *people, const struct token_spec *spec,
			 struct log_waiter *waiter, struct token *ret_token);
/* -ENOENT: no such token, or already taken back. */
NODISCARD int tokens_remove(struct people *people, const uint8_t id[PEOPLE_TOKEN_SIZE],
			    struct log_waiter *waiter);

#endif
