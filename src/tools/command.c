#include "tools/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static uint64_t flags_of(const struct command *command)
{
	return command->options | FLAG_BIT(FLAG_HELP) | FLAG_BIT(FLAG_STATE);
}

/* ---- parsing ---- */

/* Words of argv that the command's own words take up; 0 if it is another command. */
static int words_matched(const struct command *command, int argc, char **argv)
{
	const char *word = command->words;

	for (int count = 1; count <= argc; count++) {
		size_t size = strcspn(word, " ");

		if (strlen(argv[count - 1]) != size || strncmp(argv[count - 1], word, size) != 0)
			return 0;
		word += size;
		if (*word == '\0')
			return count;
		word++;
	}
	return 0;
}

static const struct command *find_command(int argc, char **argv, int *ret_words)
{
	for (size_t i = 0; i < command_count; i++) {
		*ret_words = words_matched(&command_table[i], argc, argv);
		if (*ret_words)
			return &command_table[i];
	}
	return NULL;
}

int command_complain(const struct command *command, const char *what, const char *which)
{
	fprintf(stderr, "ward: %s%s%s\n", what, which ? ": " : "", which ? which : "");
	if (command)
		fprintf(stderr, "Usage: ward %s %s\nMore: ward %s --help\n", command->words,
			command->arguments, command->words);
	else
		fprintf(stderr, "`ward --help` lists the commands.\n");
	return -EINVAL;
}

/* One option at argv[0], with its value behind `=` or in argv[1]. Returns the words used. */
static int parse_flag(struct invocation *invocation, int argc, char **argv)
{
	const struct command *command = invocation->command;
	size_t size = strcspn(argv[0], "=");

	for (int id = 0; id < FLAG_COUNT; id++) {
		const struct flag *flag = &flag_table[id];

		if (!(flags_of(command) & FLAG_BIT(id)) || strlen(flag->name) != size ||
		    strncmp(argv[0], flag->name, size) != 0)
			continue;
		if (!flag->value) {
			if (argv[0][size])
				return command_complain(command, "this option takes no value", argv[0]);
			invocation->values[id] = flag->name;
			return 1;
		}
		if (argv[0][size]) {
			invocation->values[id] = argv[0] + size + 1;
			return 1;
		}
		if (argc < 2)
			return command_complain(command, "this option needs a value", argv[0]);
		invocation->values[id] = argv[1];
		return 2;
	}
	return command_complain(command, "unknown option", argv[0]);
}

static int parse_rest(struct invocation *invocation, int argc, char **argv)
{
	const struct command *command = invocation->command;

	while (argc > 0) {
		int used = 1;

		/* Alone a dash begins a time: -10m. */
		if (strncmp(argv[0], "--", 2) == 0 || strcmp(argv[0], "-o") == 0) {
			used = parse_flag(invocation, argc, argv);
			if (used < 0)
				return used;
		} else if (invocation->argument_count == command->arguments_max) {
			return command_complain(command, "one argument too many", argv[0]);
		} else {
			invocation->arguments[invocation->argument_count++] = argv[0];
		}
		argc -= used;
		argv += used;
	}
	return 0;
}

int command_parse(int argc, char **argv, struct invocation *ret_invocation)
{
	struct invocation invocation = {0};
	int words = 0;

	invocation.command = find_command(argc, argv, &words);
	if (!invocation.command)
		return command_complain(NULL, argc ? "unknown command" : "a command is missing",
				argc ? argv[0] : NULL);

	int error = parse_rest(&invocation, argc - words, argv + words);

	if (error < 0)
		return error;
	if (!invocation.values[FLAG_HELP] &&
	    invocation.argument_count < invocation.command->arguments_min)
		return command_complain(invocation.command, "an argument is missing", NULL);
	*ret_invocation = invocation;
	return 0;
}

/* ---- telling ---- */

void command_print_help(const struct command *command)
{
	printf("Usage: ward %s%s%s [options]\n\n%s\n", command->words, *command->arguments ? " " : "",
	       command->arguments, command->summary);
	if (command->detail)
		printf("\n%s\n", command->detail);
	printf("\nOptions:\n");
	for (int id = 0; id < FLAG_COUNT; id++) {
		const struct flag *flag = &flag_table[id];
		char name[40];

		if (!(flags_of(command) & FLAG_BIT(id)))
			continue;
		snprintf(name, sizeof(name), "%s%s%s", flag->name, flag->value ? " " : "",
			 flag->value ? flag->value : "");
		printf("  %-18s %s\n", name, flag->help);
	}
}

void command_print_overview(void)
{
	printf("Ward: a camera system in which every access to picture and sound is provable.\n\n"
	       "Usage: ward COMMAND [options]\n\nCommands:\n");
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &command_table[i];
		char form[48];

		snprintf(form, sizeof(form), "%s %s", command->words, command->arguments);
		printf("  %-28s %s\n", form, command->summary);
	}
	printf("\n`ward COMMAND --help` tells more. Exit codes: 0 done, 1 the answer is no, 2 wrong "
	       "usage, 3 cannot reach Ward.\n");
}

/* roff takes a leading dot or quote, and a backslash anywhere, as its own. */
static void print_roff(const char *text)
{
	if (*text == '.' || *text == '\'')
		printf("\\&");
	for (; *text; text++) {
		if (*text == '\\')
			printf("\\e");
		else if (*text == '-')
			printf("\\-");
		else
			putchar(*text);
	}
	putchar('\n');
}

void command_print_man(void)
{
	printf(".TH WARD 1\n.SH NAME\nward \\- camera system with provable access\n"
	       ".SH SYNOPSIS\n.B ward\n.I COMMAND\n[options]\n.SH COMMANDS\n");
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &command_table[i];

		printf(".TP\n.B ward %s\n", command->words);
		print_roff(command->summary);
		if (command->detail)
			print_roff(command->detail);
		for (int id = 0; id < FLAG_COUNT; id++) {
			if (!(command->options & FLAG_BIT(id)))
				continue;
			printf(".br\n.B \\%s\n", flag_table[id].name);
			if (flag_table[id].value)
				printf(".I %s\n", flag_table[id].value);
			print_roff(flag_table[id].help);
		}
	}
	printf(".SH OPTIONS OF ALL COMMANDS\n.TP\n.B \\-\\-state\n.I DIR\n");
	print_roff(flag_table[FLAG_STATE].help);
	printf(".SH EXIT STATUS\n0 done; 1 the answer is no; 2 wrong usage; 3 cannot reach Ward.\n"
	       ".SH SEE ALSO\n.BR ward.yml (5)\n");
}
