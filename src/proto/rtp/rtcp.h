/* RTCP (RFC 3550 §6): what a receiver reads (sender reports, goodbyes) and says (receiver reports).
 */
#ifndef PROTO_RTP_RTCP_H
#define PROTO_RTP_RTCP_H

#include "base/attr.h"
#include "base/bytes.h"

enum { RTCP_SR = 200, RTCP_RR = 201, RTCP_SDES = 202, RTCP_BYE = 203 };

enum { RTCP_REPORT_SIZE_MAX = 128 }; /* what rtcp_build_report writes */

struct rtcp_packet {
	uint8_t type;  /* RTCP_SR, ... */
	uint32_t ssrc; /* of the sender */
	/* RTCP_SR: the same moment on two clocks */
	uint64_t ntp; /* seconds since 1900 in the high half, their fraction in the low */
	uint32_t timestamp;
	uint32_t packets, octets;
};

/* Takes the next packet out of a compound. 1, 0 at the end, -EBADMSG. Unknown types come out with
 * their type alone. */
NODISCARD int rtcp_next(struct bytes_reader *compound, struct rtcp_packet *ret_packet);

/* One report block (§6.4.1). */
struct rtcp_report {
	uint32_t ssrc; /* of the source reported on */
	uint8_t fraction_lost;
	int32_t lost; /* kept to 24 bits */
	uint32_t highest_sequence;
	uint32_t jitter;
	uint32_t last_sr;       /* middle 32 bits of the NTP time of the last sender report */
	uint32_t delay_last_sr; /* in 1/65536 s */
};

/* Writes a compound of a receiver report with one block and the SDES that RFC 3550 §6.1 asks for.
 */
void rtcp_build_report(struct bytes_writer *writer, uint32_t own_ssrc, const char *cname,
		       const struct rtcp_report *report);

/* The NTP time as nanoseconds since 1900. */
uint64_t rtcp_ntp_ns(uint64_t ntp);

#endif
