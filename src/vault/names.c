#include "vault/names.h"

#include <errno.h>
#include <string.h>

#include "proto/log/ask.h"

bool names_next(const char **list, char ret_name[NAME_SIZE])
{
	const char *start = *list;

	if (!start || *start == '\0')
		return false;
	size_t size = strcspn(start, ",");

	*list = start[size] == ',' ? start + size + 1 : start + size;
	ret_name[0] = '\0';
	if (size < NAME_SIZE) {
		memcpy(ret_name, start, size);
		ret_name[size] = '\0';
	}
	if (!ask_name_is_valid(ret_name))
		ret_name[0] = '\0';
	return true;
}

int names_count(const char *list, unsigned max)
{
	char name[NAME_SIZE];
	unsigned count = 0;

	while (names_next(&list, name)) {
		if (name[0] == '\0' || ++count > max)
			return -EINVAL;
	}
	return (int)count;
}
