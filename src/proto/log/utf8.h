/* UTF-8 (RFC 3629), as far as signed notes need it. */
#ifndef PROTO_LOG_UTF8_H
#define PROTO_LOG_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* No overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_is_valid(const char *data, size_t size);
/* Holds a character with Unicode's White_Space property. `data` is valid UTF-8. */
bool utf8_has_space(const char *data, size_t size);

#endif
