/* What is too old or too much is erased, a whole epoch at a time: its key first, so that nothing
 * of it can ever be read again, then its file. */
#ifndef VAULT_STORE_RETENTION_H
#define VAULT_STORE_RETENTION_H

struct store;

/* Erases at most one epoch, if the limits ask for it: a little at a time, and often. */
void retention_keep(struct store *store);

#endif
