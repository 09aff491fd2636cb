/* People and programs: who may open the door. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "conf/code.h"
#include "tools/addresses.h"
#include "tools/command.h"
#include "tools/show.h"
#include "tools/talk.h"

enum { LINK_SIZE = 512 };

static enum exit_code usage(const char *what)
{
	fprintf(stderr, "ward: %s\n", what);
	return EXIT_USAGE;
}

/* ---- asking for something ---- */

/* One name to act on. */
static enum exit_code ask_about(const struct invocation *invocation, enum admin verb,
				const char *name)
{
	struct ipc_admin admin = {.admin = verb};

	if (!text_copy(admin.name, sizeof(admin.name), name))
		return usage("that name is too long");
	return talk_order(invocation, &admin, NULL, NULL);
}

/* ---- people ---- */

static enum exit_code print_pairing(const struct invocation *invocation, const char *name,
				    const struct ipc_secret *secret)
{
	char hex[2 * sizeof(secret->secret) + 1], time[SHOW_TIME_SIZE], base[LINK_SIZE],
		link[LINK_SIZE + 80];
	struct text text;

	text_init(&text, hex, sizeof(hex));
	text_add_hex(&text, secret->secret, secret->size <= 32 ? secret->size : 32);
	addresses_best(talk_state_dir(invocation), base, sizeof(base));
	snprintf(link, sizeof(link), "%s/#pair=%s", base, hex);
	if (invocation->values[FLAG_JSON]) {
		show_json(json_pack("{s:s, s:s, s:I}", "user", name, "link", link, "expires",
				    (json_int_t)secret->expires_us));
		return EXIT_DONE;
	}
	printf("Open this link on %s's phone, once, before %s:\n\n  %s\n\n", name,
	       show_time(secret->expires_us, time), link);
	if (isatty(STDOUT_FILENO))
		code_print(link);
	return EXIT_DONE;
}

enum exit_code user_add_command(const struct invocation *invocation)
{
	struct ipc_admin admin = {.admin = ADMIN_USER_ADD, .role = ROLE_MEMBER};
	struct ipc_secret secret = {0};
	const char *role = invocation->values[FLAG_ROLE];

	const char *verbs = invocation->values[FLAG_VERBS];

	if (role && show_parse_role(role, &admin.role) < 0)
		return usage("--role is owner, member or guest");
	if (verbs && show_parse_verbs(verbs, &admin.verbs) < 0)
		return usage("--verbs is a list of view, listen, play, mark and talk");
	if (!text_copy(admin.name, sizeof(admin.name), invocation->arguments[0]))
		return usage("that name is too long");

	enum exit_code result =
		talk_order(invocation, &admin, invocation->values[FLAG_CAMERAS], &secret);

	if (result != EXIT_DONE)
		return result;
	return print_pairing(invocation, invocation->arguments[0], &secret);
}

enum exit_code user_pair_command(const struct invocation *invocation)
{
	struct ipc_admin admin = {.admin = ADMIN_USER_PAIR};
	struct ipc_secret secret = {0};

	if (!text_copy(admin.name, sizeof(admin.name), invocation->arguments[0]))
		return usage("that name is too long");

	enum exit_code result = talk_order(invocation, &admin, NULL, &secret);

	return result == EXIT_DONE ? print_pairing(invocation, invocation->arguments[0], &secret) : result;
}

enum exit_code user_remove_command(const struct invocation *invocation)
{
	return ask_about(invocation, ADMIN_USER_REMOVE, invocation->arguments[0]);
}

static void add_user(const struct ipc_message *message, void *context)
{
	const struct ipc_row_user *row = message->body;

	if (message->type != IPC_ROW_USER)
		return;
	json_array_append_new(context, json_pack("{s:s, s:s, s:i, s:i, s:s, s:I}", "name", row->name,
						 "role", show_role(row->role), "devices",
						 (int)row->devices, "tokens", (int)row->tokens, "cameras",
						 row->all_cameras ? "all" : row->cameras, "added",
						 (json_int_t)row->added_us));
}

static void print_users(json_t *users)
{
	size_t index;
	json_t *user;

	printf("%-20s %-12s %8s %7s  %s\n", "NAME", "ROLE", "DEVICES", "TOKENS", "CAMERAS");
	json_array_foreach(users, index, user)
		printf("%-20s %-12s %8d %7d  %s\n",
		       json_string_value(json_object_get(user, "name")),
		       json_string_value(json_object_get(user, "role")),
		       (int)json_integer_value(json_object_get(user, "devices")),
		       (int)json_integer_value(json_object_get(user, "tokens")),
		       json_string_value(json_object_get(user, "cameras")));
	json_decref(users);
}

enum exit_code user_list_command(const struct invocation *invocation)
{
	struct ipc_query query = {.query = QUERY_USERS};
	autotalk talk = NULL;

	if (talk_open_or_explain(invocation, &talk) < 0)
		return EXIT_UNREACHABLE;

	json_t *users = json_array();
	enum exit_code result =
		talk_ask(talk, &(struct talk_question){
				       .type = IPC_QUERY, .body = &query, .row = add_user, .context = users});

	if (result != EXIT_DONE)
		json_decref(users);
	else if (invocation->values[FLAG_JSON])
		show_json(users);
	else
		print_users(users);
	return result;
}

/* ---- programs ---- */

static enum exit_code print_token(const struct invocation *invocation,
				  const struct ipc_secret *secret)
{
	char token[sizeof("ward_") + 2 * sizeof(secret->secret)], time[SHOW_TIME_SIZE];
	struct text text;

	text_init(&text, token, sizeof(token));
	text_add(&text, "ward_");
	text_add_hex(&text, secret->secret, sizeof(secret->secret));
	if (invocation->values[FLAG_JSON]) {
		show_json(json_pack("{s:s, s:s, s:I}", "token", token, "id", secret->id, "expires",
				    (json_int_t)secret->expires_us));
		return EXIT_DONE;
	}
	printf("%s\n", token);
	fprintf(stderr, "Token %s, valid until %s. It is shown only this once.\n", secret->id,
		show_time(secret->expires_us, time));
	return EXIT_DONE;
}

enum exit_code token_create_command(const struct invocation *invocation)
{
	struct ipc_admin admin = {.admin = ADMIN_TOKEN_CREATE, .verbs = VERB_VIEW, .ttl_s = 3600};
	struct ipc_secret secret = {0};
	const char *user = invocation->values[FLAG_USER], *camera = invocation->values[FLAG_CAMERA];
	const char *verbs = invocation->values[FLAG_VERBS], *ttl = invocation->values[FLAG_TTL];

	if (!user || !camera)
		return usage("a token needs --user NAME and --camera NAME");
	if (verbs && show_parse_verbs(verbs, &admin.verbs) < 0)
		return usage("--verbs is a list of view, listen, play, mark and talk");
	if (ttl && show_parse_duration(ttl, &admin.ttl_s) < 0)
		return usage("--ttl is a number with s, m, h or d, as 90s or 7d");
	if (!text_copy(admin.name, sizeof(admin.name), user))
		return usage("that name is too long");

	enum exit_code result = talk_order(invocation, &admin, camera, &secret);

	return result == EXIT_DONE ? print_token(invocation, &secret) : result;
}

/* The vault keeps only a hash of the token, so it is named by its public id. */
static enum exit_code ask_to_end(const struct invocation *invocation, enum admin verb)
{
	const char *what = invocation->arguments[0];

	if (strncmp(what, "ward_", 5) == 0)
		return usage("name the token by its id, which was printed when it was made and stands in "
			     "`ward sessions`; and do not put the token itself on a command line");
	return ask_about(invocation, verb, what);
}

enum exit_code token_revoke_command(const struct invocation *invocation)
{
	return ask_to_end(invocation, ADMIN_TOKEN_REVOKE);
}

enum exit_code revoke_command(const struct invocation *invocation)
{
	return ask_to_end(invocation, ADMIN_REVOKE);
}
