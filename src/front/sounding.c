#include "front/sounding.h"

#include <errno.h>
#include <sodium.h>

#include "front/render.h"
#include "ipc/sounds.h"

enum { VOLUME = 50 /* where none is asked for */ };

/* 0 or -EBADMSG: it is answered. */
static int begin_ask(struct exchange *exchange, enum sound_order order, struct ipc_sound_ask *ret_ask)
{
	*ret_ask = (struct ipc_sound_ask){.credential = exchange->credential,
					  .origin = exchange->peer->origin,
					  .order = order};
	return exchange_param(exchange, 0, ret_ask->camera, sizeof(ret_ask->camera));
}

static void send(struct exchange *exchange, struct ipc_sound_ask *ask, exchange_answer_fn *answered)
{
	exchange_ask(exchange, PROC_VAULT, IPC_SOUND_ASK, ask, (struct bytes){0}, answered);
	sodium_memzero(ask, sizeof(*ask));
}

/* ---- what plays ---- */

static json_t *render_sound(const struct ipc_row_sound *row)
{
	bool is_known = row->log_seq != 0;

	return json_pack("{s:s, s:I, s:I, s:I, s:b, s:b, s:o, s:o, s:o, s:o}", "sound", sounds_word(row->sound),
			 "volume", (json_int_t)row->volume, "since", (json_int_t)row->since_us, "until",
			 (json_int_t)row->until_us, "waits", (int)row->waits, "mine", (int)row->is_mine, "user",
			 render_text(row->user, sizeof(row->user)), "device",
			 row->device[0] ? render_text(row->device, sizeof(row->device)) : json_null(), "sid",
			 is_known ? render_hex(row->sid, sizeof(row->sid)) : json_null(), "seq",
			 is_known ? json_integer((json_int_t)row->log_seq) : json_null());
}

static void answer_drop(struct exchange *exchange)
{
	json_decref(exchange->state);
	exchange->state = NULL;
}

static void show_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_ROW_SOUND && !exchange->state) {
		exchange->state = render_sound(message->body);
		exchange->dropped = answer_drop;
	} else if (message->type == IPC_DONE) {
		render_reply(exchange, 200,
			     exchange->state ? json_incref(exchange->state) : json_pack("{s:n}", "sound"));
	} else if (message->type == IPC_REFUSED) {
		exchange_pass_refusal(exchange, message);
	}
}

void sounding_show(struct exchange *exchange)
{
	struct ipc_sound_ask ask;

	if (begin_ask(exchange, SOUND_SHOW, &ask) == 0)
		send(exchange, &ask, show_answered);
}

/* ---- playing ---- */

static void play_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_DONE)
		render_begun(exchange, message->body);
	else if (message->type == IPC_REFUSED)
		exchange_pass_denial(exchange, message);
}

/* A whole number; `otherwise` if it is absent or null. */
static int read_number(const json_t *body, const char *key, uint32_t otherwise, uint32_t *ret_number)
{
	const json_t *value = json_object_get(body, key);
	bool is_absent = !value || json_is_null(value);

	if (!is_absent && (!json_is_integer(value) || json_integer_value(value) < 0 ||
			   json_integer_value(value) > UINT32_MAX))
		return -EBADMSG;
	*ret_number = is_absent ? otherwise : (uint32_t)json_integer_value(value);
	return 0;
}

static int read_sound(const json_t *body, struct ipc_sound *ret_sound)
{
	const json_t *word = json_object_get(body, "sound");
	struct bytes text = {(const uint8_t *)json_string_value(word), json_string_length(word)};

	if (!json_is_string(word))
		return -EBADMSG;
	ret_sound->sound = sounds_find(text);
	if (read_number(body, "seconds", 0, &ret_sound->seconds) < 0)
		return -EBADMSG;
	return read_number(body, "volume", VOLUME, &ret_sound->volume);
}

void sounding_play(struct exchange *exchange)
{
	struct ipc_sound_ask ask;
	json_t *body;

	if (exchange_is_blocked(exchange) || begin_ask(exchange, SOUND_PLAY, &ask) < 0 ||
	    render_read_body(exchange, &body) < 0)
		return;
	if (read_sound(body, &ask.sound) < 0 || exchange_read_proof(exchange, &ask.proof) < 0)
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	else
		send(exchange, &ask, play_answered);
	json_decref(body);
}

/* ---- silence ---- */

static void stop_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_DONE)
		render_reply(exchange, 200, json_pack("{s:b}", "stopped", done->value != 0));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

void sounding_stop(struct exchange *exchange)
{
	struct ipc_sound_ask ask;

	if (begin_ask(exchange, SOUND_STOP, &ask) == 0)
		send(exchange, &ask, stop_answered);
}
