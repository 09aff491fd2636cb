/* The real processes with an intruder inside: Ward runs with its demo and a file camera, the
 * intruder tries each forbidden thing in each process, and the kernel must stop it. The warden then
 * starts the process again, so the same run shows that it recovers. */
#include "../unit/check.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../ports.h"
#include "base/attr.h"
#include "base/clock.h"
#include "intruder.h"
#include "ipc/ipc.h"

enum { WAIT_MS = 20000, OUTPUT_SIZE = 256 * 1024, TRY_AGAIN_MS = 20 };

static const char *warden_path, *intruder_path;
static char folder[] = "/tmp/ward-intruder-XXXXXX";
static pid_t warden;
static int output = -1;
static char said[OUTPUT_SIZE]; /* all of Ward's standard error */
static size_t said_size;

/* In a process with Landlock the vault's own calls exist, but reach nothing else. */
static const struct victim {
	const char *name;
	int open_error; /* 0: killed */
} victims[] = {
	{"ward-front", 0}, {"ward-rtc", 0},        {"ward-cam-rtsp", 0},
	{"ward-demo", 0},  {"ward-vault", EACCES}, /* last: it takes the others with it */
};

/* ---- watching ---- */

static void listen_to(int wait_ms)
{
	struct pollfd poll_fd = {output, POLLIN, 0};

	if (poll(&poll_fd, 1, wait_ms) <= 0)
		return;
	ssize_t size = read(output, said + said_size, OUTPUT_SIZE - 1 - said_size);

	assert_true(size > 0);
	said_size += (size_t)size;
	said[said_size] = 0;
}

static bool reads(const char *path, char *text, size_t text_size)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, text_size - 1);

	text[size < 0 ? 0 : size] = 0;
	return size > 0;
}

/* The warden's child of this name that is inside its sandbox; 0: none now. */
static pid_t find(const char *name)
{
	char path[300], text[4096], parent[32], wanted[64];
	struct dirent *entry;
	DIR *processes = opendir("/proc");
	pid_t found = 0;

	snprintf(parent, sizeof(parent), "PPid:\t%d\n", warden);
	snprintf(wanted, sizeof(wanted), "Name:\t%s\n", name);
	while (!found && (entry = readdir(processes))) {
		snprintf(path, sizeof(path), "/proc/%s/status", entry->d_name);
		if (isdigit((unsigned char)entry->d_name[0]) && reads(path, text, sizeof(text)) &&
		    strstr(text, parent) && strstr(text, wanted) && strstr(text, "Seccomp:\t2\n"))
			found = (pid_t)atoi(entry->d_name);
	}
	closedir(processes);
	return found;
}

/* Another one than `old`, sandboxed. */
static pid_t await_process(const char *name, pid_t old)
{
	uint64_t end_ns = clock_boot_ns() + WAIT_MS * CLOCK_NS_PER_MS;
	pid_t pid;

	while ((pid = find(name)) == 0 || pid == old) {
		if (clock_boot_ns() > end_ns)
			fail_msg("no %s in its sandbox; Ward said:\n%s", name, said);
		listen_to(TRY_AGAIN_MS);
	}
	return pid;
}

static void await_text(const char *text, size_t from)
{
	uint64_t end_ns = clock_boot_ns() + WAIT_MS * CLOCK_NS_PER_MS;

	while (!strstr(said + from, text)) {
		if (clock_boot_ns() > end_ns)
			fail_msg("\"%s\" was not said, but:\n%s", text, said + from);
		listen_to(TRY_AGAIN_MS);
	}
}

/* ---- trying ---- */

static void intrude(const struct victim *victim, enum intruder_attempt attempt)
{
	char text[160];
	size_t from = said_size;
	pid_t pid = await_process(victim->name, 0);

	assert_int_equal(sigqueue(pid, SIGUSR2, (union sigval){.sival_int = (int)attempt}), 0);
	if (attempt == INTRUDER_OPEN && victim->open_error) {
		snprintf(text, sizeof(text), "intruder: process %d attempt %d error %d\n", pid,
			 attempt, victim->open_error);
		await_text(text, from);
		return;
	}
	/* what the warden says of a process that ended with SIGSYS */
	snprintf(text, sizeof(text), "%s", victim->name);
	await_text("was stopped by its sandbox", from);
	await_text(text, from);
	assert_int_not_equal(await_process(victim->name, pid), pid);
	assert_null(strstr(said, "intruder: process") ? strstr(said, "error 0\n") : NULL);
}

static void test_no_process_lets_the_intruder_out(void **state)
{
	(void)state;
	for (int attempt = 0; attempt < INTRUDER_COUNT; attempt++)
		for (size_t i = 0; i < ARRAY_COUNT(victims); i++)
			intrude(&victims[i], (enum intruder_attempt)attempt);
}

static void test_the_kernel_confirms(void **state)
{
	char path[64], text[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(victims); i++) {
		snprintf(path, sizeof(path), "/proc/%d/status", await_process(victims[i].name, 0));
		assert_true(reads(path, text, sizeof(text)));
		assert_non_null(strstr(text, "NoNewPrivs:\t1\n"));
		assert_non_null(strstr(text, "CapEff:\t0000000000000000\n"));
		assert_non_null(strstr(text, "CapPrm:\t0000000000000000\n"));
		assert_non_null(strstr(text, "CapBnd:\t0000000000000000\n"));
	}
}

/* A transcoder runs only while somebody listens to a camera with AAC, an ear and the eye only where they are
 * asked for, a maker of thumbnails only while somebody looks for a moment, a converter only while somebody plays H.265; here the test is their warden. */
static pid_t start_alone(const char *name, int fds[2])
{
	struct {
		struct ipc_header header;
		struct ipc_number number;
	} start = {{IPC_START, 0}, {0}};
	char path[512];

	snprintf(path, sizeof(path), "%.*s/../%s/ward-%s",
		 (int)(strrchr(warden_path, '/') - warden_path), warden_path, name, name);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	pid_t pid = fork();

	if (pid == 0) {
		setenv("LD_PRELOAD", intruder_path, 1);
		if (dup2(fds[1], 3) == 3 && fcntl(3, F_SETFD, 0) == 0)
			execl(path, name, NULL);
		_exit(127);
	}
	assert_int_equal(send(fds[0], &start, sizeof(start), 0), sizeof(start));
	assert_true(recv(fds[0], &start, sizeof(start), 0) > 0); /* IPC_READY: it is inside */
	return pid;
}

static void lets_the_intruder_out_no_more(const char *name)
{
	for (int attempt = 0; attempt < INTRUDER_COUNT; attempt++) {
		int fds[2], status;
		pid_t pid = start_alone(name, fds);

		assert_int_equal(sigqueue(pid, SIGUSR2, (union sigval){.sival_int = attempt}), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
		close(fds[0]);
		close(fds[1]);
	}
}

static void test_transcode_lets_the_intruder_out_no_more(void **state)
{
	(void)state;
	lets_the_intruder_out_no_more("transcode");
}

static void test_ear_lets_the_intruder_out_no_more(void **state)
{
	(void)state;
	lets_the_intruder_out_no_more("ear");
}

static void test_thumb_lets_the_intruder_out_no_more(void **state)
{
	(void)state;
	lets_the_intruder_out_no_more("thumb");
}

static void test_convert_lets_the_intruder_out_no_more(void **state)
{
	(void)state;
	lets_the_intruder_out_no_more("convert");
}

static void test_eye_lets_the_intruder_out_no_more(void **state)
{
	(void)state;
	lets_the_intruder_out_no_more("eye");
}

/* argv and environment of every process are readable to all users of the box. */
static void test_no_secret_is_on_display(void **state)
{
	char path[64], text[8192];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(victims); i++) {
		pid_t pid = await_process(victims[i].name, 0);

		snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
		assert_true(reads(path, text, sizeof(text)));
		for (size_t at = 0; text[at]; at += strlen(text + at) + 1)
			assert_null(strstr(text + at, "://"));
		snprintf(path, sizeof(path), "/proc/%d/environ", pid);
		if (reads(path, text, sizeof(text)))
			assert_null(strstr(text, "hunter2"));
	}
}

/* ---- Ward itself ---- */

NORETURN static void become_warden(int error_fd)
{
	char conf[96], state[96];
	int null = open("/dev/null", O_WRONLY);

	snprintf(conf, sizeof(conf), "%s/ward.yml", folder);
	snprintf(state, sizeof(state), "%s/state", folder);
	dup2(null, STDOUT_FILENO);
	dup2(error_fd, STDERR_FILENO);
	setenv("LD_PRELOAD", intruder_path, 1);
	setenv("WARD_SECRETS", "/nowhere/hunter2", 1);
	execl(warden_path, "ward-warden", "--config", conf, "--state", state, "--demo", NULL);
	_exit(127);
}

static void make_film(const char *path)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "ffmpeg -nostdin -loglevel error -f lavfi -i testsrc=size=320x240:rate=10 -t 4 "
		 "-pix_fmt yuv420p -c:v libx264 -g 10 -threads 1 '%s'",
		 path);
	assert_int_equal(system(command), 0);
}

static int start_ward(void **state)
{
	char path[96];
	int pipe_fds[2];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.mp4", folder);
	make_film(path);
	snprintf(path, sizeof(path), "%s/ward.yml", folder);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	uint16_t port = ports_find(3);

	fprintf(file,
		"listen: {https: %u, media: %u, http_loopback: %u}\ncameras:\n  film: a.mp4\n",
		port, port + 1, port + 2);
	fclose(file);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	warden = fork();
	if (warden == 0)
		become_warden(pipe_fds[1]);
	close(pipe_fds[1]);
	output = pipe_fds[0];
	return warden < 0;
}

static int stop_ward(void **state)
{
	char command[128];

	(void)state;
	kill(warden, SIGTERM);
	waitpid(warden, NULL, 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command) != 0;
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_kernel_confirms),
		cmocka_unit_test(test_no_secret_is_on_display),
		cmocka_unit_test(test_transcode_lets_the_intruder_out_no_more),
		cmocka_unit_test(test_ear_lets_the_intruder_out_no_more),
		cmocka_unit_test(test_thumb_lets_the_intruder_out_no_more),
		cmocka_unit_test(test_convert_lets_the_intruder_out_no_more),
		cmocka_unit_test(test_eye_lets_the_intruder_out_no_more),
		cmocka_unit_test(test_no_process_lets_the_intruder_out),
	};

	if (argc < 3)
		return 2;
	warden_path = argv[1];
	intruder_path = argv[2];
	return cmocka_run_group_tests(tests, start_ward, stop_ward);
}
