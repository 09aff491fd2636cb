/* ward-warden's command line. */
#include <getopt.h>
#include <stdio.h>

#include "base/diag.h"
#include "warden/warden.h"

static const char default_conf[] = "/etc/ward/ward.yml";

enum flag {
	FLAG_NONE,
	FLAG_CONFIG,
	FLAG_STATE,
	FLAG_DEMO,
	FLAG_NEW_EPOCH,
	FLAG_HELP,
	FLAG_MAN,
	FLAG_MARKDOWN
};

static const struct option_help {
	const char *name;
	int has_argument;
	int flag;
	const char *help;
} flags[] = {
	{"config", required_argument, FLAG_CONFIG,
	 "FILE     Read this file instead of /etc/ward/ward.yml."},
	{"state", required_argument, FLAG_STATE, "DIR       Use this state directory."},
	{"demo", no_argument, FLAG_DEMO, "           Add a camera that draws a nursery."},
	{"new-epoch", no_argument, FLAG_NEW_EPOCH,
	 "      Begin a new log after the old one was refused. Phones and witnesses see this."},
	{"help", no_argument, FLAG_HELP, "           Print this."},
	{"print-man", no_argument, FLAG_MAN,
	 "      Print the options of ward.yml for a manual page."},
	{"print-markdown", no_argument, FLAG_MARKDOWN, " Print them as Markdown."},
};

static int print_help(void)
{
	printf("usage: ward-warden [--config FILE] [--state DIR] [--demo]\n\n"
	       "Starts Ward and stays in the foreground. People use \"ward run\".\n\n");
	for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
		printf("  --%s %s\n", flags[i].name, flags[i].help);
	conf_print_help(stdout);
	return EXIT_SUCCESS;
}

static int apply_flag(struct warden *warden, int flag, int *ret_exit)
{
	switch (flag) {
	case FLAG_CONFIG:
		warden->conf_path = optarg;
		return 0;
	case FLAG_STATE:
		warden->state_override = optarg;
		return 0;
	case FLAG_DEMO:
		warden->wants_demo = true;
		return 0;
	case FLAG_NEW_EPOCH:
		warden->wants_new_epoch = true;
		return 0;
	case FLAG_HELP:
		*ret_exit = print_help();
		return 1;
	case FLAG_MAN:
		conf_print_man(stdout);
		return 1;
	case FLAG_MARKDOWN:
		conf_print_markdown(stdout);
		return 1;
	default:
		*ret_exit = 2;
		return 1;
	}
}

int main(int argc, char *argv[])
{
	static struct warden warden;
	struct option long_options[ARRAY_COUNT(flags) + 1] = {0};
	int flag, exit_code = EXIT_SUCCESS;

	diag_init("ward-warden");
	for (size_t i = 0; i < ARRAY_COUNT(flags); i++)
		long_options[i] =
			(struct option){flags[i].name, flags[i].has_argument, NULL, flags[i].flag};
	while ((flag = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (apply_flag(&warden, flag, &exit_code))
			return exit_code;
	if (optind < argc) {
		diag_error("what is \"%s\"? See --help", argv[optind]);
		return 2;
	}
	if (!warden.conf_path && access(default_conf, F_OK) == 0)
		warden.conf_path = default_conf;
	return warden_run(&warden);
}
