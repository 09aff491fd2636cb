#include "rtc/rtc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "rtc/socket_address.h"
#include "rtc/viewer.h"
#include "rtc/viewer_net.h"

enum {
	DATAGRAMS_A_CALL = 64,
	CALLS_A_TURN = 8,
};

/* ---- out ---- */

void rtc_send(struct rtc *rtc, const struct ice_path *path, struct bytes packet)
{
	if (packet.size == 0 || packet.size > OUTBOX_DATAGRAM_MAX)
		return;
	if (!path->tcp) {
		memcpy(outbox_reserve(rtc->outbox, packet.size), packet.data, packet.size);
		outbox_commit(rtc->outbox, &path->address, packet.size);
		return;
	}
	uint8_t *room = tcp_link_reserve(path->tcp, packet.size, false);

	if (!room)
		return;
	memcpy(room, packet.data, packet.size);
	tcp_link_commit(path->tcp, packet.size);
}

/* ---- in ---- */

static void receive_stun(struct rtc *rtc, const struct ice_path *path, struct bytes data)
{
	struct stun_message message;

	if (stun_parse(data.data, data.size, &message) < 0)
		return;
	struct viewer *viewer = viewer_net_of_stun(rtc, &message);

	if (viewer)
		viewer_net_stun(viewer, path, data, &message);
}

/* The first byte tells the protocols apart (RFC 7983 §7). */
void rtc_receive(struct rtc *rtc, const struct ice_path *path, uint8_t *data, size_t size)
{
	uint8_t first = size ? data[0] : UINT8_MAX;

	if (first <= 3) {
		receive_stun(rtc, path, (struct bytes){data, size});
		return;
	}
	struct viewer *viewer = viewer_net_of_path(rtc, path);

	if (!viewer)
		return;
	if (first >= 20 && first <= 63)
		viewer_net_dtls(viewer, path, (struct bytes){data, size});
	else if (first >= 128 && first <= 191)
		viewer_net_srtp(viewer, data, size);
}

static void udp_ready(struct loop_watch *watch, uint32_t events)
{
	static uint8_t data[DATAGRAMS_A_CALL][RTC_DATAGRAM_MAX];
	struct rtc *rtc = container_of(watch, struct rtc, udp);
	static struct sockaddr_storage from[DATAGRAMS_A_CALL];
	static struct mmsghdr message[DATAGRAMS_A_CALL];
	static struct iovec part[DATAGRAMS_A_CALL];
	int count = DATAGRAMS_A_CALL;

	(void)events;
	for (int call = 0; call < CALLS_A_TURN && count == DATAGRAMS_A_CALL; call++) {
		for (size_t i = 0; i < DATAGRAMS_A_CALL; i++) {
			part[i] = (struct iovec){data[i], sizeof(data[i])};
			message[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
							     .msg_namelen = sizeof(from[i]),
							     .msg_iov = &part[i],
							     .msg_iovlen = 1};
		}
		count = recvmmsg(watch->fd, message, DATAGRAMS_A_CALL, MSG_DONTWAIT, NULL);
		for (int i = 0; i < count; i++) {
			struct ice_path path = {.tcp = NULL};

			if (!(message[i].msg_hdr.msg_flags & MSG_TRUNC) &&
			    socket_address_parse(&from[i], &path.address) == 0)
				rtc_receive(rtc, &path, data[i], message[i].msg_len);
		}
	}
}

static void tcp_received(void *owner, struct tcp_link *link, uint8_t *data, size_t size)
{
	struct ice_path path = {.address = link->address, .tcp = link};

	rtc_receive(owner, &path, data, size);
}

static void tcp_closed(void *owner, struct tcp_link *link)
{
	(void)owner;
	if (link->viewer)
		viewer_net_forget(link->viewer, link);
}

/* ---- the process's turn ends ---- */

static void turn_end(void *context)
{
	struct rtc *rtc = context;

	outbox_flush(rtc->outbox);
	if (rtc->tcp)
		tcp_server_flush(rtc->tcp);
	viewer_sweep(rtc);
}

/* ---- making ---- */

static void add_candidate(struct rtc *rtc, const struct ice_candidate *candidate)
{
	if (candidate->address.port && rtc->candidate_count < ARRAY_COUNT(rtc->candidate))
		rtc->candidate[rtc->candidate_count++] = *candidate;
}

/* UDP before TCP, earlier addresses before later ones (RFC 6544 §4.2: the direction preference of
 * a passive TCP candidate is 4 of 7). */
static void make_candidates(struct rtc *rtc, const struct rtc_setup *setup)
{
	for (uint32_t i = 0; i < setup->address_count; i++) {
		bool is_public = setup->has_public_address && i == 0;
		enum ice_type type = is_public ? ICE_SERVER_REFLEXIVE : ICE_HOST;
		struct ice_candidate candidate = {
			.transport = ICE_UDP,
			.type = type,
			.priority = ice_candidate_priority(type, (uint16_t)(UINT16_MAX - i)),
			.component = 1,
			.address = setup->address[i],
		};

		if (rtc->udp_family == AF_INET && !ice_address_is_v4(&candidate.address))
			continue;
		candidate.address.port = setup->udp_port;
		add_candidate(rtc, &candidate);
		if (setup->tcp_fd < 0)
			continue;
		candidate.transport = ICE_TCP_PASSIVE;
		candidate.priority =
			ice_candidate_priority(type, (uint16_t)(4U << 13 | (8191 - i)));
		candidate.address.port = setup->tcp_port;
		add_candidate(rtc, &candidate);
	}
}

static int make_tables(struct rtc *rtc)
{
	struct table *tables[] = {&rtc->grants, &rtc->ufrags, &rtc->tags, &rtc->addresses};

	for (size_t i = 0; i < ARRAY_COUNT(tables); i++)
		if (getrandom(&tables[i]->key, sizeof(tables[i]->key), 0) != sizeof(tables[i]->key))
			return -EIO;
	return 0;
}

static int make_sockets(struct rtc *rtc, const struct rtc_setup *setup)
{
	struct sockaddr_storage bound = {0};
	socklen_t size = sizeof(bound);

	if (getsockname(setup->udp_fd, (struct sockaddr *)&bound, &size) < 0)
		return -errno;
	rtc->udp_family = bound.ss_family;
	rtc->udp = (struct loop_watch){.fd = setup->udp_fd, .ready = udp_ready};
	int r = outbox_create(setup->udp_fd, &rtc->outbox);

	if (r == 0)
		r = loop_add(setup->loop, &rtc->udp, EPOLLIN);
	if (r == 0 && setup->tcp_fd >= 0)
		r = tcp_server_create(setup->loop, setup->tcp_fd, tcp_received, tcp_closed, rtc,
				      &rtc->tcp);
	return r;
}

int rtc_create(const struct rtc_setup *setup, struct rtc **ret_rtc)
{
	AUTO(rtc) rtc = calloc(1, sizeof(*rtc));

	if (!rtc)
		return -ENOMEM;
	rtc->loop = setup->loop;
	int r = make_tables(rtc);

	if (r == 0)
		r = dtls_identity_create(&rtc->identity);
	if (r == 0)
		r = dtls_warm_up(rtc->identity);
	if (r == 0)
		r = feed_create(&rtc->feed);
	if (r == 0)
		r = make_sockets(rtc, setup);
	if (r < 0)
		return r;
	make_candidates(rtc, setup);
	loop_at_turn_end(setup->loop, turn_end, rtc);
	*ret_rtc = take(rtc);
	return 0;
}

void rtc_destroy(struct rtc *rtc)
{
	if (!rtc)
		return;
	for (struct viewer *viewer = rtc->viewers; viewer; viewer = viewer->next)
		viewer_end(viewer, VIEW_END_STOPPED, true);
	viewer_sweep(rtc);
	ipc_close(&rtc->vault);
	ipc_close(&rtc->front);
	if (rtc->outbox)
		outbox_flush(rtc->outbox);
	tcp_server_destroy(rtc->tcp);
	loop_remove(&rtc->udp);
	outbox_destroy(rtc->outbox);
	feed_destroy(rtc->feed);
	dtls_identity_destroy(rtc->identity);
	free(rtc);
}
