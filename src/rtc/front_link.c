#include "rtc/front_link.h"

#include <string.h>

#include "base/diag.h"
#include "proto/rtc/sdp_answer.h"
#include "rtc/viewer_offer.h"

enum { DRAIN_MAX = 512, HTTP_NOT_FOUND = 404 };

/* The grant may still be on its way: the vault told the front and us over different channels. */
static struct viewer *front_viewer(struct rtc *rtc, uint64_t grant)
{
	struct viewer *viewer = viewer_of_grant(rtc, grant);

	if (viewer)
		return viewer;
	ipc_drain(&rtc->vault, DRAIN_MAX);
	return viewer_of_grant(rtc, grant);
}

static void front_received(struct ipc_channel *channel, struct ipc_message *message)
{
	static char answer[SDP_ANSWER_SIZE_MAX];
	struct ipc_sdp ask, said;
	struct text text;

	if (message->type != IPC_OFFER && message->type != IPC_PATCH)
		fatal("the front sent %s", ipc_rule_of(message->type)->name);
	memcpy(&ask, message->body, sizeof(ask));
	ask.etag[sizeof(ask.etag) - 1] = '\0';
	text_init(&text, answer, sizeof(answer));
	said = (struct ipc_sdp){
		.request = ask.request, .grant = ask.grant, .status = HTTP_NOT_FOUND};
	struct viewer *viewer = front_viewer(channel->owner, ask.grant);
	const char *sdp = (const char *)message->tail;

	if (viewer && message->type == IPC_OFFER)
		said.status = (uint32_t)viewer_offer_accept(viewer, sdp, message->tail_size, &text);
	else if (viewer)
		said.status = (uint32_t)viewer_offer_patch(viewer, sdp, message->tail_size,
							   ask.etag, &text);
	if (said.status)
		text.size = 0;
	else if (viewer)
		memcpy(said.etag, viewer->etag, sizeof(said.etag));
	ipc_send(channel, message->type == IPC_OFFER ? IPC_ANSWER : IPC_PATCHED, &said, text.data,
		 text.size);
	/* An offer that came to nothing has used up its grant. */
	if (viewer && said.status && message->type == IPC_OFFER)
		viewer_end(viewer, VIEW_END_FAILED, true);
}

int front_link_open(struct rtc *rtc, int fd)
{
	ipc_close(&rtc->front);
	return ipc_open(&rtc->front, rtc->loop, fd, PROC_RTC, PROC_FRONT, front_received, NULL,
			rtc);
}
