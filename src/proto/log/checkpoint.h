/* A log's head as a signed note: c2sp.org/tlog-checkpoint, without extension lines. */
#ifndef PROTO_LOG_CHECKPOINT_H
#define PROTO_LOG_CHECKPOINT_H

#include "base/attr.h"
#include "base/bytes.h"
#include "base/text.h"
#include "proto/log/merkle.h"
#include "proto/log/note.h"

struct checkpoint {
	struct bytes origin; /* points into the parsed text */
	struct merkle_head head;
};

/* The note's text: origin, size, root, a line each. -EBADMSG, also on an extension line. */
NODISCARD int checkpoint_parse(struct bytes text, struct checkpoint *ret_checkpoint);
void checkpoint_build(const char *origin, const struct merkle_head *head, struct text *text);

/* Parses a signed note whose origin is the key's name and which that key signed. -EBADMSG, or
 * -ENOKEY if it is another log's or nobody's. */
NODISCARD int checkpoint_open(const void *data, size_t size, const struct note_key *key,
			      struct checkpoint *ret_checkpoint);

#endif
