/* ward: the one command that people and scripts use. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "tools/command.h"

int main(int argc, char **argv)
{
	struct invocation invocation;

	diag_init("ward");
	if (sodium_init() < 0)
		fatal("the crypto library cannot start");
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
		command_print_overview();
		return EXIT_DONE;
	}
	if (argc == 2 && strcmp(argv[1], "--print-man") == 0) {
		command_print_man();
		return EXIT_DONE;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("ward %s\n", WARD_VERSION);
		return EXIT_DONE;
	}
	if (command_parse(argc - 1, argv + 1, &invocation) < 0)
		return EXIT_USAGE;
	if (invocation.values[FLAG_HELP]) {
		command_print_help(invocation.command);
		return EXIT_DONE;
	}
	return (int)invocation.command->run(&invocation);
}
