#include "proto/log/note.h"

#include <errno.h>
#include <string.h>

#include "proto/log/checkpoint.h"
#include "unit/check.h"
#include "vector_file.h"

#define PETER "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define ENOCH "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
#define NOTE_TEXT                                                                                  \
	"If you think cryptography is the answer to your problem,\nthen you don't know what your " \
	"problem is.\n"
#define PETER_BASE64                                                                               \
	"x08go/ZJkuBS9UG/"                                                                         \
	"SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
#define PETER_SIGNED "\xe2\x80\x94 PeterNeumann " PETER_BASE64 "\n"
#define ENOCH_SIGNED                                                                               \
	"\xe2\x80\x94 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/"                      \
	"5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

static struct note_key key_of(const char *vkey)
{
	struct note_key key;

	assert_int_equal(note_key_parse(vkey, strlen(vkey), &key), 0);
	return key;
}

/* What note_verify says, or -EBADMSG if the note does not even parse. */
static int open_note(const char *text, const char *vkey)
{
	struct note_key key = key_of(vkey);
	struct note note;

	if (note_parse(text, strlen(text), &note) < 0)
		return -EBADMSG;
	return note_verify(&note, &key, NULL);
}

static void vkeys_of_others_are_judged_rightly(void **state)
{
	static const struct {
		const char *vkey;
		bool is_good;
	} cases[] = {
		{PETER, true},
		{ENOCH, true},
		{"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
		 false},
		{"PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", false},
		{"TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6", true},
		{"remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2", true},
		{"bananas.sigstore.dev+12344556", false},
		{"rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!", false},
		{"rekor.sigstore.dev+12345678+AwEB", false},
		{"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", true},
		{"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", true},
		{"witness2.example.org+2e55b896+BIZ7fpceQWd60IfqQeS9IAnmNOCZjMDne8lZuguz/bi9",
		 true},
		{"", false},
		{"+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", false},
		{"sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", false},
		{"sum golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char again[NOTE_VKEY_MAX + 1];
		struct note_key key;
		struct text text;

		if ((note_key_parse(cases[i].vkey, strlen(cases[i].vkey), &key) == 0) !=
		    cases[i].is_good)
			fail_msg("%s", cases[i].vkey);
		if (!cases[i].is_good)
			continue;
		text_init(&text, again, sizeof(again));
		note_key_build(&key, &text);
		assert_string_equal(again, cases[i].vkey);
	}
}

static void known_signers_are_found(void **state)
{
	static const char both[] = NOTE_TEXT "\n" PETER_SIGNED ENOCH_SIGNED;

	(void)state;
	assert_int_equal(open_note(both, PETER), 0);
	assert_int_equal(open_note(both, ENOCH), 0);
	assert_int_equal(open_note(NOTE_TEXT "\n" PETER_SIGNED, ENOCH), -ENOKEY);
	/* An unknown signature's bytes are nobody's business. */
	assert_int_equal(
		open_note(NOTE_TEXT "\n" PETER_SIGNED "\xe2\x80\x94 EnochRoot rwz+eAAA\n", PETER),
		0);
	assert_int_equal(open_note(NOTE_TEXT "\n" PETER_SIGNED PETER_SIGNED, PETER), 0);
	assert_int_equal(open_note("This is an example message.\n\n\xe2\x80\x94 example.com/foo "
				   "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsY"
				   "jOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
				   "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrn"
				   "Kv3U2k"),
			 0);
}

static void a_known_key_that_does_not_verify_spoils_the_note(void **state)
{
	static const char *const spoilt[] = {
		"If you think cryptography is the answer\n\n" PETER_SIGNED,
		NOTE_TEXT "\n" PETER_SIGNED "\xe2\x80\x94 PeterNeumann x08gowAA\n",
		NOTE_TEXT "\n\xe2\x80\x94 PeterNeumann x08gowAA\n" PETER_SIGNED,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(spoilt); i++)
		assert_int_equal(open_note(spoilt[i], PETER), -EBADMSG);
}

static void malformed_notes_are_refused(void **state)
{
	static const char *const malformed[] = {
		"", "\n", "\n\n", NOTE_TEXT, NOTE_TEXT "\n",
		NOTE_TEXT "\n\xe2\x80\x94 PeterNeumann " PETER_BASE64,
		"\x01" NOTE_TEXT "\n" PETER_SIGNED, "\xff" NOTE_TEXT "\n" PETER_SIGNED,
		NOTE_TEXT "\n\xe2\x80\x94 Bad Name " PETER_BASE64 "\n",
		NOTE_TEXT "\n\xe2\x80\x94 Bad+Name " PETER_BASE64 "\n",
		NOTE_TEXT "\n\xe2\x80\x94 Bad\xc2\xa0Name " PETER_BASE64 "\n",
		NOTE_TEXT "\n\xe2\x80\x94  " PETER_BASE64 "\n",
		NOTE_TEXT "\n" PETER_SIGNED "Unexpected line.\n",
		NOTE_TEXT "\n- PeterNeumann " PETER_BASE64 "\n",
		NOTE_TEXT "\n\xe2\x80\x94 PeterNeumann x08gow==\n",
		NOTE_TEXT "\n\xe2\x80\x94 PeterNeumann x08go\n",
		/* not canonical: the last bits of the base64 are not zero */
		NOTE_TEXT "\n\xe2\x80\x94 PeterNeumann x08gowF=\n",
		"\xed\xa0\x80\n\n" PETER_SIGNED,     /* a surrogate */
		"\xc0\xaf\n\n" PETER_SIGNED,         /* overlong */
		"\xf4\x90\x80\x80\n\n" PETER_SIGNED, /* above U+10FFFF */
	};
	struct note note;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(malformed); i++)
		if (note_parse(malformed[i], strlen(malformed[i]), &note) == 0)
			fail_msg("case %zu", i);
}

static void too_many_signatures_are_refused(void **state)
{
	char data[NOTE_SIZE_MAX];
	struct note note;

	(void)state;
	for (unsigned count = 16; count <= NOTE_SIGNATURES_MAX + 1; count++) {
		struct text text;

		text_init(&text, data, sizeof(data));
		text_add(&text, NOTE_TEXT "\n");
		for (unsigned i = 0; i < count; i++)
			text_add(&text, PETER_SIGNED);
		assert_int_equal(note_parse(text.data, text.size, &note),
				 count > NOTE_SIGNATURES_MAX ? -EBADMSG : 0);
	}
}

static void text_may_hold_blank_lines(void **state)
{
	static const char poem[] =
		"Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n\xc3\xa8"
		"d "
		"subito sera.\n\n\xe2\x80\x94 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/"
		"iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
	struct note note;

	(void)state;
	assert_int_equal(note_parse(poem, strlen(poem), &note), 0);
	assert_int_equal(note.signature_count, 1);
	assert_int_equal(note.signatures[0].key_id, 0x367ba04b);
	assert_memory_equal(note.text.data + note.text.size - 8, "o sera.\n", 8);
}

/* Cosigned checkpoints of two other witnesses. */
static void cosignatures_of_others_verify(void **state)
{
	static const struct {
		const char *vkey, *note;
	} cases[] = {
		{"witness2.example.org+2e55b896+BIZ7fpceQWd60IfqQeS9IAnmNOCZjMDne8lZuguz/bi9",
		 "milan2026h1.example.org\n300\nlCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=\n\n"
		 "\xe2\x80\x94 witness2.example.org "
		 "LlW4lgAAAABpVGeAN/uFWqfjdU94rrKxFycCggM0Sa1L5tOJCJdYBwJ41CQsgKWA6B0+"
		 "vywok3cPI3JIzuPeR+VotuYe/eNy0+30Dw==\n"},
		{"witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN",
		 "rome2026h1.example.org\n300\nlCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=\n\n"
		 "\xe2\x80\x94 rome2026h1.example.org kVB1JgAAAZtxtEwABAMARzBFAiEAi+"
		 "mTa2xjL1IdWpH82OeciGsGvwRAP+f1WkfKaSZCfFECIHoNPZ/"
		 "Q3y6UNzvKOO9cuLr6V16vPNfhwhle9f6r5H/Z\n\xe2\x80\x94 witness.example.org "
		 "uKLPIAAAAABpVGeAhm2bOvKc3LaB9PFN1ruG19Y5yqslmcAAbhftnn1Zznmo0LXFZq4LGvqKqLX8jWlw"
		 "LKasxEGTLIqAVusneCBmBw==\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct note_key key = key_of(cases[i].vkey);
		char changed[1024];
		struct checkpoint checkpoint;
		uint64_t time_s = 0;
		struct note note;

		assert_int_equal(note_parse(cases[i].note, strlen(cases[i].note), &note), 0);
		assert_int_equal(note_verify(&note, &key, &time_s), 0);
		assert_int_equal(time_s, 1767139200);
		assert_int_equal(checkpoint_parse(note.text, &checkpoint), 0);
		assert_int_equal(checkpoint.head.size, 300);
		assert_true(text_copy(changed, sizeof(changed), cases[i].note));
		strstr(changed, "\n300")[1] = '4';
		assert_int_equal(open_note(changed, cases[i].vkey), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vkeys_of_others_are_judged_rightly),
		cmocka_unit_test(known_signers_are_found),
		cmocka_unit_test(a_known_key_that_does_not_verify_spoils_the_note),
		cmocka_unit_test(malformed_notes_are_refused),
		cmocka_unit_test(too_many_signatures_are_refused),
		cmocka_unit_test(text_may_hold_blank_lines),
		cmocka_unit_test(cosignatures_of_others_verify),
	};

	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
