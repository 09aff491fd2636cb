/* The demo camera: ward-demo serves it, a cam takes it in like any other. */
#ifndef WARDEN_DEMO_H
#define WARDEN_DEMO_H

#include "ipc/messages.h"
#include "warden/child.h"

struct demo {
	struct child child;
	struct ipc_demo secret; /* port 0: not made yet */
	int fd;                 /* the listener */
};

/* Makes listener and password at the first call and wants the process. */
NODISCARD int demo_want(struct demo *demo);

/* The URL with user and password, for the cam alone. */
NODISCARD int demo_url(const struct demo *demo, char *ret_url, size_t size);

#endif
