/* Who is watching, and how Ward is. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tools/command.h"
#include "tools/show.h"
#include "tools/talk.h"

/* ---- sessions ---- */

static void add_session(const struct ipc_message *message, void *context)
{
	const struct ipc_row_session *row = message->body;
	char sid[2 * sizeof(row->sid) + 1], id[16];
	struct text text;

	if (message->type != IPC_ROW_SESSION)
		return;
	text_init(&text, sid, sizeof(sid));
	text_add_hex(&text, row->sid, sizeof(row->sid));
	snprintf(id, sizeof(id), "c%u", row->camera);
	json_array_append_new(
		context,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "sid", sid, "camera", id,
			  "camera_name", row->camera_name, "user", row->user, "device", row->device, "role",
			  show_role(row->role), "tracks", show_tracks(row->tracks), "since",
			  (json_int_t)row->since_us, "bytes", (json_int_t)row->bytes, "seq",
			  (json_int_t)row->log_seq, "from", row->from));
}

static const char *field(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

static void print_sessions(const json_t *sessions)
{
	size_t index;
	json_t *session;

	if (json_array_size(sessions) == 0) {
		printf("Nobody is watching or listening.\n");
		return;
	}
	printf("%-32s %-14s %-14s %-16s %-5s %-19s %s\n", "SESSION", "WHO", "CAMERA", "DEVICE", "WHAT",
	       "SINCE", "FROM");
	json_array_foreach(sessions, index, session)
	{
		char time[SHOW_TIME_SIZE];

		printf("%-32s %-14s %-14s %-16s %-5s %-19s %s\n", field(session, "sid"),
		       field(session, "user"), field(session, "camera_name"), field(session, "device"),
		       field(session, "tracks"),
		       show_time((uint64_t)json_integer_value(json_object_get(session, "since")), time),
		       field(session, "from"));
	}
}

enum exit_code sessions_command(const struct invocation *invocation)
{
	struct ipc_query query = {.query = QUERY_SESSIONS};
	autotalk talk = NULL;

	if (talk_open_or_explain(invocation, &talk) < 0)
		return EXIT_UNREACHABLE;

	json_t *sessions = json_array();
	enum exit_code result = talk_ask(talk, &(struct talk_question){.type = IPC_QUERY,
									.body = &query,
									.row = add_session,
									.context = sessions});
	bool somebody = json_array_size(sessions) > 0;

	if (result != EXIT_DONE) {
		json_decref(sessions);
		return result;
	}
	if (invocation->values[FLAG_JSON]) {
		show_json(sessions);
	} else {
		print_sessions(sessions);
		json_decref(sessions);
	}
	return somebody ? EXIT_DONE : EXIT_NO;
}

/* ---- status ---- */

static json_t *camera_json(const struct ipc_row_camera *row)
{
	char id[16];

	snprintf(id, sizeof(id), "c%u", row->camera);
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:f}",
			 "id", id, "name", row->name, "state", show_cam_state(row->state.state), "reason",
			 row->state.reason, "watching", (int)row->watching, "video",
			 show_codec(row->codecs[TRACK_VIDEO]), "sub", show_codec(row->codecs[TRACK_SUB]),
			 "audio", show_codec(row->codecs[TRACK_MIC]), "width", (int)row->width, "height",
			 (int)row->height, "packets", (json_int_t)row->state.packets, "lost",
			 (json_int_t)row->state.lost, "frames", (json_int_t)row->state.frames, "broken",
			 (json_int_t)row->state.broken, "drift_ppm",
			 (double)row->state.drift_ppb / 1000.0);
}

static void add_status(const struct ipc_message *message, void *context)
{
	json_t *status = context;

	if (message->type == IPC_ROW_CAMERA) {
		json_array_append_new(json_object_get(status, "cameras"), camera_json(message->body));
	} else if (message->type == IPC_ROW_STATUS) {
		const struct ipc_row_status *row = message->body;

		json_object_set_new(status, "log_size", json_integer((json_int_t)row->log_size));
		json_object_set_new(status, "signed_size", json_integer((json_int_t)row->signed_size));
		json_object_set_new(status, "started", json_integer((json_int_t)row->started_us));
		json_object_set_new(status, "sessions", json_integer(row->sessions));
		json_object_set_new(status, "users", json_integer(row->users));
		json_object_set_new(status, "log_stopped", json_boolean(row->log_stopped));
		json_object_set_new(status, "reason", json_string(row->reason));
		json_object_set_new(status, "eye", json_string(show_eye_state(row->eye)));
		json_object_set_new(status, "faces", json_string(show_eye_state(row->faces)));
		json_object_set_new(status, "eye_text", json_string(show_eye_sentence(row->eye)));
	}
}

static void print_status(const json_t *status)
{
	char time[SHOW_TIME_SIZE];
	size_t index;
	json_t *camera;

	printf("Ward runs since %s. %lld watching now. Log: %lld entries, %lld signed%s%s.\n",
	       show_time((uint64_t)json_integer_value(json_object_get(status, "started")), time),
	       json_integer_value(json_object_get(status, "sessions")),
	       json_integer_value(json_object_get(status, "log_size")),
	       json_integer_value(json_object_get(status, "signed_size")),
	       json_is_true(json_object_get(status, "log_stopped")) ? "; STOPPED: " : "",
	       field(status, "reason"));
	if (strcmp(field(status, "eye"), show_eye_state(EYE_OFF)) != 0)
		printf("Eye: %s.\n", field(status, "eye_text"));
	if (strcmp(field(status, "faces"), show_eye_state(EYE_OFF)) != 0)
		printf("Faces: %s.\n", field(status, "faces"));
	json_array_foreach(json_object_get(status, "cameras"), index, camera)
		printf("  %-20s %-10s %s %lldx%lld %s %s\n", field(camera, "name"),
		       field(camera, "state"), field(camera, "video"),
		       json_integer_value(json_object_get(camera, "width")),
		       json_integer_value(json_object_get(camera, "height")), field(camera, "audio"),
		       field(camera, "reason"));
}

enum exit_code status_command(const struct invocation *invocation)
{
	struct ipc_query query = {.query = QUERY_STATUS};
	autotalk talk = NULL;

	if (talk_open_or_explain(invocation, &talk) < 0)
		return EXIT_UNREACHABLE;

	json_t *status = json_pack("{s:[]}", "cameras");
	enum exit_code result = talk_ask(talk, &(struct talk_question){.type = IPC_QUERY,
									.body = &query,
									.row = add_status,
									.context = status});

	if (result == EXIT_DONE && invocation->values[FLAG_JSON]) {
		show_json(status);
		return EXIT_DONE;
	}
	if (result == EXIT_DONE)
		print_status(status);
	json_decref(status);
	return result;
}
