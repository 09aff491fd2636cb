/* Packets of speech as a hostile browser may send them: in any order, at any time, with any stamps.
 * Whatever comes, what goes out is in order, bounded, and never from the past. */
#include <assert.h>
#include <string.h>

#include "proto/rtc/jitter.h"
#include "proto/rtp/rtp_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_all(struct jitter *jitter, uint64_t now_ns)
{
	struct jitter_packet packet;
	uint32_t next = jitter->next;

	while (jitter_take(jitter, now_ns, &packet)) {
		assert(packet.data.size > 0 && packet.data.size <= JITTER_PACKET_MAX);
		assert((int32_t)(jitter->next - next) > 0);
		next = jitter->next;
	}
	assert(jitter->count <= JITTER_SLOTS);
}

/* u8: ms that pass | u8: size | an RTP packet of that size */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct jitter jitter;
	struct bytes_reader reader = bytes_read(data, size);
	uint64_t now_ns = UINT64_C(1000000000);

	memset(&jitter, 0, sizeof(jitter));
	while (bytes_left(&reader) > 2) {
		struct rtp_packet packet;

		now_ns += bytes_get_u8(&reader) * UINT64_C(1000000);
		size_t length = bytes_get_u8(&reader);
		const uint8_t *at = bytes_get(&reader, length);

		if (!at)
			break;
		if (rtp_packet_parse(at, length, &packet) == 0 &&
		    jitter_put(&jitter, packet.sequence, packet.timestamp, packet.payload, now_ns) < 0)
			continue;
		take_all(&jitter, now_ns);
	}
	take_all(&jitter, UINT64_MAX);
	return 0;
}
