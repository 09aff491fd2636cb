#include "front/http2_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of each block: its size. As wide as malloc's own alignment. */
union prefix {
	size_t size;
	max_align_t align;
};

static void *limited_realloc(void *pointer, size_t size, void *context)
{
	struct http2_memory *memory = context;
	union prefix *old = pointer ? (union prefix *)pointer - 1 : NULL;
	size_t old_size = old ? old->size : 0;

	if (size > HTTP2_MEMORY_MAX || memory->used - old_size + size > HTTP2_MEMORY_MAX)
		return NULL;
	union prefix *block = realloc(old, sizeof(*block) + size);

	if (!block)
		return NULL;
	memory->used += size - old_size;
	block->size = size;
	return block + 1;
}

static void *limited_malloc(size_t size, void *context)
{
	return limited_realloc(NULL, size, context);
}

static void *limited_calloc(size_t count, size_t size, void *context)
{
	if (size && count > HTTP2_MEMORY_MAX / size)
		return NULL;
	void *pointer = limited_realloc(NULL, count * size, context);

	if (pointer)
		memset(pointer, 0, count * size);
	return pointer;
}

static void limited_free(void *pointer, void *context)
{
	struct http2_memory *memory = context;

	if (!pointer)
		return;
	union prefix *block = (union prefix *)pointer - 1;

	memory->used -= block->size;
	free(block);
}

nghttp2_mem http2_memory_functions(struct http2_memory *memory)
{
	return (nghttp2_mem){.mem_user_data = memory,
			     .malloc = limited_malloc,
			     .free = limited_free,
			     .calloc = limited_calloc,
			     .realloc = limited_realloc};
}
