/* The log's identity: its key in guarded memory, its origin, and the signing of heads. */
#ifndef VAULT_LOG_SIGNER_H
#define VAULT_LOG_SIGNER_H

#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "proto/log/merkle.h"
#include "proto/log/note.h"

struct signer;

/* `seed`: LOG_SEED_SIZE bytes, copied. */
NODISCARD int signer_create(const uint8_t *seed, struct signer **ret_signer);
/* Wipes the key. */
void signer_destroy(struct signer *signer);
AUTO_DEFINE(signer)

/* Chooses the epoch: origin `ward.local/box/<first 12 of base32(sha256(public key))>/e<epoch>`. */
void signer_set_epoch(struct signer *signer, uint32_t epoch);
uint32_t signer_epoch(const struct signer *signer);

/* Its name is the origin. */
const struct note_key *signer_key(const struct signer *signer);
const char *signer_vkey(const struct signer *signer);

/* The epoch that an origin of this key names; 0 if it is not this key's. */
uint32_t signer_epoch_of(const struct signer *signer, struct bytes origin);

/* The checkpoint note of a head. */
void signer_sign(const struct signer *signer, const struct merkle_head *head, struct text *text);

#endif
