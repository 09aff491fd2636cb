#include "proto/rtp/rtp_build.h"

#include <errno.h>

enum { VERSION = 0x80, MARKER = 0x80, AU_SIZE_MAX = 8191 /* 13 bits */ };

bool rtp_build_knows(uint32_t codec)
{
	return codec == CODEC_PCMU || codec == CODEC_PCMA || codec == CODEC_AAC;
}

int rtp_build_sound(struct rtp_build *build, uint64_t sample, struct bytes frame,
		    uint8_t *ret_packet, size_t capacity)
{
	struct bytes_writer writer = bytes_write(ret_packet, capacity);
	bool is_aac = build->codec == CODEC_AAC;
	bool has_marker = is_aac || !build->is_begun;

	if (is_aac && frame.size > AU_SIZE_MAX)
		return -EMSGSIZE;
	bytes_put_u8(&writer, VERSION);
	bytes_put_u8(&writer, (uint8_t)(build->payload_type | (has_marker ? MARKER : 0)));
	bytes_put_be16(&writer, build->sequence);
	bytes_put_be32(&writer, build->time + (uint32_t)sample);
	bytes_put_be32(&writer, build->ssrc);
	if (is_aac) {
		bytes_put_be16(&writer, 16); /* bits of AU headers: one of 13 + 3 */
		bytes_put_be16(&writer, (uint16_t)(frame.size << 3));
	}
	bytes_put(&writer, frame.data, frame.size);
	if (writer.failed)
		return -EMSGSIZE;
	build->sequence++;
	build->is_begun = true;
	return (int)bytes_written(&writer);
}
