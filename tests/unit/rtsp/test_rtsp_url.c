#include <errno.h>
#include <string.h>

#include "../check.h"
#include "proto/rtsp/rtsp_url.h"

static const struct {
	const char *url, *user, *password, *host;
	uint16_t port;
	const char *target;
} good[] = {
	{"rtsp://cam.lan/live", NULL, NULL, "cam.lan", 554, "rtsp://cam.lan/live"},
	{"rtsp://cam/live", NULL, NULL, "cam", 554, "rtsp://cam/live"},
	{"rtsp://10.0.0.5:8554", NULL, NULL, "10.0.0.5", 8554, "rtsp://10.0.0.5:8554"},
	{"RTSPS://10.0.0.5/x?a=b&c", NULL, NULL, "10.0.0.5", 322, "rtsps://10.0.0.5/x?a=b&c"},
	{"rtsp://admin:secret@10.0.0.5/x", "admin", "secret", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://admin@10.0.0.5/x", "admin", "", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://admin:@10.0.0.5/x", "admin", "", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	/* passwords as people type them */
	{"rtsp://admin:p@ss@10.0.0.5/x", "admin", "p@ss", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://admin:a:b@10.0.0.5/x", "admin", "a:b", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://admin:a/b@10.0.0.5/x", "admin", "a/b", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://admin:/b@10.0.0.5/x", "admin", "/b", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://admin:12/6@cam.lan/x", "admin", "12/6", "cam.lan", 554, "rtsp://cam.lan/x"},
	{"rtsp://admin:a#b@10.0.0.5/x", "admin", "a#b", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://admin:a?b@10.0.0.5/x", "admin", "a?b", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://admin:@:/#@10.0.0.5/x", "admin", "@:/#", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://u:p@ss/w@rd@cam.lan:99/x", "u", "p@ss/w@rd", "cam.lan", 99, "rtsp://cam.lan:99/x"},
	{"rtsp://admin:100%@10.0.0.5/x", "admin", "100%", "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
	{"rtsp://admin:p%40ss%2f@10.0.0.5/x", "admin", "p@ss/", "10.0.0.5", 554,
	 "rtsp://10.0.0.5/x"},
	{"rtsp://u:p@cam/x", "u", "p", "cam", 554, "rtsp://cam/x"},
	/* an `@` of the path's */
	{"rtsp://10.0.0.5/live@main", NULL, NULL, "10.0.0.5", 554, "rtsp://10.0.0.5/live@main"},
	{"rtsp://10.0.0.5:554/u=a@b.c", NULL, NULL, "10.0.0.5", 554, "rtsp://10.0.0.5:554/u=a@b.c"},
	{"rtsp://u:p@10.0.0.5/live@a.b", "u", "p", "10.0.0.5", 554, "rtsp://10.0.0.5/live@a.b"},
	{"rtsp://cam/live@main", NULL, NULL, "cam", 554, "rtsp://cam/live@main"},
	{"rtsp://[fe80::1]:8554/x", NULL, NULL, "fe80::1", 8554, "rtsp://[fe80::1]:8554/x"},
	{"rtsp://u:p@[2001:db8::5]/x", "u", "p", "2001:db8::5", 554, "rtsp://[2001:db8::5]/x"},
	/* go2rtc's options */
	{"rtsp://10.0.0.5/x#backchannel=0#media=video", NULL, NULL, "10.0.0.5", 554,
	 "rtsp://10.0.0.5/x"},
	{"  rtsp://10.0.0.5/x  ", NULL, NULL, "10.0.0.5", 554, "rtsp://10.0.0.5/x"},
};

static void reads_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
		struct rtsp_url url;
		int rc = rtsp_url_parse(slice_of(good[i].url), &url);

		if (rc < 0)
			fail_msg("%s: %d", good[i].url, rc);
		assert_string_equal(url.host, good[i].host);
		assert_int_equal(url.port, good[i].port);
		assert_string_equal(url.target, good[i].target);
		assert_int_equal(url.has_user, good[i].user != NULL);
		assert_string_equal(url.user, good[i].user ? good[i].user : "");
		assert_string_equal(url.password, good[i].password ? good[i].password : "");
	}
}

static const struct {
	const char *url;
	int expected;
} bad[] = {
	{"", -EPROTONOSUPPORT},
	{"http://10.0.0.5/", -EPROTONOSUPPORT},
	{"rtsp://", -EBADMSG},
	{"rtsp:///x", -EBADMSG},
	{"rtsp://10.0.0.5:0/x", -EBADMSG},
	{"rtsp://10.0.0.5:65536/x", -EBADMSG},
	{"rtsp://10.0.0.5:x/y", -EBADMSG},
	{"rtsp://u:p@/x", -EBADMSG},
	{"rtsp://[fe80::1/x", -EBADMSG},
	{"rtsp://10.0.0.5/a b", -EBADMSG},
	{"rtsp://10.0.0.5/a\r\nX: y", -EBADMSG},
	{"rtsp://u:%00@10.0.0.5/", -EBADMSG},
};

static void refuses_what_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct rtsp_url url;
		int rc = rtsp_url_parse(slice_of(bad[i].url), &url);

		if (rc != bad[i].expected)
			fail_msg("%s: %d", bad[i].url, rc);
	}
	static char longer[RTSP_URL_SIZE_MAX + 10];
	struct rtsp_url url;

	memset(longer, 'a', sizeof(longer) - 1);
	memcpy(longer, "rtsp://h/", 9);
	assert_int_equal(rtsp_url_parse(slice_of(longer), &url), -EMSGSIZE);
}

static const struct {
	const char *base, *control, *expected;
} joins[] = {
	{"rtsp://h/x", "trackID=1", "rtsp://h/x/trackID=1"},
	{"rtsp://h/x/", "trackID=1", "rtsp://h/x/trackID=1"},
	{"rtsp://h/x/", "/trackID=1", "rtsp://h/x/trackID=1"},
	{"rtsp://h/x?a=b", "track1", "rtsp://h/x?a=b/track1"},
	{"rtsp://h/x", "*", "rtsp://h/x"},
	{"rtsp://h/x", "", "rtsp://h/x"},
	{"rtsp://h/x", "rtsp://h/other/1", "rtsp://h/other/1"},
	{"rtsp://rtsp://h/x/", "1", "rtsp://h/x/1"},
	{"rtsp://h/x", "rtsp://rtsp://h/1", "rtsp://h/1"},
};

static void joins_controls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(joins); i++) {
		char room[128];
		struct text text;

		text_init(&text, room, sizeof(room));
		rtsp_url_join(&text, slice_of(joins[i].base), slice_of(joins[i].control));
		assert_string_equal(room, joins[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(joins_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
