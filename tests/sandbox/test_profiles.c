/* Enters every profile in a forked child, tries what it must not do, and looks at how it ended. */
#include "../unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "base/attr.h"
#include "sandbox/sandbox.h"

/* How a child ends: 0 it could, KILLED it was killed for it, else the errno it got. */
enum { KILLED = 1000 };

static char state_dir[] = "/tmp/ward-sandbox-XXXXXX";
static int pair[2], other_pair[2];
static int udp = -1, unbound = -1;

/* ---- what a taken-over process would try; each answers 0 or an errno ---- */

static int answer(long result)
{
	return result < 0 ? errno : 0;
}

static int try_open_secret(void)
{
	return answer(open("/etc/shadow", O_RDONLY));
}

static int try_open_write(void)
{
	return answer(open("/tmp/ward-sandbox-escape", O_WRONLY | O_CREAT, 0600));
}

static int in_state(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	return answer(open(path, flags, 0600));
}

static int try_open_state(void)
{
	return in_state("config", O_RDONLY);
}

static int try_open_vault(void)
{
	return in_state("vault/file", O_RDWR | O_CREAT);
}

static int try_open_tls(void)
{
	return in_state("tls/file", O_RDWR | O_CREAT);
}

static int try_unlink(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/config", state_dir);
	return answer(unlink(path));
}

static int try_escape_by_link(void)
{
	char from[128], to[128];

	snprintf(from, sizeof(from), "%s/vault/kept", state_dir);
	snprintf(to, sizeof(to), "%s/outside", state_dir);
	return answer(link(from, to));
}

static int try_exec(void)
{
	char *const argv[] = {NULL};

	return answer(execve("/bin/true", argv, argv));
}

static int try_fork(void)
{
	return answer(syscall(__NR_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int try_ptrace(void)
{
	return answer(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int try_read_parent(void)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {state_dir, 1};

	return answer(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static int try_kill(void)
{
	return answer(kill(1, 0));
}

static int try_kill_thread(void)
{
	return answer(syscall(__NR_tgkill, 1, 1, 0));
}

static int try_socket(void)
{
	return answer(socket(AF_INET, SOCK_STREAM, 0));
}

static struct sockaddr_in somewhere(void)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(9),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int try_connect(void)
{
	struct sockaddr_in to = somewhere();

	return answer(connect(udp, (struct sockaddr *)&to, sizeof(to)));
}

static int try_bind(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET};

	return answer(bind(unbound, (struct sockaddr *)&to, sizeof(to)));
}

static int try_send_elsewhere(void)
{
	struct sockaddr_in to = somewhere();

	return answer(sendto(udp, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)));
}

static int try_sendmsg(void)
{
	struct iovec part = {state_dir, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	return answer(sendmsg(other_pair[0], &message, 0));
}

static int try_accept(void)
{
	/* It is no listener: what counts is to get as far as being told so. */
	int error = answer(accept4(udp, NULL, NULL, 0));

	return error == EPERM ? error : 0;
}

static int try_map_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	return at == MAP_FAILED ? errno : 0;
}

static int try_protect_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? errno : answer(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static int try_prctl(void)
{
	return answer(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int try_unshare(void)
{
	return answer(unshare(CLONE_NEWUSER));
}

static int try_mount(void)
{
	return answer(syscall(__NR_mount, "none", "/tmp", "tmpfs", 0, NULL));
}

static int try_bpf(void)
{
	return answer(syscall(__NR_bpf, 0, NULL, 0));
}

static int try_uring(void)
{
	return answer(syscall(__NR_io_uring_setup, 1, NULL));
}

static int try_set_clock(void)
{
	struct timespec then = {0, 0};

	return answer(clock_settime(CLOCK_REALTIME, &then));
}

static int try_terminal(void)
{
	return answer(syscall(__NR_ioctl, 0, 0x5412 /* TIOCSTI */, "x"));
}

/* What every process lives on. */
static int try_live(void)
{
	char data[8];
	struct epoll_event event;
	struct timespec now;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || write(pair[0], "hello", 5) != 5 || read(pair[1], data, 5) != 5)
		return errno;
	if (send(pair[0], "x", 1, MSG_NOSIGNAL) != 1 || recv(pair[1], data, 1, 0) != 1)
		return errno;
	if (epoll_wait(epoll, &event, 1, 0) != 0 || clock_gettime(CLOCK_BOOTTIME, &now))
		return errno;
	void *much = malloc(4 << 20);

	free(much);
	return much ? 0 : ENOMEM;
}

#define P(name)  (1U << SANDBOX_##name)
#define KEEPERS  (P(VAULT) | P(CERTIFY))
#define EVERYONE ((1U << SANDBOX_PROFILE_COUNT) - 1)
#define NOBODY   0U

/* `may` can do it, `denied` gets `error`, all others are killed (but see expected_of). */
static const struct attempt {
	const char *name;
	int (*run)(void);
	unsigned may, denied;
	int error;
} attempts[] = {
	{"live", try_live, EVERYONE, NOBODY, 0},
	{"open /etc/shadow", try_open_secret, P(DIAL), KEEPERS, EACCES},
	{"open a new file", try_open_write, NOBODY, KEEPERS, EACCES},
	{"open in the state directory", try_open_state, NOBODY, KEEPERS | P(DIAL), EACCES},
	{"open in STATE/vault", try_open_vault, P(VAULT), P(CERTIFY), EACCES},
	{"open in STATE/tls", try_open_tls, P(CERTIFY), P(VAULT), EACCES},
	{"unlink outside", try_unlink, NOBODY, KEEPERS, EACCES},
	{"link out of its tree", try_escape_by_link, NOBODY, KEEPERS, EACCES},
	{"exec", try_exec, NOBODY, NOBODY, 0},
	{"fork", try_fork, NOBODY, NOBODY, 0},
	{"ptrace", try_ptrace, NOBODY, NOBODY, 0},
	{"read the parent's memory", try_read_parent, NOBODY, NOBODY, 0},
	{"kill", try_kill, NOBODY, NOBODY, 0},
	{"tgkill another", try_kill_thread, NOBODY, NOBODY, 0},
	{"socket", try_socket, P(DIAL), NOBODY, 0},
	{"connect", try_connect, P(DIAL), NOBODY, 0},
	{"bind", try_bind, P(DIAL), NOBODY, 0},
	{"send to an address", try_send_elsewhere, P(RTC) | P(DEMO) | P(DIAL), NOBODY, 0},
	{"sendmsg", try_sendmsg, P(VAULT) | P(RTC) | P(DIAL), NOBODY, 0},
	{"accept", try_accept, P(VAULT) | P(FRONT) | P(RTC) | P(DEMO), NOBODY, 0},
	{"map code", try_map_code, P(DIAL), NOBODY, 0},
	{"make memory executable", try_protect_code, P(DIAL), NOBODY, 0},
	{"prctl", try_prctl, NOBODY, NOBODY, 0},
	{"unshare", try_unshare, NOBODY, NOBODY, 0},
	{"mount", try_mount, NOBODY, NOBODY, 0},
	{"bpf", try_bpf, NOBODY, NOBODY, 0},
	{"io_uring", try_uring, NOBODY, NOBODY, 0},
	{"set the clock", try_set_clock, NOBODY, NOBODY, 0},
	{"type into the terminal", try_terminal, NOBODY, NOBODY, 0},
};

static const char *const profile_names[SANDBOX_PROFILE_COUNT] = {
	[SANDBOX_CAM_RTSP] = "cam-rtsp", [SANDBOX_CAM_FILE] = "cam-file",
	[SANDBOX_CAM_ALSA] = "cam-alsa", [SANDBOX_VAULT] = "vault", [SANDBOX_FRONT] = "front",
	[SANDBOX_RTC] = "rtc",           [SANDBOX_TRANSCODE] = "transcode",
	[SANDBOX_DEMO] = "demo",         [SANDBOX_DIAL] = "dial",
	[SANDBOX_CERTIFY] = "certify",   [SANDBOX_EAR] = "ear",
	[SANDBOX_THUMB] = "thumb",       [SANDBOX_CONVERT] = "convert",
};

/* The child writes its answer to a pipe: an exit status has too few bits, and a child that was
 * killed writes nothing. */
static int outcome_of(enum sandbox_profile profile, int (*run)(void))
{
	int result[2], outcome = -1, status = 0;

	assert_int_equal(pipe(result), 0);
	pid_t pid = fork();

	if (pid == 0) {
		int code = sandbox_enter(profile, state_dir);

		code = code < 0 ? -code + 10000 : run();
		if (write(result[1], &code, sizeof(code)) != sizeof(code))
			_exit(2);
		_exit(0);
	}
	assert_true(pid > 0);
	close(result[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	ssize_t size = read(result[0], &outcome, sizeof(outcome));

	close(result[0]);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	assert_int_equal(size, sizeof(outcome));
	return outcome;
}

static int expected_of(const struct attempt *attempt, unsigned profile)
{
	if (attempt->may & 1U << profile)
		return 0;
	if (attempt->denied & 1U << profile)
		return attempt->error;
	/* resolver modules may try more than they may */
	return profile == SANDBOX_DIAL ? EPERM : KILLED;
}

static void test_each_profile_each_attempt(void **state)
{
	int wrong = 0;

	(void)state;
	for (unsigned profile = 0; profile < SANDBOX_PROFILE_COUNT; profile++)
		for (size_t i = 0; i < ARRAY_COUNT(attempts); i++) {
			int got = outcome_of((enum sandbox_profile)profile, attempts[i].run);
			int want = expected_of(&attempts[i], profile);

			if (got == want)
				continue;
			print_error("%s: %s: got %d, expected %d\n", profile_names[profile],
				    attempts[i].name, got, want);
			wrong++;
		}
	assert_int_equal(wrong, 0);
}

/* prctl is closed afterwards, so the parent reads what the kernel says of the child. */
static void test_kernel_confirms(void **state)
{
	(void)state;
	for (unsigned profile = 0; profile < SANDBOX_PROFILE_COUNT; profile++) {
		int ready[2], hold[2];
		char byte, path[64], text[4096];

		assert_int_equal(pipe(ready) | pipe(hold), 0);
		pid_t pid = fork();

		if (pid == 0) {
			close(hold[1]);
			if (sandbox_enter((enum sandbox_profile)profile, state_dir) < 0 ||
			    write(ready[1], "x", 1) != 1 || read(hold[0], &byte, 1) != 0)
				_exit(1);
			_exit(0);
		}
		close(ready[1]);
		close(hold[0]);
		assert_int_equal(read(ready[0], &byte, 1), 1);
		snprintf(path, sizeof(path), "/proc/%d/status", pid);
		autoclose int fd = open(path, O_RDONLY);
		ssize_t size = read(fd, text, sizeof(text) - 1);

		assert_true(size > 0);
		text[size] = 0;
		assert_non_null(strstr(text, "Seccomp:\t2\n"));
		assert_non_null(strstr(text, "NoNewPrivs:\t1\n"));
		assert_non_null(strstr(text, "CapEff:\t0000000000000000\n"));
		assert_non_null(strstr(text, "CapPrm:\t0000000000000000\n"));
		close(hold[1]);
		close(ready[0]);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
}

static void make_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static int setup(void **state)
{
	static const char *const folders[] = {"vault", "log", "store", "tls"};
	char path[128];

	(void)state;
	assert_non_null(mkdtemp(state_dir));
	for (size_t i = 0; i < ARRAY_COUNT(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", state_dir, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	make_file("config");
	make_file("vault/kept");
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, other_pair), 0);
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	unbound = socket(AF_INET, SOCK_DGRAM, 0);
	return udp < 0 || unbound < 0;
}

static int teardown(void **state)
{
	char command[160];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", state_dir);
	return system(command) != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_profile_each_attempt),
		cmocka_unit_test(test_kernel_confirms),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
