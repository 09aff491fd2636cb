/* Files of added cameras, and secrets. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "conf/camera.h"
#include "conf/file.h"
#include "conf/secret.h"

static char directory[] = "/tmp/ward-conf-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(file_replace(path, text, strlen(text)), 0);
}

static void fail_on_sentence(void *context, const char *sentence)
{
	(void)context;
	fail_msg("%s", sentence);
}

static void count_sentence(void *context, const char *sentence)
{
	assert_non_null(strstr(sentence, "broken"));
	++*(int *)context;
}

static void test_saved_cameras_come_back(void **state)
{
	static const char *const urls[] = {"rtsp://u:p\\\"a'ss@10.0.0.2/s",
					   "rtsp://u:${secret:yard}@cam/s", "/srv/film: one.mp4",
					   "demo:"};
	struct camera saved[ARRAY_COUNT(urls)], all[CAMERA_MAX];
	struct mistake mistake = {""};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(urls); i++) {
		struct camera loaded;
		char name[] = "cam 0";

		name[4] = (char)('0' + i);
		if (camera_make(name, urls[i], "", &saved[i], &mistake) < 0)
			fail_msg("%s", mistake.text);
		saved[i].transport = CAM_TRANSPORT_TCP;
		saved[i].audio = i & 1;
		saved[i].record = i & 3;
		saved[i].record_sub = RECORD_EVENTS;
		saved[i].pre_roll_s = i;
		saved[i].retention_days = 7 * i;
		saved[i].retention_bytes = i << 30;
		saved[i].hear_cry = (uint32_t)i;
		saved[i].hear_noise = (uint32_t)i;
		saved[i].hear_alarm = i & 1;
		saved[i].hear_quiet = i == 3 ? 0 : (uint32_t)(1320 + i) << 16 | 360;
		assert_int_equal(camera_save(directory, &saved[i]), 0);
		if (camera_load(directory, name, "", &loaded, &mistake) < 0)
			fail_msg("%s", mistake.text);
		assert_memory_equal(&loaded, &saved[i], sizeof(loaded));
	}
	assert_int_equal(camera_load_all(directory, "", all, CAMERA_MAX, fail_on_sentence, NULL),
			 ARRAY_COUNT(urls));
	assert_memory_equal(all, saved, sizeof(saved));
	assert_int_equal(camera_remove(directory, "cam 0"), 0);
	assert_int_equal(camera_remove(directory, "cam 0"), -ENOENT);
	assert_int_equal(camera_load(directory, "cam 0", "", all, &mistake), -ENOENT);
}

static void test_names_cannot_leave_the_directory(void **state)
{
	struct camera camera;
	struct mistake mistake = {""};

	(void)state;
	assert_int_equal(camera_make("../x", "demo:", "", &camera, &mistake), -EBADMSG);
	assert_int_equal(camera_load(directory, "../x", "", &camera, &mistake), -EBADMSG);
	assert_int_equal(camera_remove(directory, "../x"), -EINVAL);
}

static void test_quiet_hours(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint32_t from, to;
	} rows[] = {
		{"22:00-06:00", 0, 1320, 360},
		{"00:00-23:59", 0, 0, 1439},
		{"none", 0, 0, 0},
		{"22:00-22:00", -EBADMSG, 0, 0},
		{"24:00-06:00", -EBADMSG, 0, 0},
		{"22:60-06:00", -EBADMSG, 0, 0},
		{"22:00", -EBADMSG, 0, 0},
		{"22:00-6:00", -EBADMSG, 0, 0},
		{"22.00-06:00", -EBADMSG, 0, 0},
		{"", -EBADMSG, 0, 0},
	};
	struct camera camera;
	struct mistake mistake;

	(void)state;
	assert_int_equal(camera_make("a", "demo:", "", &camera, &mistake), 0);
	assert_int_equal(camera.hear_cry, 0);
	assert_int_equal(camera.hear_quiet, 0);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(camera_set(&camera, "hear.quiet", rows[i].text, NULL, &mistake),
				 rows[i].r);
		if (rows[i].r == 0)
			assert_int_equal(camera.hear_quiet, rows[i].from << 16 | rows[i].to);
	}
}

static void test_one_broken_file_spares_the_rest(void **state)
{
	struct camera all[CAMERA_MAX];
	int wrong = 0;

	(void)state;
	write_file("cameras/broken.yml", "url: exec:rm\n");
	write_file("cameras/fine.yml", "url: rtsp://cam/\n");
	int count = camera_load_all(directory, "", all, CAMERA_MAX, count_sentence, &wrong);

	assert_int_equal(wrong, 1);
	assert_true(count > 0);
	assert_string_equal(all[count - 1].name, "fine");
	assert_int_equal(camera_remove(directory, "broken"), 0);
}

static int expand(const char *text, char *ret_text, size_t size, struct mistake *mistake)
{
	char secrets[128];

	snprintf(secrets, sizeof(secrets), "%s/secrets", directory);
	return secret_expand(text, secrets, NULL, ret_text, size, mistake);
}

static void test_secrets(void **state)
{
	char path[128], text[64];
	struct mistake mistake = {""};

	(void)state;
	snprintf(path, sizeof(path), "%s/secrets", directory);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file("secrets/yard", "p@ss:/#%\n");
	write_file("secrets/empty", "");
	assert_int_equal(expand("a ${secret:yard} b", text, sizeof(text), &mistake), 0);
	assert_string_equal(text, "a p%40ss%3A%2F%23%25 b");
	assert_int_equal(expand("${secret:yard}${secret:yard}", text, sizeof(text), &mistake), 0);
	assert_int_equal(expand("${secret:yard}", text, 8, &mistake), -EBADMSG);
	assert_int_equal(expand("${secret:gone}", text, sizeof(text), &mistake), -EBADMSG);
	assert_non_null(strstr(mistake.text, "gone"));
	assert_int_equal(expand("${secret:empty}", text, sizeof(text), &mistake), -EBADMSG);
	assert_int_equal(expand("${secret:../yard}", text, sizeof(text), &mistake), -EBADMSG);
	assert_int_equal(expand("${secret:yard", text, sizeof(text), &mistake), -EBADMSG);
	assert_int_equal(expand("${other:yard}", text, sizeof(text), &mistake), 0);
	assert_string_equal(text, "${other:yard}");
}

static void test_secrets_from_one_file_and_from_systemd(void **state)
{
	char path[128], text[64];
	struct mistake mistake = {""};

	(void)state;
	write_file("all.yml", "yard: from file\n");
	snprintf(path, sizeof(path), "%s/all.yml", directory);
	assert_int_equal(secret_expand("${secret:yard}", path, NULL, text, sizeof(text), &mistake),
			 0);
	assert_string_equal(text, "from%20file");
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	write_file("yard", "from systemd");
	assert_int_equal(secret_expand("${secret:yard}", path, NULL, text, sizeof(text), &mistake),
			 0);
	assert_string_equal(text, "from%20systemd");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static int make_directory(void **state)
{
	(void)state;
	return !mkdtemp(directory);
}

static int remove_directory(void **state)
{
	char command[160];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command) != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_saved_cameras_come_back),
		cmocka_unit_test(test_names_cannot_leave_the_directory),
		cmocka_unit_test(test_quiet_hours),
		cmocka_unit_test(test_one_broken_file_spares_the_rest),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_secrets_from_one_file_and_from_systemd),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
