/* Text taken apart line by line. */
#ifndef PROTO_LOG_LINES_H
#define PROTO_LOG_LINES_H

#include <errno.h>
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"

/* Cuts the next line off `rest`, without its LF: 0, or -EBADMSG if no LF is left. */
NODISCARD static inline int lines_next(struct bytes *rest, struct bytes *ret_line)
{
	const uint8_t *end = rest->size ? memchr(rest->data, '\n', rest->size) : NULL;

	if (!end)
		return -EBADMSG;
	*ret_line = (struct bytes){rest->data, (size_t)(end - rest->data)};
	rest->size -= ret_line->size + 1;
	rest->data = end + 1;
	return 0;
}

#endif
