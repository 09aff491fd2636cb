/* Nothing in a log's files can be changed without the verifier's noticing. */
#include "tools/log_verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "box.h"
#include "proto/log/tlog_proof.h"
#include "unit/check.h"

enum { ENTRIES = 599 };

static struct log_verify_report report;
static char verify_why[LOG_VERIFY_WHY_MAX];

static int begin_box(void **state)
{
	struct box *box = calloc(1, sizeof(*box));

	box_init(box);
	box_fill(box, ENTRIES);
	*state = box;
	return 0;
}

static int end_box(void **state)
{
	box_finish(*state);
	free(*state);
	return 0;
}

static int verify(const struct box *box, const char *vkey)
{
	return log_verify_directory(box->path, vkey, &report, verify_why);
}

static void a_whole_log_verifies(void **state)
{
	struct box *box = *state;
	char vkey[NOTE_VKEY_MAX + 1];

	assert_int_equal(verify(box, NULL), 0);
	assert_true(report.key_is_claimed);
	assert_int_equal(report.head.size, ENTRIES + 1);
	assert_int_equal(report.views, ENTRIES);
	assert_int_equal(report.clock_backwards, 0);
	assert_string_equal(report.vkey, log_vkey(box->log));
	assert_int_equal(log_verify_key(box->path, vkey, verify_why), 0);
	assert_int_equal(verify(box, vkey), 0);
	assert_false(report.key_is_claimed);
	assert_int_equal(verify(box,
				"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrn"
				"Kv3U2k"),
			 -EBADMSG);
}

static void any_change_of_a_file_is_found(void **state)
{
	static const char *const changes[] = {
		"sed -i '0,/why member/s//why owner /' $F",
		"sed -i '0,/allow 8000000/s//allow 8000001/' $F",
		"sed -i '0,/seq 5/s//seq 7/' $F",
		"truncate -s -1 $F",
		"rm $F",
		": > $F",
	};
	static const char *const files[] = {"tile/entries/000", "tile/entries/002.p/88"};
	struct box *box = *state;
	char command[512];

	box_shell(box, "cp -a tile kept");
	for (unsigned file = 0; file < ARRAY_COUNT(files); file++)
		for (unsigned change = 0; change < ARRAY_COUNT(changes); change++) {
			snprintf(command, sizeof(command), "F=%s; %s", files[file],
				 changes[change]);
			box_shell(box, command);
			if (verify(box, NULL) == 0)
				fail_msg("%s", command);
			assert_true(verify_why[0]);
			box_shell(box, "rm -r tile && cp -a kept tile");
			assert_int_equal(verify(box, NULL), 0);
		}
}

static void every_tile_is_compared(void **state)
{
	static const char *const files[] = {"tile/0/000", "tile/0/001", "tile/0/002.p/88",
					    "tile/1/000.p/2"};
	struct box *box = *state;
	char command[512];

	for (unsigned file = 0; file < ARRAY_COUNT(files); file++) {
		snprintf(command, sizeof(command),
			 "cp %s kept && printf '\\377\\377\\377\\377' | dd of=%s bs=1 seek=20 "
			 "conv=notrunc 2>/dev/null",
			 files[file], files[file]);
		box_shell(box, command);
		assert_int_equal(verify(box, NULL), -EBADMSG);
		assert_non_null(strstr(verify_why, "Tile"));
		snprintf(command, sizeof(command), "mv kept %s", files[file]);
		box_shell(box, command);
		assert_int_equal(verify(box, NULL), 0);
	}
}

static void a_changed_checkpoint_is_found(void **state)
{
	static const char *const changes[] = {
		"sed -i '2s/600/599/' checkpoint",
		"sed -i '1s/box/bex/' checkpoint",
		"sed -i '3{s/^A/B/;t;s/^./A/}' checkpoint",
		"sed -i '5{s/A=$/E=/;t;s/.=$/A=/}' checkpoint",
		"echo extension >> checkpoint",
		"rm checkpoint",
		"cp first checkpoint && cp other .state/signed",
	};
	struct box *box = *state;

	box_shell(box, "cp checkpoint first");
	box_fill(box, 1);
	box_fill(box, 1);
	box_shell(box, "cp checkpoint now && sed '2s/602/603/' now > other");
	for (unsigned change = 0; change < ARRAY_COUNT(changes); change++) {
		box_shell(box, changes[change]);
		if (change != 0 && verify(box, NULL) == 0)
			fail_msg("%s", changes[change]);
		box_shell(box, "cp now checkpoint && cp now .state/signed");
		assert_int_equal(verify(box, NULL), 0);
	}
	/* an older mark than the checkpoint: part of it was put back */
	box_shell(box, "cp first .state/signed");
	assert_int_equal(verify(box, NULL), -EBADMSG);
}

/* The log's own key signs it, and all its hashes fit. */
static void a_session_that_got_too_much_is_found(void **state)
{
	struct box *box = *state;
	const uint8_t sid[16] = {[15] = 9};
	struct entry entry;
	uint64_t seq;

	entry_init(&entry, ENTRY_VIEW_OPEN);
	entry_add_text(&entry, ENTRY_CAM, "c1");
	entry_add_hex(&entry, ENTRY_SID, sid, sizeof(sid));
	entry_add_tracks(&entry, ENTRY_TRACK_VIDEO);
	entry_add_text(&entry, ENTRY_WHY, "member");
	entry_add_number(&entry, ENTRY_GRANT, 0);
	entry_add_pair(&entry, ENTRY_ALLOW, 8000, 10);
	assert_int_equal(log_append(box->log, &entry, NULL, &seq), 0);
	entry_init(&entry, ENTRY_VIEW_CLOSE);
	entry_add_text(&entry, ENTRY_CAM, "c1");
	entry_add_hex(&entry, ENTRY_SID, sid, sizeof(sid));
	entry_add_pair(&entry, ENTRY_USED, 8001, 10);
	entry_add_text(&entry, ENTRY_END, "left");
	assert_int_equal(log_append(box->log, &entry, NULL, &seq), 0);
	assert_int_equal(log_commit(box->log), 0);
	assert_int_equal(log_publish(box->log), 0);
	assert_int_equal(verify(box, NULL), -EBADMSG);
	assert_string_equal(verify_why,
			    "Entry 601: more flowed in its session than had been allowed.");
}

static void a_proof_stands_alone(void **state)
{
	struct box *box = *state;
	char data[LOG_VERIFY_PROOF_MAX], entry[ENTRY_SIZE_MAX];
	struct tlog_proof proof;
	struct merkle_hash leaf;
	struct note_key key;
	struct text text;
	size_t size;

	assert_int_equal(note_key_parse(log_vkey(box->log), strlen(log_vkey(box->log)), &key), 0);
	for (uint64_t index = 0; index <= ENTRIES; index += 37) {
		text_init(&text, data, sizeof(data));
		assert_int_equal(log_verify_prove(box->path, index, &text, verify_why), 0);
		assert_int_equal(tlog_proof_parse(text.data, text.size, &proof), 0);
		assert_int_equal(log_read_entry(box->log, index, entry, &size), 0);
		merkle_leaf(entry, size, &leaf);
		assert_int_equal(tlog_proof_verify(&proof, &leaf, &key), 0);
		leaf.bytes[3] ^= 1;
		assert_int_equal(tlog_proof_verify(&proof, &leaf, &key), -EBADMSG);
	}
	text_init(&text, data, sizeof(data));
	assert_int_equal(log_verify_prove(box->path, ENTRIES + 1, &text, verify_why), -ENOENT);
	assert_int_equal(log_verify_prove("/nonexistent", 0, &text, verify_why), -ENOENT);
}

#define BOX_TEST(name) cmocka_unit_test_setup_teardown(name, begin_box, end_box)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(a_whole_log_verifies),   BOX_TEST(any_change_of_a_file_is_found),
		BOX_TEST(every_tile_is_compared), BOX_TEST(a_changed_checkpoint_is_found),
		BOX_TEST(a_proof_stands_alone),
		BOX_TEST(a_session_that_got_too_much_is_found),
	};

	return cmocka_run_group_tests_name("log_verify", tests, NULL, NULL);
}
