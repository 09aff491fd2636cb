/* Attributes that make ownership and errors visible to the compiler. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* Every function that can fail: ignoring its answer does not compile. */
#define NODISCARD __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

/* Scope cleanup. AUTO(type) x = ...; calls type_destroy(x) when x leaves its scope; `type` names
 * a module whose `void type_cleanup(struct type **)` is made by AUTO_DEFINE(type). */
#define AUTO(type) __attribute__((cleanup(type##_cleanup))) struct type *
#define AUTO_DEFINE(type)                                                                          \
	static inline void type##_cleanup(struct type **object)                                    \
	{                                                                                          \
		type##_destroy(*object);                                                           \
	}

static inline void attr_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void attr_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define autofree __attribute__((cleanup(attr_free)))
#define autoclose __attribute__((cleanup(attr_close)))

/* Hands an owned pointer or descriptor over: the source no longer owns it. */
static inline void *attr_take(void **pointer)
{
	void *taken = *pointer;

	*pointer = NULL;
	return taken;
}

static inline int attr_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define take(pointer) ((__typeof__(pointer))attr_take((void **)&(pointer)))
#define take_fd(fd)   attr_take_fd(&(fd))

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The struct that embeds `member` at `pointer`. */
#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
