#include "front/link.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/diag.h"
#include "front/exchange.h"
#include "front/playing.h"

static struct ipc_channel *channel_of(struct link *link, enum proc_kind peer)
{
	assert(peer == PROC_VAULT || peer == PROC_RTC);
	return peer == PROC_VAULT ? &link->vault : &link->rtc;
}

static void free_ask(struct link_ask *ask)
{
	sodium_memzero(ask, sizeof(*ask));
}

/* A session was opened for somebody who left meanwhile. */
static void end_orphan(struct link *link, struct link_ask *ask, const struct ipc_message *message)
{
	struct ipc_session_ask leave = ask->leave;

	if (message->type == IPC_DONE) {
		const struct ipc_done *done = message->body;

		memcpy(leave.sid, done->id, sizeof(leave.sid));
		link_leave(link, &leave);
	}
	sodium_memzero(&leave, sizeof(leave));
	free_ask(ask);
}

/* Nothing with this number follows. */
static bool is_last(const struct ipc_message *message)
{
	const struct ipc_bytes *bytes = message->body;

	switch ((int)message->type) {
	case IPC_DONE:
	case IPC_REFUSED:
	case IPC_ANSWER:
	case IPC_PATCHED:
	case IPC_PLAY_DATA:
		return true;
	case IPC_BYTES:
		return bytes->is_last;
	default:
		return false;
	}
}

static void received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct link *link = channel->owner;
	uint64_t request;

	if (message->type == IPC_PLAY_ENDED) {
		playing_stop(container_of(link, struct front, link), message->body);
		return;
	}
	/* Every answer starts with the number of its request. */
	memcpy(&request, message->body, sizeof(request));

	struct link_ask *ask = &link->asks[request % LINK_ASKS_MAX];
	struct exchange *exchange = ask->exchange;

	if (!request || ask->request != request || ask->peer != channel->peer)
		return; /* late: its asker is gone */
	if (!exchange) {
		end_orphan(link, ask, message);
		return;
	}
	if (is_last(message)) {
		exchange->ask = NULL;
		free_ask(ask);
	}
	exchange->answered(exchange, message);
}

static void lose(struct link *link, enum proc_kind peer)
{
	for (size_t i = 0; i < LINK_ASKS_MAX; i++) {
		struct link_ask *ask = &link->asks[i];
		struct exchange *exchange = ask->exchange;

		if (!ask->request || ask->peer != peer)
			continue;
		free_ask(ask);
		if (!exchange)
			continue;
		exchange->ask = NULL;
		exchange_lose(exchange);
	}
}

static void closed(struct ipc_channel *channel)
{
	diag_warn("%s is away: its answers wait for its return",
		  channel->peer == PROC_VAULT ? "the vault" : "rtc");
	lose(channel->owner, channel->peer);
}

void link_init(struct link *link, struct loop *loop)
{
	memset(link, 0, sizeof(*link));
	link->loop = loop;
}

void link_finish(struct link *link)
{
	ipc_close(&link->vault);
	ipc_close(&link->rtc);
	sodium_memzero(link->asks, sizeof(link->asks));
}

void link_connect(struct link *link, enum proc_kind peer, int take_fd)
{
	struct ipc_channel *channel = channel_of(link, peer);

	if (ipc_is_open(channel)) {
		ipc_close(channel);
		lose(link, peer);
	}
	memset(channel, 0, sizeof(*channel));
	if (ipc_open(channel, link->loop, take_fd, PROC_FRONT, peer, received, closed, link) < 0)
		fatal("cannot watch the channel to %s", peer == PROC_VAULT ? "the vault" : "rtc");
}

static struct link_ask *find_free(struct link *link)
{
	for (size_t tries = 0; tries < LINK_ASKS_MAX; tries++) {
		uint64_t number = ++link->asked;

		if (!link->asks[number % LINK_ASKS_MAX].request)
			return &link->asks[number % LINK_ASKS_MAX];
	}
	return NULL;
}

/* What opens a session, which must not stay open if its asker has left. */
static bool opens(enum ipc_type type)
{
	return type == IPC_VIEW_ASK || type == IPC_PLAY_ASK || type == IPC_TALK_ASK;
}

struct link_ask *link_ask(struct link *link, struct exchange *exchange, enum proc_kind peer,
			  enum ipc_type type, void *body, struct bytes tail)
{
	struct ipc_channel *channel = channel_of(link, peer);
	struct link_ask *ask = ipc_is_open(channel) ? find_free(link) : NULL;

	if (!ask)
		return NULL;
	ask->request = link->asked;
	ask->exchange = exchange;
	ask->peer = peer;
	ask->type = type;
	if (opens(type)) {
		ask->leave.credential = exchange->credential;
		ask->leave.origin = exchange->peer->origin;
	}
	memcpy(body, &ask->request, sizeof(ask->request));
	ipc_send(channel, type, body, tail.data, tail.size);
	return ask;
}

void link_forget(struct link *link, struct link_ask *ask)
{
	ask->exchange = NULL;
	if (ask->type == IPC_QUERY || ask->type == IPC_PLAY_READ || ask->type == IPC_TALK_ASK) {
		struct ipc_request stop = {ask->request};

		ipc_send(&link->vault, IPC_QUERY_STOP, &stop, NULL, 0);
	}
	if (opens(ask->type) && ipc_is_open(&link->vault))
		return; /* stays, until the vault has answered */
	free_ask(ask);
}

void link_leave(struct link *link, const struct ipc_session_ask *leave)
{
	struct ipc_session_ask ask = *leave;

	/* A number that no ask has: the answer is nobody's. */
	ask.request = ++link->asked;
	ipc_send(&link->vault, IPC_SESSION_END, &ask, NULL, 0);
	sodium_memzero(&ask, sizeof(ask));
}
