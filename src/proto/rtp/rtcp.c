#include "proto/rtp/rtcp.h"

#include <errno.h>
#include <string.h>

enum { SDES_CNAME = 1, CNAME_SIZE_MAX = 64 };

int rtcp_next(struct bytes_reader *compound, struct rtcp_packet *ret_packet)
{
	struct rtcp_packet packet = {0};

	if (bytes_left(compound) == 0)
		return compound->failed ? -EBADMSG : 0;
	uint8_t first = bytes_get_u8(compound);

	packet.type = bytes_get_u8(compound);
	size_t size = 4 * (size_t)bytes_get_be16(compound);
	const uint8_t *body = bytes_get(compound, size);

	if (compound->failed || first >> 6 != 2)
		return -EBADMSG;
	struct bytes_reader reader = bytes_read(body, size);

	if (size >= 4)
		packet.ssrc = bytes_get_be32(&reader);
	if (packet.type == RTCP_SR) {
		packet.ntp = bytes_get_be64(&reader);
		packet.timestamp = bytes_get_be32(&reader);
		packet.packets = bytes_get_be32(&reader);
		packet.octets = bytes_get_be32(&reader);
	}
	if (reader.failed)
		return -EBADMSG;
	*ret_packet = packet;
	return 1;
}

static void build_block(struct bytes_writer *writer, const struct rtcp_report *report)
{
	bytes_put_be32(writer, report->ssrc);
	bytes_put_u8(writer, report->fraction_lost);
	bytes_put_be24(writer, (uint32_t)report->lost & 0xffffff);
	bytes_put_be32(writer, report->highest_sequence);
	bytes_put_be32(writer, report->jitter);
	bytes_put_be32(writer, report->last_sr);
	bytes_put_be32(writer, report->delay_last_sr);
}

/* One chunk: SSRC, the item, and zeros up to a multiple of four, one at least (§6.5). */
static void build_names(struct bytes_writer *writer, uint32_t own_ssrc, const char *cname)
{
	static const uint8_t zeros[4];
	size_t name_size = strnlen(cname, CNAME_SIZE_MAX);
	size_t item_size = 2 + name_size;
	size_t padding = 4 - item_size % 4;

	bytes_put_u8(writer, 0x81);
	bytes_put_u8(writer, RTCP_SDES);
	bytes_put_be16(writer, (uint16_t)(1 + (item_size + padding) / 4));
	bytes_put_be32(writer, own_ssrc);
	bytes_put_u8(writer, SDES_CNAME);
	bytes_put_u8(writer, (uint8_t)name_size);
	bytes_put(writer, cname, name_size);
	bytes_put(writer, zeros, padding);
}

void rtcp_build_report(struct bytes_writer *writer, uint32_t own_ssrc, const char *cname,
		       const struct rtcp_report *report)
{
	bytes_put_u8(writer, 0x81);
	bytes_put_u8(writer, RTCP_RR);
	bytes_put_be16(writer, 7);
	bytes_put_be32(writer, own_ssrc);
	build_block(writer, report);
	build_names(writer, own_ssrc, cname);
}

uint64_t rtcp_ntp_ns(uint64_t ntp)
{
	return (ntp >> 32) * UINT64_C(1000000000) +
	       ((ntp & UINT32_MAX) * UINT64_C(1000000000) >> 32);
}
