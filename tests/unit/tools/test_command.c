#include <errno.h>
#include <string.h>

#include "tools/command.h"
#include "tools/show.h"
#include "../check.h"

/* The parser under its own small tables. */
const struct flag flag_table[FLAG_COUNT] = {
	[FLAG_HELP] = {"--help", NULL, "h"},   [FLAG_STATE] = {"--state", "DIR", "s"},
	[FLAG_JSON] = {"--json", NULL, "j"},   [FLAG_ROLE] = {"--role", "ROLE", "r"},
	[FLAG_CONFIG] = {"--config", "F", ""}, [FLAG_DEMO] = {"--demo", NULL, ""},
	[FLAG_CAMERAS] = {"--cameras", "A", ""}, [FLAG_USER] = {"--user", "U", ""},
	[FLAG_CAMERA] = {"--camera", "C", ""}, [FLAG_VERBS] = {"--verbs", "V", ""},
	[FLAG_TTL] = {"--ttl", "T", ""},       [FLAG_FOLLOW] = {"--follow", NULL, ""},
	[FLAG_SUB] = {"--sub", "U", ""},       [FLAG_TRANSPORT] = {"--transport", "T", ""},
	[FLAG_NEW_EPOCH] = {"--new-epoch", NULL, ""},
};
const struct command command_table[] = {
	{"user add", "NAME", 1, 1, FLAG_BIT(FLAG_ROLE), "s", NULL, NULL},
	{"user list", "", 0, 0, FLAG_BIT(FLAG_JSON), "s", NULL, NULL},
	{"log verify", "[DIR]", 0, 1, 0, "s", NULL, NULL},
};
const size_t command_count = ARRAY_COUNT(command_table);

enum { WORDS_MAX = 8 };

static const struct {
	const char *words[WORDS_MAX];
	int error;
	unsigned arguments;
	enum flag_id flag;
	const char *value;
} cases[] = {
	{{"user", "add", "Alice"}, 0, 1, FLAG_ROLE, NULL},
	{{"user", "add", "Alice", "--role", "guest"}, 0, 1, FLAG_ROLE, "guest"},
	{{"user", "add", "--role=owner", "Alice"}, 0, 1, FLAG_ROLE, "owner"},
	{{"user", "add", "Alice", "--state", "/x"}, 0, 1, FLAG_STATE, "/x"},
	{{"user", "list", "--json"}, 0, 0, FLAG_JSON, "--json"},
	{{"log", "verify"}, 0, 0, FLAG_JSON, NULL},
	{{"user", "add", "--help"}, 0, 0, FLAG_HELP, "--help"},
	{{"user", "add"}, -EINVAL, 0, 0, NULL},
	{{"user", "add", "a", "b"}, -EINVAL, 0, 0, NULL},
	{{"user", "add", "a", "--json"}, -EINVAL, 0, 0, NULL},
	{{"user", "add", "a", "--role"}, -EINVAL, 0, 0, NULL},
	{{"user", "list", "--json=yes"}, -EINVAL, 0, 0, NULL},
	{{"user", "list", "--jso"}, -EINVAL, 0, 0, NULL},
	{{"user", "addition", "a"}, -EINVAL, 0, 0, NULL},
	{{"user"}, -EINVAL, 0, 0, NULL},
	{{NULL}, -EINVAL, 0, 0, NULL},
};

static void commands_are_found_with_their_flags(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct invocation invocation = {0};
		int count = 0;

		while (count < WORDS_MAX && cases[i].words[count])
			count++;
		int error = command_parse(count, (char **)(uintptr_t)cases[i].words, &invocation);

		assert_int_equal(error, cases[i].error);
		if (error < 0)
			continue;
		assert_int_equal(invocation.argument_count, cases[i].arguments);
		if (cases[i].value)
			assert_string_equal(invocation.values[cases[i].flag], cases[i].value);
		else
			assert_null(invocation.values[cases[i].flag]);
	}
}

static void durations_name_their_unit(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int error;
		uint64_t seconds;
	} durations[] = {{"90s", 0, 90}, {"15m", 0, 900},     {"1h", 0, 3600},  {"7d", 0, 604800},
			 {"1", -EINVAL, 0}, {"h", -EINVAL, 0}, {"1hh", -EINVAL, 0}, {"-1h", -EINVAL, 0},
			 {"0h", -EINVAL, 0}, {"1w", -EINVAL, 0}, {"999999999999h", -EINVAL, 0}};

	for (size_t i = 0; i < ARRAY_COUNT(durations); i++) {
		uint64_t seconds = 0;

		assert_int_equal(show_parse_duration(durations[i].text, &seconds), durations[i].error);
		assert_int_equal(seconds, durations[i].seconds);
	}
}

static void verbs_and_roles_are_words(void **state)
{
	(void)state;
	uint32_t value = 0;

	assert_int_equal(show_parse_verbs("listen,view", &value), 0);
	assert_int_equal(value, VERB_VIEW | VERB_LISTEN);
	assert_int_equal(show_parse_verbs("play", &value), 0);
	assert_int_equal(value, VERB_PLAY);
	assert_int_equal(show_parse_verbs("view,play,listen", &value), 0);
	assert_int_equal(value, VERB_VIEW | VERB_LISTEN | VERB_PLAY);
	assert_int_equal(show_parse_verbs("view,view", &value), -EINVAL);
	assert_int_equal(show_parse_verbs("view,", &value), -EINVAL);
	assert_int_equal(show_parse_verbs("shout", &value), -EINVAL);
	assert_int_equal(show_parse_verbs("", &value), -EINVAL);
	assert_int_equal(show_parse_role("guest", &value), 0);
	assert_int_equal(value, ROLE_GUEST);
	assert_int_equal(show_parse_role("integration", &value), -EINVAL);
	assert_string_equal(show_tracks(TRACK_BIT(TRACK_SUB) | TRACK_BIT(TRACK_LISTEN)), "v,m");
	assert_string_equal(show_role(99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_found_with_their_flags),
		cmocka_unit_test(durations_name_their_unit),
		cmocka_unit_test(verbs_and_roles_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
