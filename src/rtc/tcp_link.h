/* ICE over TCP (RFC 6544, passive): viewers connect to the same port number, packets are framed as
 * RFC 4571 says. A reader that is slow loses packets; it never makes another wait. */
#ifndef RTC_TCP_LINK_H
#define RTC_TCP_LINK_H

#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "loop/loop.h"
#include "proto/rtc/framing.h"
#include "proto/rtc/ice_address.h"

enum {
	TCP_LINK_MAX = 256,
	TCP_STRANGER_MAX = 64, /* connections that did not prove to be a viewer's yet */
	TCP_OUT_SIZE = 96 * 1024,
	TCP_OUT_SPARE = 8 * 1024,   /* kept for what is not media */
	TCP_UNSENT_LOW = 32 * 1024, /* more than this the kernel does not queue either */
};
#define TCP_STRANGER_NS (10 * CLOCK_NS_PER_S)

struct tcp_server;

struct tcp_link {
	struct loop_watch watch;
	struct loop_timer timer; /* a stranger must prove itself before */
	struct tcp_server *server;
	struct tcp_link *next;
	struct ice_address address;
	void *viewer; /* the owner's; NULL: a stranger */
	bool is_closed;
	uint32_t in_size, out_size, out_done;
	uint8_t in[FRAMING_HEADER_SIZE + FRAMING_PACKET_MAX];
	uint8_t out[TCP_OUT_SIZE];
};

/* A packet came in; it may be changed in place. */
typedef void tcp_received_fn(void *owner, struct tcp_link *link, uint8_t *data, size_t size);
/* The connection is over; the link is freed after this turn. */
typedef void tcp_closed_fn(void *owner, struct tcp_link *link);

/* Watches the listening socket, which stays the caller's. */
NODISCARD int tcp_server_create(struct loop *loop, int fd, tcp_received_fn *received,
				tcp_closed_fn *closed, void *owner, struct tcp_server **ret_server);
void tcp_server_destroy(struct tcp_server *server);

/* Sends what was committed on all links and frees the closed ones: at the end of a turn. */
void tcp_server_flush(struct tcp_server *server);

/* The link belongs to a viewer now. */
void tcp_link_adopt(struct tcp_link *link, void *viewer);

/* Closes all links of a viewer, without calling back. */
void tcp_server_drop(struct tcp_server *server, const void *viewer);

/* Room for one packet of at most `size_max` bytes; NULL if the reader is too slow. Media leaves
 * TCP_OUT_SPARE free. */
uint8_t *tcp_link_reserve(struct tcp_link *link, size_t size_max, bool is_media);
void tcp_link_commit(struct tcp_link *link, size_t size);

/* Sends what it can and closes, without calling back. */
void tcp_link_close(struct tcp_link *link);

#endif
