/* An entry of the log in one line of plain words, or as JSON. */
#ifndef TOOLS_ENTRY_WORDS_H
#define TOOLS_ENTRY_WORDS_H

#include <jansson.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/bytes.h"

/* `text` is the entry; `openings` the lines `name salt-hex value` that belong to it, or empty. Each
 * opening is held against its commitment. NULL (or -EBADMSG) if the entry is not canonical or an
 * opening does not fit. */
json_t *entry_words_json(struct bytes text, struct bytes openings);
NODISCARD int entry_words_print(struct bytes text, struct bytes openings);

#endif
