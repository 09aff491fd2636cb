/* The RTSP server of the demo camera: takes connections and hands each frame to all who play. */
#ifndef DEMO_SERVER_H
#define DEMO_SERVER_H

#include "demo/client.h"
#include "demo/digest.h"
#include "demo/studio.h"

enum {
	SERVER_CLIENTS_MAX = 16,
	SERVER_FRAME_MAX = 1024 * 1024, /* bytes of one frame cut for RTP */
	SERVER_PACKETS_MAX = 2048,
};

/* Descriptors stay the caller's. */
struct server_sockets {
	int listener;
	int udp[2]; /* RTP and RTCP leave from these; bound */
};

NODISCARD int server_create(struct loop *loop, struct studio *studio,
			    const struct server_sockets *sockets, const struct digest *digest,
			    struct server **ret_server);
void server_destroy(struct server *server);
AUTO_DEFINE(server)

/* For its clients. */
struct loop *server_loop(const struct server *server);
struct studio *server_studio(const struct server *server);
const struct digest *server_digest(const struct server *server);
int server_udp_fd(const struct server *server, bool is_rtcp);
uint16_t server_udp_port(const struct server *server, int index);
/* A moment before the first frame, from which RTP time is counted. */
uint64_t server_epoch_ns(const struct server *server);
/* The client plays from now on. */
void server_joined(struct server *server, struct client *client);

#endif
