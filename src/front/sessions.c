#include "front/sessions.h"

#include "front/rows.h"
#include "ipc/sounds.h"

/* As the log writes them: v video, m microphone, s speaker, t talk. */
static json_t *track_words(uint32_t tracks)
{
	json_t *words = json_array();

	if (tracks & (TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_SUB)))
		json_array_append_new(words, json_string("v"));
	if (tracks & (TRACK_BIT(TRACK_MIC) | TRACK_BIT(TRACK_LISTEN)))
		json_array_append_new(words, json_string("m"));
	if (tracks & TRACK_BIT(TRACK_SPEAKER))
		json_array_append_new(words, json_string("s"));
	if (tracks & TRACK_BIT(TRACK_TALK))
		json_array_append_new(words, json_string("t"));
	return words;
}

static const char *kind_word(uint32_t kind)
{
	if (kind == SESSION_TALK)
		return "talk";
	return kind == SESSION_PLAY ? "play" : "view";
}

static json_t *render_session(const struct ipc_message *message)
{
	const struct ipc_row_session *session = message->body;

	return json_pack(
		"{s:o, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:b, s:o, s:o}",
		"sid", render_hex(session->sid, sizeof(session->sid)), "kind",
		kind_word(session->kind), "play_from",
		(json_int_t)session->from_us, "play_to", (json_int_t)session->to_us, "camera",
		json_sprintf("c%u", session->camera), "camera_name",
		render_text(session->camera_name, sizeof(session->camera_name)), "user",
		render_text(session->user, sizeof(session->user)), "device",
		render_text(session->device, sizeof(session->device)), "role",
		render_role(session->role), "tracks", track_words(session->tracks), "since",
		(json_int_t)session->since_us, "bytes", (json_int_t)session->bytes, "seq",
		(json_int_t)session->log_seq, "mine", (int)session->is_mine, "from",
		render_text(session->from, sizeof(session->from)), "sound",
		session->sound != SOUND_NONE ? json_string(sounds_word(session->sound)) : json_null());
}

void sessions_list(struct exchange *exchange)
{
	struct ipc_query query = rows_query(exchange, QUERY_SESSIONS);

	rows_ask(exchange, &query, IPC_ROW_SESSION, "sessions", render_session);
}

static void end_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_DONE)
		exchange_reply(exchange, 204);
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

void sessions_end(struct exchange *exchange)
{
	struct ipc_session_ask ask = {.credential = exchange->credential,
				      .origin = exchange->peer->origin};

	if (exchange_param_sid(exchange, 0, ask.sid) < 0)
		return;
	exchange_ask(exchange, PROC_VAULT, IPC_SESSION_END, &ask, (struct bytes){0}, end_answered);
}
