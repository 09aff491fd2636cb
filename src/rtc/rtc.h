/* What all viewers of this process share: the sockets, the feed, the tables that say whose a packet
 * is, and the channels to the vault and the front. */
#ifndef RTC_RTC_H
#define RTC_RTC_H

#include "ipc/ipc.h"
#include "loop/loop.h"
#include "rtc/dtls.h"
#include "rtc/feed.h"
#include "rtc/ice.h"
#include "rtc/outbox.h"
#include "rtc/table.h"
#include "rtc/tcp_link.h"

enum {
	RTC_ADDRESS_MAX = 12,    /* of this box */
	RTC_DATAGRAM_MAX = 1500, /* larger ones come from nobody we know */
};

struct viewer;

struct rtc {
	struct loop *loop;
	struct loop_watch udp;
	int udp_family;
	struct tcp_server *tcp; /* NULL: no ICE-TCP */
	struct outbox *outbox;
	struct dtls_identity *identity;
	struct feed *feed;
	struct ipc_channel vault, front;
	struct table grants, ufrags, tags, addresses;
	struct viewer *viewers;            /* a list */
	uint32_t viewer_count, over_count; /* of them that wait to be freed */
	uint32_t candidate_count;
	struct ice_candidate candidate[2 * RTC_ADDRESS_MAX];
};

struct rtc_setup {
	struct loop *loop;
	int udp_fd, tcp_fd; /* borrowed; tcp_fd -1: none */
	uint16_t udp_port, tcp_port;
	uint32_t address_count;
	struct ice_address address[RTC_ADDRESS_MAX]; /* ports are filled in */
	bool has_public_address; /* the first one is what a router forwards to us */
};

NODISCARD int rtc_create(const struct rtc_setup *setup, struct rtc **ret_rtc);
void rtc_destroy(struct rtc *rtc);
AUTO_DEFINE(rtc)

/* Sends one packet that is not media. What does not fit is lost, as on any network. */
void rtc_send(struct rtc *rtc, const struct ice_path *path, struct bytes packet);

/* A packet from a path; it may be changed in place. */
void rtc_receive(struct rtc *rtc, const struct ice_path *path, uint8_t *data, size_t size);

#endif
