/* Nonces, logins and the texts that are signed. */
#include "../check.h"

#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "ipc/messages.h"
#include "proto/log/ask.h"
#include "vault/logins.h"
#include "vault/nonces.h"

#define S CLOCK_NS_PER_S

static struct nonces nonces;
static struct logins logins;

static void nonce_lives_a_minute_and_once(void **state)
{
	uint8_t nonce[NONCE_SIZE], other[NONCE_SIZE];

	(void)state;
	assert_int_equal(nonces_init(&nonces), 0);
	nonces_issue(&nonces, 1000 * S, nonce);
	nonces_issue(&nonces, 1000 * S, other);
	assert_memory_not_equal(nonce, other, NONCE_SIZE);
	assert_true(nonces_is_fresh(&nonces, 1000 * S, nonce));
	assert_true(nonces_is_fresh(&nonces, 1060 * S - 1, nonce));
	assert_false(nonces_is_fresh(&nonces, 1060 * S, nonce));
	assert_false(nonces_is_fresh(&nonces, 999 * S, nonce)); /* from the future */
	for (size_t i = 0; i < NONCE_SIZE; i++) {
		other[i] ^= 1;
		assert_false(nonces_is_fresh(&nonces, 1000 * S, other));
		other[i] ^= 1;
	}
	assert_int_equal(nonces_use(&nonces, 1001 * S, nonce), 0);
	assert_false(nonces_is_fresh(&nonces, 1001 * S, nonce));
	assert_true(nonces_is_fresh(&nonces, 1001 * S, other));
	nonces_finish(&nonces);
}

static void used_nonces_are_bounded(void **state)
{
	uint8_t nonce[NONCE_SIZE];

	(void)state;
	assert_int_equal(nonces_init(&nonces), 0);
	for (int i = 0; i < NONCES_USED_MAX; i++) {
		nonces_issue(&nonces, 1000 * S, nonce);
		assert_int_equal(nonces_use(&nonces, 1000 * S, nonce), 0);
	}
	nonces_issue(&nonces, 1001 * S, nonce);
	assert_true(nonces_use(&nonces, 1001 * S, nonce) < 0);
	/* A minute later there is room again. */
	nonces_issue(&nonces, 1061 * S, nonce);
	assert_int_equal(nonces_use(&nonces, 1061 * S, nonce), 0);
	nonces_finish(&nonces);
}

static void login_ends_and_the_table_is_bounded(void **state)
{
	uint8_t secret[LOGIN_SECRET_SIZE], first[LOGIN_SECRET_SIZE], device[16] = {1}, found[16];

	(void)state;
	logins_add(&logins, S, device, first);
	assert_int_equal(logins_find(&logins, S, first, found), 0);
	assert_memory_equal(found, device, 16);
	assert_true(logins_find(&logins, (1 + LOGIN_LIFE_S) * S, first, found) < 0);
	/* One device's ninth login ends its first, and nobody else's. */
	uint8_t other_device[16] = {2}, other[LOGIN_SECRET_SIZE];

	logins_add(&logins, S, other_device, other);
	for (int i = 0; i < LOGINS_DEVICE_MAX; i++)
		logins_add(&logins, 2 * S, device, secret);
	assert_true(logins_find(&logins, 2 * S, first, found) < 0);
	assert_int_equal(logins_find(&logins, 2 * S, secret, found), 0);
	assert_int_equal(logins_find(&logins, 2 * S, other, found), 0);
	for (int i = 0; i < 2 * LOGINS_MAX; i++) {
		memcpy(other_device, &i, sizeof(i));
		other_device[15] = 9;
		logins_add(&logins, 3 * S, other_device, secret);
	}
	assert_int_equal(logins_find(&logins, 3 * S, secret, found), 0);
}

static void view_text_is_canonical(void **state)
{
	uint8_t fingerprint[32], nonce[32], root[32];
	char buffer[ASK_TEXT_SIZE_MAX];
	struct ask_view view = {.camera = "front door",
				.verbs = VERB_LISTEN | VERB_VIEW,
				.fingerprint = fingerprint,
				.nonce = nonce,
				.checkpoint_root = root};
	struct text text;

	(void)state;
	memset(fingerprint, 0xab, 32);
	memset(nonce, 0x01, 32);
	memset(root, 0xff, 32);
	text_init(&text, buffer, sizeof(buffer));
	ask_build_view(&text, &view);
	assert_false(text.failed);
	assert_string_equal(
		buffer, "ward/ask/1\ncamera front door\nverbs view,listen\nfingerprint "
			"abababababababababababababababababababababababababababababababab\nnonce "
			"0101010101010101010101010101010101010101010101010101010101010101\n"
			"checkpoint 0 -\n");
	view.verbs = VERB_LISTEN;
	view.checkpoint_size = 12;
	text_init(&text, buffer, sizeof(buffer));
	ask_build_view(&text, &view);
	assert_non_null(strstr(buffer, "\nverbs listen\n"));
	assert_non_null(
		strstr(buffer, "\ncheckpoint 12 //////////////////////////////////////////8=\n"));
	/* What cannot be one line is not signed. */
	view.camera = "front\ndoor";
	text_init(&text, buffer, sizeof(buffer));
	ask_build_view(&text, &view);
	assert_true(text.failed);
	view.camera = "front door";
	view.verbs = 0;
	text_init(&text, buffer, sizeof(buffer));
	ask_build_view(&text, &view);
	assert_true(text.failed);
}

static void keys_text_is_canonical(void **state)
{
	const char *const end = "nonce 0101010101010101010101010101010101010101010101010101010101010101\n"
				"checkpoint 0 -\n";
	static const char *const lines[] = {[KEY_ADD] = "order add\nname Ann\nkey age1abc\n",
					    [KEY_REMOVE] = "order remove\nname Ann\n",
					    [KEY_PRIVATE] = "order private\n",
					    [KEY_WINDOW] = "order window\ndays 7\n",
					    [KEY_LOCK] = "order lock\nlose yes\n"};
	uint8_t nonce[32];
	char buffer[ASK_TEXT_SIZE_MAX], expected[ASK_TEXT_SIZE_MAX];
	struct ask_keys keys = {
		.name = "Ann", .key = "age1abc", .days = 7, .may_lose = true, .nonce = nonce};
	struct text text;

	(void)state;
	memset(nonce, 0x01, 32);
	for (keys.order = 0; keys.order < KEY_ORDER_COUNT; keys.order++) {
		snprintf(expected, sizeof(expected), "ward/keys/1\n%s%s", lines[keys.order], end);
		text_init(&text, buffer, sizeof(buffer));
		ask_build_keys(&text, &keys);
		assert_false(text.failed);
		assert_string_equal(buffer, expected);
	}
	text_init(&text, buffer, sizeof(buffer));
	ask_build_keys(&text, &keys);
	assert_true(text.failed);
	keys.order = KEY_REMOVE;
	keys.name = "Ann\nlose yes";
	text_init(&text, buffer, sizeof(buffer));
	ask_build_keys(&text, &keys);
	assert_true(text.failed);
}

static void pair_and_login_texts_are_canonical(void **state)
{
	uint8_t secret[16] = {0x10}, key[32] = {0x20}, nonce[32] = {0x30};
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	(void)state;
	text_init(&text, buffer, sizeof(buffer));
	ask_build_pair(&text, secret, key, "Ann's phone");
	assert_string_equal(buffer,
			    "ward/pair/1\nsecret 10000000000000000000000000000000\nkey "
			    "2000000000000000000000000000000000000000000000000000000000000000\n"
			    "name Ann's phone\n");
	text_init(&text, buffer, sizeof(buffer));
	ask_build_login(&text, nonce);
	assert_string_equal(buffer,
			    "ward/login/1\nnonce "
			    "3000000000000000000000000000000000000000000000000000000000000000\n");
	text_init(&text, buffer, sizeof(buffer));
	ask_build_pair(&text, secret, key, "");
	assert_true(text.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonce_lives_a_minute_and_once),
		cmocka_unit_test(used_nonces_are_bounded),
		cmocka_unit_test(login_ends_and_the_table_is_bounded),
		cmocka_unit_test(view_text_is_canonical),
		cmocka_unit_test(keys_text_is_canonical),
		cmocka_unit_test(pair_and_login_texts_are_canonical),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
