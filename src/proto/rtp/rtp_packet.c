#include "proto/rtp/rtp_packet.h"

#include <errno.h>

enum { RTCP_TYPE_MIN = 192, RTCP_TYPE_MAX = 223 };

/* Header extensions (RFC 3550 §5.3.1) say nothing that Ward needs from a camera. */
static void skip_extension(struct bytes_reader *reader)
{
	bytes_get(reader, 2);
	bytes_get(reader, 4 * (size_t)bytes_get_be16(reader));
}

int rtp_packet_parse(const void *data, size_t size, struct rtp_packet *ret_packet)
{
	struct bytes_reader reader = bytes_read(data, size);
	uint8_t first = bytes_get_u8(&reader);
	uint8_t second = bytes_get_u8(&reader);
	struct rtp_packet packet = {
		.marker = second >> 7,
		.payload_type = second & 0x7f,
	};

	packet.sequence = bytes_get_be16(&reader);
	packet.timestamp = bytes_get_be32(&reader);
	packet.ssrc = bytes_get_be32(&reader);
	bytes_get(&reader, 4 * (size_t)(first & 0x0f));
	if (first & 0x10)
		skip_extension(&reader);
	if (reader.failed || first >> 6 != 2)
		return -EBADMSG;
	size_t left = bytes_left(&reader);
	size_t padding = first & 0x20 && left ? reader.end[-1] : 0;

	if (padding > left)
		return -EBADMSG;
	packet.payload = (struct bytes){reader.at, left - padding};
	*ret_packet = packet;
	return 0;
}

bool rtp_packet_is_rtcp(const void *data, size_t size)
{
	const uint8_t *at = data;

	return size >= 4 && at[0] >> 6 == 2 && at[1] >= RTCP_TYPE_MIN && at[1] <= RTCP_TYPE_MAX;
}
