/* URLs of cameras: strict form, host and port to dial, passwords of any kind. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/source.h"

static const struct {
	const char *url;
	enum source_kind kind;
	const char *strict, *host;
	uint16_t port;
} good[] = {
	{"rtsp://cam/1", SOURCE_RTSP, "rtsp://cam/1", "cam", 554},
	{"RTSP://cam", SOURCE_RTSP, "rtsp://cam", "cam", 554},
	{"rtsps://cam:7441/x?a=b", SOURCE_RTSPS, "rtsps://cam:7441/x?a=b", "cam", 7441},
	{"rtsps://cam/", SOURCE_RTSPS, "rtsps://cam/", "cam", 322},
	{"rtsp://u:p@10.0.0.2:8554/s", SOURCE_RTSP, "rtsp://u:p@10.0.0.2:8554/s", "10.0.0.2", 8554},
	{"rtsp://u@cam/s", SOURCE_RTSP, "rtsp://u@cam/s", "cam", 554},
	{"rtsp://[fe80::1]:8554/s", SOURCE_RTSP, "rtsp://[fe80::1]:8554/s", "fe80::1", 8554},
	{"rtsp://[2001:db8::2]/", SOURCE_RTSP, "rtsp://[2001:db8::2]/", "2001:db8::2", 554},
	/* passwords as people write them */
	{"rtsp://u:p@ss@cam/s", SOURCE_RTSP, "rtsp://u:p%40ss@cam/s", "cam", 554},
	{"rtsp://u:p/s#s@cam:554/s", SOURCE_RTSP, "rtsp://u:p%2Fs%23s@cam:554/s", "cam", 554},
	{"rtsp://u:a:b@cam/s", SOURCE_RTSP, "rtsp://u:a%3Ab@cam/s", "cam", 554},
	{"rtsp://u:p%40ss@cam/s", SOURCE_RTSP, "rtsp://u:p%40ss@cam/s", "cam", 554},
	{"rtsp://u:100%@cam/s", SOURCE_RTSP, "rtsp://u:100%25@cam/s", "cam", 554},
	{"rtsp://u:w?x@cam/s", SOURCE_RTSP, "rtsp://u:w%3Fx@cam/s", "cam", 554},
	/* an @ after the host is a part of the path */
	{"rtsp://cam/user@home", SOURCE_RTSP, "rtsp://cam/user@home", "cam", 554},
};

static void test_good_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
		struct mistake mistake = {""};
		struct source source;

		if (source_parse(good[i].url, NULL, &source, &mistake) < 0)
			fail_msg("%s: %s", good[i].url, mistake.text);
		assert_int_equal(source.kind, good[i].kind);
		assert_string_equal(source.url, good[i].strict);
		assert_string_equal(source.host, good[i].host);
		assert_int_equal(source.port, good[i].port);
	}
}

static void test_files_and_demo(void **state)
{
	static const struct {
		const char *url, *path;
	} files[] = {
		{"/srv/a.mp4", "/srv/a.mp4"},
		{"file:///srv/a.mp4", "/srv/a.mp4"},
		{"file:/srv/a.mp4", "/srv/a.mp4"},
		{"clips/a b.mkv", "clips/a b.mkv"},
	};
	struct source source;
	struct mistake mistake;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		assert_int_equal(source_parse(files[i].url, NULL, &source, &mistake), 0);
		assert_int_equal(source.kind, SOURCE_FILE);
		assert_string_equal(source.path, files[i].path);
	}
	assert_int_equal(source_parse("demo:", NULL, &source, &mistake), 0);
	assert_int_equal(source.kind, SOURCE_DEMO);
	assert_int_equal(source_parse("demo://", NULL, &source, &mistake), 0);
}

static void test_devices(void **state)
{
	static const char *const devices[] = {"hw:1", "plughw:CARD=Cot,DEV=0", "cot",
					      "plughw:1,0?speaker=hw:2,0", "mic?speaker=none"};
	struct source source;
	struct mistake mistake;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(devices); i++) {
		char url[80];

		snprintf(url, sizeof(url), "alsa:%s", devices[i]);
		assert_int_equal(source_parse(url, NULL, &source, &mistake), 0);
		assert_int_equal(source.kind, SOURCE_ALSA);
		assert_string_equal(source.path, devices[i]);
	}
}

static void test_bad_urls(void **state)
{
	static const char *const bad[] = {
		"",
		"rtsp://",
		"rtsp:///x",
		"rtsp://:554/",
		"rtsp://cam:/",
		"rtsp://cam:0/",
		"rtsp://cam:65536/",
		"rtsp://cam:554x/",
		"rtsp://cam/a b",
		"rtsp://cam/a#audio=no",
		"rtsp://cam\r\nX: y/",
		"rtsp://cam/\x7f",
		"rtsp://[fe80::1/",
		"rtsp://[]/",
		"rtsp://[fe80::1]x/",
		"rtsp://ca m/",
		"rtsp://u:p@/x",
		"http://cam/",
		"rtmp://cam/",
		"exec:ls",
		"EXEC:ls",
		"echo:x",
		"expr:x",
		"ffmpeg:rtsp://x",
		"demo:x",
		"alsa:",
		"alsa:default",
		"alsa:plughw:1,0?speaker=pulse",
		"alsa:file:x,raw",
		"alsa:file:'|ls',raw",
		"alsa:{type file}",
		"alsa:plughw:1,0?speaker=",
		"alsa:plughw:1,0?sound=x",
		"alsa:hw:1/../x",
		"file:",
		"file://",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct source source = {.port = 77};
		struct mistake mistake = {""};

		if (source_parse(bad[i], NULL, &source, &mistake) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
		assert_true(mistake.text[0]);
		assert_int_equal(source.port, 77); /* untouched on failure */
	}
}

static void test_lengths(void **state)
{
	char url[2 * SOURCE_URL_SIZE];
	struct source source;
	struct mistake mistake;

	(void)state;
	memset(url, 'a', sizeof(url));
	memcpy(url, "rtsp://", 7);
	url[sizeof(url) - 1] = 0;
	assert_int_equal(source_parse(url, NULL, &source, &mistake), -EBADMSG);
	url[7 + SOURCE_HOST_SIZE] = 0;
	assert_int_equal(source_parse(url, NULL, &source, &mistake), -EBADMSG);
	url[7 + SOURCE_HOST_SIZE - 1] = 0;
	assert_int_equal(source_parse(url, NULL, &source, &mistake), 0);
	memset(url, '@', sizeof(url)); /* grows threefold when escaped */
	memcpy(url, "rtsp://u:", 9);
	memcpy(url + 600, "@cam/", 6);
	assert_int_equal(source_parse(url, NULL, &source, &mistake), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_urls),
		cmocka_unit_test(test_files_and_demo),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
