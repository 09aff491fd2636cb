#include "proto/rtp/rtp_g711.h"

void rtp_g711_push(struct rtp_g711 *g711, const struct rtp_packet *packet, bool after_gap)
{
	g711->samples = bytes_read(packet->payload.data, packet->payload.size);
	if (after_gap)
		g711->has_gap = true;
	if (after_gap || g711->held == 0 ||
	    packet->timestamp != g711->timestamp + (uint32_t)g711->held) {
		g711->held = 0;
		g711->timestamp = packet->timestamp;
	}
}

bool rtp_g711_next(struct rtp_g711 *g711, struct rtp_frame *ret_frame)
{
	size_t left = bytes_left(&g711->samples), wanted = RTP_G711_FRAME_SIZE - g711->held;
	size_t count = left < wanted ? left : wanted;
	const uint8_t *data = g711->samples.at;

	if (count == 0)
		return false;
	/* A frame that lies whole in the packet needs no copy. */
	if (count < RTP_G711_FRAME_SIZE) {
		memcpy(g711->buffer + g711->held, data, count);
		data = g711->buffer;
	}
	bytes_get(&g711->samples, count);
	g711->held += count;
	if (g711->held < RTP_G711_FRAME_SIZE)
		return false;
	*ret_frame = (struct rtp_frame){
		.timestamp = g711->timestamp,
		.is_key = true,
		.after_gap = g711->has_gap,
		.data = data,
		.size = RTP_G711_FRAME_SIZE,
	};
	g711->timestamp += RTP_G711_FRAME_SIZE;
	g711->held = 0;
	g711->has_gap = false;
	return true;
}
