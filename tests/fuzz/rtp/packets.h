/* Reads a fuzzer's bytes as packets: flags, u16 size, payload. Flags: 1 marker, 2 after a gap, the
 * rest is how far the timestamp moves on. */
#ifndef FUZZ_RTP_PACKETS_H
#define FUZZ_RTP_PACKETS_H

#include "proto/rtp/rtp_depack.h"

static inline bool packets_next(struct bytes_reader *reader, struct rtp_packet *packet,
				bool *ret_after_gap)
{
	if (bytes_left(reader) < 3)
		return false;
	uint8_t flags = bytes_get_u8(reader);
	size_t size = bytes_get_be16(reader);

	if (size > bytes_left(reader))
		size = bytes_left(reader);
	packet->marker = flags & 1;
	packet->timestamp += flags >> 2;
	packet->payload = (struct bytes){bytes_get(reader, size), size};
	*ret_after_gap = flags & 2;
	return true;
}

/* What every picture that comes out holds to. */
static inline void packets_check_units(const struct rtp_frame *frame)
{
	struct bytes_reader reader = bytes_read(frame->data, frame->size);

	if (frame->size == 0)
		__builtin_trap();
	while (bytes_left(&reader) > 0)
		bytes_get(&reader, bytes_get_be32(&reader));
	if (reader.failed)
		__builtin_trap();
}

static inline void packets_run_video(const uint8_t *data, size_t size,
				     const struct rtp_depack_options *options)
{
	static struct rtp_depack depack;
	static uint8_t picture[16384];
	struct bytes_reader reader = bytes_read(data, size);
	struct rtp_packet packet = {0};
	bool after_gap, had_key = false, lost = false;

	if (rtp_depack_init(&depack, options, picture, sizeof(picture)) < 0)
		__builtin_trap();
	while (packets_next(&reader, &packet, &after_gap)) {
		struct rtp_frame frame;

		rtp_depack_push(&depack, &packet, after_gap);
		lost = lost || after_gap;
		while (rtp_depack_next(&depack, &frame)) {
			packets_check_units(&frame);
			/* never a picture that refers to a lost one */
			if (!frame.is_key && (!had_key || (lost && !after_gap && frame.after_gap)))
				__builtin_trap();
			if (frame.after_gap && !frame.is_key)
				__builtin_trap();
			had_key = true;
			lost = false;
		}
	}
}

#endif
