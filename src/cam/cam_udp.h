/* The pair of UDP sockets that one track comes in on, made and connected by the warden. */
#ifndef CAM_CAM_UDP_H
#define CAM_CAM_UDP_H

#include "cam/cam_calm.h"
#include "cam/cam_track.h"

/* Below this, a key frame might not fit while nobody reads: such sockets are never calm. */
enum { CAM_UDP_CALM_BUFFER = 2 * 1024 * 1024 };

/* Called after packets were taken. */
struct cam_udp;
typedef void cam_udp_received_fn(struct cam_udp *udp);

/* Zero-initialised before use. */
struct cam_udp {
	struct loop_watch rtp, rtcp;
	uint16_t port[2];
	struct cam_track *track; /* NULL: what comes is thrown away */
	cam_udp_received_fn *received;
	void *owner;
	bool is_calm;
	struct loop_timer look;
};

/* Takes the sockets of the pair in order, RTP first. 1 when both are there, 0, or a negative errno.
 */
NODISCARD int cam_udp_add(struct cam_udp *udp, struct loop *loop, int fd, uint16_t port);
void cam_udp_close(struct cam_udp *udp);

/* Nobody waits for what comes: it is read at cam_calm_next_ns. The end of the calm reads at once. */
void cam_udp_set_calm(struct cam_udp *udp, bool is_calm);

/* Sends a report on the RTCP socket. What does not go now is not worth keeping. */
void cam_udp_send(struct cam_udp *udp, const void *data, size_t size);
/* Opens the way back through a router: one empty packet each. */
void cam_udp_punch(struct cam_udp *udp);

#endif
