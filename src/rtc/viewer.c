#include "rtc/viewer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "rtc/viewer_media.h"
#include "rtc/viewer_net.h"

#define REPORT_NS CLOCK_NS_PER_S

static void grant_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct viewer *viewer = channel->owner;

	if (message->type == IPC_TALK)
		talk_in_want(viewer, ((const struct ipc_talk *)message->body)->is_open != 0);
	else if (message->type == IPC_GRANT_END)
		viewer_end(viewer, VIEW_END_REVOKED, false);
	else
		fatal("the vault sent %s on a grant", ipc_rule_of(message->type)->name);
}

static void grant_closed(struct ipc_channel *channel)
{
	viewer_end(channel->owner, VIEW_END_REVOKED, false);
}

static bool has_expired(const struct viewer *viewer, uint64_t now_ns)
{
	uint64_t passed_ns = now_ns - viewer->since_ns;

	return (viewer->state == VIEWER_GRANTED && passed_ns >= VIEWER_OFFER_NS) ||
	       (viewer->state == VIEWER_ANSWERED && passed_ns >= VIEWER_CONNECT_NS);
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

static void viewer_due(struct loop_timer *timer)
{
	struct viewer *viewer = container_of(timer, struct viewer, tick);
	struct loop *loop = viewer->rtc->loop;
	uint64_t now_ns = loop_now_ns(loop), next_ns;

	if (has_expired(viewer, now_ns)) {
		viewer_end(viewer, VIEW_END_FAILED, true);
		return;
	}
	if (viewer->state == VIEWER_GRANTED) {
		loop_timer_start(loop, timer, viewer->since_ns + VIEWER_OFFER_NS);
		return;
	}
	next_ns = viewer_net_tick(viewer, now_ns);
	if (viewer->state == VIEWER_CONNECTED && now_ns >= viewer->report_ns) {
		viewer->report_ns = now_ns + REPORT_NS;
		viewer_media_second(viewer, now_ns);
		talk_in_second(viewer, now_ns);
		viewer_report(viewer);
	}
	if (viewer->state == VIEWER_OVER)
		return;
	if (viewer->state == VIEWER_CONNECTED)
		next_ns = earlier(next_ns, viewer->report_ns);
	else
		next_ns = earlier(next_ns, viewer->since_ns + VIEWER_CONNECT_NS);
	loop_timer_start(loop, timer, next_ns);
}

void viewer_wake(struct viewer *viewer)
{
	if (viewer->state != VIEWER_OVER)
		loop_timer_start(viewer->rtc->loop, &viewer->tick, loop_now_ns(viewer->rtc->loop));
}

static void pace_due(struct loop_timer *timer)
{
	viewer_media_pump(container_of(timer, struct viewer, pace));
}

int viewer_create(struct rtc *rtc, const struct ipc_grant_open *grant, int fd)
{
	struct viewer *viewer = NULL;
	int r = -EMSGSIZE;

	if (viewer_of_grant(rtc, grant->grant))
		r = -EEXIST;
	else if (rtc->viewer_count < VIEW_MAX)
		viewer = calloc(1, sizeof(*viewer));
	if (viewer)
		r = ipc_open(&viewer->channel, rtc->loop, fd, PROC_RTC, PROC_VAULT, grant_received,
			     grant_closed, viewer);
	if (r < 0) {
		free(viewer);
		close(fd);
		return r;
	}
	viewer->rtc = rtc;
	viewer->grant = *grant;
	viewer->since_ns = loop_now_ns(rtc->loop);
	viewer->tick.due = viewer_due;
	viewer->pace.due = pace_due;
	viewer->needs_key = true;
	level_init(&viewer->level, viewer->since_ns);
	viewer->next = rtc->viewers;
	rtc->viewers = viewer;
	rtc->viewer_count++;
	table_add(&rtc->grants, &viewer->by_grant,
		  table_hash(&rtc->grants, &grant->grant, sizeof(grant->grant)));
	loop_timer_start(rtc->loop, &viewer->tick, viewer->since_ns + VIEWER_OFFER_NS);
	return 0;
}

void viewer_end(struct viewer *viewer, enum view_end end, bool tells_vault)
{
	struct ipc_grant_end said = {.grant = viewer->grant.grant, .end = end};

	if (viewer->state == VIEWER_OVER)
		return;
	backlog_clear(&viewer->backlog);
	talk_in_finish(viewer);
	viewer_net_goodbye(viewer);
	viewer->state = VIEWER_OVER;
	viewer->rtc->over_count++;
	if (tells_vault) {
		viewer_report(viewer);
		ipc_send(&viewer->channel, IPC_GRANT_END, &said, NULL, 0);
	}
	ipc_close(&viewer->channel);
	loop_timer_stop(&viewer->tick);
	loop_timer_stop(&viewer->pace);
	table_remove(&viewer->by_grant);
	table_remove(&viewer->by_ufrag);
	table_remove(&viewer->by_tag);
	for (size_t i = 0; i < VIEWER_ADDRESS_MAX; i++)
		table_remove(&viewer->address[i].node);
}

static void viewer_free(struct viewer *viewer)
{
	rtp_stream_finish(&viewer->video);
	rtp_stream_finish(&viewer->audio);
	talk_in_free(viewer);
	srtp_session_destroy(viewer->srtp);
	dtls_session_destroy(viewer->dtls);
	free(viewer);
}

void viewer_sweep(struct rtc *rtc)
{
	struct viewer **at = &rtc->viewers;

	if (rtc->over_count == 0)
		return;
	rtc->over_count = 0;
	while (*at) {
		struct viewer *viewer = *at;

		if (viewer->state != VIEWER_OVER) {
			at = &viewer->next;
			continue;
		}
		*at = viewer->next;
		rtc->viewer_count--;
		viewer_free(viewer);
	}
}

struct viewer *viewer_of_grant(const struct rtc *rtc, uint64_t grant)
{
	struct table_node *node =
		table_first(&rtc->grants, table_hash(&rtc->grants, &grant, sizeof(grant)));

	for (; node; node = table_next(node)) {
		struct viewer *viewer = container_of(node, struct viewer, by_grant);

		if (viewer->grant.grant == grant)
			return viewer;
	}
	return NULL;
}

void viewer_register(struct viewer *viewer)
{
	struct rtc *rtc = viewer->rtc;
	const struct ice_agent *ice = &viewer->ice;

	table_add(&rtc->ufrags, &viewer->by_ufrag,
		  table_hash(&rtc->ufrags, ice->ufrag, strlen(ice->ufrag)));
	table_add(&rtc->tags, &viewer->by_tag, table_hash(&rtc->tags, ice->tag, sizeof(ice->tag)));
}

void viewer_report(struct viewer *viewer)
{
	struct ipc_view_report report = {
		.grant = viewer->grant.grant,
		.bytes_sent = viewer->video.bytes + viewer->audio.bytes,
		.level = viewer->level.level,
		.is_connected = viewer->state == VIEWER_CONNECTED,
		.wants_key = viewer->wants_key,
	};

	viewer->wants_key = false;
	ipc_send(&viewer->channel, IPC_VIEW_REPORT, &report, NULL, 0);
}
