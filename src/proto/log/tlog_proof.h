/* A proof that a stranger can keep: c2sp.org/tlog-proof@v1, without extra data of our own. */
#ifndef PROTO_LOG_TLOG_PROOF_H
#define PROTO_LOG_TLOG_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/text.h"
#include "proto/log/merkle.h"
#include "proto/log/note.h"

enum { TLOG_PROOF_HASHES_MAX = 63, TLOG_PROOF_SIZE_MAX = 65536 };

struct tlog_proof {
	uint64_t index;
	unsigned hash_count;
	struct merkle_hash hashes[TLOG_PROOF_HASHES_MAX];
	struct bytes note; /* the checkpoint, verbatim */
};

void tlog_proof_build(const struct tlog_proof *proof, struct text *text);

/* Takes the text apart; the note points into it, unread. Canonical `extra` data is skipped. 0 or
 * -EBADMSG. */
NODISCARD int tlog_proof_parse(const void *data, size_t size, struct tlog_proof *ret_proof);

/* That the entry with this leaf hash is under the checkpoint, and that the key signed it. 0,
 * -ENOKEY or -EBADMSG. */
NODISCARD int tlog_proof_verify(const struct tlog_proof *proof, const struct merkle_hash *leaf,
				const struct note_key *key);

#endif
