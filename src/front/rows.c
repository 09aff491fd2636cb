#include "front/rows.h"

struct rows {
	enum ipc_type type;
	const char *key;
	rows_render_fn *render;
	json_t *list;
};

static void rows_drop(struct exchange *exchange)
{
	struct rows *rows = exchange->state;

	json_decref(rows->list);
	free(rows);
	exchange->state = NULL;
}

static void row_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct rows *rows = exchange->state;

	if (message->type == rows->type) {
		json_t *row = json_array_size(rows->list) < ROWS_MAX ? rows->render(message) : NULL;

		if (row)
			json_array_append_new(rows->list, row);
	} else if (message->type == IPC_DONE) {
		render_reply(exchange, 200, json_pack("{s:O}", rows->key, rows->list));
	} else if (message->type == IPC_REFUSED) {
		exchange_pass_refusal(exchange, message);
	}
}

struct ipc_query rows_query(const struct exchange *exchange, enum query query)
{
	return (struct ipc_query){.credential = exchange->credential,
				  .origin = exchange->peer->origin,
				  .query = query};
}

static void ask_rows(struct exchange *exchange, const struct rows *like, enum ipc_type question,
		     void *body)
{
	struct rows *rows = calloc(1, sizeof(*rows));

	if (!rows) {
		exchange_fail(exchange, PROBLEM_UNAVAILABLE);
		return;
	}
	*rows = *like;
	rows->list = json_array();
	exchange->state = rows;
	exchange->dropped = rows_drop;
	exchange_ask(exchange, PROC_VAULT, question, body, (struct bytes){0}, row_answered);
}

void rows_ask(struct exchange *exchange, struct ipc_query *query, enum ipc_type type,
	      const char *key, rows_render_fn *render)
{
	ask_rows(exchange, &(struct rows){type, key, render, NULL}, IPC_QUERY, query);
}

void rows_ask_diary(struct exchange *exchange, struct ipc_diary_ask *ask, enum ipc_type type,
		    const char *key, rows_render_fn *render)
{
	ask_rows(exchange, &(struct rows){type, key, render, NULL}, IPC_DIARY_ASK, ask);
}
