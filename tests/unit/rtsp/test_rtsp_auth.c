#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "../check.h"
#include "proto/rtsp/rtsp_auth.h"

static void hash(enum rtsp_hash kind, const void *data, size_t size,
		 uint8_t ret_digest[RTSP_HASH_SIZE_MAX])
{
	const EVP_MD *method = kind == RTSP_HASH_SHA256 ? EVP_sha256() : EVP_md5();

	assert_int_equal(EVP_Digest(data, size, ret_digest, NULL, method, NULL), 1);
}

#define RFC_7616                                                                                   \
	"realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "                                \
	"nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "                                 \
	"opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

/* The published examples. */
static const struct {
	const char *challenge, *user, *password, *cnonce, *method, *uri, *response;
} vectors[] = {
	{/* RFC 7616 §3.9.1 */
	 "Digest " RFC_7616 ", algorithm=MD5", "Mufasa", "Circle of Life",
	 "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "GET", "/dir/index.html",
	 "8ca523f5e9506fed4657c9700eebdbec"},
	{"Digest " RFC_7616 ", algorithm=SHA-256", "Mufasa", "Circle of Life",
	 "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "GET", "/dir/index.html",
	 "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
	{/* RFC 2617 §3.5 */
	 "Digest realm=\"testrealm@host.com\",qop=\"auth,auth-int\","
	 "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\",opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
	 "Mufasa", "Circle Of Life", "0a4f113b", "GET", "/dir/index.html",
	 "6629fae49393a05397450978507c4ef1"},
	{/* RFC 2069 §2.4, with its erratum 749 */
	 "Digest realm=\"testrealm@host.com\",nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\","
	 "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
	 "Mufasa", "CircleOfLife", "", "GET", "/dir/index.html",
	 "1949323746fe6a43ef61f9606e7febea"},
};

static void answers_the_published_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(vectors); i++) {
		const struct rtsp_credentials credentials = {
			.user = vectors[i].user,
			.password = vectors[i].password,
			.cnonce = vectors[i].cnonce,
			.nonce_count = 1,
		};
		struct rtsp_challenge challenge;
		char room[1024], wanted[128];
		struct text text;

		assert_int_equal(rtsp_auth_parse(slice_of(vectors[i].challenge), &challenge), 0);
		text_init(&text, room, sizeof(room));
		rtsp_auth_build(&text, &challenge, &credentials, vectors[i].method, vectors[i].uri,
				hash);
		assert_false(text.failed);
		snprintf(wanted, sizeof(wanted), "response=\"%s\"", vectors[i].response);
		if (!strstr(room, wanted))
			fail_msg("%s is not in %s", wanted, room);
		assert_int_equal(strstr(room, "qop=auth, nc=00000001") != NULL, challenge.has_qop);
	}
}

static void answers_basic(void **state)
{
	(void)state;
	const struct rtsp_credentials credentials = {.user = "Aladdin", .password = "open sesame"};
	struct rtsp_challenge challenge;
	char room[128];
	struct text text;

	assert_int_equal(rtsp_auth_parse(SLICE("Basic realm=\"WallyWorld\""), &challenge), 0);
	text_init(&text, room, sizeof(room));
	rtsp_auth_build(&text, &challenge, &credentials, "GET", "/", hash);
	/* RFC 7617 §2 */
	assert_string_equal(room, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

static const struct {
	const char *value;
	int expected;
	enum rtsp_scheme scheme;
	enum rtsp_hash hash;
} choices[] = {
	{"Digest realm=\"a, b=\\\"c\", nonce=\"n\"", 0, RTSP_SCHEME_DIGEST, RTSP_HASH_MD5},
	{"Basic realm=\"x\", Digest realm=\"y\", nonce=\"n\"", 0, RTSP_SCHEME_DIGEST,
	 RTSP_HASH_MD5},
	{"Digest realm=\"x\", nonce=\"n\", algorithm=MD5, "
	 "Digest realm=\"x\", nonce=\"m\", algorithm=SHA-256",
	 0, RTSP_SCHEME_DIGEST, RTSP_HASH_SHA256},
	{"Digest realm=\"x\", nonce=\"n\", algorithm=SHA-512-256, Basic realm=\"x\"", 0,
	 RTSP_SCHEME_BASIC, RTSP_HASH_MD5},
	{"digest REALM = \"x\" , NONCE = n", 0, RTSP_SCHEME_DIGEST, RTSP_HASH_MD5},
	{"Digest realm=\"x\"", -ENOENT, 0, 0},
	{"Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"", -ENOENT, 0, 0},
	{"Negotiate abc", -ENOENT, 0, 0},
	{"", -ENOENT, 0, 0},
	{",,,", -ENOENT, 0, 0},
};

static void chooses_the_strongest(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(choices); i++) {
		struct rtsp_challenge challenge;
		int rc = rtsp_auth_parse(slice_of(choices[i].value), &challenge);

		if (rc != choices[i].expected)
			fail_msg("%s: %d", choices[i].value, rc);
		if (rc < 0)
			continue;
		assert_int_equal(challenge.scheme, choices[i].scheme);
		assert_int_equal(challenge.hash, choices[i].hash);
	}
}

static void looks_at_all_headers(void **state)
{
	(void)state;
	static struct rtsp_message message;
	const char *text = "RTSP/1.0 401 U\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
			   "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", stale=TRUE\r\n\r\n";
	struct rtsp_challenge challenge;

	assert_true(rtsp_message_parse(text, strlen(text), &message) > 0);
	assert_int_equal(rtsp_auth_find(&message, &challenge), 0);
	assert_int_equal(challenge.scheme, RTSP_SCHEME_DIGEST);
	assert_true(challenge.is_stale);
	message.header_count = 0;
	assert_int_equal(rtsp_auth_find(&message, &challenge), -ENOENT);
}

static void a_password_too_long_fails_instead_of_being_cut(void **state)
{
	(void)state;
	static char password[8192], room[1024];
	const struct rtsp_credentials credentials = {"u", password, "c", 1};
	struct rtsp_challenge challenge;
	struct text text;

	memset(password, 'p', sizeof(password) - 1);
	assert_int_equal(rtsp_auth_parse(SLICE("Digest realm=\"x\", nonce=\"n\""), &challenge), 0);
	text_init(&text, room, sizeof(room));
	rtsp_auth_build(&text, &challenge, &credentials, "GET", "/", hash);
	assert_true(text.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_the_published_examples),
		cmocka_unit_test(answers_basic),
		cmocka_unit_test(chooses_the_strongest),
		cmocka_unit_test(looks_at_all_headers),
		cmocka_unit_test(a_password_too_long_fails_instead_of_being_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
