/* One track on its way to one client as RTP (RFC 3550), with sender reports that tie its RTP time
 * to the wall clock. How packets travel (TCP or UDP) is the link's business. */
#ifndef DEMO_SENDER_H
#define DEMO_SENDER_H

#include <stdbool.h>

#include "base/bytes.h"
#include "proto/rtc/packer.h"

enum {
	SENDER_HEADER_SIZE = 12,
	SENDER_PACKET_MAX = SENDER_HEADER_SIZE + PACKER_PAYLOAD_MAX + 32,
	SENDER_REPORT_EVERY_S = 5,
};

/* A frame cut for RTP, once for all clients. */
struct sender_frame {
	const uint8_t *bytes;
	const struct packer_packet *packets;
	int count;
	uint64_t taken_ns;
	bool is_video; /* then the marker ends a frame; for sound it would mean a talk spurt */
};

typedef void sender_link_fn(void *link, const uint8_t *packet, size_t size, bool is_rtcp);

struct sender {
	sender_link_fn *send;
	void *link;
	uint32_t clock_hz;
	uint8_t payload_type;
	uint16_t sequence;
	uint32_t ssrc;
	uint32_t time_base;  /* RTP time at epoch_ns */
	uint64_t epoch_ns;   /* CLOCK_BOOTTIME */
	uint32_t packets, octets;
	uint64_t report_at_ns;
};

/* Random SSRC, sequence and time base; the rest is as the caller set it. */
void sender_init(struct sender *sender);

uint32_t sender_rtp_time(const struct sender *sender, uint64_t at_ns);

/* Sends the frame, and before it a report if one is due (the first at once). */
void sender_send(struct sender *sender, const struct sender_frame *frame);

#endif
