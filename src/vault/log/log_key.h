/* The file that holds the log's signing key. */
#ifndef VAULT_LOG_LOG_KEY_H
#define VAULT_LOG_LOG_KEY_H

#include <stdint.h>

#include "base/attr.h"

enum { LOG_SEED_SIZE = 32 };

/* Reads the 32-byte Ed25519 seed: 64 hex digits and LF in a file of mode 0600. Makes a new one,
 * durable, if there is no such file. The caller wipes it after log_open (sodium_memzero). -EBADMSG
 * if the file holds something else, -EPERM if others may read it. */
NODISCARD int log_key_open(const char *path, uint8_t ret_seed[LOG_SEED_SIZE]);

#endif
