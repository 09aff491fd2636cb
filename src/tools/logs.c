/* The access log, for people and for scripts. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/log/entry.h"
#include "tools/command.h"
#include "tools/entry_words.h"
#include "tools/log_verify.h"
#include "tools/show.h"
#include "tools/talk.h"

enum { PAGE_ENTRIES = 128, PATH_SIZE = 4096, OPENINGS_MAX = 8192 };

static enum exit_code say_wrong(const char *sentence)
{
	fprintf(stderr, "ward: %s\n", sentence);
	return EXIT_NO;
}

/* ---- log show, from the running Ward ---- */

struct row {
	uint64_t seq;
	size_t entry_size, size;
	uint8_t text[OPENINGS_MAX];
};

/* Rows come newest first and are shown oldest first. */
struct page {
	struct row rows[PAGE_ENTRIES];
	size_t count;
};

static void keep_row(const struct ipc_message *message, void *context)
{
	const struct ipc_row_entry *row = message->body;
	struct page *page = context;

	if (message->type != IPC_ROW_ENTRY || page->count == PAGE_ENTRIES ||
	    message->tail_size > OPENINGS_MAX || row->entry_size > message->tail_size)
		return;

	struct row *kept = &page->rows[page->count++];

	kept->seq = row->seq;
	kept->entry_size = row->entry_size;
	kept->size = message->tail_size;
	memcpy(kept->text, message->tail, message->tail_size);
}

static int print_entry(const struct invocation *invocation, struct bytes text, struct bytes openings)
{
	if (!invocation->values[FLAG_JSON])
		return entry_words_print(text, openings);

	json_t *object = entry_words_json(text, openings);

	if (!object)
		return -EBADMSG;
	json_dumpf(object, stdout, JSON_COMPACT); /* one line each, so that it can be followed */
	putchar('\n');
	json_decref(object);
	return 0;
}

static enum exit_code print_page(const struct invocation *invocation, const struct page *page)
{
	for (size_t i = page->count; i-- > 0;) {
		const struct row *row = &page->rows[i];

		if (print_entry(invocation, (struct bytes){row->text, row->entry_size},
				(struct bytes){row->text + row->entry_size,
					       row->size - row->entry_size}) < 0) {
			fprintf(stderr, "ward: entry %llu does not fit its openings\n",
				(unsigned long long)row->seq);
			return EXIT_NO;
		}
	}
	fflush(stdout);
	return EXIT_DONE;
}

/* Entries from..to, in pages. */
static enum exit_code show_range(const struct invocation *invocation, struct talk *talk,
				 uint64_t from, uint64_t to)
{
	static struct page page;
	enum exit_code result = EXIT_DONE;

	for (; from < to && result == EXIT_DONE; from += PAGE_ENTRIES) {
		uint64_t end = to - from < PAGE_ENTRIES ? to : from + PAGE_ENTRIES;
		struct ipc_query query = {
			.query = QUERY_ENTRIES, .from = from, .to = end, .level = PAGE_ENTRIES};

		page.count = 0;
		result = talk_ask(talk, &(struct talk_question){.type = IPC_QUERY,
								.body = &query,
								.row = keep_row,
								.context = &page});
		if (result == EXIT_DONE)
			result = print_page(invocation, &page);
	}
	return result;
}

static void keep_size(const struct ipc_message *message, void *context)
{
	if (message->type == IPC_ROW_STATUS)
		*(uint64_t *)context = ((const struct ipc_row_status *)message->body)->log_size;
}

static enum exit_code ask_size(struct talk *talk, uint64_t *ret_size)
{
	struct ipc_query query = {.query = QUERY_STATUS};

	return talk_ask(talk, &(struct talk_question){.type = IPC_QUERY,
						       .body = &query,
						       .row = keep_size,
						       .context = ret_size});
}

/* Waits in the vault, not here; nothing new within its patience is no fault. */
static void wait_beyond(struct talk *talk, uint64_t size)
{
	struct ipc_query query = {.query = QUERY_CHECKPOINT, .from = size};
	enum exit_code result =
		talk_ask(talk, &(struct talk_question){.type = IPC_QUERY, .body = &query});

	(void)result; /* the next question tells if Ward is gone */
}

static enum exit_code show_running(const struct invocation *invocation, struct talk *talk)
{
	uint64_t shown = 0, size = 0;

	for (;;) {
		enum exit_code result = ask_size(talk, &size);

		if (result == EXIT_DONE)
			result = show_range(invocation, talk, shown, size);
		if (result != EXIT_DONE || !invocation->values[FLAG_FOLLOW])
			return result;
		shown = size;
		wait_beyond(talk, size);
	}
}

/* ---- the log's files ---- */

static const char *log_dir(const struct invocation *invocation, char room[PATH_SIZE])
{
	if (invocation->command->arguments_max && invocation->command->run == log_verify_command &&
	    invocation->argument_count)
		return invocation->arguments[0];
	snprintf(room, PATH_SIZE, "%s/log", talk_state_dir(invocation));
	return room;
}

static int print_from_file(void *context, struct bytes text)
{
	return print_entry(context, text, (struct bytes){(const uint8_t *)"", 0});
}

enum exit_code log_show_command(const struct invocation *invocation)
{
	char room[PATH_SIZE], why[LOG_VERIFY_WHY_MAX] = "";
	autotalk talk = NULL;

	if (talk_open(talk_state_dir(invocation), &talk) == 0)
		return show_running(invocation, talk);
	if (invocation->values[FLAG_FOLLOW]) {
		fprintf(stderr, "ward: Ward is not running on %s, so there is nothing to follow\n",
			talk_state_dir(invocation));
		return EXIT_UNREACHABLE;
	}

	struct invocation copy = *invocation;
	int error = log_verify_entries(log_dir(invocation, room), print_from_file, &copy, why);

	return error < 0 ? say_wrong(why) : EXIT_DONE;
}

enum exit_code log_verify_command(const struct invocation *invocation)
{
	char room[PATH_SIZE], why[LOG_VERIFY_WHY_MAX] = "", first[SHOW_TIME_SIZE], last[SHOW_TIME_SIZE];
	struct log_verify_report report;
	const char *directory = log_dir(invocation, room);
	int error = log_verify_directory(directory, NULL, &report, why);

	if (invocation->values[FLAG_JSON]) {
		show_json(error < 0 ? json_pack("{s:b, s:s}", "good", 0, "why", why)
				    : json_pack("{s:b, s:I, s:I, s:I, s:s, s:I}", "good", 1, "size",
						(json_int_t)report.head.size, "views",
						(json_int_t)report.views, "boots", (json_int_t)report.boots,
						"key", report.vkey, "clock_backwards",
						(json_int_t)report.clock_backwards));
		return error < 0 ? EXIT_NO : EXIT_DONE;
	}
	if (error < 0)
		return say_wrong(why);
	printf("The log is whole: %llu entries from %s to %s (the box's clock), %llu views, %llu starts.\n"
	       "Signed by %s%s\n",
	       (unsigned long long)report.head.size, show_time(report.first_us, first),
	       show_time(report.last_us, last), (unsigned long long)report.views,
	       (unsigned long long)report.boots, report.vkey,
	       report.key_is_claimed ? ",\nwhich the log itself names: hold it against the key on your card."
				     : "");
	if (report.clock_backwards)
		printf("The box's clock went backwards %llu times.\n",
		       (unsigned long long)report.clock_backwards);
	return EXIT_DONE;
}

enum exit_code log_prove_command(const struct invocation *invocation)
{
	static char proof[LOG_VERIFY_PROOF_MAX];
	char room[PATH_SIZE], why[LOG_VERIFY_WHY_MAX] = "";
	const char *index = invocation->arguments[0];
	struct text text;
	uint64_t number;

	if (text_parse_u64(index, strlen(index), UINT64_MAX, &number) < 0) {
		fprintf(stderr, "ward: INDEX is the number of an entry, as `ward log show` prints it\n");
		return EXIT_USAGE;
	}
	text_init(&text, proof, sizeof(proof));
	if (log_verify_prove(log_dir(invocation, room), number, &text, why) < 0)
		return say_wrong(*why ? why : "the signed log has no such entry");
	fputs(proof, stdout);
	return EXIT_DONE;
}

enum exit_code log_key_command(const struct invocation *invocation)
{
	char room[PATH_SIZE], why[LOG_VERIFY_WHY_MAX] = "", vkey[NOTE_VKEY_MAX + 1];

	if (log_verify_key(log_dir(invocation, room), vkey, why) < 0)
		return say_wrong(*why ? why : "there is no log yet");
	puts(vkey);
	return EXIT_DONE;
}
