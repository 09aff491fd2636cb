/* Whatever lies in place of recorded G.711 is refused, or becomes as many bytes as were said before,
 * which can be read again. The first byte chooses what it is taken for. */
#include <assert.h>
#include <stdint.h>

#include "proto/mp4/mp4_flac.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 4 << 20 };

static uint8_t made[ROOM];

static void convert_init(struct bytes init)
{
	struct bytes_writer writer = bytes_write(made, init.size + FLAC_ENTRY_SIZE);
	struct mp4_init read;

	if (mp4_flac_put_init(&writer, init) < 0)
		return;
	assert(mp4_read_init((struct bytes){made, bytes_written(&writer)}, &read) == 0);
	assert(read.entry.size == FLAC_ENTRY_SIZE);
}

static void convert_fragment(struct bytes data, enum g711_law law)
{
	int64_t room = mp4_flac_fragment_size(data);
	struct bytes_writer writer;
	struct mp4_fragment read;

	if (room < 0 || room > ROOM)
		return;
	writer = bytes_write(made, (size_t)room);
	if (mp4_flac_put_fragment(&writer, data, law) < 0)
		return;
	assert(bytes_written(&writer) == (size_t)room);
	assert(mp4_read_fragment((struct bytes){made, (size_t)room}, &read) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > ROOM / 4)
		return 0;
	struct bytes rest = {data + 1, size - 1};

	if (data[0] & 1)
		convert_init(rest);
	else
		convert_fragment(rest, data[0] & 2 ? G711_ALAW : G711_ULAW);
	return 0;
}
