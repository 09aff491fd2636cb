#include "front/keys.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "front/render.h"
#include "proto/age/age.h"
#include "proto/log/ask.h"

/* ---- what there is ---- */

static void answer_drop(struct exchange *exchange)
{
	json_decref(exchange->state);
	exchange->state = NULL;
}

static void add_key(json_t *answer, const struct ipc_row_key *row)
{
	char text[AGE_TEXT_SIZE];

	age_print_public(row->key, text);
	json_array_append_new(json_object_get(answer, "keys"),
			      json_pack("{s:o, s:s, s:o, s:b, s:I}", "name",
					render_text(row->name, sizeof(row->name)), "key", text,
					"person", render_text(row->person, sizeof(row->person)),
					"mine", (int)row->is_mine, "seq",
					(json_int_t)row->log_seq));
}

static void add_custody(json_t *answer, const struct ipc_row_custody *row)
{
	json_object_set_new(answer, "mode", json_string(row->is_private ? "private" : "window"));
	json_object_set_new(answer, "days",
			    row->days ? json_integer((json_int_t)row->days) : json_null());
	json_object_set_new(answer, "only_box", json_integer((json_int_t)row->only_box));
}

static void show_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_ROW_KEY)
		add_key(exchange->state, message->body);
	else if (message->type == IPC_ROW_CUSTODY)
		add_custody(exchange->state, message->body);
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	else if (message->type == IPC_DONE)
		render_reply(exchange, 200, json_incref(exchange->state));
}

void keys_show(struct exchange *exchange)
{
	struct ipc_query ask = {.credential = exchange->credential,
				.origin = exchange->peer->origin,
				.query = QUERY_KEYS};

	exchange->state = json_pack("{s:[]}", "keys");
	exchange->dropped = answer_drop;
	exchange_ask(exchange, PROC_VAULT, IPC_QUERY, &ask, (struct bytes){0}, show_answered);
	sodium_memzero(&ask, sizeof(ask));
}

/* ---- a change ---- */

static int read_order(const json_t *body, uint32_t *ret_order)
{
	const char *word = json_string_value(json_object_get(body, "order"));

	for (uint32_t order = 0; word && order < KEY_ORDER_COUNT; order++) {
		if (strcmp(ask_key_order(order), word) != 0)
			continue;
		*ret_order = order;
		return 0;
	}
	return -EBADMSG;
}

static int read_key(const json_t *body, uint8_t ret_key[AGE_KEY_SIZE])
{
	const json_t *key = json_object_get(body, "key");

	return json_is_string(key) ? age_parse_public(json_string_value(key),
						      json_string_length(key), ret_key)
				   : -EBADMSG;
}

static int read_days(const json_t *body, uint64_t *ret_days)
{
	const json_t *days = json_object_get(body, "days");

	if (!days || json_is_null(days))
		return 0;
	if (!json_is_integer(days) || json_integer_value(days) < 0)
		return -EBADMSG;
	*ret_days = (uint64_t)json_integer_value(days);
	return 0;
}

static int read_change(const json_t *body, struct ipc_key_ask *ask)
{
	int r = read_order(body, &ask->order);

	if (r == 0 && (ask->order == KEY_ADD || ask->order == KEY_REMOVE))
		r = render_read_name(body, "name", ask->name, sizeof(ask->name));
	if (r == 0 && ask->order == KEY_ADD)
		r = read_key(body, ask->key);
	if (r == 0 && ask->order == KEY_WINDOW)
		r = read_days(body, &ask->days);
	ask->may_lose = json_is_true(json_object_get(body, "lose"));
	return r;
}

static void change_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_DONE)
		render_reply(exchange, 200, json_pack("{s:I}", "seq", (json_int_t)done->log_seq));
	else if (message->type == IPC_REFUSED)
		exchange_pass_denial(exchange, message);
}

void keys_change(struct exchange *exchange)
{
	struct ipc_key_ask ask = {.credential = exchange->credential,
				  .origin = exchange->peer->origin};
	json_t *body;

	if (exchange_is_blocked(exchange) || render_read_body(exchange, &body) < 0)
		return;
	int r = read_change(body, &ask);

	if (r == 0)
		r = exchange_read_proof(exchange, &ask.proof);
	if (r < 0)
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	else
		exchange_ask(exchange, PROC_VAULT, IPC_KEY_ASK, &ask, (struct bytes){0},
			     change_answered);
	json_decref(body);
	sodium_memzero(&ask, sizeof(ask));
}
