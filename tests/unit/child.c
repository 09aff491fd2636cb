#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { WAIT_MS = 20000, TURNS_MAX = 1000, WARDEN_FD = 3 };

static void warden_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	struct child *child = channel->owner;

	child->ready += message->type == IPC_READY;
	child->pongs += message->type == IPC_PONG;
}

static void gone(struct ipc_channel *channel)
{
	struct child *child = channel->owner;

	child->is_gone = true;
}

pid_t child_spawn(const char *program, int fd)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, WARDEN_FD);
		fcntl(WARDEN_FD, F_SETFD, 0);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	close(fd);
	return pid;
}

void child_open(struct child *child, const char *program, enum proc_kind kind,
		ipc_message_fn *heard)
{
	const struct ipc_peer peer = {.kind = PROC_VAULT};
	int warden[2], vault[2];

	memset(child, 0, sizeof(*child));
	assert_int_equal(ipc_pair(0, warden), 0);
	assert_int_equal(ipc_pair(0, vault), 0);
	child->pid = child_spawn(program, warden[1]);
	assert_int_equal(loop_create(&child->loop), 0);
	assert_int_equal(ipc_open(&child->warden, child->loop, warden[0], PROC_WARDEN, kind,
				  warden_heard, gone, child),
			 0);
	assert_int_equal(ipc_open(&child->vault, child->loop, vault[0], PROC_VAULT, kind, heard,
				  gone, child),
			 0);
	ipc_send_fd(&child->warden, IPC_PEER, &peer, NULL, 0, vault[1]);
	close(vault[1]);
}

void child_start(struct child *child)
{
	ipc_send(&child->warden, IPC_START, &(struct ipc_number){0}, NULL, 0);
	child_wait(child, &child->ready, 1);
}

void child_wait(struct child *child, const int *count, int at_least)
{
	for (int turns = 0; *count < at_least && !child->is_gone && turns < TURNS_MAX; turns++)
		assert_true(loop_turn(child->loop, WAIT_MS) >= 0);
	assert_true(*count >= at_least);
}

void child_ping(struct child *child)
{
	ipc_send(&child->warden, IPC_PING, &(struct ipc_number){0}, NULL, 0);
	child_wait(child, &child->pongs, child->pongs + 1);
}

static void finish(struct child *child)
{
	int status = -1;

	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_int_equal(status, 0);
	ipc_close(&child->vault);
	ipc_close(&child->warden);
	loop_destroy(child->loop);
}

void child_leave(struct child *child)
{
	ipc_close(&child->vault);
	finish(child);
}

void child_stop(struct child *child)
{
	ipc_send(&child->warden, IPC_STOP, &(struct ipc_number){0}, NULL, 0);
	finish(child);
}
