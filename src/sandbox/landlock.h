/* Landlock by system call (linux/landlock.h of Debian 12 knows only its first version): which
 * directory trees a profile may still reach. */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include "base/attr.h"
#include "sandbox/sandbox.h"

/* Restricts this process to the profile's trees; no trees: no file at all, and where the kernel
 * can, no TCP, no abstract socket and no signal either. Needs no_new_privs. -EOPNOTSUPP: the
 * kernel has no Landlock, or one too old to link between directories; nothing was restricted.
 * Another negative errno: a tree is missing or the kernel refused. */
NODISCARD int landlock_enter(enum sandbox_profile profile, const char *state_dir);

#endif
