/* The newest head of the log that the database remembers: a log directory that was put back from an
 * old copy, or removed, while the database was not, is refused by it. */
#ifndef VAULT_HEAD_H
#define VAULT_HEAD_H

#include "vault/db.h"
#include "vault/log/log.h"

/* Joins the batch's transaction. */
void head_remember(struct db *db, const struct log_floor *head);
/* Epoch 0 if there is none. */
struct log_floor head_recall(struct db *db);

#endif
