#include "warden/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Beginnings of variables that a child keeps. Nothing of systemd's, no WARD_*: they may hold what
 * only the warden should know. */
static const char *const kept[] = {
	"TZ=",           "LANG=",          "LD_PRELOAD=",  "LD_LIBRARY_PATH=",
	"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "ALSA_CONFIG_PATH="};

enum { KEPT_MAX = 16 };

static void keep_environment(char *ret_environment[KEPT_MAX + 1])
{
	size_t count = 0;

	for (char **variable = environ; *variable && count < KEPT_MAX; variable++)
		for (size_t i = 0; i < ARRAY_COUNT(kept); i++)
			if (strncmp(*variable, kept[i], strlen(kept[i])) == 0)
				ret_environment[count++] = *variable;
	ret_environment[count < KEPT_MAX ? count : KEPT_MAX] = NULL;
}

/* Between fork and exec: says with its exit status that it failed, nothing more. */
NORETURN static void become(char *const argv[], int fd, char *const environment[])
{
	struct rlimit none = {0, 0};
	sigset_t empty;
	int null = open("/dev/null", O_RDONLY);

	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	setrlimit(RLIMIT_CORE, &none); /* memory holds keys and pictures */
	setsid();
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(127);
	/* dup2 onto itself would leave close-on-exec set */
	if (fd == SPAWN_FD ? fcntl(fd, F_SETFD, 0) : fd >= 0 && dup2(fd, SPAWN_FD) < 0)
		_exit(127);
	if (close_range(fd < 0 ? SPAWN_FD : SPAWN_FD + 1, ~0U, 0))
		_exit(127);
	execve(argv[0], argv, environment);
	_exit(127);
}

pid_t spawn_program(char *const argv[], int fd)
{
	char *environment[KEPT_MAX + 1];

	keep_environment(environment);
	pid_t pid = fork();

	if (pid == 0)
		become(argv, fd, environment);
	return pid < 0 ? -errno : pid;
}

void spawn_describe_end(int status, char *ret_text, size_t size)
{
	if (WIFEXITED(status))
		snprintf(ret_text, size, "exited with %d", WEXITSTATUS(status));
	else if (WTERMSIG(status) == SIGSYS)
		snprintf(ret_text, size, "was stopped by its sandbox (a forbidden system call)");
	else
		snprintf(ret_text, size, "was killed (%s)", strsignal(WTERMSIG(status)));
}
