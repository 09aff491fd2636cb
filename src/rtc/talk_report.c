#include "rtc/talk_report.h"

#include <stdlib.h>

#include "base/clock.h"
#include "proto/rtp/rtp_stats.h"

enum { OPUS_HZ = 48000, NTP_A_SECOND = 65536 /* of the middle 32 bits */ };

struct talk_report {
	struct rtp_stats stats;
	uint64_t reported; /* packets, when the last report was made */
	uint32_t sr_ssrc, sr_ntp; /* the newest sender report: whose, and the middle of its time */
	uint64_t sr_ns;           /* when it came; 0: none has */
};

struct talk_report *talk_report_create(void)
{
	return calloc(1, sizeof(struct talk_report));
}

void talk_report_destroy(struct talk_report *report)
{
	free(report);
}

void talk_report_take(struct talk_report *report, const struct rtp_packet *packet, uint64_t now_ns)
{
	uint64_t arrival = now_ns / CLOCK_NS_PER_S * OPUS_HZ +
			   now_ns % CLOCK_NS_PER_S * OPUS_HZ / CLOCK_NS_PER_S;

	(void)rtp_stats_add(&report->stats, packet, (uint32_t)arrival);
}

void talk_report_take_rtcp(struct talk_report *report, struct bytes compound, uint64_t now_ns)
{
	struct bytes_reader reader = bytes_read(compound.data, compound.size);
	struct rtcp_packet packet;

	while (rtcp_next(&reader, &packet) > 0) {
		if (packet.type != RTCP_SR)
			continue;
		report->sr_ssrc = packet.ssrc;
		report->sr_ntp = (uint32_t)(packet.ntp >> 16);
		report->sr_ns = now_ns;
	}
}

size_t talk_report_build(struct talk_report *report, uint32_t own_ssrc, uint64_t now_ns,
			 uint8_t ret_data[TALK_REPORT_SIZE_MAX])
{
	struct rtcp_report block = {0};
	struct bytes_writer writer = bytes_write(ret_data, TALK_REPORT_SIZE_MAX);

	if (report->stats.packets == report->reported)
		return 0;
	report->reported = report->stats.packets;
	rtp_stats_report(&report->stats, &block);
	if (report->sr_ns && report->sr_ssrc == report->stats.ssrc) {
		block.last_sr = report->sr_ntp;
		block.delay_last_sr = (uint32_t)((now_ns - report->sr_ns) / 1000 * NTP_A_SECOND / 1000000);
	}
	rtcp_build_report(&writer, own_ssrc, "ward", &block);
	return writer.failed ? 0 : bytes_written(&writer);
}
