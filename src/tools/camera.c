/* Cameras added by command: a file each in the state directory, so that it works while Ward is
 * stopped; a running Ward is told to look again. */
#include "conf/camera.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "conf/name.h"
#include "tools/command.h"
#include "tools/show.h"
#include "tools/talk.h"

static enum exit_code camera_wrong(const char *sentence)
{
	fprintf(stderr, "ward: %s\n", sentence);
	return EXIT_USAGE;
}

/* Not running is no fault: it finds the file when it starts. */
static enum exit_code tell_running_ward(const struct invocation *invocation)
{
	struct ipc_admin admin = {.admin = ADMIN_RELOAD};
	autotalk talk = NULL;

	if (talk_open(talk_state_dir(invocation), &talk) < 0) {
		printf("Ward is not running there; it will do so when it starts.\n");
		return EXIT_DONE;
	}
	return talk_ask(talk, &(struct talk_question){.type = IPC_ADMIN, .body = &admin});
}

static int make_camera(const struct invocation *invocation, struct camera *ret_camera,
		       struct mistake *ret_mistake)
{
	static const struct {
		enum flag_id flag;
		const char *key;
	} flags[] = {
		{FLAG_SUB, "sub"},
		{FLAG_TRANSPORT, "transport"},
		{FLAG_RECORD, "record"},
		{FLAG_RECORD_SUB, "record_sub"},
		{FLAG_PRE_ROLL, "pre_roll"},
		{FLAG_HEAR_CRY, "hear.cry"},
		{FLAG_HEAR_NOISE, "hear.noise"},
		{FLAG_HEAR_ALARM, "hear.alarm"},
		{FLAG_HEAR_QUIET, "hear.quiet"},
		{FLAG_SEE_PERSON, "see.person"},
		{FLAG_SEE_ANIMALS, "see.animals"},
		{FLAG_SEE_ZONES, "see.zones"},
		{FLAG_SEE_HEIGHT, "see.height"},
		{FLAG_SEE_DWELL, "see.dwell"},
		{FLAG_SEE_FACES, "see.faces"},
		{FLAG_POST_ROLL, "post_roll"},
		{FLAG_KEEP_DAYS, "retention.days"},
		{FLAG_KEEP_BYTES, "retention.bytes"},
	};
	int error = camera_make(invocation->arguments[0], invocation->arguments[1], "", ret_camera,
				ret_mistake);

	for (size_t i = 0; i < ARRAY_COUNT(flags) && error == 0; i++) {
		const char *value = invocation->values[flags[i].flag];
		struct mistake_place place = {.key = flag_table[flags[i].flag].name};

		if (value)
			error = camera_set(ret_camera, flags[i].key, value, &place, ret_mistake);
	}
	return error;
}

enum exit_code camera_add_command(const struct invocation *invocation)
{
	const char *state_dir = talk_state_dir(invocation);
	struct mistake mistake = {0};
	struct camera camera;

	if (make_camera(invocation, &camera, &mistake) < 0)
		return camera_wrong(mistake.text);

	int error = camera_save(state_dir, &camera);

	if (error < 0) {
		fprintf(stderr, "ward: cannot write to %s: %s. Name the state directory with --state, or run as "
				"the user that runs Ward.\n",
			state_dir, strerror(-error));
		return EXIT_UNREACHABLE;
	}
	printf("Camera \"%s\" added.\n", camera.name);
	return tell_running_ward(invocation);
}

enum exit_code camera_remove_command(const struct invocation *invocation)
{
	const char *name = invocation->arguments[0];

	if (!name_is_valid(name))
		return camera_wrong("that is no camera's name");

	int error = camera_remove(talk_state_dir(invocation), name);

	if (error == -ENOENT) {
		fprintf(stderr, "ward: there is no camera \"%s\" that was added by `ward camera add`. Cameras of "
				"ward.yml are removed there.\n",
			name);
		return EXIT_NO;
	}
	if (error < 0) {
		fprintf(stderr, "ward: cannot remove it: %s\n", strerror(-error));
		return EXIT_UNREACHABLE;
	}
	printf("Camera \"%s\" removed.\n", name);
	return tell_running_ward(invocation);
}

/* ---- the list ---- */

static void add_running(const struct ipc_message *message, void *context)
{
	const struct ipc_row_camera *row = message->body;

	if (message->type == IPC_ROW_CAMERA)
		json_array_append_new(context, json_pack("{s:s, s:s, s:s}", "name", row->name, "state",
							 show_cam_state(row->state.state), "reason",
							 row->state.reason));
}

static void warn_of_file(void *context, const char *sentence)
{
	(void)context;
	fprintf(stderr, "ward: %s\n", sentence);
}

static void add_from_disk(json_t *list, const char *state_dir)
{
	static struct camera cameras[CAMERA_MAX];
	int count = camera_load_all(state_dir, "", cameras, CAMERA_MAX, warn_of_file, NULL);

	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", cameras[i].name, "state",
						      "stopped", "reason", "Ward is not running."));
}

enum exit_code camera_list_command(const struct invocation *invocation)
{
	struct ipc_query query = {.query = QUERY_CAMERAS};
	json_t *list = json_array(), *camera;
	enum exit_code result = EXIT_DONE;
	size_t index;
	autotalk talk = NULL;

	if (talk_open(talk_state_dir(invocation), &talk) < 0)
		add_from_disk(list, talk_state_dir(invocation));
	else
		result = talk_ask(talk, &(struct talk_question){.type = IPC_QUERY,
								.body = &query,
								.row = add_running,
								.context = list});
	if (invocation->values[FLAG_JSON]) {
		show_json(list);
		return result;
	}
	json_array_foreach(list, index, camera)
		printf("%-24s %-10s %s\n", json_string_value(json_object_get(camera, "name")),
		       json_string_value(json_object_get(camera, "state")),
		       json_string_value(json_object_get(camera, "reason")));
	json_decref(list);
	return result;
}
