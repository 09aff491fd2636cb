#include "proto/rtc/rtcp.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

enum {
	RTCP_VERSION = 2 << 6,
	FORMAT_NACK = 1, /* of RTPFB */
	FORMAT_PLI = 1,  /* of PSFB */
	FORMAT_FIR = 4,
	FORMAT_APPLICATION = 15,
	SDES_CNAME = 1,
};

#define ROUND_TRIP_MAX      UINT32_C(0x1e0000) /* 30 s: a clock that was set, or a lie */
#define REMB_WORD           UINT32_C(0x52454d42)
#define NTP_UNIX_DIFFERENCE UINT64_C(2208988800)

static int rtcp_reports(struct rtcp_feedback *feedback, struct bytes_reader *reader, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct rtcp_report report = {0};

		report.ssrc = bytes_get_be32(reader);
		report.fraction_lost = bytes_get_u8(reader);
		bytes_get_be24(reader);
		report.highest_sequence = bytes_get_be32(reader);
		report.jitter = bytes_get_be32(reader);
		report.last_sr = bytes_get_be32(reader);
		report.delay_since_sr = bytes_get_be32(reader);
		if (reader->failed)
			return -EBADMSG;
		if (feedback->report_count < RTCP_REPORT_MAX)
			feedback->report[feedback->report_count++] = report;
	}
	return 0;
}

static int rtcp_sender_report(struct rtcp_feedback *feedback, struct bytes_reader reader,
			      unsigned count)
{
	bytes_get(&reader, 24);
	return rtcp_reports(feedback, &reader, count);
}

static int rtcp_receiver_report(struct rtcp_feedback *feedback, struct bytes_reader reader,
				unsigned count)
{
	bytes_get_be32(&reader);
	return rtcp_reports(feedback, &reader, count);
}

static void nack_add(struct rtcp_feedback *feedback, uint16_t sequence)
{
	if (feedback->nack_count < RTCP_NACK_MAX)
		feedback->nack[feedback->nack_count++] = sequence;
}

/* RFC 4585 §6.2.1: a lost packet, and a mask of those that follow it. */
static int rtcp_transport(struct rtcp_feedback *feedback, struct bytes_reader reader,
			  unsigned format)
{
	if (format != FORMAT_NACK)
		return 0;
	bytes_get_be32(&reader);
	feedback->nack_ssrc = bytes_get_be32(&reader);
	while (bytes_left(&reader)) {
		uint16_t first = bytes_get_be16(&reader);
		uint16_t mask = bytes_get_be16(&reader);

		if (reader.failed)
			return -EBADMSG;
		nack_add(feedback, first);
		for (unsigned i = 0; i < 16; i++)
			if (mask >> i & 1)
				nack_add(feedback, (uint16_t)(first + i + 1));
	}
	return reader.failed ? -EBADMSG : 0;
}

static int rtcp_remb(struct rtcp_feedback *feedback, struct bytes_reader *reader)
{
	if (bytes_get_be32(reader) != REMB_WORD)
		return 0;
	bytes_get_u8(reader);
	uint32_t word = bytes_get_be24(reader);

	if (reader->failed)
		return -EBADMSG;
	uint32_t exponent = word >> 18;
	uint64_t mantissa = word & 0x3ffff;

	feedback->remb_bps = exponent > 45 ? UINT64_MAX >> 1 : mantissa << exponent;
	feedback->has_remb = true;
	return 0;
}

static int rtcp_payload(struct rtcp_feedback *feedback, struct bytes_reader reader, unsigned format)
{
	bytes_get_be32(&reader);
	uint32_t ssrc = bytes_get_be32(&reader);

	if (format == FORMAT_APPLICATION)
		return rtcp_remb(feedback, &reader);
	if (format == FORMAT_PLI) {
		feedback->has_pli = true;
		feedback->pli_ssrc = ssrc;
	} else if (format == FORMAT_FIR) {
		feedback->has_fir = true;
		feedback->fir_ssrc = bytes_get_be32(&reader);
	}
	return reader.failed ? -EBADMSG : 0;
}

static int rtcp_bye(struct rtcp_feedback *feedback, struct bytes_reader reader, unsigned count)
{
	(void)reader;
	(void)count;
	feedback->has_bye = true;
	return 0;
}

static const struct {
	uint8_t type;
	/* `count` is the five bits beside the version: report count or feedback format. */
	int (*parse)(struct rtcp_feedback *feedback, struct bytes_reader reader, unsigned count);
} rtcp_kinds[] = {
	{RTCP_SR, rtcp_sender_report}, {RTCP_RR, rtcp_receiver_report}, {RTCP_BYE, rtcp_bye},
	{RTCP_RTPFB, rtcp_transport},  {RTCP_PSFB, rtcp_payload},
};

static int rtcp_packet(struct rtcp_feedback *feedback, struct bytes_reader *reader)
{
	uint8_t first = bytes_get_u8(reader);
	uint8_t type = bytes_get_u8(reader);
	size_t size = (size_t)bytes_get_be16(reader) * 4;
	const uint8_t *body = bytes_get(reader, size);

	if (!body || (first & 0xc0) != RTCP_VERSION)
		return -EBADMSG;
	/* Padding, on the last packet only, counts itself (RFC 3550 §6.4.1). */
	if (first & 0x20) {
		if (size == 0 || body[size - 1] == 0 || body[size - 1] > size)
			return -EBADMSG;
		size -= body[size - 1];
	}
	for (size_t i = 0; i < ARRAY_COUNT(rtcp_kinds); i++)
		if (rtcp_kinds[i].type == type)
			return rtcp_kinds[i].parse(feedback, bytes_read(body, size), first & 0x1f);
	return 0;
}

int rtcp_parse(const uint8_t *data, size_t size, struct rtcp_feedback *ret_feedback)
{
	struct bytes_reader reader = bytes_read(data, size);
	int r = size ? 0 : -EBADMSG;

	ret_feedback->report_count = ret_feedback->nack_count = 0;
	ret_feedback->has_pli = ret_feedback->has_fir = false;
	ret_feedback->has_remb = ret_feedback->has_bye = false;
	while (r == 0 && bytes_left(&reader))
		r = rtcp_packet(ret_feedback, &reader);
	return r;
}

uint32_t rtcp_round_trip_ms(const struct rtcp_report *report, uint32_t now_ntp)
{
	uint32_t passed = now_ntp - report->last_sr - report->delay_since_sr;

	if (report->last_sr == 0 || passed > ROUND_TRIP_MAX)
		return 0;
	return (uint32_t)((uint64_t)passed * 1000 / 65536);
}

static void rtcp_put_header(struct bytes_writer *writer, unsigned count, enum rtcp_type type,
			    size_t body_size)
{
	bytes_put_be32(writer, (RTCP_VERSION | count) << 24 | (uint32_t)type << 16 |
				       (uint32_t)(body_size / 4));
}

static void rtcp_put_sdes(struct bytes_writer *writer, uint32_t ssrc, const char *cname)
{
	static const uint8_t zeros[4];
	size_t size = strnlen(cname, RTCP_CNAME_SIZE_MAX);
	/* The chunk ends in one to four zero bytes (RFC 3550 §6.5). */
	size_t padding = 4 - (2 + size) % 4;

	rtcp_put_header(writer, 1, RTCP_SDES, 4 + 2 + size + padding);
	bytes_put_be32(writer, ssrc);
	bytes_put_u8(writer, SDES_CNAME);
	bytes_put_u8(writer, (uint8_t)size);
	bytes_put(writer, cname, size);
	bytes_put(writer, zeros, padding);
}

int rtcp_build_sender(const struct rtcp_sender *sender, uint8_t ret_data[RTCP_SIZE_MAX])
{
	struct bytes_writer writer = bytes_write(ret_data, RTCP_SIZE_MAX);

	rtcp_put_header(&writer, 0, RTCP_SR, 24);
	bytes_put_be32(&writer, sender->ssrc);
	bytes_put_be64(&writer, sender->ntp);
	bytes_put_be32(&writer, sender->rtp_time);
	bytes_put_be32(&writer, sender->packets);
	bytes_put_be32(&writer, sender->octets);
	rtcp_put_sdes(&writer, sender->ssrc, sender->cname);
	return (int)bytes_written(&writer);
}

int rtcp_build_bye(uint32_t ssrc, uint8_t ret_data[RTCP_SIZE_MAX])
{
	struct bytes_writer writer = bytes_write(ret_data, RTCP_SIZE_MAX);

	rtcp_put_header(&writer, 0, RTCP_RR, 4);
	bytes_put_be32(&writer, ssrc);
	rtcp_put_header(&writer, 1, RTCP_BYE, 4);
	bytes_put_be32(&writer, ssrc);
	return (int)bytes_written(&writer);
}

uint64_t rtcp_ntp_of_us(uint64_t real_us)
{
	uint64_t seconds = real_us / 1000000 + NTP_UNIX_DIFFERENCE;
	uint64_t fraction = (real_us % 1000000 << 32) / 1000000;

	return seconds << 32 | fraction;
}
