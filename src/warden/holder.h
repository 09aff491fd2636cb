/* Who holds a port, from /proc. */
#ifndef WARDEN_HOLDER_H
#define WARDEN_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* Writes "nginx (process 812)" for the process that listens on this port, as far as this user may
 * see it. -ENOENT if it cannot be told. */
NODISCARD int holder_find(uint16_t port, bool is_udp, char *ret_text, size_t size);

#endif
