/* Datagrams of one turn of the loop, sent together: packets of one size to one viewer become one
 * system call's segment list (UDP GSO), and many viewers share one sendmmsg. Packets are built
 * where they will be sent from. */
#ifndef RTC_OUTBOX_H
#define RTC_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/rtc/ice_address.h"

enum {
	OUTBOX_DATAGRAM_MAX = 1500,
	OUTBOX_SIZE = 512 * 1024,
	OUTBOX_MESSAGES_MAX = 256,
	OUTBOX_SEGMENTS_MAX = 60, /* the kernel's limit is 64 */
};

struct outbox;

/* `fd` is a UDP socket of either family; it stays the caller's. */
NODISCARD int outbox_create(int fd, struct outbox **ret_outbox);
void outbox_destroy(struct outbox *outbox);
AUTO_DEFINE(outbox)

/* Room for one datagram of at most `size_max` bytes; sends what is waiting if there was none. */
uint8_t *outbox_reserve(struct outbox *outbox, size_t size_max);

/* The reserved room now holds a datagram of `size` bytes to `address`. */
void outbox_commit(struct outbox *outbox, const struct ice_address *address, size_t size);

/* Sends everything. What the socket does not take is lost, and counted. */
void outbox_flush(struct outbox *outbox);

struct outbox_counts {
	uint64_t datagrams, calls, lost;
};

struct outbox_counts outbox_counts(const struct outbox *outbox);

#endif
