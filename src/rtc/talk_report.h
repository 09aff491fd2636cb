/* What whoever talks is told about what arrived of it, once a second (RFC 3550 §6.4.2): without it a
 * phone knows neither loss nor delay, and cannot choose how to code. */
#ifndef RTC_TALK_REPORT_H
#define RTC_TALK_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "proto/rtp/rtp_packet.h"

enum { TALK_REPORT_SIZE_MAX = 128 };

struct talk_report;

/* NULL: out of memory. */
struct talk_report *talk_report_create(void);
void talk_report_destroy(struct talk_report *report);

/* A packet of what is said, and the talker's own RTCP, as they arrive. */
void talk_report_take(struct talk_report *report, const struct rtp_packet *packet, uint64_t now_ns);
void talk_report_take_rtcp(struct talk_report *report, struct bytes compound, uint64_t now_ns);

/* The report of the time since the last one; its size, 0: nothing has arrived. */
size_t talk_report_build(struct talk_report *report, uint32_t own_ssrc, uint64_t now_ns,
			 uint8_t ret_data[TALK_REPORT_SIZE_MAX]);

#endif
