/* One RTSP connection: its socket, its session, and its tracks over the same TCP connection or over
 * UDP. A client that does not read loses whole frames up to the next key frame, and delays nobody. */
#ifndef DEMO_CLIENT_H
#define DEMO_CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>

#include "demo/describe.h"
#include "demo/digest.h"
#include "demo/sender.h"
#include "loop/loop.h"
#include "proto/rtsp/rtsp_stream.h"
#include "proto/rtsp/rtsp_transport.h"

struct server;

enum {
	CLIENT_IN_SIZE = RTSP_HEAD_SIZE_MAX,
	CLIENT_OUT_SIZE = 1024 * 1024, /* about two seconds of the main picture */
	CLIENT_SESSION_SIZE = 17,
};

struct client_track {
	struct client *client;
	struct sender sender;
	struct rtsp_transport transport;
	bool is_set_up;
	bool needs_key; /* video: nothing is sent up to the next key frame */
};

struct client {
	struct loop_watch watch;
	struct server *server;
	struct client *next;
	bool is_dead; /* removed at the end of the loop's turn */
	bool is_playing;
	enum studio_track picture;
	struct client_track tracks[DESCRIBE_TRACKS];
	struct rtsp_channels channels; /* on which it may send its reports, and sound */
	bool has_speaker;	       /* it may play sound here, on this channel */
	uint8_t speaker_channel;
	struct sockaddr_storage address;
	char session[CLIENT_SESSION_SIZE];
	char nonce[DIGEST_NONCE_SIZE];
	size_t in_size, out_size, out_sent;
	uint8_t in[CLIENT_IN_SIZE];
	uint8_t out[CLIENT_OUT_SIZE];
};

/* Takes `fd`. */
NODISCARD int client_create(struct server *server, int fd, struct client **ret_client);
void client_destroy(struct client *client);

/* Queues a response; a client that cannot even take that is dead. */
void client_write(struct client *client, const void *data, size_t size);

/* Sends one frame of a track of a playing client, or drops it whole. */
void client_send_frame(struct client *client, int track, const struct sender_frame *frame,
		       bool is_key);

#endif
