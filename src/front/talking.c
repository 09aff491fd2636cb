#include "front/talking.h"

#include <sodium.h>
#include <string.h>

#include "front/render.h"

static void talk_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_DONE)
		render_reply(exchange, 201,
			     json_pack("{s:o, s:I}", "sid", render_hex(done->id, 16), "seq",
				       (json_int_t)done->log_seq));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

void talking_start(struct exchange *exchange)
{
	struct ipc_talk_ask ask = {.credential = exchange->credential,
				   .origin = exchange->peer->origin};

	if (exchange_is_blocked(exchange) ||
	    exchange_param_sid(exchange, 0, ask.view) < 0)
		return;
	if (exchange_read_proof(exchange, &ask.proof) < 0) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	exchange_ask(exchange, PROC_VAULT, IPC_TALK_ASK, &ask, (struct bytes){0}, talk_answered);
	sodium_memzero(&ask, sizeof(ask));
}
