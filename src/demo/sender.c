#include "demo/sender.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "proto/rtc/rtcp.h"

enum { RTP_VERSION = 0x80, RTP_MARKER = 0x80 };

void sender_init(struct sender *sender)
{
	sender->ssrc = randombytes_random();
	sender->time_base = randombytes_random();
	sender->sequence = (uint16_t)randombytes_random();
	sender->packets = sender->octets = 0;
	sender->report_at_ns = 0;
}

uint32_t sender_rtp_time(const struct sender *sender, uint64_t at_ns)
{
	uint64_t past = at_ns - sender->epoch_ns;
	uint64_t seconds = past / CLOCK_NS_PER_S, rest = past % CLOCK_NS_PER_S;
	/* Rounded: a whole number of samples turned into ns and back is the same number. */
	uint64_t ticks = seconds * sender->clock_hz +
			 (rest * sender->clock_hz + CLOCK_NS_PER_S / 2) / CLOCK_NS_PER_S;

	return sender->time_base + (uint32_t)ticks;
}

static void send_report(struct sender *sender)
{
	uint8_t data[RTCP_SIZE_MAX];
	struct rtcp_sender report = {
		.ssrc = sender->ssrc,
		.ntp = rtcp_ntp_of_us(clock_real_us()),
		.rtp_time = sender_rtp_time(sender, clock_boot_ns()),
		.packets = sender->packets,
		.octets = sender->octets,
		.cname = "nursery",
	};
	int size = rtcp_build_sender(&report, data);

	sender->send(sender->link, data, (size_t)size, true);
}

void sender_send(struct sender *sender, const struct sender_frame *frame)
{
	uint8_t packet[SENDER_PACKET_MAX];
	uint32_t rtp_time = sender_rtp_time(sender, frame->taken_ns);

	if (frame->taken_ns >= sender->report_at_ns) {
		send_report(sender);
		sender->report_at_ns = frame->taken_ns + SENDER_REPORT_EVERY_S * CLOCK_NS_PER_S;
	}
	for (int i = 0; i < frame->count; i++) {
		const struct packer_packet *part = &frame->packets[i];
		struct bytes_writer writer = bytes_write(packet, sizeof(packet));
		bool has_marker = frame->is_video && part->is_last;

		bytes_put_u8(&writer, RTP_VERSION);
		bytes_put_u8(&writer, (uint8_t)(sender->payload_type | (has_marker ? RTP_MARKER : 0)));
		bytes_put_be16(&writer, sender->sequence++);
		bytes_put_be32(&writer, rtp_time);
		bytes_put_be32(&writer, sender->ssrc);
		bytes_put(&writer, frame->bytes + part->offset, part->size);
		if (writer.failed)
			continue;
		sender->packets++;
		sender->octets += part->size;
		sender->send(sender->link, packet, bytes_written(&writer), false);
	}
}
