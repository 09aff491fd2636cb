/* Faces that the household knows, and those that nobody has named; and the models that see. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "proto/see/model.h"
#include "tools/command.h"
#include "tools/show.h"
#include "tools/talk.h"

static enum exit_code usage(const char *what, const char *which)
{
	fprintf(stderr, "ward: %s%s%s\n", what, which ? ": " : "", which ? which : "");
	return EXIT_USAGE;
}

static enum exit_code ask(const struct invocation *invocation, struct talk_question *question)
{
	autotalk talk = NULL;

	question->type = IPC_FACE_ASK;
	return talk_open_or_explain(invocation, &talk) < 0 ? EXIT_UNREACHABLE
							   : talk_ask(talk, question);
}

/* ---- list ---- */

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static void add_face(const struct ipc_message *message, void *context)
{
	const struct ipc_row_face *row = message->body;

	if (message->type != IPC_ROW_FACE)
		return;
	json_array_append_new(
		context, json_pack("{s:I, s:o, s:o, s:I, s:I, s:o, s:I, s:i, s:i}", "id",
				   (json_int_t)row->id, "name", text_or_null(row->name), "consent",
				   text_or_null(row->consent), "seen", (json_int_t)row->seen_us, "seq",
				   (json_int_t)row->log_seq, "camera", text_or_null(row->camera_name),
				   "event", (json_int_t)row->event, "prints", (int)row->prints, "wrong",
				   (int)row->wrong));
}

static void print_face(const json_t *face)
{
	const char *name = json_string_value(json_object_get(face, "name"));
	const char *camera = json_string_value(json_object_get(face, "camera"));
	const char *consent = json_string_value(json_object_get(face, "consent"));
	char seen[SHOW_TIME_SIZE];

	printf("%-6lld %-20s %2lld pictures  %s %-16s %s%s\n",
	       (long long)json_integer_value(json_object_get(face, "id")), name ? name : "(unknown)",
	       (long long)json_integer_value(json_object_get(face, "prints")),
	       show_time((uint64_t)json_integer_value(json_object_get(face, "seen")), seen),
	       camera ? camera : "", consent ? "consent: " : "", consent ? consent : "");
}

enum exit_code face_list_command(const struct invocation *invocation)
{
	struct ipc_face_ask body = {.order = FACE_LIST};
	json_t *list = json_array(), *face;
	enum exit_code result = ask(invocation, &(struct talk_question){.body = &body,
									 .row = add_face,
									 .context = list});
	size_t index;

	if (result == EXIT_DONE && invocation->values[FLAG_JSON]) {
		show_json(list);
		return result;
	}
	if (result == EXIT_DONE)
		json_array_foreach(list, index, face)
			print_face(face);
	json_decref(list);
	return result;
}

/* ---- changes ---- */

static void keep_done(const struct ipc_message *message, void *context)
{
	if (message->type == IPC_DONE)
		memcpy(context, message->body, sizeof(struct ipc_done));
}

static enum exit_code change(const struct invocation *invocation, struct ipc_face_ask *body,
			     const void *picture, size_t size, struct ipc_done *ret_done)
{
	return ask(invocation, &(struct talk_question){.body = body,
							.tail = picture,
							.tail_size = size,
							.row = keep_done,
							.context = ret_done});
}

static enum exit_code read_id(const char *text, uint64_t *ret_id)
{
	return text_parse_u64(text, strlen(text), INT64_MAX, ret_id) < 0
		       ? usage("a number is needed, not", text)
		       : EXIT_DONE;
}

static enum exit_code read_names(const struct invocation *invocation, const char *name,
				 struct ipc_face_ask *body)
{
	const char *consent = invocation->values[FLAG_CONSENT];

	if (!text_copy(body->name, sizeof(body->name), name))
		return usage("that name is too long", name);
	if (consent && !text_copy(body->consent, sizeof(body->consent), consent))
		return usage("those words are too long", consent);
	return EXIT_DONE;
}

enum exit_code face_name_command(const struct invocation *invocation)
{
	struct ipc_face_ask body = {.order = FACE_NAME};
	struct ipc_done done = {0};

	if (read_id(invocation->arguments[0], &body.id) != EXIT_DONE ||
	    read_names(invocation, invocation->arguments[1], &body) != EXIT_DONE)
		return EXIT_USAGE;
	enum exit_code result = change(invocation, &body, NULL, 0, &done);

	if (result == EXIT_DONE)
		printf("Face %llu is %s.\n", (unsigned long long)done.value, body.name);
	return result;
}

/* As much of it as may be sent, and a byte more if there is more. */
static ssize_t read_picture(const char *path, uint8_t ret_data[FACE_PICTURE_MAX + 1])
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t count = 1;

	while (fd >= 0 && count > 0 && size <= FACE_PICTURE_MAX) {
		count = read(fd, ret_data + size, FACE_PICTURE_MAX + 1 - size);
		size += count > 0 ? (size_t)count : 0;
	}
	return fd < 0 || count < 0 ? -errno : (ssize_t)size;
}

enum exit_code face_add_command(const struct invocation *invocation)
{
	static uint8_t picture[FACE_PICTURE_MAX + 1];
	struct ipc_face_ask body = {.order = FACE_ADD};
	struct ipc_done done = {0};
	ssize_t size = read_picture(invocation->arguments[1], picture);

	if (size < 0)
		return usage("cannot read the picture", strerror((int)-size));
	if (size == 0 || size > FACE_PICTURE_MAX)
		return usage("a picture has at most 45000 bytes: make it smaller first, as with `ffmpeg -i "
			     "IN.jpg -vf scale=600:-1 OUT.jpg`",
			     NULL);
	if (read_names(invocation, invocation->arguments[0], &body) != EXIT_DONE)
		return EXIT_USAGE;
	enum exit_code result = change(invocation, &body, picture, (size_t)size, &done);

	if (result == EXIT_DONE)
		printf("Face %llu is %s.\n", (unsigned long long)done.value, body.name);
	return result;
}

enum exit_code face_wrong_command(const struct invocation *invocation)
{
	struct ipc_face_ask body = {.order = FACE_CORRECT};
	struct ipc_done done = {0};

	if (read_id(invocation->arguments[1], &body.id) != EXIT_DONE)
		return EXIT_USAGE;
	if (!text_copy(body.camera, sizeof(body.camera), invocation->arguments[0]))
		return usage("that name is too long", invocation->arguments[0]);
	enum exit_code result = change(invocation, &body, NULL, 0, &done);

	if (result == EXIT_DONE && done.value)
		printf("Noted. It is face %llu now, which nobody has named.\n",
		       (unsigned long long)done.value);
	else if (result == EXIT_DONE)
		puts("Noted.");
	return result;
}

enum exit_code face_erase_command(const struct invocation *invocation)
{
	struct ipc_face_ask body = {.order = FACE_ERASE};
	struct ipc_done done = {0};

	if (read_id(invocation->arguments[0], &body.id) != EXIT_DONE)
		return EXIT_USAGE;
	enum exit_code result = change(invocation, &body, NULL, 0, &done);

	if (result == EXIT_DONE)
		puts("Erased.");
	return result;
}

/* ---- what sees ---- */

enum exit_code models_command(const struct invocation *invocation)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < MODEL_COUNT; i++) {
		const struct model *model = &model_table[i];

		if (!invocation->values[FLAG_JSON])
			printf("%s: %s\n  %s, of %s %s\n  SHA-256 %s\n  %s\n", model->file, model->name,
			       model->licence, model->package, model->member, model->sha256, model->about);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "file",
						      model->file, "name", model->name, "package",
						      model->package, "member", model->member, "sha256",
						      model->sha256, "licence", model->licence, "about",
						      model->about));
	}
	if (invocation->values[FLAG_JSON])
		show_json(list);
	else
		json_decref(list);
	return EXIT_DONE;
}
