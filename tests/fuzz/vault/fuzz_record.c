/* Records of the index, as a damaged database may hold them: what parses is a piece within its
 * bounds, and is written again as the same bytes. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "ipc/messages.h"
#include "vault/store/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct block block;
	uint8_t again[BLOCK_RECORD_SIZE];
	struct block_piece piece;
	size_t count = 0;
	int rc;

	while ((rc = block_parse_record(data, size, count, &piece)) == 0) {
		assert(piece.track < TRACK_COUNT && piece.gap < GAP_COUNT);
		assert(piece.start_us <= piece.end_us);
		block.count = 0;
		assert(block_add(&block, &piece) == 0);
		assert(block_build_records(&block, again, sizeof(again)) == sizeof(again));
		assert(memcmp(again, data + count * BLOCK_RECORD_SIZE, sizeof(again)) == 0);
		count++;
	}
	assert(rc == -EBADMSG);
	return 0;
}
