#include "proto/media/pieces.h"

#include <errno.h>

static bool begin_is_valid(const struct pieces *pieces, const struct ipc_frame *piece)
{
	return piece->frame > pieces->newest && piece->size > 0 && piece->size <= FRAME_SIZE_MAX &&
	       (piece->flags & ~(uint32_t)(FRAME_KEY | FRAME_AFTER_GAP)) == 0;
}

static bool continue_is_valid(const struct pieces *pieces, const struct ipc_frame *piece)
{
	const struct ipc_frame *first = &pieces->frame;

	return pieces->in_progress && piece->frame == first->frame && piece->size == first->size &&
	       piece->pts_ns == first->pts_ns && piece->flags == first->flags &&
	       piece->config == first->config && piece->offset == pieces->received;
}

int pieces_take(struct pieces *pieces, const struct ipc_frame *piece, size_t size)
{
	bool begins = piece->offset == 0;
	int events = begins ? PIECES_BEGINS : 0;

	if (begins ? !begin_is_valid(pieces, piece) : !continue_is_valid(pieces, piece))
		return -EBADMSG;
	if (size == 0 || size > piece->size - piece->offset)
		return -EBADMSG;
	if (size < PIECES_SIZE_MIN && size < piece->size - piece->offset)
		return -EBADMSG;
	if (begins) {
		if (pieces->in_progress)
			events |= PIECES_ABANDONS;
		pieces->frame = *piece;
		pieces->newest = piece->frame;
		pieces->received = 0;
	}
	pieces->received += (uint32_t)size;
	pieces->in_progress = pieces->received < piece->size;
	return pieces->in_progress ? events : events | PIECES_COMPLETES;
}
