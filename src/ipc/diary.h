/* The words for kinds of events: one table for everybody who writes or reads them. */
#ifndef IPC_DIARY_H
#define IPC_DIARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages_diary.h"

/* "person"; "unknown" for a number that is no kind. */
const char *diary_word(uint32_t kind);
/* -EINVAL: no such kind. */
NODISCARD int diary_parse_word(const char *word, size_t size, uint32_t *ret_kind);

#endif
