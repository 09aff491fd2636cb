#include "proto/rtc/framing.h"

#include <errno.h>

int framing_next(const uint8_t *data, size_t size, struct bytes *ret_packet)
{
	struct bytes_reader reader = bytes_read(data, size);
	size_t packet_size = bytes_get_be16(&reader);

	if (packet_size > FRAMING_PACKET_MAX)
		return -EMSGSIZE;
	const uint8_t *packet = bytes_get(&reader, packet_size);

	if (!packet)
		return 0;
	*ret_packet = (struct bytes){packet, packet_size};
	return (int)(FRAMING_HEADER_SIZE + packet_size);
}
