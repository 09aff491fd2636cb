/* ward.yml and the environment: what is understood, and the sentence for every mistake. */
#include "../check.h"

#include <errno.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/option.h"

static struct conf *parse(const char *text, int *ret_error, struct mistake *ret_mistake)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	size_t count;
	const struct option *table = option_table(&count);

	assert_non_null(conf);
	option_set_defaults(table, count, conf);
	*ret_error = conf_parse("ward.yml", "/etc/ward", text, strlen(text), conf, ret_mistake);
	return conf;
}

static struct conf *parse_good(const char *text)
{
	struct mistake mistake = {""};
	int error;
	struct conf *conf = parse(text, &error, &mistake);

	if (error)
		fail_msg("%s", mistake.text);
	return conf;
}

static void test_empty_files_give_defaults(void **state)
{
	static const char *const texts[] = {"", "\n", "# nothing\n", "---\n", "cameras:\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		AUTO(conf) conf = parse_good(texts[i]);

		assert_int_equal(conf->https_port, 8443);
		assert_int_equal(conf->media_port, 8555);
		assert_int_equal(conf->http_port, 8080);
		assert_string_equal(conf->address, "");
		assert_int_equal(conf->camera_count, 0);
	}
}

static void test_values_arrive(void **state)
{
	(void)state;
	AUTO(conf)
	conf = parse_good("cameras:\n"
			  "  yard: rtsp://10.0.0.2/main\n"
			  "  nursery:\n"
			  "    url: rtsps://cam.lan/main\n"
			  "    sub: rtsp://cam.lan/sub\n"
			  "    transport: udp\n"
			  "    audio: no\n"
			  "    record: events\n"
			  "    record_sub: continuous\n"
			  "    pre_roll: 20s\n"
			  "    post_roll: 5m\n"
			  "    retention: {days: 0, bytes: 20G}\n"
			  "  film: clips/a.mp4\n"
			  "listen: {https: 9443, http_loopback: 0, address: '::1'}\n"
			  "tls: {cert: cert.pem, key: /etc/ssl/key.pem}\n"
			  "public_address: home.example.org\n"
			  "retention: {days: 30, bytes: 2T}\n"
			  "post_roll: 45s\n"
			  "state: /srv/ward\n");

	assert_int_equal(conf->https_port, 9443);
	assert_int_equal(conf->http_port, 0);
	assert_string_equal(conf->address, "::1");
	assert_string_equal(conf->tls_cert, "/etc/ward/cert.pem");
	assert_string_equal(conf->tls_key, "/etc/ssl/key.pem");
	assert_string_equal(conf->state, "/srv/ward");
	assert_int_equal(conf->camera_count, 3);
	assert_string_equal(conf->cameras[0].name, "yard");
	assert_string_equal(conf->cameras[0].url, "rtsp://10.0.0.2/main");
	assert_int_equal(conf->cameras[0].transport, CAM_TRANSPORT_AUTO);
	assert_int_equal(conf->cameras[0].audio, 1);
	assert_string_equal(conf->cameras[1].sub, "rtsp://cam.lan/sub");
	assert_int_equal(conf->cameras[1].transport, CAM_TRANSPORT_UDP);
	assert_int_equal(conf->cameras[1].audio, 0);
	assert_int_equal(conf->record, RECORD_OFF); /* nothing is kept unasked */
	assert_int_equal(conf->cameras[0].record, CAMERA_RECORD_SAME);
	assert_int_equal(conf->cameras[0].record_sub, CAMERA_RECORD_SAME);
	assert_int_equal(conf->cameras[0].pre_roll_s, OPTION_SAME);
	assert_int_equal(conf->cameras[0].retention_days, OPTION_SAME);
	assert_int_equal(conf->cameras[0].retention_bytes, 0);
	assert_int_equal(conf->cameras[1].record, RECORD_EVENTS);
	assert_int_equal(conf->cameras[1].record_sub, RECORD_CONTINUOUS);
	assert_int_equal(conf->cameras[1].pre_roll_s, 20);
	assert_int_equal(conf->cameras[1].post_roll_s, 300);
	assert_int_equal(conf->cameras[1].retention_days, 0);
	assert_int_equal(conf->cameras[1].retention_bytes, UINT64_C(20) << 30);
	assert_int_equal(conf->pre_roll_s, 10);
	assert_int_equal(conf->post_roll_s, 45);
	assert_int_equal(conf->retention_days, 30);
	assert_int_equal(conf->retention_bytes, UINT64_C(2) << 40);
	assert_string_equal(conf->cameras[2].url, "/etc/ward/clips/a.mp4");
}

/* Each mistake, and what its sentence must hold: line, key, what was expected. */
static const struct {
	const char *text;
	const char *says[3];
} mistakes[] = {
	{"listen:\n  https: 99999\n", {"ward.yml:2: listen.https: ", "1 to 65535", "99999"}},
	{"listen:\n  https: yes\n", {"ward.yml:2: listen.https: ", "a port", "\"yes\""}},
	{"listen:\n  https: 0\n", {"ward.yml:2: listen.https: ", "a port", "\"0\""}},
	{"listen:\n  https: 08\n", {"ward.yml:2: listen.https: ", "a port", "\"08\""}},
	{"listen:\n  port: 1\n", {"ward.yml:2: listen.port: ", "unknown key", "listen.https"}},
	{"listen: 8443\n", {"ward.yml:1: listen: ", "expected keys", ""}},
	{"listen:\n  https: [1, 2]\n", {"ward.yml:2: listen.https: ", "a port", ""}},
	{"listen:\n  address: eth0\n", {"ward.yml:2: listen.address: ", "numeric", "\"eth0\""}},
	{"\nhello: 1\n", {"ward.yml:2: hello: ", "unknown key", "cameras"}},
	{"state:\n", {"ward.yml:1: state: ", "a path", ""}},
	{"tls: maybe\n", {"ward.yml:1: tls: ", "auto", "\"maybe\""}},
	{"public_address: a b\n", {"ward.yml:1: public_address: ", "a host name", "\"a b\""}},
	{"public_address: home:8443\n", {"ward.yml:1: public_address: ", "a host name", "8443"}},
	{"public_address: https://home\n", {"ward.yml:1: public_address: ", "a host name", ""}},
	{"state: /a\nstate: /b\n", {"ward.yml:2: state: ", "twice", ""}},
	{"cameras: rtsp://x/\n", {"ward.yml:1: cameras: ", "NAME: URL", ""}},
	{"cameras:\n- rtsp://x/\n", {"ward.yml:1: cameras: ", "NAME: URL", ""}},
	{"cameras:\n  yard: [rtsp://x/]\n", {"ward.yml:2: cameras.yard: ", "one URL", "list"}},
	{"cameras:\n  yard:\n    sub: rtsp://x/\n", {"ward.yml:2: cameras.yard: ", "url:", ""}},
	{"cameras:\n  yard:\n", {"ward.yml:2: cameras.yard.url: ", "expected", ""}},
	{"cameras:\n  a/b: rtsp://x/\n", {"ward.yml:2: cameras.a/b: ", "letters", ""}},
	{"cameras:\n  yard: {url: rtsp://x/, speed: 3}\n",
	 {"ward.yml:2: cameras.yard.speed: ", "unknown key", "transport"}},
	{"cameras:\n  yard: {url: rtsp://x/, transport: fast}\n",
	 {"ward.yml:2: cameras.yard.transport: ", "auto or tcp or udp", "\"fast\""}},
	{"cameras:\n  yard: {url: rtsp://x/, audio: loud}\n",
	 {"ward.yml:2: cameras.yard.audio: ", "yes or no", "\"loud\""}},
	{"cameras:\n  yard: {url: rtsp://x/, record: always}\n",
	 {"ward.yml:2: cameras.yard.record: ", "off or continuous or events or same",
	  "\"always\""}},
	{"cameras:\n  yard:\n    url: rtsp://x/\n    pre_roll: 90s\n",
	 {"ward.yml:4: cameras.yard.pre_roll: ", "from 0s to 60s, or same", "\"90s\""}},
	{"cameras:\n  yard:\n    url: rtsp://x/\n    retention:\n      days: many\n",
	 {"ward.yml:5: cameras.yard.retention.days: ", "days", "\"many\""}},
	{"cameras:\n  yard: {url: rtsp://x/, retention: {weeks: 2}}\n",
	 {"ward.yml:2: cameras.yard.retention.weeks: ", "unknown key", "retention.days"}},
	{"cameras:\n  yard: {url: rtsp://x/, retention: 14}\n",
	 {"ward.yml:2: cameras.yard.retention: ", "unknown key", "retention.days"}},
	{"post_roll: 30\n", {"ward.yml:1: post_roll: ", "at most 1h", "\"30\""}},
	{"record: same\n", {"ward.yml:1: record: ", "off or continuous or events", "\"same\""}},
	{"retention: {days: 99999}\n", {"ward.yml:1: retention.days: ", "days", "\"99999\""}},
	{"retention: {bytes: 9999999T}\n", {"ward.yml:1: retention.bytes: ", "200G", "T"}},
	{"retention: {bytes: G}\n", {"ward.yml:1: retention.bytes: ", "200G", "\"G\""}},
	{"cameras:\n  yard: exec:rm -rf /\n",
	 {"ward.yml:2: cameras.yard.url: ", "\"exec:\"", "refused"}},
	{"cameras:\n  yard: echo:x\n", {"ward.yml:2: cameras.yard.url: ", "\"echo:\"", "refused"}},
	{"cameras:\n  yard: expr:x\n", {"ward.yml:2: cameras.yard.url: ", "\"expr:\"", "refused"}},
	{"cameras:\n  yard: ffmpeg:x#video=h264\n",
	 {"ward.yml:2: cameras.yard.url: ", "\"ffmpeg:\"", "refused"}},
	{"cameras:\n  yard: Exec:x\n", {"ward.yml:2: cameras.yard.url: ", "\"exec:\"", "refused"}},
	{"cameras:\n  yard: http://x/\n", {"ward.yml:2: cameras.yard.url: ", "rtsp://", "demo:"}},
	{"cameras:\n  yard: rtsp:///x\n", {"ward.yml:2: cameras.yard.url: ", "HOST", ""}},
	{"cameras:\n  yard: rtsp://x:0/\n", {"ward.yml:2: cameras.yard.url: ", "PORT", ""}},
	{"cameras:\n  yard: rtsp://x/${secret:no such}\n",
	 {"ward.yml:2: cameras.yard.url: ", "${secret:NAME}", ""}},
	{"cameras:\n  yard: rtsp://u:${secret:nothere}@x/\n",
	 {"ward.yml:2: cameras.yard.url: ", "secret nothere cannot be read", "secrets:"}},
	{"a: &x 1\n", {"ward.yml:1: a: ", "anchors", ""}},
	{"a: *x\n", {"ward.yml:1: a: ", "aliases", ""}},
	{"a: {b: {c: {d: {e: {f: {g: 1}}}}}}\n", {"ward.yml:1: ", "deeply", ""}},
	{"- a\n", {"ward.yml:1: ", "not a list", ""}},
	{"hello\n", {"ward.yml:1: ", "key: value", ""}},
	{"a: 1\n---\nb: 1\n", {"ward.yml:2: ", "second document", ""}},
	{"state: /x\n\tlisten: 1\n", {"ward.yml:2: ", "not YAML", ""}},
	{"state: \"/x\n", {"ward.yml:", "not YAML", ""}},
	{"? [a]\n: 1\n", {"ward.yml:1: ", "plain word", ""}},
};

static void test_each_mistake_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(mistakes); i++) {
		struct mistake mistake = {""};
		int error;
		conf_destroy(parse(mistakes[i].text, &error, &mistake));
		if (error != -EBADMSG)
			fail_msg("accepted: %s", mistakes[i].text);
		for (size_t j = 0; j < ARRAY_COUNT(mistakes[i].says); j++)
			if (!strstr(mistake.text, mistakes[i].says[j]))
				fail_msg("\"%s\" does not say \"%s\"", mistake.text,
					 mistakes[i].says[j]);
	}
}

static void test_no_password_in_a_mistake(void **state)
{
	static const char *const texts[] = {
		"cameras:\n  a: rtsp://u:hunter2@x y/\n",
		"cameras:\n  a: rtsp://u:hunter2@x:99999/\n",
		"cameras:\n  a: http://u:hunter2@x/\n",
		"cameras:\n  a: {url: \"rtsp://u:hunter2@x/\\u0001\"}\n",
		"cameras:\n  a: {url: rtsp://x/, sub: 'exec:hunter2'}\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		struct mistake mistake = {""};
		int error;
		conf_destroy(parse(texts[i], &error, &mistake));
		assert_int_equal(error, -EBADMSG);
		assert_null(strstr(mistake.text, "hunter2"));
	}
}

static void test_too_many_cameras(void **state)
{
	static char text[32 * 1024];
	struct mistake mistake = {""};
	int error;

	(void)state;
	strcpy(text, "cameras:\n");
	for (int i = 0; i <= CAMERA_MAX; i++)
		snprintf(text + strlen(text), 64, "  c%d: rtsp://x/\n", i);
	conf_destroy(parse(text, &error, &mistake));
	assert_int_equal(error, -EBADMSG);
	assert_non_null(strstr(mistake.text, "more than 64 cameras"));
}

static void test_environment_overrides(void **state)
{
	char https[] = "WARD_LISTEN_HTTPS=1443", where[] = "WARD_STATE=/x", other[] = "WARDEN=1",
	     unknown[] = "WARD_ANYTHING=1";
	char *good[] = {https, where, other, unknown, NULL};
	char wrong[] = "WARD_LISTEN_MEDIA=many";
	char *bad[] = {wrong, NULL};
	struct mistake mistake = {""};

	(void)state;
	AUTO(conf) conf = parse_good("listen:\n  https: 9443\nstate: /y\n");

	assert_int_equal(conf_apply_environment(good, conf, &mistake), 0);
	assert_int_equal(conf->https_port, 1443);
	assert_string_equal(conf->state, "/x");
	assert_int_equal(conf_apply_environment(bad, conf, &mistake), -EBADMSG);
	assert_string_equal(mistake.text, "environment: WARD_LISTEN_MEDIA: expected a port from 1 "
					  "to 65535, not \"many\"");
}

/* Whatever is in the table is in the help, the manual and the documentation. */
static void test_every_option_is_printed(void **state)
{
	static void (*const printers[])(FILE *) = {conf_print_help, conf_print_man,
						   conf_print_markdown};
	size_t count;
	const struct option *table = option_table(&count);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(printers); i++) {
		autofree char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		printers[i](out);
		fclose(out);
		for (size_t j = 0; j < count; j++) {
			assert_non_null(strstr(text, table[j].key));
			assert_non_null(strstr(text, table[j].env));
		}
		assert_non_null(strstr(text, "transport"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_files_give_defaults),
		cmocka_unit_test(test_values_arrive),
		cmocka_unit_test(test_each_mistake_is_named),
		cmocka_unit_test(test_no_password_in_a_mistake),
		cmocka_unit_test(test_too_many_cameras),
		cmocka_unit_test(test_environment_overrides),
		cmocka_unit_test(test_every_option_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
