/* What the entries of one session must be to each other. */
#include "tools/log_sessions.h"

#include <stdlib.h>
#include <string.h>

#include "unit/check.h"

enum { STEPS_MAX = 8 };

/* One entry; what its kind does not have is left out. */
struct step {
	enum entry_kind kind; /* ENTRY_GENESIS: none */
	uint8_t sid;
	uint64_t allow, used, seconds, from, to;
	const char *cam; /* NULL: c1 */
};

static void build(const struct step *step, struct entry_view *ret_view, char text[ENTRY_SIZE_MAX])
{
	bool opens = step->kind == ENTRY_VIEW_OPEN || step->kind == ENTRY_PLAY_OPEN ||
		     step->kind == ENTRY_TALK_OPEN;
	bool closes = step->kind == ENTRY_VIEW_CLOSE || step->kind == ENTRY_PLAY_CLOSE ||
		      step->kind == ENTRY_TALK_CLOSE;
	bool is_export = step->kind == ENTRY_EXPORT;
	const struct entry_stamp stamp = {.seq = 1};
	uint8_t sid[16] = {step->sid, [15] = 1};
	struct entry entry;
	size_t size;

	entry_init(&entry, step->kind);
	if (step->kind == ENTRY_BOOT)
		entry_add_text(&entry, ENTRY_VERSION, "1");
	if (step->sid) {
		entry_add_text(&entry, ENTRY_CAM, step->cam ? step->cam : "c1");
		entry_add_hex(&entry, ENTRY_SID, sid, sizeof(sid));
	}
	if (opens)
		entry_add_tracks(&entry, ENTRY_TRACK_VIDEO);
	if (opens || is_export) {
		entry_add_text(&entry, ENTRY_WHY, "owner");
		entry_add_number(&entry, ENTRY_GRANT, 0);
	}
	if (step->sid && !closes && !is_export)
		entry_add_pair(&entry, ENTRY_ALLOW, step->allow, 10);
	if (step->sid && !opens && !is_export)
		entry_add_pair(&entry, ENTRY_USED, step->used, step->seconds);
	if (closes)
		entry_add_text(&entry, ENTRY_END, "left");
	if (step->to)
		entry_add_pair(&entry, ENTRY_SPAN, step->from, step->to);
	assert_int_equal(entry_build(&entry, &stamp, text, ENTRY_SIZE_MAX, &size), 0);
	assert_int_equal(entry_parse(text, size, ret_view), 0);
}

/* What is wrong with the last of these; all before it must be right. */
static const char *check(const struct step *steps)
{
	struct log_sessions *sessions = calloc(1, sizeof(*sessions));
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;
	const char *wrong = NULL;

	for (unsigned i = 0; i < STEPS_MAX && steps[i].kind; i++) {
		assert_null(wrong);
		build(&steps[i], &view, text);
		wrong = log_sessions_check(sessions, &view);
	}
	free(sessions);
	return wrong;
}

static void honest_sessions_pass(void **state)
{
	static const struct step cases[][STEPS_MAX] = {
		{{.kind = ENTRY_VIEW_OPEN, .sid = 1, .allow = 100},
		 {.kind = ENTRY_VIEW_TICK, .sid = 1, .used = 100, .seconds = 5, .allow = 50},
		 {.kind = ENTRY_VIEW_TICK, .sid = 1, .used = 100, .seconds = 5},
		 {.kind = ENTRY_VIEW_CLOSE, .sid = 1, .used = 150, .seconds = 900}},
		{{.kind = ENTRY_VIEW_OPEN, .sid = 1, .allow = 9},
		 {.kind = ENTRY_TALK_OPEN, .sid = 2, .allow = 5},
		 {.kind = ENTRY_PLAY_OPEN, .sid = 3, .allow = 7, .from = 10, .to = 20, .cam = "c2"},
		 {.kind = ENTRY_VIEW_CLOSE, .sid = 1, .used = 9},
		 {.kind = ENTRY_PLAY_TICK, .sid = 3, .used = 7, .from = 10, .to = 15, .cam = "c2"},
		 {.kind = ENTRY_EXPORT, .sid = 3, .from = 11, .to = 20, .cam = "c2"},
		 {.kind = ENTRY_PLAY_CLOSE, .sid = 3, .used = 7, .cam = "c2"},
		 {.kind = ENTRY_TALK_CLOSE, .sid = 2, .used = 0}},
		/* Without its end: the process was killed. */
		{{.kind = ENTRY_VIEW_OPEN, .sid = 1, .allow = 9},
		 {.kind = ENTRY_BOOT},
		 {.kind = ENTRY_VIEW_OPEN, .sid = 1, .allow = 9}},
		/* An export that belongs to no play. */
		{{.kind = ENTRY_EXPORT, .from = 1, .to = 2}},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++)
		assert_null(check(cases[i]));
}

static void forged_sessions_are_refused(void **state)
{
	static const struct {
		const char *wrong;
		struct step steps[STEPS_MAX];
	} cases[] = {
		{"more flowed",
		 {{.kind = ENTRY_VIEW_OPEN, .sid = 1, .allow = 100},
		  {.kind = ENTRY_VIEW_CLOSE, .sid = 1, .used = 101}}},
		{"more flowed",
		 {{.kind = ENTRY_TALK_OPEN, .sid = 1, .allow = 100},
		  {.kind = ENTRY_TALK_TICK, .sid = 1, .used = 100, .allow = 50},
		  {.kind = ENTRY_TALK_CLOSE, .sid = 1, .used = 151}}},
		/* A tick's allowance is for what comes after it. */
		{"more flowed",
		 {{.kind = ENTRY_PLAY_OPEN, .sid = 1, .allow = 100, .to = 9},
		  {.kind = ENTRY_PLAY_TICK, .sid = 1, .used = 101, .allow = 1000}}},
		{"less has flowed",
		 {{.kind = ENTRY_VIEW_OPEN, .sid = 1, .allow = 100},
		  {.kind = ENTRY_VIEW_TICK, .sid = 1, .used = 60},
		  {.kind = ENTRY_VIEW_CLOSE, .sid = 1, .used = 59}}},
		{"less has flowed",
		 {{.kind = ENTRY_VIEW_OPEN, .sid = 1, .allow = 100},
		  {.kind = ENTRY_VIEW_TICK, .sid = 1, .used = 60, .seconds = 7},
		  {.kind = ENTRY_VIEW_CLOSE, .sid = 1, .used = 60, .seconds = 6}}},
		{"is no number",
		 {{.kind = ENTRY_VIEW_OPEN, .sid = 1, .allow = 100},
		  {.kind = ENTRY_VIEW_TICK, .sid = 1, .allow = UINT64_MAX}}},
		{"is open",
		 {{.kind = ENTRY_VIEW_OPEN, .sid = 1}, {.kind = ENTRY_VIEW_OPEN, .sid = 1}}},
		{"not open", {{.kind = ENTRY_VIEW_TICK, .sid = 1}}},
		{"not open", {{.kind = ENTRY_EXPORT, .sid = 1, .to = 9}}},
		{"not open",
		 {{.kind = ENTRY_VIEW_OPEN, .sid = 1},
		  {.kind = ENTRY_VIEW_CLOSE, .sid = 1},
		  {.kind = ENTRY_VIEW_CLOSE, .sid = 1}}},
		{"not open",
		 {{.kind = ENTRY_VIEW_OPEN, .sid = 1},
		  {.kind = ENTRY_BOOT},
		  {.kind = ENTRY_VIEW_CLOSE, .sid = 1}}},
		{"of another kind",
		 {{.kind = ENTRY_VIEW_OPEN, .sid = 1}, {.kind = ENTRY_TALK_CLOSE, .sid = 1}}},
		{"of another camera",
		 {{.kind = ENTRY_VIEW_OPEN, .sid = 1},
		  {.kind = ENTRY_VIEW_TICK, .sid = 1, .cam = "c11"}}},
		{"another time",
		 {{.kind = ENTRY_PLAY_OPEN, .sid = 1, .from = 10, .to = 20},
		  {.kind = ENTRY_PLAY_TICK, .sid = 1, .from = 9, .to = 15}}},
		{"another time",
		 {{.kind = ENTRY_PLAY_OPEN, .sid = 1, .from = 10, .to = 20},
		  {.kind = ENTRY_EXPORT, .sid = 1, .from = 10, .to = 21}}},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
		const char *wrong = check(cases[i].steps);

		if (!wrong || !strstr(wrong, cases[i].wrong))
			fail_msg("case %u: %s instead of: %s", i, wrong ? wrong : "nothing",
				 cases[i].wrong);
	}
}

static void many_may_be_open(void **state)
{
	struct log_sessions *sessions = calloc(1, sizeof(*sessions));
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;

	(void)state;
	build(&(struct step){.kind = ENTRY_VIEW_OPEN, .sid = 1}, &view, text);
	for (unsigned i = 0; i <= LOG_SESSIONS_MAX; i++) {
		char *sid = text + ((const char *)view.values[ENTRY_SID].data - text);
		bool is_last = i == LOG_SESSIONS_MAX;

		for (unsigned digit = 0; digit < 4; digit++)
			sid[digit] = "0123456789abcdef"[i >> 4 * digit & 15];
		assert_true((log_sessions_check(sessions, &view) != NULL) == is_last);
	}
	free(sessions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(honest_sessions_pass),
		cmocka_unit_test(forged_sessions_are_refused),
		cmocka_unit_test(many_may_be_open),
	};

	return cmocka_run_group_tests_name("log_sessions", tests, NULL, NULL);
}
