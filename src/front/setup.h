/* What the warden tells the front before and after it starts. */
#ifndef FRONT_SETUP_H
#define FRONT_SETUP_H

#include "front/conn.h"
#include "front/listener.h"
#include "ipc/ipc.h"

enum { SETUP_LISTENERS_MAX = 8 };

struct setup_text {
	uint8_t *data; /* owned; wiped when freed */
	size_t size;
};

struct setup {
	struct front *front;
	struct conn_pool pool;
	struct ipc_channel warden;
	struct tls *tls;
	struct setup_text certificate, key;
	struct listener listeners[SETUP_LISTENERS_MAX];
	struct {
		int fd;
		struct ipc_listen about;
	} waiting[SETUP_LISTENERS_MAX]; /* until IPC_START */
	size_t waiting_count, listener_count;
	bool is_started;
};

/* Takes the descriptor of the warden's channel. Everything wrong with what it says is fatal. */
void setup_open(struct setup *setup, struct front *front, int take_fd);
void setup_finish(struct setup *setup);

#endif
