/* The chunked transfer coding, read strictly: RFC 9112 §7.1. */
#ifndef PROTO_HTTP_CHUNKED_H
#define PROTO_HTTP_CHUNKED_H

#include "base/attr.h"
#include "base/bytes.h"

enum { CHUNKED_LINE_MAX = 256, CHUNKED_TRAILER_MAX = 1024 };

enum chunked_state {
	CHUNKED_SIZE,
	CHUNKED_EXTENSION,
	CHUNKED_SIZE_LF,
	CHUNKED_DATA,
	CHUNKED_DATA_CR,
	CHUNKED_DATA_LF,
	CHUNKED_TRAILER,
	CHUNKED_TRAILER_LF,
	CHUNKED_DONE
};

/* Zero-initialised before the first byte. */
struct chunked {
	enum chunked_state state;
	uint64_t left;       /* of the chunk's data */
	unsigned digits;     /* of the size being read */
	unsigned line;       /* bytes of the size line */
	unsigned trailer;    /* bytes of the trailer section */
	unsigned trailer_at; /* bytes of the trailer's line */
};

/* Takes bytes from the front of `input` until it has a run of body bytes, needs more, or has seen
 * the end (state CHUNKED_DONE). The run is borrowed from the input and may be empty. Extensions and
 * trailers are bounded and dropped. -EBADMSG or -EMSGSIZE end the connection. */
NODISCARD int chunked_next(struct chunked *chunked, struct bytes *input, struct bytes *ret_run);

#endif
