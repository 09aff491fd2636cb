/* The `ward` command: one table of commands, one of options. A command is a line in the table of
 * command_table.c and a function here; parsing, --help and the man page come from the tables. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* What scripts rely on. */
enum exit_code { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

enum flag_id {
	FLAG_HELP,
	FLAG_STATE,
	FLAG_JSON,
	FLAG_CONFIG,
	FLAG_DEMO,
	FLAG_ROLE,
	FLAG_CAMERAS,
	FLAG_USER,
	FLAG_CAMERA,
	FLAG_VERBS,
	FLAG_TTL,
	FLAG_FOLLOW,
	FLAG_SUB,
	FLAG_TRANSPORT,
	FLAG_RECORD,
	FLAG_RECORD_SUB,
	FLAG_HEAR_CRY,
	FLAG_HEAR_NOISE,
	FLAG_HEAR_ALARM,
	FLAG_HEAR_QUIET,
	FLAG_SEE_PERSON,
	FLAG_SEE_ANIMALS,
	FLAG_SEE_ZONES,
	FLAG_SEE_HEIGHT,
	FLAG_SEE_DWELL,
	FLAG_SEE_FACES,
	FLAG_PRE_ROLL,
	FLAG_POST_ROLL,
	FLAG_KEEP_DAYS,
	FLAG_KEEP_BYTES,
	FLAG_FROM,
	FLAG_TO,
	FLAG_FOR,
	FLAG_NOTE,
	FLAG_NEW_EPOCH,
	FLAG_STORE,
	FLAG_LOSE,
	FLAG_DAYS,
	FLAG_DEEP,
	FLAG_OUTPUT,
	FLAG_TRACKS,
	FLAG_CONSENT,
	FLAG_VOLUME,
	FLAG_COUNT
};
#define FLAG_BIT(id) (UINT64_C(1) << (id))

struct flag {
	const char *name;  /* "--state" */
	const char *value; /* what stands for its value in the help; NULL: a flag */
	const char *help;
};

enum { ARGUMENTS_MAX = 3 };

struct invocation {
	const struct command *command;
	const char *values[FLAG_COUNT]; /* NULL: not given; a flag: its own name */
	const char *arguments[ARGUMENTS_MAX];
	unsigned argument_count;
};

typedef enum exit_code command_fn(const struct invocation *invocation);

struct command {
	const char *words;     /* "user add" */
	const char *arguments; /* "NAME" */
	unsigned arguments_min, arguments_max;
	uint64_t options; /* set of FLAG_BIT; --help and --state always belong to it */
	const char *summary;
	const char *detail; /* a paragraph for the help and the man page, or NULL */
	command_fn *run;
};

extern const struct command command_table[];
extern const size_t command_count;
extern const struct flag flag_table[FLAG_COUNT];

/* Finds the command and its options in argv. Prints what is wrong, and how it is meant, on
 * standard error. 0 or -EINVAL. */
NODISCARD int command_parse(int argc, char **argv, struct invocation *ret_invocation);

/* Says what is wrong, and how the command (NULL: none was found) is meant. -EINVAL. */
int command_complain(const struct command *command, const char *what, const char *which);

void command_print_help(const struct command *command);
void command_print_overview(void);
/* ward(1) in roff, from the same tables. */
void command_print_man(void);

command_fn run_command, camera_add_command, camera_list_command, camera_remove_command,
	keys_list_command, keys_add_command, keys_remove_command, keys_private_command,
	keys_window_command, keys_lock_command, user_add_command, user_pair_command, user_list_command, user_remove_command, token_create_command,
	token_revoke_command, sessions_command, revoke_command, status_command, doctor_command,
	events_command, events_add_command, spoken_command, sound_play_command, sound_stop_command, sound_show_command, clip_list_command, clip_keep_command, clip_release_command,
	export_clip_command, face_list_command, face_name_command, face_add_command, face_wrong_command,
	face_erase_command, models_command,
	log_show_command, log_verify_command, log_prove_command, log_key_command;

#endif
