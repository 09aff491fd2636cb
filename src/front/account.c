#include "front/account.h"

#include <sodium.h>

#include "front/exchange.h"
#include "front/render.h"

/* What comes before the answer's end: who the new device belongs to, and the log's key. */
struct pairing {
	json_t *answer;
};

static void pairing_drop(struct exchange *exchange)
{
	struct pairing *pairing = exchange->state;

	json_decref(pairing->answer);
	free(pairing);
	exchange->state = NULL;
}

static void refused(struct exchange *exchange, const struct ipc_message *message)
{
	const struct ipc_refused *body = message->body;

	if (body->refusal != REFUSAL_BUSY && body->refusal != REFUSAL_LOG_STOPPED)
		exchange_count_failure(exchange);
	exchange_pass_refusal(exchange, message);
}

static void pair_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct pairing *pairing = exchange->state;
	const struct ipc_row_user *user = message->body;
	const struct ipc_done *done = message->body;

	switch ((int)message->type) {
	case IPC_ROW_USER:
		json_object_set_new(pairing->answer, "user",
				    render_text(user->name, sizeof(user->name)));
		json_object_set_new(pairing->answer, "role", json_string(render_role(user->role)));
		break;
	case IPC_BYTES:
		json_object_set_new(pairing->answer, "log_key",
				    render_text((const char *)message->tail, message->tail_size));
		break;
	case IPC_DONE:
		json_object_set_new(pairing->answer, "device", render_hex(done->id, 16));
		json_object_set_new(pairing->answer, "seq",
				    json_integer((json_int_t)done->log_seq));
		render_reply(exchange, 201, json_incref(pairing->answer));
		break;
	case IPC_REFUSED:
		refused(exchange, message);
		break;
	default:
		break;
	}
}

void account_pair(struct exchange *exchange)
{
	struct ipc_pair_ask ask = {.origin = exchange->peer->origin};
	char name[NAME_SIZE];
	json_t *body;

	if (exchange_is_blocked(exchange) || render_read_body(exchange, &body) < 0)
		return;
	bool is_read =
		render_read_hex(body, "secret", ask.secret, sizeof(ask.secret)) == 0 &&
		render_read_hex(body, "key", ask.key, sizeof(ask.key)) == 0 &&
		render_read_hex(body, "signature", ask.signature, sizeof(ask.signature)) == 0 &&
		render_read_name(body, "name", name, sizeof(name)) == 0;
	struct pairing *pairing = is_read ? calloc(1, sizeof(*pairing)) : NULL;

	json_decref(body);
	if (!pairing) {
		exchange_fail(exchange, is_read ? PROBLEM_UNAVAILABLE : PROBLEM_BAD_REQUEST);
		return;
	}
	pairing->answer = json_object();
	exchange->state = pairing;
	exchange->dropped = pairing_drop;
	exchange_ask(exchange, PROC_VAULT, IPC_PAIR_ASK, &ask,
		     (struct bytes){(const uint8_t *)name, strlen(name)}, pair_answered);
	sodium_memzero(&ask, sizeof(ask));
}

static void nonce_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_DONE)
		render_reply(exchange, 200,
			     json_pack("{s:o}", "nonce", render_hex(done->id, sizeof(done->id))));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

void account_issue_nonce(struct exchange *exchange)
{
	struct ipc_request ask = {0};

	if (!address_may_take_nonce(exchange->peer->address, front_now_ns(exchange->front))) {
		exchange_fail(exchange, PROBLEM_TOO_MANY);
		return;
	}
	exchange_ask(exchange, PROC_VAULT, IPC_NONCE_ASK, &ask, (struct bytes){0}, nonce_answered);
}

static void login_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;
	uint64_t expires_us =
		message->type == IPC_DONE ? clock_real_us() + done->value * 1000000 : 0;

	if (message->type == IPC_DONE)
		render_reply(exchange, 200,
			     json_pack("{s:o, s:I}", "login",
				       render_hex(done->id, sizeof(done->id)), "expires",
				       (json_int_t)expires_us));
	else if (message->type == IPC_REFUSED)
		refused(exchange, message);
}

void account_log_in(struct exchange *exchange)
{
	struct ipc_login_ask ask = {.origin = exchange->peer->origin};
	json_t *body;

	if (exchange_is_blocked(exchange) || render_read_body(exchange, &body) < 0)
		return;
	bool is_read =
		render_read_hex(body, "device", ask.device, sizeof(ask.device)) == 0 &&
		render_read_hex(body, "nonce", ask.nonce, sizeof(ask.nonce)) == 0 &&
		render_read_hex(body, "signature", ask.signature, sizeof(ask.signature)) == 0;

	json_decref(body);
	if (!is_read) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	exchange_ask(exchange, PROC_VAULT, IPC_LOGIN_ASK, &ask, (struct bytes){0}, login_answered);
}

/* "yard,nursery" as a list. */
static json_t *camera_names(const struct ipc_row_user *user)
{
	char copy[sizeof(user->cameras)], *rest = copy, *name;
	json_t *names = json_array();

	memcpy(copy, user->cameras, sizeof(copy));
	copy[sizeof(copy) - 1] = '\0';
	while ((name = strsep(&rest, ",")) != NULL)
		if (*name)
			json_array_append_new(names, render_text(name, NAME_SIZE));
	return names;
}

static void me_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_row_user *user = message->body;

	if (message->type == IPC_ROW_USER)
		render_reply(exchange, 200,
			     json_pack("{s:o, s:s, s:o, s:b, s:o}", "name",
				       render_text(user->name, sizeof(user->name)), "role",
				       render_role(user->role), "device",
				       render_text(user->device, sizeof(user->device)),
				       "all_cameras", (int)user->all_cameras, "cameras",
				       camera_names(user)));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	else if (message->type == IPC_DONE)
		exchange_refuse(exchange, REFUSAL_NOT_SIGNED_IN);
}

void account_show(struct exchange *exchange)
{
	struct ipc_query ask = {.credential = exchange->credential,
				.origin = exchange->peer->origin,
				.query = QUERY_ME};

	exchange_ask(exchange, PROC_VAULT, IPC_QUERY, &ask, (struct bytes){0}, me_answered);
}
