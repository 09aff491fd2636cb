/* Connecting for the cams, which cannot: only to the host and port that the camera's own URL names.
 * Names are resolved by a process of their own, ward-dial, which reads the answers of strangers. */
#ifndef WARDEN_DIALER_H
#define WARDEN_DIALER_H

#include "ipc/ipc.h"

struct warden;
struct child;

enum {
	DIALS_MAX = 64,       /* in progress */
	DIALS_OF_CAM_MAX = 3, /* main, sub and speaker */
	DIAL_TIMEOUT_MS = 15000,
	UDP_PAIRS_MAX = 256,
	UDP_PAIRS_OF_CAM_MAX = 4, /* video and sound of both sources */
};

struct dial {
	struct warden *warden;
	struct child *cam; /* NULL: free */
	uint64_t request;
	uint32_t track;
	pid_t pid;
	struct ipc_channel channel;
	struct loop_timer timer;
};

/* Kept until they are connected. */
struct udp_pair {
	struct child *cam; /* NULL: free */
	uint64_t request;
	uint32_t track;
	int fds[2];
};

struct dialer {
	struct warden *warden;
	struct dial dials[DIALS_MAX];
	struct udp_pair pairs[UDP_PAIRS_MAX];
};

void dialer_init(struct dialer *dialer, struct warden *warden);

/* A cam's IPC_DIAL. Answers it with IPC_DIALED or IPC_DIAL_FAILED, now or later. */
void dialer_ask(struct dialer *dialer, struct child *cam, const struct ipc_dial *ask);

/* A process ended: if it was ward-dial, its number means nothing any more. */
void dialer_reaped(struct dialer *dialer, pid_t pid);

/* The cam has ended: what it asked for is dropped. */
void dialer_forget(struct dialer *dialer, const struct child *cam);

#endif
