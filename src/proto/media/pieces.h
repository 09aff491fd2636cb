/* Checks the pieces in which one track's frames cross between processes (struct ipc_frame). Pure
 * bookkeeping: says for each piece whether it begins, continues or completes a frame, and refuses
 * what no honest sender would send. The receiver keeps the bytes. */
#ifndef PROTO_MEDIA_PIECES_H
#define PROTO_MEDIA_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/messages.h"

/* Every piece but a frame's last is at least this long: a frame cannot be drawn out into millions
 * of datagrams. */
enum { PIECES_SIZE_MIN = 1024 };

/* What a piece is: a set. */
enum pieces_event {
	PIECES_BEGINS = 1,
	PIECES_COMPLETES = 2,
	PIECES_ABANDONS = 4, /* the frame before it was never completed and is void */
};

/* Zero-initialised: nothing seen. One for each track. */
struct pieces {
	struct ipc_frame frame; /* the frame in progress, as its first piece said */
	uint32_t received;      /* bytes of it so far */
	bool in_progress;
	uint64_t newest; /* the highest frame number begun */
};

/* A set of enum pieces_event, or -EBADMSG: size 0 or over FRAME_SIZE_MAX, a piece empty, out of
 * order, outside its frame or at odds with its frame's first piece, a number not above the ones
 * before it, unknown flags. */
NODISCARD int pieces_take(struct pieces *pieces, const struct ipc_frame *piece, size_t size);

#endif
