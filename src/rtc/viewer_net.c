#include "rtc/viewer_net.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "proto/rtc/rtcp.h"
#include "rtc/viewer_media.h"

/* ---- sending ---- */

static void net_send_ice(void *owner, const struct ice_path *path, const uint8_t *data, size_t size)
{
	struct viewer *viewer = owner;

	rtc_send(viewer->rtc, path, (struct bytes){data, size});
}

static void net_send_dtls(void *owner, const uint8_t *data, size_t size)
{
	struct viewer *viewer = owner;
	const struct ice_path *path = NULL;

	if (viewer->ice.has_path)
		path = &viewer->ice.path;
	else if (viewer->has_dtls_path)
		path = &viewer->dtls_path;
	if (path)
		rtc_send(viewer->rtc, path, (struct bytes){data, size});
}

static uint8_t *output_reserve(void *owner)
{
	struct viewer *viewer = owner;

	if (viewer->ice.path.tcp)
		return tcp_link_reserve(viewer->ice.path.tcp, RTP_PACKET_MAX, true);
	return outbox_reserve(viewer->rtc->outbox, RTP_PACKET_MAX);
}

static void output_commit(void *owner, size_t size)
{
	struct viewer *viewer = owner;

	if (viewer->ice.path.tcp)
		tcp_link_commit(viewer->ice.path.tcp, size);
	else
		outbox_commit(viewer->rtc->outbox, &viewer->ice.path.address, size);
}

bool viewer_net_output(struct viewer *viewer, struct rtp_output *ret_output)
{
	if (viewer->state != VIEWER_CONNECTED || !viewer->ice.has_path)
		return false;
	*ret_output = (struct rtp_output){viewer->srtp, output_reserve, output_commit, viewer};
	return true;
}

void viewer_net_rtcp(struct viewer *viewer, struct bytes packet)
{
	uint8_t protected[RTCP_SIZE_MAX + SRTP_RTCP_GROWTH_MAX];

	if (!viewer->srtp || !viewer->ice.has_path || packet.size > RTCP_SIZE_MAX)
		return;
	int size = srtp_session_protect_rtcp(viewer->srtp, packet, protected);

	if (size > 0)
		rtc_send(viewer->rtc, &viewer->ice.path, (struct bytes){protected, (size_t)size});
}

/* ---- whose is it ---- */

struct viewer *viewer_net_of_stun(const struct rtc *rtc, const struct stun_message *message)
{
	struct bytes name = message->username;
	const uint8_t *colon = name.size ? memchr(name.data, ':', name.size) : NULL;
	struct table_node *node;

	if (message->type == STUN_BINDING_REQUEST) {
		size_t size = colon ? (size_t)(colon - name.data) : 0;

		node = table_first(&rtc->ufrags, table_hash(&rtc->ufrags, name.data, size));
		return node ? container_of(node, struct viewer, by_ufrag) : NULL;
	}
	/* An answer bears the transaction that its agent's tag begins. */
	node = table_first(&rtc->tags, table_hash(&rtc->tags, message->transaction, ICE_TAG_SIZE));
	return node ? container_of(node, struct viewer, by_tag) : NULL;
}

static uint64_t address_hash(const struct rtc *rtc, const struct ice_address *address)
{
	uint8_t bytes[18];

	memcpy(bytes, address->ip, 16);
	memcpy(bytes + 16, &address->port, 2);
	return table_hash(&rtc->addresses, bytes, sizeof(bytes));
}

static struct viewer_address *address_find(const struct rtc *rtc, const struct ice_address *address)
{
	struct table_node *node = table_first(&rtc->addresses, address_hash(rtc, address));

	for (; node; node = table_next(node)) {
		struct viewer_address *found = container_of(node, struct viewer_address, node);

		if (ice_address_equal(&found->address, address))
			return found;
	}
	return NULL;
}

struct viewer *viewer_net_of_path(const struct rtc *rtc, const struct ice_path *path)
{
	if (path->tcp)
		return path->tcp->viewer;
	struct viewer_address *found = address_find(rtc, &path->address);

	return found ? found->viewer : NULL;
}

/* What comes from here is this viewer's from now on: it proved so by its ICE password. */
static void net_adopt(struct viewer *viewer, const struct ice_path *path)
{
	struct rtc *rtc = viewer->rtc;

	if (path->tcp) {
		if (!path->tcp->viewer)
			tcp_link_adopt(path->tcp, viewer);
		return;
	}
	struct viewer_address *found = address_find(rtc, &path->address);

	if (found && found->viewer == viewer)
		return;
	if (found)
		table_remove(&found->node);
	found = &viewer->address[viewer->address_next++ % VIEWER_ADDRESS_MAX];
	found->address = path->address;
	found->viewer = viewer;
	table_add(&rtc->addresses, &found->node, address_hash(rtc, &path->address));
}

/* ---- receiving ---- */

int viewer_net_start(struct viewer *viewer)
{
	viewer->ice.send = net_send_ice;
	viewer->ice.owner = viewer;
	if (viewer->dtls)
		return 0;
	return dtls_session_create(viewer->rtc->identity, net_send_dtls, viewer, &viewer->dtls);
}

void viewer_net_stun(struct viewer *viewer, const struct ice_path *path, struct bytes data,
		     const struct stun_message *message)
{
	uint64_t now_ns = loop_now_ns(viewer->rtc->loop);
	bool had_path = viewer->ice.has_path;

	if (path->tcp && path->tcp->viewer && path->tcp->viewer != viewer)
		return;
	if (!ice_agent_receive(&viewer->ice, path, data, message, now_ns))
		return;
	net_adopt(viewer, path);
	if (!had_path && viewer->ice.has_path)
		viewer_media_pump(viewer);
	if (!viewer->ice.has_path || !had_path)
		viewer_wake(viewer);
}

/* The certificate must be the one that the signed request named; then the keys are made. */
static void net_connected(struct viewer *viewer)
{
	uint8_t fingerprint[DTLS_FINGERPRINT_SIZE];

	if (dtls_session_peer(viewer->dtls, fingerprint) < 0 ||
	    memcmp(fingerprint, viewer->grant.dtls_fingerprint, sizeof(fingerprint)) != 0) {
		diag_warn("a viewer came with another certificate than its request named");
		viewer_end(viewer, VIEW_END_FAILED, true);
		return;
	}
	if (dtls_session_srtp(viewer->dtls, &viewer->srtp) < 0) {
		viewer_end(viewer, VIEW_END_FAILED, true);
		return;
	}
	viewer->state = VIEWER_CONNECTED;
	viewer->since_ns = loop_now_ns(viewer->rtc->loop);
	viewer->report_ns = viewer->since_ns; /* sender reports lead, for lip sync */
	viewer_media_start(viewer);
	viewer_wake(viewer);
}

static void net_dtls_state(struct viewer *viewer, enum dtls_state state)
{
	if (state == DTLS_OPEN && viewer->state == VIEWER_ANSWERED)
		net_connected(viewer);
	else if (state == DTLS_CLOSED)
		viewer_end(viewer, VIEW_END_LEFT, true);
	else if (state == DTLS_FAILED)
		viewer_end(viewer, VIEW_END_FAILED, true);
}

void viewer_net_dtls(struct viewer *viewer, const struct ice_path *path, struct bytes datagram)
{
	if (viewer->state == VIEWER_OVER || !viewer->dtls)
		return;
	viewer->dtls_path = *path;
	viewer->has_dtls_path = true;
	net_dtls_state(viewer, dtls_session_receive(viewer->dtls, datagram));
	if (viewer->state == VIEWER_ANSWERED)
		viewer_wake(viewer);
}

void viewer_net_srtp(struct viewer *viewer, uint8_t *data, size_t size)
{
	struct rtcp_feedback feedback;
	bool is_rtcp = srtp_packet_is_rtcp(data, size);

	/* What is said is decrypted even while nobody wants to hear it, or else the count of its
	 * sequence numbers would lose a round (RFC 3711 §3.3.1). */
	if (viewer->state != VIEWER_CONNECTED || (!is_rtcp && !viewer->talk.is_agreed))
		return;
	int plain = srtp_session_unprotect(viewer->srtp, data, size);

	if (plain > 0 && !is_rtcp)
		talk_in_take(viewer, (struct bytes){data, (size_t)plain});
	if (plain <= 0 || !is_rtcp)
		return;
	talk_in_take_rtcp(viewer, (struct bytes){data, (size_t)plain});
	if (rtcp_parse(data, (size_t)plain, &feedback) == 0)
		viewer_media_feedback(viewer, &feedback);
}

/* ---- time, and the end ---- */

uint64_t viewer_net_tick(struct viewer *viewer, uint64_t now_ns)
{
	if (ice_agent_is_lost(&viewer->ice, now_ns)) {
		viewer_end(viewer, VIEW_END_LOST, true);
		return UINT64_MAX;
	}
	uint64_t next_ns = ice_agent_tick(&viewer->ice, now_ns);
	uint64_t wait_ns = dtls_session_wait_ns(viewer->dtls);

	if (wait_ns == 0) {
		net_dtls_state(viewer, dtls_session_tick(viewer->dtls));
		if (viewer->state == VIEWER_OVER)
			return UINT64_MAX;
		wait_ns = dtls_session_wait_ns(viewer->dtls);
	}
	if (wait_ns < next_ns - now_ns)
		next_ns = now_ns + wait_ns;
	return next_ns;
}

void viewer_net_goodbye(struct viewer *viewer)
{
	uint8_t bye[RTCP_SIZE_MAX];

	if (viewer->state == VIEWER_CONNECTED) {
		const struct rtp_stream *streams[] = {&viewer->video, &viewer->audio};

		for (size_t i = 0; i < ARRAY_COUNT(streams); i++) {
			if (!streams[i]->is_set_up)
				continue;
			int size = rtcp_build_bye(streams[i]->setup.ssrc, bye);

			viewer_net_rtcp(viewer, (struct bytes){bye, (size_t)size});
		}
	}
	if (viewer->dtls)
		dtls_session_close(viewer->dtls);
	if (viewer->rtc->tcp)
		tcp_server_drop(viewer->rtc->tcp, viewer);
}

void viewer_net_forget(struct viewer *viewer, const struct tcp_link *link)
{
	ice_agent_forget(&viewer->ice, link);
	if (viewer->dtls_path.tcp == link)
		viewer->has_dtls_path = false;
}
