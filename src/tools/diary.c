/* What happened before the cameras, and which recordings are kept. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "ipc/diary.h"
#include "ipc/sounds.h"
#include "tools/command.h"
#include "tools/moment.h"
#include "tools/show.h"
#include "tools/talk.h"

#define SECOND_US UINT64_C(1000000)
#define DAY_US    (86400 * SECOND_US)

static enum exit_code usage(const char *what, const char *which)
{
	fprintf(stderr, "ward: %s%s%s\n", what, which ? ": " : "", which ? which : "");
	return EXIT_USAGE;
}

/* A time given with an option; as it was without it. */
static enum exit_code read_moment(const struct invocation *invocation, enum flag_id flag, uint64_t *us)
{
	const char *text = invocation->values[flag];
	int error = text ? moment_parse(text, clock_real_us(), us) : 0;

	return error < 0 ? usage(moment_explain(error), text) : EXIT_DONE;
}

static enum exit_code read_span(const struct invocation *invocation, struct ipc_diary_ask *ask)
{
	if (read_moment(invocation, FLAG_FROM, &ask->from_us) != EXIT_DONE ||
	    read_moment(invocation, FLAG_TO, &ask->to_us) != EXIT_DONE)
		return EXIT_USAGE;
	return ask->from_us < ask->to_us ? EXIT_DONE : usage("--from must be before --to", NULL);
}

static enum exit_code read_camera(const char *name, struct ipc_diary_ask *ask)
{
	if (!name || text_copy(ask->camera, sizeof(ask->camera), name))
		return EXIT_DONE;
	return usage("that name is too long", name);
}

/* ---- lists ---- */

static json_t *time_or_null(uint64_t us)
{
	return us ? json_integer((json_int_t)us) : json_null();
}

static void add_event(const struct ipc_message *message, void *context)
{
	const struct ipc_row_diary *row = message->body;

	if (message->type != IPC_ROW_DIARY)
		return;
	json_array_append_new(
		context,
		json_pack("{s:I, s:s, s:s, s:I, s:o, s:o, s:s, s:s%, s:o}", "id", (json_int_t)row->id, "camera",
			  row->camera_name, "kind", diary_word(row->kind), "from",
			  (json_int_t)row->from_us, "to", time_or_null(row->to_us), "score",
			  row->score ? json_real((row->score - 1) / 1000.0) : json_null(), "source",
			  row->source, "note", (const char *)message->tail, message->tail_size, "who",
			  row->face ? json_string(row->who[0] ? row->who : "unknown") : json_null()));
}

static void add_clip(const struct ipc_message *message, void *context)
{
	const struct ipc_row_diary *row = message->body;

	if (message->type == IPC_ROW_DIARY)
		json_array_append_new(context,
				      json_pack("{s:I, s:s, s:I, s:I, s:s%}", "id", (json_int_t)row->id,
						"camera", row->camera_name, "from",
						(json_int_t)row->from_us, "to", (json_int_t)row->to_us,
						"name", (const char *)message->tail, message->tail_size));
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

/* One line a row, oldest first; `word` and `remark` are the keys of the columns that differ. */
static void print_rows(const json_t *list, const char *word, const char *remark)
{
	char from[SHOW_TIME_SIZE], to[SHOW_TIME_SIZE];

	for (size_t i = json_array_size(list); i > 0; i--) {
		const json_t *row = json_array_get(list, i - 1);
		uint64_t from_us = (uint64_t)json_integer_value(json_object_get(row, "from"));
		uint64_t to_us = (uint64_t)json_integer_value(json_object_get(row, "to"));

		printf("%-6lld %-16s %s  %-19s  %-10s %s\n",
		       (long long)json_integer_value(json_object_get(row, "id")), text_of(row, "camera"),
		       show_time(from_us, from), to_us ? show_time(to_us, to) : "goes on",
		       text_of(row, word), text_of(row, remark));
	}
}

static enum exit_code ask_list(const struct invocation *invocation, struct ipc_diary_ask *ask,
			       talk_row_fn *row, json_t *list)
{
	autotalk talk = NULL;

	if (talk_open_or_explain(invocation, &talk) < 0)
		return EXIT_UNREACHABLE;
	return talk_ask(talk, &(struct talk_question){
				      .type = IPC_DIARY_ASK, .body = ask, .row = row, .context = list});
}

static enum exit_code show_list(const struct invocation *invocation, struct ipc_diary_ask *ask,
				talk_row_fn *row, const char *remark)
{
	json_t *list = json_array();
	enum exit_code result = ask_list(invocation, ask, row, list);

	if (result == EXIT_DONE && invocation->values[FLAG_JSON]) {
		show_json(list);
		return result;
	}
	if (result == EXIT_DONE)
		print_rows(list, "kind", remark);
	json_decref(list);
	return result;
}

enum exit_code events_command(const struct invocation *invocation)
{
	uint64_t now_us = clock_real_us();
	struct ipc_diary_ask ask = {
		.order = DIARY_LIST, .from_us = now_us - DAY_US, .to_us = now_us + DAY_US};

	if (read_camera(invocation->values[FLAG_CAMERA], &ask) != EXIT_DONE ||
	    read_span(invocation, &ask) != EXIT_DONE)
		return EXIT_USAGE;
	return show_list(invocation, &ask, add_event, "note");
}

/* ---- who spoke ---- */

static void add_spoken(const struct ipc_message *message, void *context)
{
	const struct ipc_row_spoken *row = message->body;

	if (message->type == IPC_ROW_SPOKEN)
		json_array_append_new(
			context, json_pack("{s:I, s:I, s:f, s:f, s:s, s:s, s:I, s:s}", "from",
					   (json_int_t)row->from_us, "to", (json_int_t)row->to_us,
					   "seconds", (double)row->sound_us / 1e6, "lost",
					   (double)row->lost_us / 1e6, "user", row->user, "device",
					   row->device, "seq", (json_int_t)row->log_seq, "sound",
					   sounds_word(row->sound)));
}

/* One line a talk, oldest first. */
static void print_spoken(const json_t *list)
{
	char from[SHOW_TIME_SIZE];

	for (size_t i = json_array_size(list); i > 0; i--) {
		const json_t *row = json_array_get(list, i - 1);
		uint64_t from_us = (uint64_t)json_integer_value(json_object_get(row, "from"));
		const char *user = text_of(row, "user");

		printf("%s  %5.1f s  %-6s %-16s %-24s entry %lld\n", show_time(from_us, from),
		       json_real_value(json_object_get(row, "seconds")), text_of(row, "sound"), user[0] ? user : "(forgotten)",
		       text_of(row, "device"),
		       (long long)json_integer_value(json_object_get(row, "seq")));
	}
}

enum exit_code spoken_command(const struct invocation *invocation)
{
	uint64_t now_us = clock_real_us();
	struct ipc_diary_ask ask = {
		.order = SPOKEN_LIST, .from_us = now_us - DAY_US, .to_us = now_us};

	if (read_camera(invocation->arguments[0], &ask) != EXIT_DONE ||
	    read_span(invocation, &ask) != EXIT_DONE)
		return EXIT_USAGE;
	json_t *list = json_array();
	enum exit_code result = ask_list(invocation, &ask, add_spoken, list);

	if (result == EXIT_DONE && invocation->values[FLAG_JSON])
		show_json(json_incref(list));
	else if (result == EXIT_DONE)
		print_spoken(list);
	if (result == EXIT_DONE && json_array_size(list) == 0) {
		fputs("Nothing was played by Ward.\n", stderr);
		result = EXIT_NO;
	}
	json_decref(list);
	return result;
}

enum exit_code clip_list_command(const struct invocation *invocation)
{
	struct ipc_diary_ask ask = {.order = CLIP_LIST, .to_us = INT64_MAX};

	if (read_camera(invocation->values[FLAG_CAMERA], &ask) != EXIT_DONE)
		return EXIT_USAGE;
	return show_list(invocation, &ask, add_clip, "name");
}

/* ---- changes ---- */

static void keep_done(const struct ipc_message *message, void *context)
{
	if (message->type == IPC_DONE)
		memcpy(context, message->body, sizeof(struct ipc_done));
}

static enum exit_code change(const struct invocation *invocation, struct ipc_diary_ask *ask,
			     const char *text, struct ipc_done *ret_done)
{
	autotalk talk = NULL;

	if (text && strlen(text) > DIARY_NOTE_MAX)
		return usage("that text is too long", text);
	if (talk_open_or_explain(invocation, &talk) < 0)
		return EXIT_UNREACHABLE;
	return talk_ask(talk, &(struct talk_question){.type = IPC_DIARY_ASK,
						       .body = ask,
						       .tail = text,
						       .row = keep_done,
						       .context = ret_done});
}

/* Without a length it is a moment. */
enum exit_code events_add_command(const struct invocation *invocation)
{
	const char *kind = invocation->arguments[1], *length = invocation->values[FLAG_FOR];
	struct ipc_diary_ask ask = {.order = DIARY_BEGIN, .from_us = clock_real_us()};
	struct ipc_done done = {0};
	uint64_t length_s = 0;

	if (diary_parse_word(kind, strlen(kind), &ask.kind) < 0)
		return usage("the kinds are mark, motion, person, face, animal, cry, speech, noise, smoke, "
			     "doorbell, door and alarm, not",
			     kind);
	if (length && show_parse_duration(length, &length_s) < 0)
		return usage("--for is a number with s, m or h, as 30s", NULL);
	if (read_camera(invocation->arguments[0], &ask) != EXIT_DONE)
		return EXIT_USAGE;
	ask.to_us = ask.from_us + length_s * SECOND_US;
	enum exit_code result = change(invocation, &ask, invocation->values[FLAG_NOTE], &done);

	if (result == EXIT_DONE)
		printf("Event %llu.\n", (unsigned long long)done.value);
	return result;
}

enum exit_code clip_keep_command(const struct invocation *invocation)
{
	struct ipc_diary_ask ask = {.order = CLIP_KEEP};
	struct ipc_done done = {0};

	if (!invocation->values[FLAG_FROM] || !invocation->values[FLAG_TO])
		return usage("a clip needs --from TIME and --to TIME", NULL);
	if (read_camera(invocation->arguments[0], &ask) != EXIT_DONE ||
	    read_span(invocation, &ask) != EXIT_DONE)
		return EXIT_USAGE;
	enum exit_code result = change(invocation, &ask, invocation->arguments[1], &done);

	if (result == EXIT_DONE)
		printf("Clip %llu is kept.\n", (unsigned long long)done.value);
	return result;
}

enum exit_code clip_release_command(const struct invocation *invocation)
{
	const char *id = invocation->arguments[1];
	struct ipc_diary_ask ask = {.order = CLIP_RELEASE};
	struct ipc_done done = {0};

	if (text_parse_u64(id, strlen(id), INT64_MAX, &ask.id) < 0)
		return usage("a clip's number is needed, as `ward clip list` shows it, not", id);
	if (read_camera(invocation->arguments[0], &ask) != EXIT_DONE)
		return EXIT_USAGE;
	enum exit_code result = change(invocation, &ask, NULL, &done);

	if (result == EXIT_DONE)
		printf("Clip %llu is released.\n", (unsigned long long)ask.id);
	return result;
}
