#include <assert.h>
#include <errno.h>

#include "proto/rtp/rtp_reorder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each three bytes: a sequence number, and how much time passes. What comes out between two gaps is
 * without holes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rtp_reorder reorder;
	struct bytes_reader reader = bytes_read(data, size);
	struct rtp_reordered out;
	uint64_t now_ns = 0;
	uint16_t next = 0;
	bool is_first = true;

	memset(&reorder, 0, sizeof(reorder));
	while (bytes_left(&reader) >= 3) {
		uint16_t sequence = bytes_get_be16(&reader);

		now_ns += bytes_get_u8(&reader) * UINT64_C(500000);
		int rc = rtp_reorder_push(&reorder, sequence, &sequence, sizeof(sequence), now_ns);

		assert(rc == 0 || rc == -EALREADY);
		while (rtp_reorder_pop(&reorder, now_ns, &out)) {
			uint16_t got;

			assert(out.size == sizeof(got));
			memcpy(&got, out.data, sizeof(got));
			assert(is_first || out.after_gap || got == next);
			next = (uint16_t)(got + 1);
			is_first = false;
		}
		assert(reorder.held < RTP_REORDER_DEPTH);
	}
	return 0;
}
