#include <assert.h>

#include "base/bytes.h"
#include "proto/rtp/clock_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SHIFT_MAX_S = 1, RECORD_SIZE = 7 };

/* Each seven bytes: what happens, a timestamp (often near the last), how much time passes. Whatever
 * a camera does to its clock, times keep the order of timestamps and never run far ahead. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct clock_map map, master;
	struct bytes_reader reader = bytes_read(data, size);
	uint64_t arrival_ns = UINT64_C(1000000000), last_pts_ns = 0;
	uint32_t timestamp = 0, last_timestamp = 0;
	bool is_first = true;

	clock_map_init(&map, 8000);
	clock_map_init(&master, 90000);
	while (bytes_left(&reader) >= RECORD_SIZE) {
		uint8_t what = bytes_get_u8(&reader);
		uint32_t value = bytes_get_be32(&reader);
		uint64_t restarts = map.restarts;

		arrival_ns += bytes_get_be16(&reader) * UINT64_C(100000);
		timestamp = what & 1 ? value : timestamp + value % 2000;
		clock_map_frame(&master, (uint32_t)(arrival_ns / 11111), arrival_ns);
		if (what & 2)
			clock_map_report(&map, timestamp, value * UINT64_C(1000000007), arrival_ns);
		if (what & 4)
			clock_map_report(&master, (uint32_t)(arrival_ns / 11111), value,
					 arrival_ns);
		clock_map_align(&map, &master);
		uint64_t pts_ns = clock_map_frame(&map, timestamp, arrival_ns);
		bool is_later = (int32_t)(timestamp - last_timestamp) > 0;

		if (!is_first && (is_later || restarts != map.restarts))
			assert(pts_ns >= last_pts_ns);
		assert(pts_ns <= arrival_ns + SHIFT_MAX_S * UINT64_C(1000000000) + 1000000);
		is_first = false;
		last_timestamp = timestamp;
		last_pts_ns = pts_ns;
	}
	return 0;
}
