/* Who can open recordings: the box, the people's own keys, or both. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "proto/age/age.h"
#include "tools/command.h"
#include "tools/show.h"
#include "tools/talk.h"

static enum exit_code order(const struct invocation *invocation, struct ipc_admin *admin,
			    const char *name, const char *tail)
{
	if (!text_copy(admin->name, sizeof(admin->name), name)) {
		fprintf(stderr, "ward: that name is too long\n");
		return EXIT_USAGE;
	}
	return talk_order(invocation, admin, tail, NULL);
}

enum exit_code keys_add_command(const struct invocation *invocation)
{
	return order(invocation, &(struct ipc_admin){.admin = ADMIN_KEY_ADD},
		     invocation->arguments[0], invocation->arguments[1]);
}

enum exit_code keys_remove_command(const struct invocation *invocation)
{
	return order(invocation, &(struct ipc_admin){.admin = ADMIN_KEY_REMOVE},
		     invocation->arguments[0], NULL);
}

enum exit_code keys_private_command(const struct invocation *invocation)
{
	return order(invocation, &(struct ipc_admin){.admin = ADMIN_KEY_MODE, .flags = 1}, "", NULL);
}

enum exit_code keys_window_command(const struct invocation *invocation)
{
	const char *given = invocation->values[FLAG_DAYS];
	struct ipc_admin admin = {.admin = ADMIN_KEY_MODE};

	if (given && text_parse_u64(given, strlen(given), INT32_MAX, &admin.ttl_s) < 0) {
		fprintf(stderr, "ward: --days takes a number of days\n");
		return EXIT_USAGE;
	}
	return order(invocation, &admin, "", NULL);
}

enum exit_code keys_lock_command(const struct invocation *invocation)
{
	uint32_t lose = invocation->values[FLAG_LOSE] != NULL;

	return order(invocation, &(struct ipc_admin){.admin = ADMIN_KEY_LOCK, .flags = lose}, "",
		     NULL);
}

/* ---- list ---- */

struct listing {
	json_t *keys;
	struct ipc_row_custody custody;
};

static void add_key(const struct ipc_message *message, void *context)
{
	const struct ipc_row_key *row = message->body;
	struct listing *listing = context;
	char text[AGE_TEXT_SIZE];

	if (message->type == IPC_ROW_CUSTODY)
		listing->custody = *(const struct ipc_row_custody *)message->body;
	if (message->type != IPC_ROW_KEY)
		return;
	age_print_public(row->key, text);
	json_array_append_new(listing->keys,
			      json_pack("{s:s, s:s, s:s, s:I}", "name", row->name, "key", text,
					"person", row->person, "seq", (json_int_t)row->log_seq));
}

static void print(const struct listing *listing)
{
	const struct ipc_row_custody *custody = &listing->custody;
	size_t index;
	json_t *key;

	json_array_foreach(listing->keys, index, key)
		printf("%-20s %s\n", json_string_value(json_object_get(key, "name")),
		       json_string_value(json_object_get(key, "key")));
	printf("%s\n", custody->is_private ? "private: the box keeps no key of what it records"
					   : "window: the box can play back what it records");
	if (custody->days)
		printf("but only the last %" PRIu64 " days of it\n", custody->days);
	if (custody->only_box)
		printf("Stretches of ten minutes that only the box can open: %" PRIu64 "\n",
		       custody->only_box);
}

enum exit_code keys_list_command(const struct invocation *invocation)
{
	struct ipc_query query = {.query = QUERY_KEYS};
	struct listing listing = {0};
	autotalk talk = NULL;

	if (talk_open_or_explain(invocation, &talk) < 0)
		return EXIT_UNREACHABLE;
	listing.keys = json_array();
	enum exit_code result = talk_ask(talk, &(struct talk_question){.type = IPC_QUERY,
									.body = &query,
									.row = add_key,
									.context = &listing});

	if (result == EXIT_DONE && invocation->values[FLAG_JSON]) {
		show_json(json_pack("{s:O, s:b, s:I, s:I}", "keys", listing.keys, "private",
				    (int)listing.custody.is_private, "days",
				    (json_int_t)listing.custody.days, "only_box",
				    (json_int_t)listing.custody.only_box));
	} else if (result == EXIT_DONE) {
		print(&listing);
	}
	json_decref(listing.keys);
	return result;
}
