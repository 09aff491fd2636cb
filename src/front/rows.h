/* A question whose answer is a list: collects rows as JSON and answers when the vault is done. */
#ifndef FRONT_ROWS_H
#define FRONT_ROWS_H

#include "front/exchange.h"
#include "front/render.h"

enum { ROWS_MAX = 2048 /* of one answer; the vault has its own, lower limits */ };

/* A row as a JSON value, or NULL to leave it out. */
typedef json_t *rows_render_fn(const struct ipc_message *message);

/* Asks `query` (its `request` is set here) and answers {`key`: [rows of `type`]}. */
void rows_ask(struct exchange *exchange, struct ipc_query *query, enum ipc_type type,
	      const char *key, rows_render_fn *render);

/* The same for a question about the diary. */
void rows_ask_diary(struct exchange *exchange, struct ipc_diary_ask *ask, enum ipc_type type,
		    const char *key, rows_render_fn *render);

/* A query by the exchange's own credential. */
struct ipc_query rows_query(const struct exchange *exchange, enum query query);

#endif
