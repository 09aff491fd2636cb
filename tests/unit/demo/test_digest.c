/* Only who knows the password gets in; the answers are RFC 7616's own. */
#include "../check.h"

#include <stdio.h>
#include <string.h>

#include "demo/describe.h"
#include "demo/digest.h"

static bool asks(const struct digest *digest, const char *nonce, const char *authorization)
{
	char text[1024];
	struct rtsp_message message;

	snprintf(text, sizeof(text), "DESCRIBE rtsp://h/nursery RTSP/1.0\r\nCSeq: 2\r\n%s%s\r\n",
		 authorization, *authorization ? "\r\n" : "");
	assert_true(rtsp_message_parse(text, strlen(text), &message) > 0);
	return digest_check(digest, nonce, &message);
}

/* H(cam:nursery:s3cret), nonce "n", DESCRIBE rtsp://h/nursery, without qop: MD5, from md5sum. */
#define ANSWER(response)                                                                            \
	"Authorization: Digest username=\"cam\", realm=\"nursery\", nonce=\"n\", "                  \
	"uri=\"rtsp://h/nursery\", response=\"" response "\""

static void the_password_opens_and_nothing_else_does(void **state)
{
	struct digest digest = {0};

	(void)state;
	assert_int_equal(digest_set(&digest, "cam:s3cret", 10), 0);
	assert_true(asks(&digest, "n", ANSWER("0e761a6ce4ad171520666e0f98041808")));
	assert_false(asks(&digest, "other", ANSWER("0e761a6ce4ad171520666e0f98041808")));
	assert_false(asks(&digest, "n", ANSWER("00000000000000000000000000000000")));
	assert_false(asks(&digest, "n", ANSWER("")));
	assert_false(asks(&digest, "n", ""));
	assert_false(asks(&digest, "n", "Authorization: Basic Y2FtOnMzY3JldA=="));
}

static void without_a_password_all_may_look(void **state)
{
	struct digest digest = {0};

	(void)state;
	assert_true(asks(&digest, "n", ""));
}

static void bad_credentials_are_refused(void **state)
{
	struct digest digest = {0};

	(void)state;
	assert_true(digest_set(&digest, "nopassword", 10) < 0);
	assert_true(digest_set(&digest, ":x", 2) < 0);
	assert_true(digest_set(&digest, "", 0) < 0);
}

static void addresses_name_pictures_and_tracks(void **state)
{
	static const struct {
		const char *uri;
		int picture, track; /* picture -1: none */
	} cases[] = {
		{"rtsp://h:1/nursery", STUDIO_MAIN, -1},
		{"rtsp://h:1/nursery/", STUDIO_MAIN, -1},
		{"rtsp://h:1/nursery/trackID=0", STUDIO_MAIN, 0},
		{"rtsp://h:1/nursery-sub/trackID=1", STUDIO_SUB, 1},
		{"rtsp://h:1/nursery-sub?x=1", STUDIO_SUB, -1},
		{"/nursery", STUDIO_MAIN, -1},
		{"rtsp://h:1/nursery2", -1, 0},
		{"rtsp://h:1/", -1, 0},
		{"rtsp://h", -1, 0},
		{"", -1, 0},
		{"*", -1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum studio_track picture;
		int track, r = describe_find(slice_of(cases[i].uri), &picture, &track);

		assert_int_equal(r == 0, cases[i].picture >= 0);
		if (r == 0) {
			assert_int_equal(picture, cases[i].picture);
			assert_int_equal(track, cases[i].track);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_password_opens_and_nothing_else_does),
		cmocka_unit_test(without_a_password_all_may_look),
		cmocka_unit_test(bad_credentials_are_refused),
		cmocka_unit_test(addresses_name_pictures_and_tracks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
