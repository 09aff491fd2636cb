/* Changing who may do what: people come and go, links are handed out, devices pair. Each change
 * adds its entries through the journal and settles `waiter` (may be NULL) when all of them are
 * durable; nothing may be told to anybody before. All answer -EAGAIN or -EIO from the journal. */
#ifndef VAULT_ENROLL_H
#define VAULT_ENROLL_H

#include <stdint.h>

#include "base/attr.h"
#include "vault/people.h"

enum {
	ENROLL_LINK_LIFE_S = 15 * 60,
	ENROLL_SECRET_SIZE = 16,
	ENROLL_LINKS_MAX = 8, /* open at once for one person; the oldest makes way */
};

struct enroll_user {
	const char *name;
	enum role role;
	uint32_t verbs;      /* enum verb, a set; 0: what the role may by itself */
	const char *cameras; /* names, comma separated; empty: all */
};

/* -EINVAL: a name is not valid, the role unknown or the list too long; -EEXIST: there is one of
 * that name; -EMSGSIZE: too many people. */
NODISCARD int enroll_add_user(struct people *people, const struct enroll_user *user,
			      struct log_waiter *waiter);
/* Takes back every device, token and open link; the person stays and can be given a new link. */
NODISCARD int enroll_revoke_user(struct people *people, const struct who *user,
				 struct log_waiter *waiter);
NODISCARD int enroll_remove_user(struct people *people, const struct who *user,
				 struct log_waiter *waiter);

/* A one-time pairing link for one more device of this person. */
NODISCARD int enroll_add_link(struct people *people, const struct who *user,
			      struct log_waiter *waiter, uint8_t ret_secret[ENROLL_SECRET_SIZE],
			      uint64_t *ret_expires_us);

struct enroll_device {
	const uint8_t *secret; /* of the link, which is used up */
	const uint8_t *key;    /* 32 bytes, proven to be the device's own */
	const char *name;
};

/* -ENOENT: no such link, used or expired. -EMSGSIZE: too many devices. -EEXIST: the key is known.
 */
NODISCARD int enroll_add_device(struct people *people, const struct enroll_device *device,
				struct log_waiter *waiter, uint8_t ret_device[PEOPLE_DEVICE_SIZE]);

#endif
