/* One of Ward's own programs, of which the test is the warden and, if it has one, the vault. */
#ifndef UNIT_CHILD_H
#define UNIT_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "ipc/ipc.h"

struct child {
	pid_t pid;
	struct loop *loop;
	struct ipc_channel warden, vault;
	int ready, pongs; /* that came */
	bool is_gone;     /* it has closed one of the channels */
};

/* Runs `program` with `fd`, which it takes, as its channel to the warden. It does not outlive the
 * test. */
pid_t child_spawn(const char *program, int fd);

/* Runs it and gives it a vault; `heard` is called with what it says to that one. What configures it
 * can be sent now. */
void child_open(struct child *child, const char *program, enum proc_kind kind,
		ipc_message_fn *heard);
/* Ends the configuration and waits until it is ready. */
void child_start(struct child *child);

/* Turns of the loop until `*count`, which a handler counts, is `at_least`. */
void child_wait(struct child *child, const int *count, int at_least);
/* Until it has read all that was sent to it before on the warden's channel, and lives. */
void child_ping(struct child *child);

/* The vault leaves, or the warden stops it: it ends without a fault. */
void child_leave(struct child *child);
void child_stop(struct child *child);

#endif
