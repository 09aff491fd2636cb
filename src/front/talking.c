#include "front/talking.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "front/render.h"

enum { WAIT_S = 45 /* for one's turn (TALK_WAIT_MS), and then for the speaker */ };

static void talk_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_DONE)
		render_begun(exchange, message->body);
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

/* 0 or 1 in the query; absent: 0. */
static int read_flag(const struct exchange *exchange, const char *name, uint64_t *ret_flag)
{
	int r = exchange_number(exchange, name, ret_flag);

	return r == -ENOENT ? 0 : r < 0 || *ret_flag > 1 ? -EBADMSG : 0;
}

int talking_read(struct exchange *exchange, struct ipc_talk_ask *ret_ask)
{
	if (exchange_read_proof(exchange, &ret_ask->proof) < 0 ||
	    read_flag(exchange, "wait", &ret_ask->waits) < 0 ||
	    read_flag(exchange, "take", &ret_ask->takes) < 0)
		return -EBADMSG;
	if (ret_ask->waits || ret_ask->takes)
		exchange->deadline_ns = front_now_ns(exchange->front) + WAIT_S * CLOCK_NS_PER_S;
	return 0;
}

void talking_start(struct exchange *exchange)
{
	struct ipc_talk_ask ask = {.credential = exchange->credential,
				   .origin = exchange->peer->origin};

	if (exchange_is_blocked(exchange) ||
	    exchange_param_sid(exchange, 0, ask.view) < 0)
		return;
	if (talking_read(exchange, &ask) < 0) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	exchange_ask(exchange, PROC_VAULT, IPC_TALK_ASK, &ask, (struct bytes){0}, talk_answered);
	sodium_memzero(&ask, sizeof(ask));
}
