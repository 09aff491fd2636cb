/* The words of `ward/entry/1`: which kinds there are, which keys each takes, what a value looks
 * like. A new kind or key is a line in a table here and a constant in entry.h. */
#ifndef PROTO_LOG_ENTRY_WORDS_H
#define PROTO_LOG_ENTRY_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "proto/log/entry.h"

#define ENTRY_KEY_BIT(key) (UINT32_C(1) << (key))

struct entry_kind_words {
	const char *name;
	uint32_t needs; /* sets of ENTRY_KEY_BIT */
	uint32_t takes; /* besides those */
};

struct entry_key_words {
	const char *name;
	bool (*is_valid)(struct bytes value);
};

extern const struct entry_kind_words entry_kinds[ENTRY_KIND_COUNT];
extern const struct entry_key_words entry_keys[ENTRY_KEY_COUNT];

/* A commitment's name: a-z, then a-z 0-9 and -, at most ENTRY_NAME_MAX letters. */
bool entry_name_is_valid(struct bytes name);

/* The tracks' letters, in the order of enum entry_track's bits. */
extern const char entry_track_letters[];

#endif
