/* Preloaded into Ward's real processes by test_processes: a stand-in for code that an attacker got
 * to run. SIGUSR2 with a number makes the process try that forbidden thing; who survives says on
 * standard error what it got. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "intruder.h"

static int steal_file(void)
{
	return open("/etc/shadow", O_RDONLY);
}

static int phone_home(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(9),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	/* Any descriptor will do: what is forbidden is the call. */
	return connect(STDERR_FILENO, (struct sockaddr *)&to, sizeof(to));
}

static int run_shell(void)
{
	char *const argv[] = {NULL};

	return execve("/bin/sh", argv, argv);
}

static int trace_parent(void)
{
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int kill_parent(void)
{
	return kill(getppid(), SIGTERM);
}

static int (*const attempts[INTRUDER_COUNT])(void) = {
	[INTRUDER_OPEN] = steal_file,  [INTRUDER_CONNECT] = phone_home,
	[INTRUDER_EXEC] = run_shell,   [INTRUDER_TRACE] = trace_parent,
	[INTRUDER_KILL] = kill_parent,
};

static void intrude(int number, siginfo_t *info, void *context)
{
	char line[96];
	int attempt = info->si_value.sival_int;

	(void)number;
	(void)context;
	if (attempt < 0 || attempt >= INTRUDER_COUNT)
		return;
	int error = attempts[attempt]() < 0 ? errno : 0;
	int size = snprintf(line, sizeof(line), "intruder: process %d attempt %d error %d\n",
			    getpid(), attempt, error);

	(void)!write(STDERR_FILENO, line, (size_t)size);
}

__attribute__((constructor)) static void move_in(void)
{
	struct sigaction action = {.sa_sigaction = intrude, .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaction(SIGUSR2, &action, NULL);
}
