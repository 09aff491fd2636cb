/* What is too old or too much is erased, a whole epoch at a time: its key first, so that nothing
 * of it can ever be read again, then its file. */
#ifndef VAULT_STORE_RETENTION_H
#define VAULT_STORE_RETENTION_H

#include <stdint.h>

struct store;

#define RETENTION_DAY_US (UINT64_C(86400) * 1000000)

/* Erases at most one epoch, if the limits ask for it: a little at a time, and often. */
void retention_keep(struct store *store);

/* How many days count for a camera; 0: no limit. */
uint64_t retention_days(const struct store *store, uint32_t camera);

#endif
