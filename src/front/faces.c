#include "front/faces.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "front/render.h"

static struct ipc_face_ask begin_ask(const struct exchange *exchange, enum face_order order)
{
	return (struct ipc_face_ask){.credential = exchange->credential,
				     .origin = exchange->peer->origin,
				     .order = order};
}

static int read_id(struct exchange *exchange, size_t index, uint64_t *ret_id)
{
	char digits[24];

	if (exchange_param(exchange, index, digits, sizeof(digits)) < 0)
		return -EBADMSG;
	if (text_parse_u64(digits, strlen(digits), INT64_MAX, ret_id) == 0)
		return 0;
	exchange_refuse(exchange, REFUSAL_NOT_FOUND);
	return -EBADMSG;
}

/* ---- the list ---- */

static void answer_drop(struct exchange *exchange)
{
	json_decref(exchange->state);
	exchange->state = NULL;
}

static json_t *number_or_null(uint64_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? render_text(text, NAME_SIZE) : json_null();
}

static void add_face(json_t *answer, const struct ipc_row_face *row)
{
	json_array_append_new(
		json_object_get(answer, "faces"),
		json_pack("{s:I, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:i, s:i}", "id",
			  (json_int_t)row->id, "name", text_or_null(row->name), "consent",
			  text_or_null(row->consent), "named", number_or_null(row->named_us), "seen",
			  (json_int_t)row->seen_us, "seq", number_or_null(row->log_seq), "camera_name",
			  text_or_null(row->camera_name), "event", number_or_null(row->event), "at",
			  number_or_null(row->event_us), "prints", (int)row->prints, "wrong",
			  (int)row->wrong));
}

static void list_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_ROW_FACE)
		add_face(exchange->state, message->body);
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	else if (message->type == IPC_DONE) {
		json_object_set_new(exchange->state, "looks", json_boolean(done->value == EYE_LOOKING));
		render_reply(exchange, 200, json_incref(exchange->state));
	}
}

void faces_list(struct exchange *exchange)
{
	struct ipc_face_ask ask = begin_ask(exchange, FACE_LIST);

	exchange->state = json_pack("{s:[]}", "faces");
	exchange->dropped = answer_drop;
	exchange_ask(exchange, PROC_VAULT, IPC_FACE_ASK, &ask, (struct bytes){0}, list_answered);
	sodium_memzero(&ask, sizeof(ask));
}

/* ---- changes ---- */

static void changed(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_DONE)
		render_reply(exchange, 200,
			     json_pack("{s:o, s:I}", "id", number_or_null(done->value), "seq",
				       (json_int_t)done->log_seq));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

static void send_change(struct exchange *exchange, struct ipc_face_ask *ask, struct bytes picture)
{
	exchange_ask(exchange, PROC_VAULT, IPC_FACE_ASK, ask, picture, changed);
	sodium_memzero(ask, sizeof(*ask));
}

/* Whether the words are needed, the vault knows. */
static int read_names(const json_t *body, struct ipc_face_ask *ask)
{
	int r = render_read_name(body, "name", ask->name, sizeof(ask->name));

	if (r == 0 && json_object_get(body, "consent"))
		r = render_read_name(body, "consent", ask->consent, sizeof(ask->consent));
	return r;
}

void faces_add(struct exchange *exchange)
{
	struct ipc_face_ask ask = begin_ask(exchange, FACE_ADD);
	uint8_t picture[FACE_PICTURE_MAX];
	size_t size = 0;
	json_t *body;

	if (render_read_body(exchange, &body) < 0)
		return;
	const json_t *text = json_object_get(body, "picture");

	if (read_names(body, &ask) < 0 || !json_is_string(text) ||
	    sodium_base642bin(picture, sizeof(picture), json_string_value(text),
			      json_string_length(text), NULL, &size, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	else
		send_change(exchange, &ask, (struct bytes){picture, size});
	json_decref(body);
}

void faces_name(struct exchange *exchange)
{
	struct ipc_face_ask ask = begin_ask(exchange, FACE_NAME);
	json_t *body;

	if (read_id(exchange, 0, &ask.id) < 0 || render_read_body(exchange, &body) < 0)
		return;
	if (read_names(body, &ask) < 0)
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	else
		send_change(exchange, &ask, (struct bytes){0});
	json_decref(body);
}

void faces_erase(struct exchange *exchange)
{
	struct ipc_face_ask ask = begin_ask(exchange, FACE_ERASE);

	if (read_id(exchange, 0, &ask.id) == 0)
		send_change(exchange, &ask, (struct bytes){0});
}

void faces_correct(struct exchange *exchange)
{
	struct ipc_face_ask ask = begin_ask(exchange, FACE_CORRECT);

	if (exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) == 0 &&
	    read_id(exchange, 1, &ask.id) == 0)
		send_change(exchange, &ask, (struct bytes){0});
}
