#include "rtc/talk_in.h"

#include <stdlib.h>

#include "base/diag.h"
#include "proto/rtc/jitter.h"
#include "proto/rtp/rtp_packet.h"
#include "rtc/talk_report.h"
#include "rtc/viewer.h"
#include "rtc/viewer_net.h"

static void hand_on(struct viewer *viewer)
{
	struct talk_in *talk = &viewer->talk;
	uint64_t now_ns = loop_now_ns(viewer->rtc->loop);
	struct jitter_packet packet;

	while (jitter_take(talk->jitter, now_ns, &packet)) {
		struct ipc_talk_frame frame = {.grant = viewer->grant.grant,
					       .sample = packet.sample};

		/* A vault that does not read loses it: late words are worth nothing. */
		if (ipc_try_send(&viewer->channel, IPC_TALK_FRAME, &frame, packet.data.data,
				 packet.data.size) < 0)
			diag_info("a packet of speech found the vault busy");
	}
	uint64_t due_ns = jitter_due_ns(talk->jitter);

	if (due_ns != UINT64_MAX)
		loop_timer_start(viewer->rtc->loop, &talk->due, due_ns);
}

static void packet_due(struct loop_timer *timer)
{
	hand_on(container_of(timer, struct viewer, talk.due));
}

void talk_in_want(struct viewer *viewer, bool is_wanted)
{
	struct talk_in *talk = &viewer->talk;

	talk_in_finish(viewer);
	if (!is_wanted)
		return;
	talk->due.due = packet_due;
	talk->jitter = calloc(1, sizeof(*talk->jitter));
	if (!talk->jitter)
		diag_error("out of memory for what a viewer says");
}

void talk_in_take(struct viewer *viewer, struct bytes data)
{
	struct talk_in *talk = &viewer->talk;
	struct rtp_packet packet;

	if (rtp_packet_parse(data.data, data.size, &packet) < 0 ||
	    packet.payload_type != talk->payload_type)
		return;
	if (!talk->report)
		talk->report = talk_report_create();
	if (talk->report)
		talk_report_take(talk->report, &packet, loop_now_ns(viewer->rtc->loop));
	if (!talk->jitter)
		return;
	if (jitter_put(talk->jitter, packet.sequence, packet.timestamp, packet.payload,
		       loop_now_ns(viewer->rtc->loop)) == 0)
		hand_on(viewer);
}

void talk_in_take_rtcp(struct viewer *viewer, struct bytes compound)
{
	if (viewer->talk.report)
		talk_report_take_rtcp(viewer->talk.report, compound, loop_now_ns(viewer->rtc->loop));
}

void talk_in_second(struct viewer *viewer, uint64_t now_ns)
{
	uint8_t packet[TALK_REPORT_SIZE_MAX];
	size_t size = viewer->talk.report
			      ? talk_report_build(viewer->talk.report, viewer->talk.own_ssrc, now_ns,
						  packet)
			      : 0;

	if (size)
		viewer_net_rtcp(viewer, (struct bytes){packet, size});
}

void talk_in_free(struct viewer *viewer)
{
	talk_report_destroy(take(viewer->talk.report));
}

void talk_in_finish(struct viewer *viewer)
{
	loop_timer_stop(&viewer->talk.due);
	free(take(viewer->talk.jitter));
}
