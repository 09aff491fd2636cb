/* A limit on what nghttp2 may allocate for one connection, whatever the peer sends. */
#ifndef FRONT_HTTP2_MEMORY_H
#define FRONT_HTTP2_MEMORY_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>

enum { HTTP2_MEMORY_MAX = 1 << 20 };

/* Zero-initialised; must outlive the session. */
struct http2_memory {
	size_t used;
};

/* Over the limit, allocation fails, and nghttp2 ends the connection. */
nghttp2_mem http2_memory_functions(struct http2_memory *memory);

#endif
