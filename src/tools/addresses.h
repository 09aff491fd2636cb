/* Where a running Ward is reached: the warden writes STATE/addresses at each start, one base URL a
 * line, the best for a person first. */
#ifndef TOOLS_ADDRESSES_H
#define TOOLS_ADDRESSES_H

#include <stddef.h>

/* The base URL for a phone: the first that is not this machine's own loopback; without one the
 * first; "https://localhost:8443" if the file is missing. */
void addresses_best(const char *state_dir, char *ret_url, size_t size);

#endif
