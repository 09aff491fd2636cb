#include "front/diary.h"

#include <errno.h>

#include "base/text.h"
#include "front/rows.h"
#include "ipc/diary.h"
#include "ipc/sounds.h"

/* ---- reading what is asked ---- */

static struct ipc_diary_ask begin_ask(const struct exchange *exchange, enum diary_order order)
{
	return (struct ipc_diary_ask){.credential = exchange->credential,
				      .origin = exchange->peer->origin,
				      .order = order};
}

/* The span of a list; without it: all there is. */
static int read_span(struct exchange *exchange, struct ipc_diary_ask *ask)
{
	ask->to_us = INT64_MAX;
	if (exchange_number(exchange, "from", &ask->from_us) != -EBADMSG &&
	    exchange_number(exchange, "to", &ask->to_us) != -EBADMSG && ask->from_us < ask->to_us)
		return 0;
	exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	return -EBADMSG;
}

/* A time in the body; 0 if it is absent or null. */
static int read_time(const json_t *body, const char *key, uint64_t *ret_us)
{
	const json_t *value = json_object_get(body, key);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) <= 0)
		return -EBADMSG;
	*ret_us = (uint64_t)json_integer_value(value);
	return 0;
}

static int read_id(struct exchange *exchange, uint64_t *ret_id)
{
	char digits[24];

	if (exchange_param(exchange, 1, digits, sizeof(digits)) < 0)
		return -EBADMSG;
	if (text_parse_u64(digits, strlen(digits), INT64_MAX, ret_id) == 0)
		return 0;
	exchange_refuse(exchange, REFUSAL_NOT_FOUND);
	return -EBADMSG;
}

static int read_kind(const json_t *body, uint32_t *ret_kind)
{
	const json_t *kind = json_object_get(body, "kind");

	return json_is_string(kind) ? diary_parse_word(json_string_value(kind),
						       json_string_length(kind), ret_kind)
				    : -EBADMSG;
}

/* ---- lists ---- */

static json_t *render_time(uint64_t us)
{
	return us ? json_integer((json_int_t)us) : json_null();
}

/* The moment that shows an event best, and where in that picture; the picture itself is a thumbnail of a
 * play (GET /api/v1/play/SID/thumb/AT.jpg), so that it stands in the log who looked. */
static json_t *render_picture(const struct ipc_row_diary *row)
{
	const uint8_t *box = row->picture_box;

	if (!row->picture_us)
		return json_null();
	return json_pack("{s:I, s:[i, i, i, i]}", "at", (json_int_t)row->picture_us, "box",
			 (int)box[0], (int)box[1], (int)box[2], (int)box[3]);
}

/* Whose it was: an unknown one has a number and no name. */
static json_t *render_face(const struct ipc_row_diary *row)
{
	if (!row->face)
		return json_null();
	return json_pack("{s:I, s:o}", "id", (json_int_t)row->face, "name",
			 row->who[0] ? render_text(row->who, sizeof(row->who)) : json_null());
}

json_t *diary_render_event(const struct ipc_message *message)
{
	const struct ipc_row_diary *row = message->body;
	json_t *score = row->score ? json_real((row->score - 1) / 1000.0) : json_null();

	return json_pack("{s:I, s:o, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (json_int_t)row->id,
			 "camera", json_sprintf("c%u", row->camera), "camera_name",
			 render_text(row->camera_name, sizeof(row->camera_name)), "kind",
			 diary_word(row->kind), "from", (json_int_t)row->from_us, "to",
			 render_time(row->to_us), "score", score, "source",
			 render_text(row->source, sizeof(row->source)), "note",
			 render_text((const char *)message->tail, message->tail_size), "picture",
			 render_picture(row), "face", render_face(row));
}

json_t *diary_render_clip(const struct ipc_message *message)
{
	const struct ipc_row_diary *row = message->body;

	return json_pack("{s:I, s:I, s:I, s:o}", "id", (json_int_t)row->id, "from",
			 (json_int_t)row->from_us, "to", (json_int_t)row->to_us, "name",
			 render_text((const char *)message->tail, message->tail_size));
}

bool diary_is_list(const struct exchange *exchange)
{
	struct bytes query = exchange->request.target.query;
	char value[2];

	return url_query(query, "from", value, sizeof(value)) != -ENOENT ||
	       url_query(query, "to", value, sizeof(value)) != -ENOENT ||
	       url_query(query, "camera", value, sizeof(value)) != -ENOENT;
}

void diary_list_events(struct exchange *exchange)
{
	struct ipc_diary_ask ask = begin_ask(exchange, DIARY_LIST);
	int r = url_query(exchange->request.target.query, "camera", ask.camera, sizeof(ask.camera));

	if (r < 0 && r != -ENOENT) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	if (read_span(exchange, &ask) == 0)
		rows_ask_diary(exchange, &ask, IPC_ROW_DIARY, "events", diary_render_event);
}

void diary_list_clips(struct exchange *exchange)
{
	struct ipc_diary_ask ask = begin_ask(exchange, CLIP_LIST);

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) == 0 &&
	    read_span(exchange, &ask) == 0)
		rows_ask_diary(exchange, &ask, IPC_ROW_DIARY, "clips", diary_render_clip);
}

/* Sid and entry of another's talk are told to who may know; the name of who was forgotten to nobody. */
json_t *diary_render_spoken(const struct ipc_message *message)
{
	const struct ipc_row_spoken *row = message->body;

	return json_pack("{s:I, s:I, s:f, s:f, s:o, s:o, s:o, s:o, s:b, s:s}", "from",
			 (json_int_t)row->from_us, "to", (json_int_t)row->to_us, "seconds",
			 (double)row->sound_us / 1e6, "lost", (double)row->lost_us / 1e6, "seq",
			 row->log_seq ? json_integer((json_int_t)row->log_seq) : json_null(), "sid",
			 row->log_seq ? render_hex(row->sid, sizeof(row->sid)) : json_null(), "user",
			 row->user[0] ? render_text(row->user, sizeof(row->user)) : json_null(),
			 "device",
			 row->device[0] ? render_text(row->device, sizeof(row->device)) : json_null(),
			 "mine", (int)row->is_mine, "sound", sounds_word(row->sound));
}

void diary_list_spoken(struct exchange *exchange)
{
	struct ipc_diary_ask ask = begin_ask(exchange, SPOKEN_LIST);

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) == 0 &&
	    read_span(exchange, &ask) == 0)
		rows_ask_diary(exchange, &ask, IPC_ROW_SPOKEN, "spoken", diary_render_spoken);
}

/* ---- changes ---- */

static void made(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_DONE)
		render_reply(exchange, 201, json_pack("{s:I}", "id", (json_int_t)done->value));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

static void kept(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_DONE)
		render_reply(exchange, 201,
			     json_pack("{s:I, s:I}", "id", (json_int_t)done->value, "seq",
				       (json_int_t)done->log_seq));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

static void changed(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_DONE)
		exchange_reply(exchange, 204);
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

/* Sends it with the text that the body has under `key`, if it has one. */
static void ask_with_text(struct exchange *exchange, struct ipc_diary_ask *ask, const json_t *body,
			  const char *key, exchange_answer_fn *answered)
{
	const json_t *text = json_object_get(body, key);

	if ((text && !json_is_string(text)) || json_string_length(text) > DIARY_NOTE_MAX) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	exchange_ask(
		exchange, PROC_VAULT, IPC_DIARY_ASK, ask,
		(struct bytes){(const uint8_t *)json_string_value(text), json_string_length(text)},
		answered);
}

void diary_begin_event(struct exchange *exchange)
{
	struct ipc_diary_ask ask = begin_ask(exchange, DIARY_BEGIN);
	json_t *body;

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) < 0 ||
	    render_read_body(exchange, &body) < 0)
		return;
	if (read_kind(body, &ask.kind) == 0 && read_time(body, "from", &ask.from_us) == 0 &&
	    read_time(body, "to", &ask.to_us) == 0)
		ask_with_text(exchange, &ask, body, "note", made);
	else
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	json_decref(body);
}

void diary_end_event(struct exchange *exchange)
{
	struct ipc_diary_ask ask = begin_ask(exchange, DIARY_END);
	json_t *body = NULL;

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) < 0 ||
	    read_id(exchange, &ask.id) < 0)
		return;
	if (exchange->body_size && render_read_body(exchange, &body) < 0)
		return;
	if (read_time(body, "to", &ask.to_us) < 0)
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	else
		exchange_ask(exchange, PROC_VAULT, IPC_DIARY_ASK, &ask, (struct bytes){0}, changed);
	json_decref(body);
}

void diary_keep_clip(struct exchange *exchange)
{
	struct ipc_diary_ask ask = begin_ask(exchange, CLIP_KEEP);
	json_t *body;

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) < 0 ||
	    render_read_body(exchange, &body) < 0)
		return;
	if (read_time(body, "from", &ask.from_us) == 0 && read_time(body, "to", &ask.to_us) == 0)
		ask_with_text(exchange, &ask, body, "name", kept);
	else
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	json_decref(body);
}

void diary_release_clip(struct exchange *exchange)
{
	struct ipc_diary_ask ask = begin_ask(exchange, CLIP_RELEASE);

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) == 0 &&
	    read_id(exchange, &ask.id) == 0)
		exchange_ask(exchange, PROC_VAULT, IPC_DIARY_ASK, &ask, (struct bytes){0}, changed);
}
