/* Names that people give to cameras. */
#ifndef CONF_NAME_H
#define CONF_NAME_H

#include <stdbool.h>

/* 1 to 63 bytes of UTF-8: letters of any script, digits, space, - _ . ; it begins with no space,
 * dot or dash and ends with no space or dot. So a name is a file's name, a word of a URL's path
 * once it is escaped, and an element of a comma-separated list. Characters that are invisible or
 * turn the direction of writing are refused: two names that look the same would be a lie. */
bool name_is_valid(const char *name);

/* What name_is_valid wants, for messages. */
extern const char name_rule[];

#endif
