/* Pieces from a camera's process that was taken over: whatever it says, no byte lands outside its
 * frame, and a frame that counts as whole has every byte. Input: records of struct ipc_frame and a
 * u16 size of the piece. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "proto/media/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pieces pieces = {0};
	uint64_t newest = 0;
	uint32_t received = 0;
	struct ipc_frame piece;
	uint16_t piece_size;

	while (size >= sizeof(piece) + sizeof(piece_size)) {
		memcpy(&piece, data, sizeof(piece));
		memcpy(&piece_size, data + sizeof(piece), sizeof(piece_size));
		data += sizeof(piece) + sizeof(piece_size);
		size -= sizeof(piece) + sizeof(piece_size);
		int events = pieces_take(&pieces, &piece, piece_size);

		if (events < 0)
			continue;
		if (events & PIECES_BEGINS) {
			assert(piece.frame > newest && piece.offset == 0);
			newest = piece.frame;
			received = 0;
		}
		assert(piece.frame == newest && piece.offset == received);
		received += piece_size;
		assert(received <= piece.size && piece.size <= FRAME_SIZE_MAX);
		assert(((events & PIECES_COMPLETES) != 0) == (received == piece.size));
	}
	return 0;
}
