/* The local socket on which the `ward` command speaks: who connects is known from the kernel, and
 * only root and the box's own user are let in. */
#ifndef VAULT_TOOLS_H
#define VAULT_TOOLS_H

#include "ipc/ipc.h"
#include "loop/loop.h"
#include "vault/people.h"

enum { TOOLS_MAX = 16 };

struct tools;

struct tool {
	struct tools *all;
	struct ipc_channel channel;
	uint32_t uid;
};

struct tools {
	struct loop *loop;
	struct loop_watch listener; /* fd -1: none */
	struct tool table[TOOLS_MAX];
	ipc_message_fn *received;
	/* The tool hung up: nothing may refer to its channel any more. */
	void (*closed)(void *owner, struct ipc_channel *channel);
	void *owner; /* of each channel */
};

void tools_init(struct tools *tools, struct loop *loop);
/* Takes the listening descriptor. */
NODISCARD int tools_listen(struct tools *tools, int fd);
void tools_finish(struct tools *tools);

/* Who is at that channel, which is a tool's: for what the log says about it. */
void tools_who(struct ipc_channel *channel, struct who *ret_who);

#endif
