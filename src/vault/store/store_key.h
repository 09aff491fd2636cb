/* The recordings' key, under which each epoch's private half is sealed, and the file that holds it.
 * Where the box is given a secret from outside (a systemd credential, which a TPM may guard), the
 * file holds the key sealed under that secret, and alone opens nothing.
 *
 *   plain:  64 hex digits, LF
 *   sealed: "ward/store-key/1 ", hex of a libsodium secretbox and the nonce before it, LF; its key
 * is the BLAKE2b-256 of the secret, keyed with "ward/store-key/1" and its NUL
 *
 * A file is replaced so that at each moment the key stands in one that is whole, and the old one is
 * overwritten before its name goes; what a crash leaves of that is finished at the next start. */
#ifndef VAULT_STORE_STORE_KEY_H
#define VAULT_STORE_STORE_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "vault/log/disk.h"
#include "vault/store/epoch.h"

#define STORE_KEY_FILE "store.key"

enum {
	STORE_KEY_SECRET_MIN = 32, /* it is no password: nothing makes guessing slow */
	STORE_KEY_SECRET_MAX = 1024,
};

struct store_key {
	struct disk *disk; /* the directory of the file; borrowed */
	bool has_secret;
	uint8_t seal[32]; /* what comes from the secret */
};

/* `secret` without data: there is none. -EINVAL: it has too few bytes, or too many. */
NODISCARD int store_key_init(struct store_key *file, struct disk *disk, struct bytes secret);
void store_key_finish(struct store_key *file);

/* The key, for the caller to wipe; changes nothing. -ENOENT: no file; -ENOKEY: it is sealed, and
 * there is no secret; -EKEYREJECTED: under another secret, or damaged; -EBADMSG: it is no such
 * file. */
NODISCARD int store_key_read(const struct store_key *file, uint8_t ret_key[EPOCH_STORE_KEY_SIZE]);
/* The same; makes a key where there is none, and seals the file if there is a secret and it is
 * plain: the key stays. */
NODISCARD int store_key_open(const struct store_key *file, uint8_t ret_key[EPOCH_STORE_KEY_SIZE]);
/* A new key, in the place of the one there. */
NODISCARD int store_key_renew(const struct store_key *file, uint8_t ret_key[EPOCH_STORE_KEY_SIZE]);

#endif
