#include "vault/log/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "box.h"
#include "proto/log/checkpoint.h"
#include "proto/log/tile.h"
#include "unit/check.h"

enum { WAITERS = 3 };

static int begin_box(void **state)
{
	struct box *box = calloc(1, sizeof(*box));

	box_init(box);
	*state = box;
	return 0;
}

static int end_box(void **state)
{
	box_finish(*state);
	free(*state);
	return 0;
}

/* ---- writing ---- */

struct waiting {
	struct log_waiter waiter;
	struct log *log;
	unsigned settled;
	bool has_receipt, appends_more, cancels_next;
	uint64_t seq;
};

static void note_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct waiting *waiting = container_of(waiter, struct waiting, waiter);
	struct entry entry;
	uint64_t seq;

	waiting->settled++;
	waiting->has_receipt = receipt != NULL;
	if (receipt)
		waiting->seq = log_receipt_seq(receipt);
	if (waiting->cancels_next)
		log_waiter_cancel(waiting->log, &waiting[1].waiter);
	if (waiting->appends_more) {
		entry_init(&entry, ENTRY_SHUTDOWN);
		assert_int_equal(log_append(waiting->log, &entry, NULL, &seq), 0);
	}
}

static void stage(struct box *box, struct waiting *waiting, uint64_t *ret_seq)
{
	struct entry entry;

	*waiting = (struct waiting){.waiter = {.settled = note_settled}, .log = box->log};
	box_make_entry(&entry, 1);
	assert_int_equal(log_append(box->log, &entry, &waiting->waiter, ret_seq), 0);
}

static void a_receipt_comes_with_the_commit(void **state)
{
	struct box *box = *state;
	struct waiting waiting[WAITERS];
	uint64_t seq;

	for (unsigned i = 0; i < WAITERS; i++) {
		stage(box, &waiting[i], &seq);
		assert_int_equal(seq, 1 + i);
	}
	assert_int_equal(log_durable_size(box->log), 1);
	assert_int_equal(log_commit(box->log), 0);
	assert_int_equal(log_durable_size(box->log), 1 + WAITERS);
	for (unsigned i = 0; i < WAITERS; i++) {
		assert_int_equal(waiting[i].settled, 1);
		assert_true(waiting[i].has_receipt);
		assert_int_equal(waiting[i].seq, 1 + i);
	}
	assert_int_equal(log_commit(box->log), 0);
	assert_int_equal(waiting[0].settled, 1);
}

static void waiters_may_cancel_and_append(void **state)
{
	struct box *box = *state;
	struct waiting waiting[WAITERS];
	uint64_t seq;

	for (unsigned i = 0; i < WAITERS; i++)
		stage(box, &waiting[i], &seq);
	waiting[0].cancels_next = true;
	waiting[0].appends_more = true;
	assert_int_equal(log_commit(box->log), 0);
	assert_int_equal(waiting[0].settled, 1);
	assert_int_equal(waiting[1].settled, 0);
	assert_int_equal(waiting[2].settled, 1);
	assert_int_equal(log_durable_size(box->log), 4);
	assert_int_equal(log_commit(box->log), 0);
	assert_int_equal(log_durable_size(box->log), 5);
	log_waiter_cancel(box->log, &waiting[1].waiter);
	assert_int_equal(waiting[1].settled, 0);
}

static void closing_refuses_who_waits(void **state)
{
	struct box *box = *state;
	struct waiting waiting;
	uint64_t seq;

	stage(box, &waiting, &seq);
	box_close(box);
	assert_int_equal(waiting.settled, 1);
	assert_false(waiting.has_receipt);
	assert_int_equal(box_open(box), 0);
	assert_int_equal(log_durable_size(box->log), 1);
}

static void a_batch_has_limits(void **state)
{
	struct box *box = *state;
	struct entry entry;
	uint64_t seq;

	entry_init(&entry, ENTRY_VIEW_OPEN);
	assert_int_equal(log_append(box->log, &entry, NULL, &seq), -EINVAL);
	for (unsigned i = 0; i < LOG_BATCH_ENTRIES_MAX; i++) {
		box_make_entry(&entry, i);
		assert_int_equal(log_append(box->log, &entry, NULL, &seq), 0);
	}
	assert_int_equal(log_append(box->log, &entry, NULL, &seq), -EAGAIN);
	assert_int_equal(log_commit(box->log), 0);
	assert_int_equal(log_append(box->log, &entry, NULL, &seq), 0);
	assert_int_equal(seq, 1 + LOG_BATCH_ENTRIES_MAX);
}

static void entries_carry_the_logs_own_stamp(void **state)
{
	struct box *box = *state;
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;
	size_t size;

	box_fill(box, 300);
	for (uint64_t i = 0; i <= 300; i++) {
		assert_int_equal(log_read_entry(box->log, i, text, &size), 0);
		assert_int_equal(entry_parse(text, size, &view), 0);
		assert_int_equal(view.stamp.seq, i);
		assert_int_equal(view.stamp.boot_id, 0x0123456789abcdef);
		assert_int_equal(view.kind, i ? ENTRY_VIEW_OPEN : ENTRY_GENESIS);
	}
	assert_int_equal(log_read_entry(box->log, 301, text, &size), -ENOENT);
}

/* ---- reading ---- */

static struct merkle_head head_at(struct box *box, uint64_t size)
{
	struct merkle_head head = {.size = size};

	assert_int_equal(log_root_at(box->log, size, &head.root), 0);
	return head;
}

static void check_proofs(struct box *box, uint64_t from, uint64_t to)
{
	struct merkle_hash proof[MERKLE_PROOF_MAX], leaf;
	struct merkle_head old = head_at(box, from), new = head_at(box, to);
	char text[ENTRY_SIZE_MAX];
	size_t size;
	int count = log_prove_consistency(box->log, from, to, proof);

	assert_in_range(count, 0, MERKLE_PROOF_MAX);
	assert_int_equal(merkle_check_consistency(&old, &new, proof, (size_t)count), 0);
	if (from == to)
		return;
	count = log_prove_inclusion(box->log, from, to, proof);
	assert_in_range(count, 0, MERKLE_PROOF_MAX);
	assert_int_equal(log_read_entry(box->log, from, text, &size), 0);
	merkle_leaf(text, size, &leaf);
	assert_int_equal(merkle_check_inclusion(from, to, &leaf, proof, (size_t)count, &new.root),
			 0);
}

/* All pairs of small sizes, and sizes around tiles of both levels; before and after a restart. */
static void proofs_hold_for_every_pair_of_sizes(void **state)
{
	static const uint64_t sizes[] = {1,   2,   255,   256,   257,   511,   512,
					 513, 700, 65535, 65536, 65537, 66000, 67001};
	struct box *box = *state;

	box_fill(box, 40);
	for (uint64_t to = 0; to <= 41; to++)
		for (uint64_t from = 0; from <= to; from++)
			check_proofs(box, from, to);
	box_fill(box, 67000 - 40);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < ARRAY_COUNT(sizes); i++)
			for (unsigned j = i; j < ARRAY_COUNT(sizes); j++)
				check_proofs(box, sizes[i], sizes[j]);
		box_close(box);
		assert_int_equal(box_open(box), 0);
	}
	assert_int_equal(log_prove_inclusion(box->log, 5, 67002, NULL), -ENOENT);
	assert_int_equal(log_prove_inclusion(box->log, 5, 5, NULL), -ENOENT);
	assert_int_equal(log_prove_consistency(box->log, 5, 67002, NULL), -ENOENT);
	assert_int_equal(log_prove_consistency(box->log, 6, 5, NULL), -ENOENT);
}

static bool file_exists(const struct box *box, const char *name)
{
	char path[BOX_PATH_MAX + 64];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", box->path, name);
	return stat(path, &status) == 0;
}

static void tiles_are_served_at_every_width(void **state)
{
	static uint8_t bundle[LOG_BUNDLE_MAX], tile[LOG_TILE_MAX];
	struct box *box = *state;
	struct merkle_hash leaf;

	box_fill(box, 299);
	box_fill(box, 300);
	for (uint64_t number = 0; number < 3; number++)
		for (unsigned width = 1; width <= TILE_WIDTH; width++) {
			size_t size;
			int expected = width <= tile_width_at(600, 0, number) ? 0 : -ENOENT;

			assert_int_equal(log_read_tile(box->log, 0, number, width, tile), expected);
			assert_int_equal(log_read_bundle(box->log, number, width, bundle, &size),
					 expected);
			if (expected < 0)
				continue;

			struct bytes_reader reader = bytes_read(bundle, size);

			for (unsigned i = 0; i < width; i++) {
				size_t entry_size = bytes_get_be16(&reader);

				merkle_leaf(bytes_get(&reader, entry_size), entry_size, &leaf);
				assert_memory_equal(leaf.bytes, tile + i * MERKLE_HASH_SIZE,
						    MERKLE_HASH_SIZE);
			}
			assert_int_equal(bytes_left(&reader), 0);
		}
	assert_int_equal(log_read_tile(box->log, 1, 0, 2, tile), 0);
	assert_int_equal(log_read_tile(box->log, 1, 0, 3, tile), -ENOENT);
	assert_int_equal(log_read_tile(box->log, 2, 0, 1, tile), -ENOENT);
	assert_int_equal(log_read_tile(box->log, 9, 0, 1, tile), -ENOENT);
	assert_int_equal(log_read_tile(box->log, 0, 0, 257, tile), -ENOENT);
}

static void disk_keeps_two_generations_of_partial_tiles(void **state)
{
	struct box *box = *state;

	box_fill(box, 9);
	box_fill(box, 10);
	assert_false(file_exists(box, "tile/0/000.p/1"));
	assert_true(file_exists(box, "tile/0/000.p/10"));
	assert_true(file_exists(box, "tile/entries/000.p/20"));
	box_fill(box, 10);
	assert_false(file_exists(box, "tile/0/000.p/10"));
	assert_true(file_exists(box, "tile/0/000.p/30"));
	box_close(box);
	assert_int_equal(box_open(box), 0);
	box_fill(box, 300);
	box_fill(box, 300);
	assert_true(file_exists(box, "tile/0/000"));
	assert_false(file_exists(box, "tile/0/000.p"));
	assert_false(file_exists(box, "tile/entries/000.p"));
	assert_true(file_exists(box, "tile/0/002.p/118"));
}

static void the_wal_stays_small(void **state)
{
	struct box *box = *state;

	box_fill(box, 60000);
	box_shell(box, "test $(ls .state/wal-* | wc -l) -le 4");
	box_fill(box, 1);
	assert_true(log_has_room(box->log));
}

/* ---- what is refused ---- */

static void assert_refused(struct box *box, const char *words)
{
	assert_int_equal(box_open(box), -EUCLEAN);
	assert_null(box->log);
	if (!strstr(box->why, words))
		fail_msg("\"%s\" is not in: %s", words, box->why);
	assert_non_null(strstr(box->why, "ward run --new-epoch"));
}

static void assert_genesis_names(struct box *box, const char *head)
{
	char text[ENTRY_SIZE_MAX + 1];
	size_t size;

	assert_int_equal(log_read_entry(box->log, 0, text, &size), 0);
	text[size] = '\0';
	if (!strstr(text, head))
		fail_msg("%s", text);
}

/* The WAL and the tiles from an old copy, the mark still knows better. */
static void an_old_copy_is_refused(void **state)
{
	struct box *box = *state;

	box_fill(box, 100);
	box_close(box);
	box_shell(box, "mkdir .old && cp -a .state tile checkpoint .old/");
	assert_int_equal(box_open(box), 0);
	box_fill(box, 50);
	box_close(box);
	box_shell(box, "cp .old/.state/wal-* .state/");
	assert_refused(box, "101 entries, but 151 were signed");
	box_shell(box, "rm -r tile && cp -a .old/tile . && cp .old/checkpoint .");
	assert_refused(box, "101 entries, but 151 were signed");
	box_shell(box, "cp .old/.state/signed .state/ && rm -r .old");
	assert_int_equal(box_open(box),
			 0); /* a whole old copy: only phones and witnesses can tell */
	assert_int_equal(log_durable_size(box->log), 101);
}

static void an_old_mark_is_refused(void **state)
{
	struct box *box = *state;

	box_shell(box, "cp .state/signed .");
	box_fill(box, 10);
	box_close(box);
	box_shell(box, "cp signed .state/");
	assert_refused(box, "shows 11 entries");
	box_shell(box, "rm .state/signed signed");
	assert_refused(box, "shows 11 entries");
}

static void changed_bytes_are_refused(void **state)
{
	struct box *box = *state;

	box_fill(box, 10);
	box_close(box);
	box_shell(box, "cp -a .state kept");
	/* one letter of an entry */
	box_shell(box, "sed -i '0,/why member/s//why nember/' .state/wal-00000001");
	assert_refused(box, "entries are missing");
	box_shell(box, "rm -r .state && cp -a kept .state");
	box_shell(box, "sed -i '2s/1/2/' .state/signed");
	assert_refused(box, "valid signature");
	box_shell(box, "rm -r .state && mv kept .state");
	assert_int_equal(box_open(box), 0);
}

static void another_key_is_refused(void **state)
{
	struct box *box = *state;

	box_close(box);
	box->seed[0] ^= 1;
	assert_refused(box, "another key");
}

static void a_missing_segment_is_refused(void **state)
{
	struct box *box = *state;

	box_fill(box, 20000);
	box_close(box);
	box_shell(
		box,
		"rm $(ls .state/wal-* | head -n 1 | tail -n 1) && rm $(ls .state/wal-* | head -n 1)");
	assert_int_equal(box_open(box), -EUCLEAN);
}

static void what_the_database_remembers_is_required(void **state)
{
	struct box *box = *state;

	box_fill(box, 10);
	box->config.floor = log_head(box->log);
	assert_int_equal(box->config.floor.epoch, 1);
	box_close(box);
	assert_int_equal(box_open(box), 0);
	box_close(box);
	box->config.floor.head.root.bytes[0] ^= 1;
	assert_refused(box, "the database remembers");
	box->config.floor.head.root.bytes[0] ^= 1;
	/* the whole log is gone: a new one under the same name would be a fork */
	box_shell(box, "find . -mindepth 1 -delete");
	assert_refused(box, "the database remembers 11");
	box->config.new_epoch = true;
	assert_int_equal(box_open(box), 0);
	assert_int_equal(log_head(box->log).epoch, 2);
	assert_genesis_names(box, "/e1 11 ");
}

/* Mark and all: the database alone knows better, and its head is the one to name. */
static void a_whole_old_copy_is_refused_by_the_database(void **state)
{
	struct box *box = *state;

	box_fill(box, 4);
	box_close(box);
	box_shell(box, "mkdir .old && cp -a .state tile checkpoint .old/");
	assert_int_equal(box_open(box), 0);
	box_fill(box, 6);
	box->config.floor = log_head(box->log);
	box_close(box);
	box_shell(box,
		  "rm -r .state tile checkpoint && mv .old/.state .old/tile .old/checkpoint .");
	assert_refused(box, "holds 5 entries, but the database remembers 11");
	box->config.new_epoch = true;
	assert_int_equal(box_open(box), 0);
	assert_genesis_names(box, "/e1 11 ");
}

static void one_process_writes(void **state)
{
	struct box *box = *state;
	struct log *other = NULL;
	char why[LOG_WHY_MAX];

	assert_int_equal(log_open(&box->config, &other, why), -EWOULDBLOCK);
	assert_non_null(strstr(why, "running already"));
}

/* ---- epochs ---- */

static void the_owner_may_begin_a_new_epoch(void **state)
{
	struct box *box = *state;
	char head[256], root[64];
	struct text text;

	box_fill(box, 10);
	text_init(&text, root, sizeof(root));
	text_add_base64(&text, head_at(box, 11).root.bytes, MERKLE_HASH_SIZE);
	snprintf(head, sizeof(head), "\nhead %s 11 %s\n", log_origin(box->log), root);
	box_close(box);
	box->config.new_epoch = true;
	assert_int_equal(box_open(box), 0); /* nothing to refuse: the log goes on */
	assert_int_equal(log_durable_size(box->log), 11);
	box_close(box);
	box_shell(box, "rm .state/wal-*");
	box->config.new_epoch = false;
	assert_refused(box, "entries are missing");
	box->config.new_epoch = true;
	assert_int_equal(box_open(box), 0);
	assert_int_equal(log_durable_size(box->log), 1);
	assert_int_equal(log_head(box->log).epoch, 2);
	assert_non_null(strstr(log_origin(box->log), "/e2"));
	assert_genesis_names(box, head);
	assert_true(file_exists(box, "e1/.state/signed"));
	assert_true(file_exists(box, "e1/checkpoint"));
	box_fill(box, 5);
	box_close(box);
	assert_int_equal(box_open(box), 0);
	assert_int_equal(log_durable_size(box->log), 6);
}

/* The power went after the old log was put aside and before the new one began. */
static void an_interrupted_epoch_goes_on(void **state)
{
	struct box *box = *state;

	box_fill(box, 10);
	box_close(box);
	box_shell(box, "mkdir e1 && mv checkpoint tile .state e1/");
	assert_int_equal(box_open(box), 0);
	assert_int_equal(log_head(box->log).epoch, 2);
	assert_genesis_names(box, "/e1 11 ");
}

/* ---- names ---- */

static void the_note_and_the_key_fit(void **state)
{
	struct box *box = *state;
	struct bytes note;
	struct checkpoint checkpoint;
	struct note_key key;

	box_fill(box, 6);
	note = log_checkpoint(box->log);
	assert_int_equal(note_key_parse(log_vkey(box->log), strlen(log_vkey(box->log)), &key), 0);
	assert_int_equal(checkpoint_open(note.data, note.size, &key, &checkpoint), 0);
	assert_int_equal(checkpoint.head.size, 7);
	assert_int_equal(log_published_size(box->log), 7);
	assert_string_equal(key.name, log_origin(box->log));
	/* the first letters of base32(sha256(public key)) */
	assert_string_equal(log_origin(box->log), "ward.local/box/72asyextvngo/e1");
	box_shell(box, "grep -q '^7$' checkpoint && cmp checkpoint .state/signed");
}

static void a_key_file_is_made_once(void **state)
{
	struct box *box = *state;
	char path[BOX_PATH_MAX + 16];
	uint8_t seed[LOG_SEED_SIZE], again[LOG_SEED_SIZE];

	snprintf(path, sizeof(path), "%s/log.key", box->path);
	assert_int_equal(log_key_open(path, seed), 0);
	assert_int_equal(log_key_open(path, again), 0);
	assert_memory_equal(seed, again, sizeof(seed));
	box_shell(box, "test $(stat -c %a%s log.key) = 60065 && chmod 644 log.key");
	assert_int_equal(log_key_open(path, again), -EPERM);
	box_shell(box, "chmod 600 log.key && truncate -s 64 log.key");
	assert_int_equal(log_key_open(path, again), -EBADMSG);
}

#define BOX_TEST(name) cmocka_unit_test_setup_teardown(name, begin_box, end_box)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(a_receipt_comes_with_the_commit),
		BOX_TEST(waiters_may_cancel_and_append),
		BOX_TEST(closing_refuses_who_waits),
		BOX_TEST(a_batch_has_limits),
		BOX_TEST(entries_carry_the_logs_own_stamp),
		BOX_TEST(proofs_hold_for_every_pair_of_sizes),
		BOX_TEST(tiles_are_served_at_every_width),
		BOX_TEST(disk_keeps_two_generations_of_partial_tiles),
		BOX_TEST(the_wal_stays_small),
		BOX_TEST(an_old_copy_is_refused),
		BOX_TEST(an_old_mark_is_refused),
		BOX_TEST(changed_bytes_are_refused),
		BOX_TEST(another_key_is_refused),
		BOX_TEST(a_missing_segment_is_refused),
		BOX_TEST(what_the_database_remembers_is_required),
		BOX_TEST(a_whole_old_copy_is_refused_by_the_database),
		BOX_TEST(one_process_writes),
		BOX_TEST(the_owner_may_begin_a_new_epoch),
		BOX_TEST(an_interrupted_epoch_goes_on),
		BOX_TEST(the_note_and_the_key_fit),
		BOX_TEST(a_key_file_is_made_once),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
