#include "vault/db_memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <sqlite3.h>

static void *give(int size)
{
	return malloc((size_t)size);
}

static void take_back(void *memory)
{
	if (memory)
		sodium_memzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* Never in place: a chunk that moved would leave its bytes behind. */
static void *resize(void *memory, int size)
{
	size_t old = malloc_usable_size(memory);
	void *other = malloc((size_t)size);

	if (!other)
		return NULL;
	memcpy(other, memory, old < (size_t)size ? old : (size_t)size);
	take_back(memory);
	return other;
}

static int size_of(void *memory)
{
	return memory ? (int)malloc_usable_size(memory) : 0;
}

static int round_up(int size)
{
	return (size + 7) & ~7;
}

static int begin(void *nothing)
{
	(void)nothing;
	return SQLITE_OK;
}

static void end(void *nothing)
{
	(void)nothing;
}

void db_memory_use(void)
{
	static const sqlite3_mem_methods methods = {give,     take_back, resize, size_of,
						    round_up, begin,     end,    NULL};

	/* Refused once SQLite runs: then it has them. */
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
