#include "worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/diag.h"

enum { WARDEN_FD = 3 };

static void run_hook(worker_fn *hook, struct worker *worker)
{
	if (hook)
		hook(worker);
}

/* Nobody has work any more, or the warden is gone. */
static void other_gone(struct ipc_channel *channel)
{
	struct worker *worker = channel->owner;

	loop_stop(worker->loop);
}

static void vault_said(struct ipc_channel *channel, struct ipc_message *message)
{
	struct worker *worker = channel->owner;
	worker_message_fn *handler = worker->kind->from_vault[message->type];

	if (handler)
		handler(worker, message);
}

static void take_peer(struct worker *worker, struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (peer->kind != PROC_VAULT)
		fatal("the warden sent a peer that this process has no use for");
	ipc_close(&worker->vault);
	worker->vault = (struct ipc_channel){0};
	int r = ipc_open(&worker->vault, worker->loop, take_fd(message->fd), worker->kind->proc,
			 PROC_VAULT, vault_said, other_gone, worker);

	if (r < 0)
		fatal("cannot watch the vault's channel: %s", strerror(-r));
	if (worker->is_started)
		run_hook(worker->kind->meet_vault, worker);
}

static void take_start(struct worker *worker, struct ipc_message *message)
{
	const struct worker_kind *kind = worker->kind;
	struct ipc_number ready = {0};

	(void)message;
	run_hook(kind->start, worker);
	int r = kind->memory_max ? sandbox_bound_memory(kind->memory_max) : 0;

	if (r < 0)
		fatal("cannot bound the memory: %s", strerror(-r));
	r = sandbox_enter(kind->profile, NULL);
	if (r < 0)
		fatal("cannot close the sandbox: %s", strerror(-r));
	worker->is_started = true;
	ipc_send(&worker->warden, IPC_READY, &ready, NULL, 0);
	if (ipc_is_open(&worker->vault))
		run_hook(kind->meet_vault, worker);
}

static void take_stop(struct worker *worker, struct ipc_message *message)
{
	(void)message;
	run_hook(worker->kind->stop, worker);
	loop_stop(worker->loop);
}

static void warden_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static worker_message_fn *const of_all[IPC_TYPE_COUNT] = {
		[IPC_PEER] = take_peer,
		[IPC_START] = take_start,
		[IPC_STOP] = take_stop,
	};
	struct worker *worker = channel->owner;
	worker_message_fn *handler = of_all[message->type];

	if (!handler)
		handler = worker->kind->from_warden[message->type];
	if (handler)
		handler(worker, message);
}

int worker_run(struct worker *worker, const struct worker_kind *kind)
{
	worker->kind = kind;
	diag_init(kind->program);
	signal(SIGPIPE, SIG_IGN);
	int r = kind->prepare(worker);

	if (r == 0)
		r = loop_create(&worker->loop);
	if (r == 0)
		r = ipc_open(&worker->warden, worker->loop, WARDEN_FD, kind->proc, PROC_WARDEN,
			     warden_said, other_gone, worker);
	if (r == 0)
		r = loop_run(worker->loop);
	if (r < 0)
		diag_error("cannot go on: %s", strerror(-r));
	kind->finish(worker);
	ipc_close(&worker->vault);
	ipc_close(&worker->warden);
	loop_destroy(worker->loop);
	return r < 0;
}
