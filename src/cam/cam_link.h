/* The RTSP connection to a camera: bytes in and out of one connected socket, plain or through TLS.
 * Both directions are bounded; nothing blocks. */
#ifndef CAM_CAM_LINK_H
#define CAM_CAM_LINK_H

#include "cam/cam_calm.h"
#include "cam/cam_tls.h"
#include "loop/loop.h"
#include "proto/rtsp/rtsp_stream.h"

enum {
	LINK_IN_SIZE = 2 * RTSP_STREAM_BUFFER_SIZE,
	LINK_OUT_SIZE = 64 * 1024,
	LINK_CALM_SIZE =
		64 * 1024, /* calm, bytes wait for this many others, or for the next look */
};

struct cam_link;

/* New bytes stand at link->in; the owner takes them with cam_link_consume. */
typedef void cam_link_readable_fn(struct cam_link *link);
/* The connection is over (already closed): 0 if the camera ended it, else a negative errno. Never
 * called from within a call of the owner's. */
typedef void cam_link_closed_fn(struct cam_link *link, int error);

/* Zero-initialised before use. */
struct cam_link {
	struct loop_watch watch;
	cam_link_readable_fn *readable;
	cam_link_closed_fn *closed;
	void *owner;
	struct cam_tls *tls; /* NULL: plain */
	uint8_t *in;         /* what is not consumed: in_size bytes from in_at of the memory */
	size_t in_at, in_size;
	uint8_t *out; /* waiting for the socket */
	size_t out_size;
	int error; /* found while sending; told from the loop */
	bool is_calm;
	struct loop_timer calm; /* the next look, or the end of the calm */
};

/* Takes `fd`, connected. `tls_host` NULL: plain. 0 or a negative errno. */
NODISCARD int cam_link_open(struct cam_link *link, struct loop *loop, int fd, const char *tls_host);
/* Safe twice. Keeps the memory for the next connection. */
void cam_link_close(struct cam_link *link);
void cam_link_finish(struct cam_link *link);

static inline bool cam_link_is_open(const struct cam_link *link)
{
	return link->watch.loop != NULL;
}

static inline struct bytes cam_link_input(const struct cam_link *link)
{
	return (struct bytes){link->in + link->in_at, link->in_size};
}
void cam_link_consume(struct cam_link *link, size_t size);

/* Nobody waits for what comes: it is read in batches, which costs a fraction of the wake-ups. Holds
 * until the connection's end; the end of the calm reads what waits at once. */
void cam_link_set_calm(struct cam_link *link, bool is_calm);

/* Sends or keeps for later. -ENOBUFS if too much waits already: the camera does not read. */
NODISCARD int cam_link_send(struct cam_link *link, const void *data, size_t size);

#endif
