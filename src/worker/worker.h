/* The main loop of a worker: a process that does one thing for the vault, and whose only neighbours
 * are the vault and the warden that starts it. What is the same in all of them stands here: the two
 * channels, the sandbox, the beginning and the end. What one of them is, its table says. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "ipc/ipc.h"
#include "sandbox/sandbox.h"

struct worker_kind;

/* Zero-initialised and embedded by its owner, who gets it back with container_of. */
struct worker {
	const struct worker_kind *kind;
	struct loop *loop;
	struct ipc_channel warden, vault;
	bool is_started; /* the sandbox is closed */
};

typedef void worker_fn(struct worker *worker);
typedef void worker_message_fn(struct worker *worker, struct ipc_message *message);

struct worker_kind {
	const char *program; /* its name before the operator */
	enum proc_kind proc;
	enum sandbox_profile profile;
	uint64_t memory_max; /* bytes; 0: no limit of its own */

	/* First of all: warms up the libraries. 0 or a negative errno, which ends the process. */
	int (*prepare)(struct worker *worker);
	/* Last of all, also after `prepare` failed: tells what went wrong meanwhile and frees. */
	worker_fn *finish;

	/* NULL: nothing to do. */
	worker_fn *start;      /* IPC_START came; the sandbox closes behind it */
	worker_fn *meet_vault; /* the sandbox is closed and there is a vault: once for each vault */
	worker_fn *stop;       /* IPC_STOP came; the loop ends behind it */

	/* By type; a message without a handler is passed over. IPC_PEER, IPC_START and IPC_STOP
	 * are the same for all workers and are not asked for here. */
	worker_message_fn *from_warden[IPC_TYPE_COUNT], *from_vault[IPC_TYPE_COUNT];
};

/* The whole of main: until the warden says stop, or it or the vault is gone. The exit status. */
NODISCARD int worker_run(struct worker *worker, const struct worker_kind *kind);

#endif
