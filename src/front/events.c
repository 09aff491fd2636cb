#include "front/events.h"

#include "front/diary.h"
#include "front/rows.h"

enum { KEEP_ALIVE_S = 15, LINE_MAX_SIZE = 512 };

static const char *const event_words[EVENT_COUNT] = {
	[EVENT_SESSIONS] = "sessions",
	[EVENT_CAMERA] = "camera",
	[EVENT_CHECKPOINT] = "checkpoint",
	[EVENT_DIARY] = "event",
};

static void keep_alive(struct exchange *exchange);

static void plan_keep_alive(struct exchange *exchange)
{
	exchange->expired = keep_alive;
	exchange->deadline_ns = front_now_ns(exchange->front) + KEEP_ALIVE_S * CLOCK_NS_PER_S;
}

/* A comment tells proxies and the page that the line is up. A reader that has not taken the last
 * one is gone. */
static void keep_alive(struct exchange *exchange)
{
	static const char comment[] = ": keep-alive\n\n";

	if (exchange->reply.body.size) {
		exchange_end_stream(exchange);
		return;
	}
	exchange_push(exchange, comment, sizeof(comment) - 1);
	plan_keep_alive(exchange);
}

static void push_event(struct exchange *exchange, const struct ipc_row_event *event)
{
	char lines[LINE_MAX_SIZE];
	const char *word = event->kind < EVENT_COUNT ? event_words[event->kind] : NULL;
	json_t *data = json_pack(
		"{s:o, s:o, s:I}", "camera",
		event->camera ? json_sprintf("c%u", event->camera) : json_string(""), "name",
		render_text(event->name, sizeof(event->name)), "value", (json_int_t)event->value);
	char *text = data ? json_dumps(data, JSON_COMPACT) : NULL;

	json_decref(data);
	if (word && text) {
		int size = snprintf(lines, sizeof(lines), "event: %s\ndata: %s\n\n", word, text);

		if (size > 0 && (size_t)size < sizeof(lines))
			exchange_push(exchange, lines, (size_t)size);
	}
	free(text);
}

static void event_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_ROW_EVENT)
		push_event(exchange, message->body);
	else if (message->type == IPC_REFUSED || message->type == IPC_DONE)
		exchange_end_stream(exchange); /* signed out, or the vault stops */
}

/* Known first, followed then: a stream once begun cannot answer 401 any more. */
static void asker_answered(struct exchange *exchange, struct ipc_message *message)
{
	static const char hello[] = ": ward\n\n";
	struct ipc_query query = rows_query(exchange, QUERY_EVENTS);

	if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	if (message->type != IPC_DONE)
		return;
	if (exchange->front->streams >= FRONT_STREAMS_MAX) {
		exchange_fail(exchange, PROBLEM_UNAVAILABLE);
		return;
	}
	exchange_stream(exchange, "text/event-stream");
	exchange_push(exchange, hello, sizeof(hello) - 1);
	plan_keep_alive(exchange);
	exchange_ask(exchange, PROC_VAULT, IPC_QUERY, &query, (struct bytes){0}, event_answered);
}

void events_follow(struct exchange *exchange)
{
	struct ipc_query query = rows_query(exchange, QUERY_ME);

	if (diary_is_list(exchange)) {
		diary_list_events(exchange);
		return;
	}
	exchange_ask(exchange, PROC_VAULT, IPC_QUERY, &query, (struct bytes){0}, asker_answered);
}
