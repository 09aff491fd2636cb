/* Logins: the running credential of an authenticated device, in memory only. A login names a
 * device and nothing else; who that is and what it may do is asked of the database each time, so
 * removing a person or a device needs no search here. */
#ifndef VAULT_LOGINS_H
#define VAULT_LOGINS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

enum {
	LOGIN_SECRET_SIZE = 32,
	LOGIN_LIFE_S = 12 * 3600,
	LOGINS_MAX = 1024,
	LOGINS_DEVICE_MAX = 8, /* of one device: open tabs */
};

struct login {
	uint8_t hash[32]; /* of the secret */
	uint8_t device[16];
	uint64_t until_ns; /* 0: free */
};

struct logins {
	struct login table[LOGINS_MAX];
};

/* A new login; where the device or the table is full, the one that ends soonest makes way. */
void logins_add(struct logins *logins, uint64_t now_ns, const uint8_t device[16],
		uint8_t ret_secret[LOGIN_SECRET_SIZE]);
/* The device of a running login: 0, or -ENOENT. */
NODISCARD int logins_find(const struct logins *logins, uint64_t now_ns,
			  const uint8_t secret[LOGIN_SECRET_SIZE], uint8_t ret_device[16]);

#endif
