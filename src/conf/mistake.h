/* One sentence for the person who wrote a file or a command: "ward.yml:12: cameras.yard.url: ..."
 */
#ifndef CONF_MISTAKE_H
#define CONF_MISTAKE_H

#include "base/attr.h"

enum { MISTAKE_SIZE = 512 };

struct mistake {
	char text[MISTAKE_SIZE];
};

/* Where a value stands; `file` may also be "environment". A part that is 0 or NULL is left out. */
struct mistake_place {
	const char *file;
	unsigned line;
	const char *key;
};

/* Writes "file:line: key: " and the formatted rest, cut to fit. Returns -EBADMSG, so that a caller
 * can return it. */
int mistake_set(struct mistake *mistake, const struct mistake_place *place, const char *format, ...)
	PRINTF_LIKE(3, 4);

#endif
