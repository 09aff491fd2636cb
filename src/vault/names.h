/* Lists of camera names as people write them: "porch,nursery". */
#ifndef VAULT_NAMES_H
#define VAULT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "ipc/messages.h"

/* Copies the next name of `*list` and moves on; false at the end. A name that is empty, too long or
 * not printable comes out empty, for the caller to refuse. Zero names: "". */
bool names_next(const char **list, char ret_name[NAME_SIZE]);

/* The number of names, or -EINVAL if one is not valid or there are more than `max`. */
int names_count(const char *list, unsigned max);

#endif
