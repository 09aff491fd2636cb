/* One process that is kept running: started, configured, connected with its neighbours, started
 * again when it dies. */
#ifndef WARDEN_CHILD_H
#define WARDEN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "ipc/ipc.h"
#include "loop/loop.h"

struct warden;
struct job;

enum child_phase {
	CHILD_DOWN,
	CHILD_STARTING, /* not yet IPC_READY */
	CHILD_READY,
	CHILD_STOPPING, /* told to finish, or its channel broke */
};

enum {
	CHILD_READY_MS = 20000,   /* to say IPC_READY; the vault may have a long log to read */
	CHILD_STOP_MS = 3000,     /* to finish after IPC_STOP */
	CHILD_SETTLED_MS = 10000, /* one that lived this long starts again at once */
	CHILD_BACKOFF_MS = 100,   /* first wait, doubled at each failure */
	CHILD_BACKOFF_MAX_MS = 10000,
};

/* Why it ends, if that is our doing. */
enum child_end {
	CHILD_END_ITSELF,
	CHILD_END_RESTART,      /* at once again, no failure */
	CHILD_END_UNCONFIGURED, /* said already; later again */
};

struct child {
	struct warden *warden;
	const struct job *job;
	uint32_t slot;
	char name[NAME_SIZE]; /* camera; else empty */
	bool is_wanted;
	bool is_asked_again; /* transcode, talk, thumb, convert: wanted again while it may be ending */
	enum child_phase phase;
	enum child_end end;
	pid_t pid; /* 0: none */
	unsigned failures;
	unsigned signs_owed; /* of life: pulse.h */
	uint64_t started_ns;
	struct ipc_channel channel;
	struct loop_timer timer; /* DOWN: start again; else: kill */
};

void child_init(struct child *child, struct warden *warden, const struct job *job);

/* From now on it shall run; starts it as soon as its vault is up. */
void child_want(struct child *child);
/* From now on it shall not: told to finish, killed if it does not. */
void child_stop(struct child *child);
/* At once; started again if it is wanted. Counts as no failure. */
void child_restart(struct child *child);
/* Starts it if it is wanted, down, and allowed to run now. */
void child_try_start(struct child *child);

/* waitpid() brought its end. */
void child_ended(struct child *child, int status);

/* Writes "ward-cam-rtsp \"yard\"". */
const char *child_title(const struct child *child, char *buffer, size_t size);

#endif
