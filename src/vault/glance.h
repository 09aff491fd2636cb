/* Reading a vault's database from its files, also while a vault writes it: no lock is taken, no
 * byte is written, and what was read while the files changed is read again. For `ward doctor`. */
#ifndef VAULT_GLANCE_H
#define VAULT_GLANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "vault/db.h"

struct glance;

/* 0; -ENOENT, -EACCES … of the file. Opens nothing yet. */
NODISCARD int glance_open(const char *path, struct glance **ret_glance);
void glance_destroy(struct glance *glance);
AUTO_DEFINE(glance)

/* Calls `look` with the database as it is between two writes; again from its beginning, if it was
 * written in the meantime. 0; -EBUSY: it is never quiet; -ENOTSUP: a newer Ward's, or none of ours;
 * -EIO: it cannot be read, and `ret_why` (DB_WHY_MAX bytes) says so. */
typedef void glance_fn(struct db *db, void *context);
NODISCARD int glance_at(struct glance *glance, glance_fn *look, void *context, char *ret_why);

#endif
