/* Ten minutes of one camera: one age identity. The private half is kept sealed under the vault's
 * own store key (unless the mode is private: custody.h) and wrapped for the people's keys; deleting
 * both destroys what the pack holds.
 *
 * An epoch is named by when its ten minutes begin by the wall clock. Pictures are not cut for it:
 * it lasts until the camera's next key frame, EPOCH_WAIT_US longer at most (recorder.h). What its
 * pack holds lies within the ten minutes and EPOCH_MARGIN_US either way. */
#ifndef VAULT_STORE_EPOCH_H
#define VAULT_STORE_EPOCH_H

#include <stdint.h>

#include "base/attr.h"
#include "proto/age/age.h"
#include "vault/db.h"

#define EPOCH_LENGTH_US (UINT64_C(600) * 1000000)
#define EPOCH_WAIT_US   (UINT64_C(30) * 1000000) /* for a key frame, at most */
#define EPOCH_MARGIN_US (UINT64_C(90) * 1000000) /* a pre-roll of a minute reaches back further */

enum { EPOCH_STORE_KEY_SIZE = 32 };

struct epoch {
	uint32_t camera;
	uint64_t start_us;
	uint8_t public_key[AGE_KEY_SIZE];
};

static inline uint64_t epoch_start_of(uint64_t real_us)
{
	return real_us - real_us % EPOCH_LENGTH_US;
}

/* The epoch of that time, in the running transaction: made with a fresh identity if it is new.
 * -EIO: the database failed. */
NODISCARD int epoch_begin(struct db *db, const uint8_t store_key[EPOCH_STORE_KEY_SIZE],
			  uint32_t camera, uint64_t start_us, struct epoch *ret_epoch);

/* Its private half, for the caller to wipe. -ENOENT: erased; -EACCES: the box
 * itself keeps none, or only under a store key that is gone. */
NODISCARD int epoch_secret(struct db *db, const uint8_t store_key[EPOCH_STORE_KEY_SIZE],
			   uint32_t camera, uint64_t start_us, uint8_t ret_secret[AGE_KEY_SIZE]);

/* The box keeps it no longer; whoever it was wrapped for does. In the running transaction. */
void epoch_forget_secret(struct db *db, uint32_t camera, uint64_t start_us);

#endif
