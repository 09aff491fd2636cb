#include "proto/log/entry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "proto/log/commitment.h"
#include "proto/log/entry_words.h"
#include "proto/log/wal_record.h"
#include "unit/check.h"

#define START "ward/entry/1\nseq 3\nkind "
#define TIMES "time 1767225610000000\nmono 6f1c2a90b7d4e853 15000000000\n"
#define OPEN                                                                                       \
	"cam c1\nsid 9b2f4c6e8a0d1f3355779bbddff01234\ntracks v,m\nwhy member\ngrant 2\nallow "    \
	"8000000 10\n"
#define COMMITMENT "~acct AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"

static const char view_open[] = START "view.open\n" TIMES OPEN COMMITMENT;

static const struct entry_stamp stamp = {3, 1767225610000000, 0x6f1c2a90b7d4e853, 15000000000};

static void add_view(struct entry *entry)
{
	static const uint8_t sid[16] = {0x9b, 0x2f, 0x4c, 0x6e, 0x8a, 0x0d, 0x1f, 0x33,
					0x55, 0x77, 0x9b, 0xbd, 0xdf, 0xf0, 0x12, 0x34};
	uint8_t hash[32];

	for (unsigned i = 0; i < sizeof(hash); i++)
		hash[i] = (uint8_t)i;
	/* in any order: the text has its own */
	entry_add_pair(entry, ENTRY_ALLOW, 8000000, 10);
	entry_add_commitment(entry, "acct", hash);
	entry_add_text(entry, ENTRY_CAM, "c1");
	entry_add_hex(entry, ENTRY_SID, sid, sizeof(sid));
	entry_add_number(entry, ENTRY_GRANT, 2);
	entry_add_tracks(entry, ENTRY_TRACK_VIDEO | ENTRY_TRACK_MICROPHONE);
	entry_add_text(entry, ENTRY_WHY, "member");
}

static void an_entry_has_one_text(void **state)
{
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;
	struct entry entry;
	size_t size;

	(void)state;
	entry_init(&entry, ENTRY_VIEW_OPEN);
	add_view(&entry);
	assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), 0);
	assert_int_equal(size, strlen(view_open));
	assert_memory_equal(text, view_open, size);
	assert_int_equal(entry_parse(text, size, &view), 0);
	assert_int_equal(view.kind, ENTRY_VIEW_OPEN);
	assert_memory_equal(&view.stamp, &stamp, sizeof(stamp));
	assert_int_equal(view.values[ENTRY_ALLOW].size, strlen("8000000 10"));
	assert_null(view.values[ENTRY_USED].data);
	assert_int_equal(view.commitment_count, 1);
	assert_int_equal(view.commitments[0].hash[31], 31);
	assert_int_equal(entry_build(&entry, &stamp, text, size - 1, &size), -EMSGSIZE);
}

static void misuse_does_not_build(void **state)
{
	char text[ENTRY_SIZE_MAX];
	struct entry entry;
	size_t size;

	(void)state;
	entry_init(&entry, ENTRY_VIEW_OPEN); /* lacks everything */
	assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), -EINVAL);
	entry_init(&entry, ENTRY_VIEW_OPEN);
	add_view(&entry);
	entry_add_text(&entry, ENTRY_CAM, "c2"); /* doubled */
	assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), -EINVAL);
	entry_init(&entry, ENTRY_VIEW_OPEN);
	add_view(&entry);
	entry_add_text(&entry, ENTRY_END, "left"); /* not of this kind */
	assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), -EINVAL);
	entry_init(&entry, ENTRY_BOOT);
	entry_add_text(&entry, ENTRY_VERSION, "0.1 beta"); /* a space */
	assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), -EINVAL);
	entry_init(&entry, ENTRY_BOOT);
	entry_add_text(&entry, ENTRY_VERSION, "0.1\nkind genesis");
	assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), -EINVAL);
}

static void commitments_are_sorted(void **state)
{
	static const uint8_t hash[32] = {0};
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;
	struct entry entry;
	size_t size;

	(void)state;
	entry_init(&entry, ENTRY_SHUTDOWN);
	entry_add_commitment(&entry, "from", hash);
	entry_add_commitment(&entry, "acct", hash);
	entry_add_commitment(&entry, "device-key", hash);
	entry_add_commitment(&entry, "device", hash);
	assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), 0);
	assert_int_equal(entry_parse(text, size, &view), 0);
	assert_int_equal(view.commitment_count, 4);
	assert_memory_equal(view.commitments[1].name.data, "device ", 7);
	assert_memory_equal(view.commitments[2].name.data, "device-key", 10);
	entry_add_commitment(&entry, "acct", hash);
	assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), -EINVAL);
	entry_init(&entry, ENTRY_SHUTDOWN);
	entry_add_commitment(&entry, "Acct", hash);
	assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), -EINVAL);
}

static const char *const other_texts[] = {
	"",
	"ward/entry/1\n",
	"ward/entry/2\nseq 3\nkind shutdown\n" TIMES,
	START "shutdown\n",
	START "holiday\n" TIMES,
	START "shutdown\ntime 1\n",
	START "shutdown\nmono 6f1c2a90b7d4e853 1\ntime 1\n",
	START "shutdown\n" TIMES "colour red\n",         /* unknown key */
	START "shutdown\n" TIMES "cam c1\n",             /* not of this kind */
	START "shutdown\n" TIMES "reason a\nreason a\n", /* doubled */
	START "shutdown\n" TIMES "reason a \n",          /* trailing space */
	START "shutdown\n" TIMES "reason  a\n",
	START "shutdown\n" TIMES "reason \n",
	START "shutdown\n" TIMES "reason\n",
	START "shutdown\n" TIMES " reason a\n",
	START "shutdown\n" TIMES "\n",
	START "shutdown\n" TIMES "reason a", /* no LF */
	START "shutdown\n" TIMES "reason a\r\n",
	START "shutdown\n" TIMES "reason \xc3\xa8\n",
	START "shutdown\n" TIMES COMMITMENT "reason a\n", /* misplaced */
	START "shutdown\n" TIMES COMMITMENT COMMITMENT,   /* doubled */
	START "shutdown\n" TIMES "~b AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
	      "~a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", /* not sorted */
	START "shutdown\n" TIMES "~acct AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",
	START "shutdown\n" TIMES "~ AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
	START "shutdown\n" TIMES "~acct AA==\n",
	START "view.open\n" TIMES COMMITMENT, /* lacks its keys */
	START "view.open\n" TIMES "sid 9b2f4c6e8a0d1f3355779bbddff01234\ncam c1\ntracks v\nwhy "
	      "owner\ngrant 2\nallow 8000000 10\n", /* misplaced */
	START "view.open\n" TIMES "cam C1\nsid 9b2f4c6e8a0d1f3355779bbddff01234\ntracks v\nwhy "
	      "owner\ngrant 2\nallow 8000000 10\n",
	START "view.open\n" TIMES "cam c1\nsid 9B2f4c6e8a0d1f3355779bbddff01234\ntracks v\nwhy "
	      "owner\ngrant 2\nallow 8000000 10\n",
	START "view.open\n" TIMES "cam c1\nsid 9b2f4c6e8a0d1f3355779bbddff01234\ntracks m,v\nwhy "
	      "owner\ngrant 2\nallow 8000000 10\n",
	START "view.open\n" TIMES "cam c1\nsid 9b2f4c6e8a0d1f3355779bbddff01234\ntracks v,\nwhy "
	      "owner\ngrant 2\nallow 8000000 10\n",
	START "view.open\n" TIMES "cam c1\nsid 9b2f4c6e8a0d1f3355779bbddff01234\ntracks v,v\nwhy "
	      "owner\ngrant 2\nallow 8000000 10\n",
	START "view.open\n" TIMES "cam c1\nsid 9b2f4c6e8a0d1f3355779bbddff01234\ntracks v\nwhy "
	      "king\ngrant 2\nallow 8000000 10\n",
	START "view.open\n" TIMES "cam c1\nsid 9b2f4c6e8a0d1f3355779bbddff01234\ntracks v\nwhy "
	      "owner\ngrant 02\nallow 8000000 10\n",
	START "view.open\n" TIMES "cam c1\nsid 9b2f4c6e8a0d1f3355779bbddff01234\ntracks v\nwhy "
	      "owner\ngrant 2\nallow 8000000\n",
	START "view.open\n" TIMES "cam c1\nsid 9b2f4c6e8a0d1f3355779bbddff01234\ntracks v\nwhy "
	      "owner\ngrant 2\nallow 8000000 10 1\n",
	"ward/entry/1\nseq 03\nkind shutdown\n" TIMES,
	"ward/entry/1\nseq 18446744073709551616\nkind shutdown\n" TIMES,
	START "shutdown\ntime 1767225610000000\nmono 6f1c2a90b7d4e85 15000000000\n",
	START "shutdown\ntime 1767225610000000\nmono 6f1c2a90b7d4e853  15000000000\n",
	START "clock.step\n" TIMES "step 5\n",
	START "clock.step\n" TIMES "step +\n",
	START "genesis\n" TIMES "key somebody\n",
};

static void other_texts_are_refused(void **state)
{
	struct entry_view view;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(other_texts); i++)
		if (entry_parse(other_texts[i], strlen(other_texts[i]), &view) == 0)
			fail_msg("case %zu: %s", i, other_texts[i]);
	for (size_t size = 0; size < strlen(view_open); size++)
		if (entry_parse(view_open, size, &view) == 0)
			assert_int_equal(size, strlen(view_open) - strlen(COMMITMENT));
}

/* What every key may hold, and that every kind can be written. */
static void every_kind_builds_and_parses(void **state)
{
	static const char *const values[ENTRY_KEY_COUNT] = {
		[ENTRY_CAM] = "c1",
		[ENTRY_SID] = "9b2f4c6e8a0d1f3355779bbddff01234",
		[ENTRY_TRACKS] = "v,m,s,t,p",
		[ENTRY_WHY] = "owner",
		[ENTRY_GRANT] = "18446744073709551615",
		[ENTRY_ALLOW] = "1 2",
		[ENTRY_USED] = "0 0",
		[ENTRY_UNTIL] = "5",
		[ENTRY_END] = "revoked",
		[ENTRY_COUNT] = "7",
		[ENTRY_REASON] = "camera-lost",
		[ENTRY_SPAN] = "1 2",
		[ENTRY_SOUND] = "chime",
		[ENTRY_SHA256] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		[ENTRY_LOG_KEY] =
			"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		[ENTRY_HEAD] = "ward.local/box/a/e1 9 CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
		[ENTRY_VERSION] = "0.1.0",
		[ENTRY_WITNESS] = "witness.example/grandma",
		[ENTRY_STEP] = "-3600000000",
	};
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;
	size_t size;

	(void)state;
	for (unsigned kind = 0; kind < ENTRY_KIND_COUNT; kind++) {
		const struct entry_kind_words *words = &entry_kinds[kind];
		struct entry entry;

		entry_init(&entry, (enum entry_kind)kind);
		for (unsigned key = 0; key < ENTRY_KEY_COUNT; key++)
			if ((words->needs | words->takes) & ENTRY_KEY_BIT(key))
				entry_add_text(&entry, (enum entry_key)key, values[key]);
		assert_int_equal(entry_build(&entry, &stamp, text, sizeof(text), &size), 0);
		assert_int_equal(entry_parse(text, size, &view), 0);
		assert_int_equal(view.kind, kind);
		/* One key that it does not know, and it is no entry. */
		for (unsigned key = 0; key < ENTRY_KEY_COUNT; key++) {
			struct entry more = entry;

			if ((words->needs | words->takes) & ENTRY_KEY_BIT(key))
				continue;
			entry_add_text(&more, (enum entry_key)key, values[key]);
			assert_int_equal(entry_build(&more, &stamp, text, sizeof(text), &size),
					 -EINVAL);
		}
	}
}

static void commitment_is_the_specified_hash(void **state)
{
	static const uint8_t salt[COMMITMENT_SALT_SIZE] = {1, 2, 3};
	uint8_t hash[32], other[32], expected[32];
	static const char hex[] =
		"774936ecd41c38783fbddec92f32effb7cbaef3b0e642a16ed302f71f751fabc";

	(void)state;
	/* printf 'ward/commit/1\0\4acct\1\2\3<29 zeros>alice' | sha256sum */
	assert_int_equal(text_parse_hex(hex, 64, expected, sizeof(expected)), 0);
	commitment_hash("acct", salt, "alice", 5, hash);
	assert_memory_equal(hash, expected, sizeof(hash));
	commitment_hash("acc", salt, "talice", 6, other);
	assert_memory_not_equal(hash, other, sizeof(hash));
}

static void a_torn_record_does_not_parse(void **state)
{
	struct bytes entry = {(const uint8_t *)view_open, strlen(view_open)};
	uint8_t data[WAL_RECORD_MAX + 8] = {0};
	struct wal_record record;
	struct merkle_hash leaf;
	size_t size = wal_record_size(entry.size);

	(void)state;
	assert_int_equal(size % 8, 0);
	assert_int_equal(wal_record_parse(data, sizeof(data), &record), -ENODATA);
	assert_int_equal(wal_record_parse(data, 0, &record), -ENODATA);
	merkle_leaf(entry.data, entry.size, &leaf);
	wal_record_build(3, &leaf, entry, data);
	assert_int_equal(wal_record_parse(data, size, &record), 0);
	assert_int_equal(record.index, 3);
	assert_int_equal(record.size, size);
	assert_memory_equal(record.entry.data, entry.data, entry.size);
	for (size_t cut = 0; cut < size; cut++)
		assert_true(wal_record_parse(data, cut, &record) < 0);
	/* Any changed bit, but for the index: that is checked against the row. */
	for (size_t bit = 0; bit < 8 * size; bit++) {
		if (bit / 64 == 1)
			continue;
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(wal_record_parse(data, size, &record), -EBADMSG);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_has_one_text),
		cmocka_unit_test(misuse_does_not_build),
		cmocka_unit_test(commitments_are_sorted),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(every_kind_builds_and_parses),
		cmocka_unit_test(commitment_is_the_specified_hash),
		cmocka_unit_test(a_torn_record_does_not_parse),
	};

	return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
