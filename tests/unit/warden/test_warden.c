/* The real warden over stubs in place of all other programs: what it starts, in which order, what
 * it tells them, and what it does when they die. */
#include "../check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../../ports.h"
#include "base/attr.h"
#include "base/clock.h"
#include "ipc/ipc.h"

enum { WAIT_MS = 20000, LINES_MAX = 1024, LINE_SIZE = 128 };

static const char *warden_path, *certify_path, *dial_path, *stub_path;

struct box {
	char folder[64], state[96];
	pid_t warden;
	int trace;  /* what the stubs say */
	int notify; /* where systemd would listen */
	int keep;   /* a writer of our own: no end of file between two stubs */
	char lines[LINES_MAX][LINE_SIZE];
	unsigned count, seen;
	char rest[LINE_SIZE];
	size_t rest_size;
};

static void copy_program(const struct box *box, const char *from, const char *name)
{
	char command[512];

	snprintf(command, sizeof(command), "cp '%s' '%s/%s'", from, box->folder, name);
	assert_int_equal(system(command), 0);
}

static void write_text(const struct box *box, const char *name, const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", box->folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void notify_path(const struct box *box, char *path, size_t size)
{
	snprintf(path, size, "%s/notify", box->folder);
}

static int listen_as_systemd(const struct box *box)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct timeval limit = {WAIT_MS / 1000, 0};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	notify_path(box, at.sun_path, sizeof(at.sun_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	return fd;
}

static void expect_notice(const struct box *box, const char *notice)
{
	char text[64] = "";

	assert_true(recv(box->notify, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, notice);
}

/* Not those of a Ward that may run on this machine; what a test's own text says holds less. */
static void set_ports(void)
{
	static const char *const names[] = {"WARD_LISTEN_HTTPS", "WARD_LISTEN_HTTP_LOOPBACK",
					    "WARD_LISTEN_MEDIA"};
	uint16_t port = ports_find(ARRAY_COUNT(names));
	char text[8];

	for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
		snprintf(text, sizeof(text), "%u", port + i);
		setenv(names[i], text, 1);
	}
}

static int set_up(void **state)
{
	static const char *const stubs[] = {"ward-vault",    "ward-front",    "ward-rtc",
					    "ward-cam-rtsp", "ward-cam-file", "ward-transcode",
					    "ward-demo"};
	static struct box box;
	char path[160];

	memset(&box, 0, sizeof(box));
	set_ports();
	strcpy(box.folder, "/tmp/ward-warden-XXXXXX");
	assert_non_null(mkdtemp(box.folder));
	snprintf(box.state, sizeof(box.state), "%s/state", box.folder);
	for (size_t i = 0; i < ARRAY_COUNT(stubs); i++)
		copy_program(&box, stub_path, stubs[i]);
	copy_program(&box, warden_path, "ward-warden");
	copy_program(&box, certify_path, "ward-certify");
	copy_program(&box, dial_path, "ward-dial");
	snprintf(path, sizeof(path), "%s/trace", box.folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	box.trace = open(path, O_RDONLY | O_NONBLOCK);
	box.keep = open(path, O_WRONLY);
	box.notify = listen_as_systemd(&box);
	*state = &box;
	return box.trace < 0 || box.keep < 0;
}

static int tear_down(void **state)
{
	struct box *box = *state;
	char command[160];

	if (box->warden && kill(box->warden, SIGTERM) == 0)
		waitpid(box->warden, NULL, 0); /* it leaves none of its own behind */
	close(box->notify);
	close(box->trace);
	close(box->keep);
	snprintf(command, sizeof(command), "rm -rf '%s'", box->folder);
	return system(command) != 0;
}

static const char conf_text[] = "cameras:\n  yard: rtsp://u:p@127.0.0.1:9/x\n";

static void start_warden(struct box *box, const char *text)
{
	char conf[160], program[160], notify[160];

	write_text(box, "ward.yml", text);
	snprintf(conf, sizeof(conf), "%s/ward.yml", box->folder);
	snprintf(program, sizeof(program), "%s/ward-warden", box->folder);
	box->warden = fork();
	if (box->warden)
		return;
	int null = open("/dev/null", O_WRONLY);

	notify_path(box, notify, sizeof(notify));
	setenv("NOTIFY_SOCKET", notify, 1);
	dup2(null, STDOUT_FILENO);
	execl(program, "ward-warden", "--config", conf, "--state", box->state, NULL);
	_exit(127);
}

/* ---- the trace ---- */

static void take_bytes(struct box *box, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] != '\n') {
			assert_true(box->rest_size < LINE_SIZE - 1);
			box->rest[box->rest_size++] = data[i];
			continue;
		}
		box->rest[box->rest_size] = 0;
		assert_true(box->count < LINES_MAX);
		memcpy(box->lines[box->count++], box->rest, box->rest_size + 1);
		box->rest_size = 0;
	}
}

static const char *find_new(const struct box *box, const char *program, const char *what)
{
	for (unsigned i = box->seen; i < box->count; i++)
		if (strncmp(box->lines[i], program, strlen(program)) == 0 &&
		    strstr(box->lines[i], what))
			return box->lines[i];
	return NULL;
}

/* Waits for a line of `program` that holds `what` and was said after the last box->seen. */
static const char *await(struct box *box, const char *program, const char *what)
{
	uint64_t end_ns = clock_boot_ns() + WAIT_MS * CLOCK_NS_PER_MS;
	const char *line;

	while (!(line = find_new(box, program, what))) {
		struct pollfd poll_fd = {box->trace, POLLIN, 0};
		char data[4096];

		if (clock_boot_ns() > end_ns)
			fail_msg("%s never said \"%s\"", program, what);
		poll(&poll_fd, 1, 100);
		ssize_t size = read(box->trace, data, sizeof(data));

		if (size > 0)
			take_bytes(box, data, (size_t)size);
	}
	return line;
}

static pid_t pid_of(const char *line)
{
	return (pid_t)atoi(strchr(line, ' ') + 1);
}

/* Forgets what was said so far. */
static void turn_page(struct box *box)
{
	box->seen = box->count;
}

static void await_all(struct box *box)
{
	static const char *const programs[] = {"ward-vault ", "ward-front ", "ward-rtc ",
					       "ward-cam-rtsp "};

	for (size_t i = 0; i < ARRAY_COUNT(programs); i++)
		await(box, programs[i], " start ");
}

static int await_end(struct box *box)
{
	int status;

	assert_int_equal(waitpid(box->warden, &status, 0), box->warden);
	box->warden = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- tests ---- */

static void expect(struct box *box, const char *program, const char *what, unsigned a)
{
	char text[64];

	snprintf(text, sizeof(text), " %s %u ", what, a);
	await(box, program, text);
}

static void test_starts_and_connects(void **state)
{
	struct box *box = *state;

	start_warden(box, conf_text);
	await_all(box);
	/* nobody inherits more than its three standard descriptors and its channel */
	expect(box, "ward-vault ", "descriptors", 4);
	expect(box, "ward-front ", "descriptors", 4);
	expect(box, "ward-cam-rtsp ", "descriptors", 4);
	expect(box, "ward-vault ", "file", FILE_STATE_DIR);
	expect(box, "ward-vault ", "listen", LISTEN_TOOL);
	expect(box, "ward-vault ", "peer", PROC_FRONT);
	expect(box, "ward-vault ", "peer", PROC_RTC);
	expect(box, "ward-vault ", "peer", PROC_CAM);
	expect(box, "ward-front ", "peer", PROC_VAULT);
	expect(box, "ward-front ", "peer", PROC_RTC);
	expect(box, "ward-front ", "file", FILE_TLS_CERT);
	expect(box, "ward-front ", "file", FILE_TLS_KEY);
	expect(box, "ward-front ", "file", FILE_TLS_CA);
	expect(box, "ward-front ", "file", FILE_APP_DIR);
	expect(box, "ward-front ", "listen", LISTEN_HTTPS);
	expect(box, "ward-front ", "listen", LISTEN_HTTP_LOOPBACK);
	expect(box, "ward-rtc ", "listen", LISTEN_MEDIA_UDP);
	expect(box, "ward-rtc ", "listen", LISTEN_MEDIA_TCP);
	expect(box, "ward-rtc ", "peer", PROC_VAULT);
	expect(box, "ward-cam-rtsp ", "peer", PROC_VAULT);
	expect(box, "ward-cam-rtsp ", "source", (unsigned)strlen("rtsp://u:p@127.0.0.1:9/x"));
	expect_notice(box, "READY=1");
	kill(box->warden, SIGTERM);
	expect_notice(box, "STOPPING=1");
	assert_int_equal(await_end(box), 0);
}

/* Each but the vault: it alone comes back, in time, connected with its neighbours again. */
static void test_a_killed_process_comes_back(void **state)
{
	static const struct {
		const char *program;
		unsigned kind;
	} victims[] = {
		{"ward-front ", PROC_FRONT}, {"ward-rtc ", PROC_RTC}, {"ward-cam-rtsp ", PROC_CAM}};
	struct box *box = *state;

	start_warden(box, conf_text);
	await_all(box);
	for (size_t i = 0; i < ARRAY_COUNT(victims); i++) {
		const char *line = await(box, victims[i].program, " start ");
		uint64_t killed_ns = clock_boot_ns();
		pid_t pid = pid_of(line);

		turn_page(box);
		assert_int_equal(kill(pid, SIGKILL), 0);
		line = await(box, victims[i].program, " start ");
		assert_true(clock_boot_ns() - killed_ns < 2 * CLOCK_NS_PER_S);
		assert_int_not_equal(pid_of(line), pid);
		expect(box, "ward-vault ", "peer", victims[i].kind);
		assert_null(find_new(box, "ward-vault ", " start "));
		expect(box, victims[i].program, "peer", PROC_VAULT);
		box->seen = 0; /* the next victim has started long ago */
	}
}

static void test_the_vault_takes_all_with_it(void **state)
{
	struct box *box = *state;

	start_warden(box, conf_text);
	await_all(box);
	pid_t rtc = pid_of(await(box, "ward-rtc ", " start "));
	uint64_t killed_ns = clock_boot_ns();

	pid_t vault = pid_of(await(box, "ward-vault ", " start "));

	turn_page(box);
	assert_int_equal(kill(vault, SIGKILL), 0);
	await_all(box);
	assert_true(clock_boot_ns() - killed_ns < 2 * CLOCK_NS_PER_S);
	assert_int_not_equal(pid_of(await(box, "ward-rtc ", " start ")), rtc);
	assert_int_equal(kill(rtc, 0), -1);
}

static void test_reload_adds_changes_and_removes(void **state)
{
	struct box *box = *state;

	start_warden(box, conf_text);
	await_all(box);
	turn_page(box);
	write_text(box, "ward.yml",
		   "cameras:\n  yard: rtsp://127.0.0.1:9/longer\n  door: rtsp://127.0.0.1:9/y\n");
	kill(box->warden, SIGHUP);
	expect(box, "ward-cam-rtsp ", "source", (unsigned)strlen("rtsp://127.0.0.1:9/longer"));
	expect(box, "ward-cam-rtsp ", "source", (unsigned)strlen("rtsp://127.0.0.1:9/y"));
	turn_page(box);
	write_text(box, "ward.yml", "cameras: [wrong\n");
	kill(box->warden, SIGHUP);
	write_text(box, "state/cameras/added.yml", "url: rtsp://127.0.0.1:9/added\n");
	write_text(box, "ward.yml", conf_text);
	kill(box->warden, SIGHUP);
	expect(box, "ward-vault ", "gone", 1);
	expect(box, "ward-cam-rtsp ", "source", (unsigned)strlen("rtsp://127.0.0.1:9/added"));
	kill(box->warden, SIGTERM);
	assert_int_equal(await_end(box), 0);
}

/* A server on loopback; the port is the kernel's choice. */
static int listen_somewhere(uint16_t *ret_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static void test_dials_what_the_url_names(void **state)
{
	struct box *box = *state;
	char text[256];
	uint16_t port;
	int server = listen_somewhere(&port);

	write_text(box, "dials", "");
	snprintf(text, sizeof(text), "cameras:\n  yard: rtsp://u:p@localhost:%u/x\n", port);
	start_warden(box, text);
	expect(box, "ward-cam-rtsp ", "dialed", 1);
	int client = accept(server, NULL, NULL);

	assert_true(client >= 0);
	expect(box, "ward-cam-rtsp ", "dialed", 2);
	expect(box, "ward-cam-rtsp ", "dialed", 3);
	/* no other source, no second target for the same pair, nothing unknown */
	snprintf(text, sizeof(text), " failed 4 %d", ENOENT);
	await(box, "ward-cam-rtsp ", text);
	snprintf(text, sizeof(text), " failed 5 %d", EINVAL);
	await(box, "ward-cam-rtsp ", text);
	snprintf(text, sizeof(text), " failed 6 %d", EINVAL);
	await(box, "ward-cam-rtsp ", text);
	close(client);
	close(server);
}

static void test_says_why_it_cannot_dial(void **state)
{
	struct box *box = *state;
	char text[64];

	write_text(box, "dials", "");
	start_warden(box, conf_text); /* nobody listens on port 9 */
	snprintf(text, sizeof(text), " failed 1 %d", ECONNREFUSED);
	await(box, "ward-cam-rtsp ", text);
}

static void test_hopeless(void **state)
{
	struct box *box = *state;

	write_text(box, "hopeless-ward-cam-rtsp", "");
	start_warden(box, conf_text);
	await(box, "ward-front ", " start ");
	await(box, "ward-cam-rtsp ", " descriptors ");
	/* the rest goes on */
	turn_page(box);
	write_text(box, "hopeless-ward-vault", "");
	assert_int_equal(kill(box->warden, SIGHUP), 0);
	kill(box->warden, SIGTERM);
	assert_int_equal(await_end(box), 0);
	/* a vault that cannot go on ends Ward */
	start_warden(box, conf_text);
	assert_int_equal(await_end(box), 78);
}

static void test_start_is_refused(void **state)
{
	static const char *const wrong[] = {
		"cameras: {a: exec:x}\n",
		"tls: {cert: /no, key: /no}\n",
	};
	struct box *box = *state;

	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		start_warden(box, wrong[i]);
		assert_int_equal(await_end(box), 78);
	}
	/* one port for two things */
	setenv("WARD_LISTEN_MEDIA", getenv("WARD_LISTEN_HTTPS"), 1);
	start_warden(box, conf_text);
	assert_int_equal(await_end(box), 78);
	set_ports();
	/* a state directory that others can read */
	assert_true(mkdir(box->state, 0755) == 0 || errno == EEXIST);
	assert_int_equal(chmod(box->state, 0755), 0);
	start_warden(box, conf_text);
	assert_int_equal(await_end(box), 78);
	assert_int_equal(chmod(box->state, 0700), 0);
	/* a second Ward on the same state */
	start_warden(box, conf_text);
	await_all(box);
	pid_t first = box->warden;

	set_ports();
	start_warden(box, "");
	assert_int_equal(await_end(box), 78);
	box->warden = first;
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_starts_and_connects, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_killed_process_comes_back, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_the_vault_takes_all_with_it, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_reload_adds_changes_and_removes, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_dials_what_the_url_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_says_why_it_cannot_dial, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hopeless, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_start_is_refused, set_up, tear_down),
	};

	if (argc < 5)
		return 2;
	warden_path = argv[1];
	certify_path = argv[2];
	dial_path = argv[3];
	stub_path = argv[4];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
