#include "front/timeline.h"

#include <errno.h>
#include <sodium.h>

#include "front/diary.h"
#include "front/render.h"

struct timeline {
	json_t *spans, *gaps, *events, *clips, *spoken;
	uint64_t from_us, to_us, oldest_us, newest_us;
	char camera[NAME_SIZE];
};

static void timeline_drop(struct exchange *exchange)
{
	struct timeline *timeline = exchange->state;

	json_decref(timeline->spans);
	json_decref(timeline->gaps);
	json_decref(timeline->events);
	json_decref(timeline->clips);
	json_decref(timeline->spoken);
	free(timeline);
	exchange->state = NULL;
}

static void add_span(struct timeline *timeline, const struct ipc_span *span)
{
	json_t *list = span->is_gap ? timeline->gaps : timeline->spans;
	json_t *row = json_pack("[I, I]", (json_int_t)span->from_us, (json_int_t)span->to_us);

	if (span->is_gap)
		json_array_append_new(row, render_text(span->reason, sizeof(span->reason)));
	if (json_array_size(list) < PLAY_SPANS_MAX)
		json_array_append_new(list, row);
	else
		json_decref(row);
}

static void add_spans(struct timeline *timeline, const struct ipc_message *message)
{
	const struct ipc_timeline *body = message->body;
	struct ipc_span span;

	timeline->oldest_us = body->oldest_us;
	timeline->newest_us = body->newest_us;
	for (size_t at = 0; at + sizeof(span) <= message->tail_size; at += sizeof(span)) {
		memcpy(&span, message->tail + at, sizeof(span));
		add_span(timeline, &span);
	}
}

/* 0 is no time at which anything was recorded. */
static json_t *render_time(uint64_t us)
{
	return us ? json_integer((json_int_t)us) : json_null();
}

static void answer(struct exchange *exchange)
{
	struct timeline *timeline = exchange->state;

	render_reply(exchange, 200,
		     json_pack("{s:o, s:I, s:I, s:o, s:o, s:O, s:O, s:O, s:O, s:O}", "camera",
			       render_text(timeline->camera, sizeof(timeline->camera)), "from",
			       (json_int_t)timeline->from_us, "to", (json_int_t)timeline->to_us,
			       "oldest", render_time(timeline->oldest_us), "newest",
			       render_time(timeline->newest_us), "spans", timeline->spans, "gaps",
			       timeline->gaps, "events", timeline->events, "clips",
			       timeline->clips, "spoken", timeline->spoken));
}

static void ask_diary(struct exchange *exchange, enum diary_order order,
		      exchange_answer_fn *answered)
{
	struct timeline *timeline = exchange->state;
	struct ipc_diary_ask ask = {.credential = exchange->credential,
				    .origin = exchange->peer->origin,
				    .order = order,
				    .from_us = timeline->from_us,
				    .to_us = timeline->to_us};

	memcpy(ask.camera, timeline->camera, sizeof(ask.camera));
	exchange_ask(exchange, PROC_VAULT, IPC_DIARY_ASK, &ask, (struct bytes){0}, answered);
	sodium_memzero(&ask, sizeof(ask));
}

static void spoken_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct timeline *timeline = exchange->state;

	if (message->type == IPC_ROW_SPOKEN)
		json_array_append_new(timeline->spoken, diary_render_spoken(message));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	else if (message->type == IPC_DONE)
		answer(exchange);
}

static void clips_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct timeline *timeline = exchange->state;

	if (message->type == IPC_ROW_DIARY)
		json_array_append_new(timeline->clips, diary_render_clip(message));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	else if (message->type == IPC_DONE)
		ask_diary(exchange, SPOKEN_LIST, spoken_answered);
}

static void events_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct timeline *timeline = exchange->state;

	if (message->type == IPC_ROW_DIARY)
		json_array_append_new(timeline->events, diary_render_event(message));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	else if (message->type == IPC_DONE)
		ask_diary(exchange, CLIP_LIST, clips_answered);
}

static void timeline_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_TIMELINE)
		add_spans(exchange->state, message);
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	else if (message->type == IPC_DONE)
		ask_diary(exchange, DIARY_LIST, events_answered);
}

void timeline_show(struct exchange *exchange)
{
	struct ipc_timeline_ask ask = {.credential = exchange->credential};

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) < 0)
		return;
	if (exchange_number(exchange, "from", &ask.from_us) < 0 ||
	    exchange_number(exchange, "to", &ask.to_us) < 0 ||
	    exchange_number(exchange, "step", &ask.step_us) == -EBADMSG) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	struct timeline *timeline = calloc(1, sizeof(*timeline));

	if (!timeline) {
		exchange_lose(exchange);
		return;
	}
	*timeline = (struct timeline){.spans = json_array(),
				      .gaps = json_array(),
				      .events = json_array(),
				      .clips = json_array(),
				      .spoken = json_array(),
				      .from_us = ask.from_us,
				      .to_us = ask.to_us};
	memcpy(timeline->camera, ask.camera, sizeof(timeline->camera));
	exchange->state = timeline;
	exchange->dropped = timeline_drop;
	exchange_ask(exchange, PROC_VAULT, IPC_TIMELINE_ASK, &ask, (struct bytes){0},
		     timeline_answered);
	sodium_memzero(&ask, sizeof(ask));
}
