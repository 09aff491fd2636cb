/* The sockets on which Ward is reached. Made once, before anything else runs; a child that is
 * started again gets the same ones, so no connection is refused meanwhile. */
#ifndef WARDEN_LISTENERS_H
#define WARDEN_LISTENERS_H

#include "conf/conf.h"
#include "ipc/ipc.h"

enum { LISTENERS_MAX = 8 };

struct listener {
	enum listen_kind kind;
	uint16_t port;
	int fd;
};

struct listeners {
	struct listener list[LISTENERS_MAX];
	size_t count;
};

/* https and media: one socket for IPv6 and IPv4 (mapped), or IPv4 alone where there is no IPv6, or
 * the configured address. http_loopback: 127.0.0.1 and, if there is one, ::1. The tool's socket:
 * STATE/ward.sock. 0, or a negative errno after one line that says which port, who holds it and
 * what to do. */
NODISCARD int listeners_open(const struct conf *conf, struct listeners *ret_listeners);

/* Sends those of `kinds` (set of 1 << enum listen_kind) over the channel. */
void listeners_send(const struct listeners *listeners, uint32_t kinds, struct ipc_channel *channel);

/* A listener on 127.0.0.1 and a port of the kernel's choice. */
NODISCARD int listeners_open_loopback(uint16_t *ret_port);

void listeners_close(struct listeners *listeners);

#endif
