#include "proto/log/checkpoint.h"

#include <errno.h>
#include <string.h>

#include "proto/log/tlog_proof.h"
#include "unit/check.h"
#include "vector_file.h"

enum { TESSERA_ENTRIES = 15 };

static int parse_text(const char *text, struct checkpoint *checkpoint)
{
	return checkpoint_parse((struct bytes){(const uint8_t *)text, strlen(text)}, checkpoint);
}

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

static void one_form_is_accepted(void **state)
{
	static const char good[] = "example.com/behind-the-sofa\n20852163\n" ROOT;
	static const char *const bad[] = {
		"",
		"example.com\n",
		"example.com\n1\n",
		"\n1\n" ROOT,
		"example.com\n01\n" ROOT,
		"example.com\n-1\n" ROOT,
		"example.com\n+1\n" ROOT,
		"example.com\n1 \n" ROOT,
		"example.com\n\n" ROOT,
		"example.com\n9223372036854775808\n" ROOT,
		"example.com\n18446744073709551617\n" ROOT,
		"example.com\n1\n" ROOT "extension\n",
		"example.com\n1\n" ROOT "\n",
		"example.com\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
		"example.com\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
		"example.com\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", /* stray bits */
		"example.com\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
	};
	struct checkpoint checkpoint;
	char again[256];
	struct text text;

	(void)state;
	assert_int_equal(parse_text(good, &checkpoint), 0);
	assert_int_equal(checkpoint.head.size, 20852163);
	text_init(&text, again, sizeof(again));
	checkpoint_build("example.com/behind-the-sofa", &checkpoint.head, &text);
	assert_string_equal(again, good);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		if (parse_text(bad[i], &checkpoint) == 0)
			fail_msg("case %zu", i);
}

/* A checkpoint of the Go checksum database, and of a log of another implementation. */
static void checkpoints_of_others_open(void **state)
{
	static const char note[] =
		"go.sum database tree\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n\n"
		"\xe2\x80\x94 sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+"
		"gu9HHONebHLAyaKbbTM75QTtPydhKCExixSfwQ=\n";
	static const char vkey[] =
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
	struct checkpoint checkpoint;
	struct note parsed;
	struct note_key key;

	(void)state;
	assert_int_equal(note_key_parse(vkey, strlen(vkey), &key), 0);
	assert_int_equal(note_parse(note, strlen(note), &parsed), 0);
	assert_int_equal(note_verify(&parsed, &key, NULL), 0);
	assert_int_equal(checkpoint_parse(parsed.text, &checkpoint), 0);
	assert_int_equal(checkpoint.head.size, 35225469);
	/* That log's origin is not its key's name: ours always is. */
	assert_int_equal(checkpoint_open(note, strlen(note), &key, &checkpoint), -ENOKEY);
}

struct tessera {
	struct note_key key;
	unsigned entries, notes;
	struct merkle_hash leaves[TESSERA_ENTRIES];
	struct merkle_head heads[TESSERA_ENTRIES + 1];
	char note[TESSERA_ENTRIES + 1][512];
};

static void read_tessera_line(struct vector_file *vectors, struct tessera *tessera)
{
	uint8_t data[1024];
	struct checkpoint checkpoint;

	if (strcmp(vectors->words[0], "key") == 0) {
		assert_int_equal(
			note_key_parse(vectors->words[1], strlen(vectors->words[1]), &tessera->key),
			0);
	} else if (strcmp(vectors->words[0], "entry") == 0) {
		int size = vector_base64(vectors->words[1], data, sizeof(data));

		assert_true(size > 0);
		merkle_leaf(data, (size_t)size, &tessera->leaves[tessera->entries++]);
	} else if (strcmp(vectors->words[0], "note") == 0) {
		int size = vector_base64(vectors->words[2], data, sizeof(data));

		assert_true(size > 0);
		assert_int_equal(checkpoint_open(data, (size_t)size, &tessera->key, &checkpoint),
				 0);
		assert_int_equal(checkpoint.head.size, tessera->notes);
		memcpy(tessera->note[tessera->notes], data, (size_t)size);
		tessera->heads[tessera->notes++] = checkpoint.head;
	} else {
		int size = vector_base64(vectors->words[1], data, sizeof(data));

		assert_int_equal(size, sizeof(tessera->leaves));
		assert_memory_equal(data, tessera->leaves, sizeof(tessera->leaves));
	}
}

/* Every checkpoint of that log, from its entries alone; and a proof of its last entry. */
static void another_log_is_the_tree_of_its_entries(void **state)
{
	static struct vector_file vectors;
	static struct tessera tessera;
	struct merkle_frontier frontier = {0};
	struct merkle_hash root;

	(void)state;
	vector_open(&vectors, "tessera.txt");
	while (vector_next(&vectors))
		read_tessera_line(&vectors, &tessera);
	assert_int_equal(tessera.entries, TESSERA_ENTRIES);
	assert_int_equal(tessera.notes, TESSERA_ENTRIES + 1);
	for (unsigned size = 0; size <= TESSERA_ENTRIES; size++) {
		merkle_frontier_root(&frontier, &root);
		assert_true(merkle_equal(&root, &tessera.heads[size].root));
		if (size < TESSERA_ENTRIES)
			merkle_frontier_add(&frontier, &tessera.leaves[size]);
	}

	/* Entry 14 of 15: beside it stand the complete subtrees of 2, 4 and 8 leaves. */
	struct tlog_proof proof = {.index = 14, .hash_count = 3}, parsed;
	char data[2048];
	struct text text;

	static const unsigned parts[][2] = {{12, 14}, {8, 12}, {0, 8}};

	for (unsigned i = 0; i < ARRAY_COUNT(parts); i++) {
		struct merkle_frontier part = {0};

		for (unsigned leaf = parts[i][0]; leaf < parts[i][1]; leaf++)
			merkle_frontier_add(&part, &tessera.leaves[leaf]);
		merkle_frontier_root(&part, &proof.hashes[i]);
	}
	proof.note = (struct bytes){(const uint8_t *)tessera.note[15], strlen(tessera.note[15])};
	text_init(&text, data, sizeof(data));
	tlog_proof_build(&proof, &text);
	assert_false(text.failed);
	assert_int_equal(tlog_proof_parse(text.data, text.size, &parsed), 0);
	assert_int_equal(tlog_proof_verify(&parsed, &tessera.leaves[14], &tessera.key), 0);
	assert_int_equal(tlog_proof_verify(&parsed, &tessera.leaves[13], &tessera.key), -EBADMSG);
	parsed.index = 13;
	assert_int_equal(tlog_proof_verify(&parsed, &tessera.leaves[14], &tessera.key), -EBADMSG);
}

static void proofs_of_others_are_judged_rightly(void **state)
{
	static const char *const bad[] = {
		"wrong-header\nindex 0\n\ncheckpoint\n",
		"c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0\n\ncheckpoint\n",
		"c2sp.org/tlog-proof@v1\n\n\ncheckpoint\n",
		"c2sp.org/tlog-proof@v1\nindex notanumber\n\ncheckpoint\n",
		"c2sp.org/tlog-proof@v1\nindex -5\n\ncheckpoint\n",
		"c2sp.org/tlog-proof@v1\nindex 0\n!!notbase64!!\n\ncheckpoint\n",
		"c2sp.org/tlog-proof@v1\nindex 00\n\ncheckpoint\n",
		"c2sp.org/tlog-proof@v1\nindex 0\n\n",
		"c2sp.org/tlog-proof@v1\nindex 0\n",
		"c2sp.org/tlog-proof@v1\nindex 0\nindex 0\n\ncheckpoint\n",
		"c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 0\n\ncheckpoint\n",
	};
	static const char *const good[] = {
		"c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n",
		"c2sp.org/tlog-proof@v1\nextra AAEC\nindex 73894\n"
		"gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\ncheckpoint\n",
	};
	struct tlog_proof proof;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		if (tlog_proof_parse(bad[i], strlen(bad[i]), &proof) == 0)
			fail_msg("case %zu", i);
	for (size_t i = 0; i < ARRAY_COUNT(good); i++)
		assert_int_equal(tlog_proof_parse(good[i], strlen(good[i]), &proof), 0);
	assert_int_equal(proof.index, 73894);
	assert_int_equal(proof.hash_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_form_is_accepted),
		cmocka_unit_test(checkpoints_of_others_open),
		cmocka_unit_test(another_log_is_the_tree_of_its_entries),
		cmocka_unit_test(proofs_of_others_are_judged_rightly),
	};

	return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
