#include "proto/rtp/rtp_stats.h"

enum { LOST_MAX = 0x7fffff };

static void restart(struct rtp_stats *stats, const struct rtp_packet *packet, uint32_t arrival)
{
	*stats = (struct rtp_stats){
		.is_started = true,
		.ssrc = packet->ssrc,
		.base = packet->sequence,
		.highest = packet->sequence,
		.received = 1,
		.transit = arrival - packet->timestamp,
		.packets = stats->packets + 1,
		.lost = stats->lost,
		.reordered = stats->reordered,
	};
}

/* §A.8 */
static void add_jitter(struct rtp_stats *stats, const struct rtp_packet *packet, uint32_t arrival)
{
	uint32_t transit = arrival - packet->timestamp;
	int32_t change = (int32_t)(transit - stats->transit);
	uint32_t size = change < 0 ? 0U - (uint32_t)change : (uint32_t)change;

	stats->transit = transit;
	stats->jitter += size - ((stats->jitter + 8) >> 4);
}

enum rtp_place rtp_stats_add(struct rtp_stats *stats, const struct rtp_packet *packet,
			     uint32_t arrival)
{
	uint16_t ahead = (uint16_t)(packet->sequence - (uint16_t)stats->highest);
	uint16_t behind = (uint16_t)-ahead;

	if (!stats->is_started || packet->ssrc != stats->ssrc ||
	    (ahead > RTP_SEQUENCE_AHEAD_MAX && behind > RTP_SEQUENCE_BEHIND_MAX)) {
		restart(stats, packet, arrival);
		return RTP_RESTART;
	}
	stats->packets++;
	stats->received++;
	add_jitter(stats, packet, arrival);
	if (ahead == 0 || ahead > RTP_SEQUENCE_AHEAD_MAX) {
		stats->reordered++;
		/* It was counted as lost when the gap showed; a repeat was not. */
		if (ahead != 0 && stats->lost > 0)
			stats->lost--;
		return RTP_LATE;
	}
	stats->highest += ahead;
	stats->lost += ahead - 1U;
	return ahead == 1 ? RTP_NEXT : RTP_GAP;
}

void rtp_stats_report(struct rtp_stats *stats, struct rtcp_report *report)
{
	uint32_t expected = stats->highest - stats->base + 1;
	uint32_t expected_now = expected - stats->expected_before;
	uint32_t received_now = stats->received - stats->received_before;
	int64_t lost = (int64_t)expected - stats->received;

	stats->expected_before = expected;
	stats->received_before = stats->received;
	report->ssrc = stats->ssrc;
	report->fraction_lost = 0;
	if (expected_now > received_now)
		report->fraction_lost =
			(uint8_t)(((uint64_t)(expected_now - received_now) << 8) / expected_now);
	if (expected_now > received_now && received_now == 0)
		report->fraction_lost = 255;
	if (lost > LOST_MAX)
		lost = LOST_MAX;
	if (lost < -LOST_MAX)
		lost = -LOST_MAX;
	report->lost = (int32_t)lost;
	report->highest_sequence = stats->highest;
	report->jitter = stats->jitter >> 4;
}
