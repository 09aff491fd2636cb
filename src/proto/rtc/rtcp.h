/* RTCP (RFC 3550 §6): what viewers report and ask for (RR, NACK and PLI of RFC 4585, FIR of RFC
 * 5104, REMB of draft-alvestrand-rmcat-remb), and the sender's reports that keep lips in sync. */
#ifndef PROTO_RTC_RTCP_H
#define PROTO_RTC_RTCP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

enum {
	RTCP_REPORT_MAX = 8, /* report blocks looked at in one datagram */
	RTCP_NACK_MAX = 512, /* lost packets looked at in one datagram */
	RTCP_SIZE_MAX = 256, /* of what is built here */
	RTCP_CNAME_SIZE_MAX = 32,
};

enum rtcp_type {
	RTCP_SR = 200,
	RTCP_RR = 201,
	RTCP_SDES = 202,
	RTCP_BYE = 203,
	RTCP_RTPFB = 205, /* transport layer feedback */
	RTCP_PSFB = 206,  /* payload-specific feedback */
};

struct rtcp_report {
	uint32_t ssrc;
	uint8_t fraction_lost; /* of 256, since the report before */
	uint32_t highest_sequence;
	uint32_t jitter;
	uint32_t last_sr;        /* middle 32 bits of the NTP time of the last SR; 0: none */
	uint32_t delay_since_sr; /* in 1/65536 s */
};

struct rtcp_feedback {
	uint32_t report_count;
	struct rtcp_report report[RTCP_REPORT_MAX];
	uint32_t nack_ssrc;
	uint32_t nack_count;
	uint16_t nack[RTCP_NACK_MAX]; /* RTP sequence numbers, of nack_ssrc */
	bool has_pli, has_fir, has_remb, has_bye;
	uint32_t pli_ssrc, fir_ssrc;
	uint64_t remb_bps;
};

/* All packets of one compound (or reduced-size, RFC 5506) datagram. -EBADMSG if one is malformed;
 * kinds that are not known are passed over. */
NODISCARD int rtcp_parse(const uint8_t *data, size_t size, struct rtcp_feedback *ret_feedback);

/* From a report, taken at `now_ntp` (the middle 32 bits of the NTP time), how long a packet takes
 * to the viewer and back (RFC 3550 §6.4.1). 0: it says nothing, or nonsense. */
uint32_t rtcp_round_trip_ms(const struct rtcp_report *report, uint32_t now_ntp);

struct rtcp_sender {
	uint32_t ssrc;
	uint64_t ntp; /* 32.32 fixed point, since 1900 */
	uint32_t rtp_time;
	uint32_t packets, octets;
	const char *cname;
};

/* SR and SDES in one compound; the size. */
int rtcp_build_sender(const struct rtcp_sender *sender, uint8_t ret_data[RTCP_SIZE_MAX]);

/* An empty RR and BYE; the size. */
int rtcp_build_bye(uint32_t ssrc, uint8_t ret_data[RTCP_SIZE_MAX]);

/* Microseconds since 1970 as NTP time. */
uint64_t rtcp_ntp_of_us(uint64_t real_us);

#endif
