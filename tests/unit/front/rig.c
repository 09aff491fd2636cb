#include "rig.h"

#include <assert.h>
#include <string.h>

static void neighbour_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct rig *rig = channel->owner;
	const struct ipc_request *request = message->body;
	struct ipc_done done = {.request = request->request, .value = 7, .log_seq = 42};
	struct ipc_refused refused = {.request = request->request, .refusal = rig->refusal};
	struct ipc_sdp sdp = {.request = request->request, .etag = "e1"};

	rig->asked++;
	rig->last_asked = message->type;
	if (rig->is_mute || message->type == IPC_QUERY_STOP)
		return;
	memset(done.id, 0x55, sizeof(done.id));
	if (message->type == IPC_OFFER)
		ipc_send(channel, IPC_ANSWER, &sdp, "v=0\r\n", 5);
	else if (message->type == IPC_PATCH)
		ipc_send(channel, IPC_PATCHED, &sdp, NULL, 0);
	else if (rig->refusal != REFUSAL_NONE)
		ipc_send(channel, IPC_REFUSED, &refused, NULL, 0);
	else
		ipc_send(channel, IPC_DONE, &done, NULL, 0);
}

static void neighbour_closed(struct ipc_channel *channel)
{
	(void)channel;
}

static void rig_wake(void *owner)
{
	(void)owner; /* rig_turn pulls in any case */
}

static void connect_neighbour(struct rig *rig, struct ipc_channel *far, enum proc_kind kind)
{
	int fds[2];

	assert(ipc_pair(0, fds) == 0);
	link_connect(&rig->front.link, kind, fds[0]);
	assert(ipc_open(far, rig->loop, fds[1], kind, PROC_FRONT, neighbour_received,
			neighbour_closed, rig) == 0);
}

static void add_page(struct files *files)
{
	static const uint8_t page[] = "<!doctype html>";

	files->items[0] = (struct files_item){.path = strdup("/index.html"),
					      .type = "text/html; charset=utf-8",
					      .etag = "\"1\"",
					      .packed_etag = "\"2\""};
	files->count = 1;

	uint8_t *copy = malloc(sizeof(page) - 1);

	assert(copy && files->items[0].path);
	memcpy(copy, page, sizeof(page) - 1);
	files->items[0].plain = (struct bytes){copy, sizeof(page) - 1};
}

void rig_open(struct rig *rig, rig_session_fn *create)
{
	memset(rig, 0, offsetof(struct rig, out));
	rig->out_size = 0;
	assert(loop_create(&rig->loop) == 0);
	front_init(&rig->front, rig->loop);
	assert(loop_turn(rig->loop, 0) == 0); /* the clock is read */
	add_page(&rig->front.files);
	connect_neighbour(rig, &rig->vault, PROC_VAULT);
	connect_neighbour(rig, &rig->rtc, PROC_RTC);
	memcpy(rig->peer.origin.address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x07", 16);
	rig->peer.address = address_find(&rig->front.addresses, rig->peer.origin.address,
					 front_now_ns(&rig->front));
	rig->peer.is_tls = true;
	rig->session = create(&rig->front, &rig->peer, rig_wake, rig);
	assert(rig->session);
}

void rig_close(struct rig *rig)
{
	if (rig->session)
		rig->session->kind->destroy(rig->session);
	assert(rig->front.exchanges == 0 && rig->front.streams == 0 && rig->front.body_bytes == 0);
	ipc_close(&rig->vault);
	ipc_close(&rig->rtc);
	front_finish(&rig->front);
	loop_destroy(rig->loop);
}

static void pull_all(struct rig *rig)
{
	size_t size;

	do {
		/* one that reads slowly matters to flow control, not here: the oldest is dropped */
		if (rig->out_size > RIG_OUT_MAX / 2)
			rig->out_size = 0;
		size = rig->session->kind->pull(rig->session, rig->out + rig->out_size,
						RIG_OUT_MAX / 2);
		rig->out_size += size;
	} while (size);
}

void rig_turn(struct rig *rig)
{
	pull_all(rig);
	/* question there, answer back, and a second question that follows from it */
	for (int i = 0; i < 6; i++)
		assert(loop_turn(rig->loop, 0) == 0);
	pull_all(rig);
}

bool rig_feed(struct rig *rig, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size) {
		size_t room = rig->session->kind->room(rig->session);
		size_t part = room < size ? room : size;

		if (!room || rig->session->kind->feed(rig->session, at, part) < 0)
			return false;
		at += part;
		size -= part;
		pull_all(rig);
	}
	rig_turn(rig);
	return !rig->session->kind->is_over(rig->session);
}

const char *rig_sent(struct rig *rig)
{
	rig->out[rig->out_size < RIG_OUT_MAX ? rig->out_size : RIG_OUT_MAX - 1] = '\0';
	rig->out_size = 0;
	return (const char *)rig->out;
}
