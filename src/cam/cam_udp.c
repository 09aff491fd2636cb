#include "cam/cam_udp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

enum { PACKETS_A_TURN = 1024 };

static void read_packets(struct cam_udp *udp, int fd)
{
	uint64_t now_ns = loop_now_ns(udp->rtp.loop);
	uint8_t data[RTP_REORDER_SIZE_MAX];

	for (int i = 0; i < PACKETS_A_TURN; i++) {
		ssize_t size = recv(fd, data, sizeof(data), MSG_DONTWAIT);

		/* Refusals (ICMP) end this turn, not the stream: silence is watched elsewhere. */
		if (size < 0)
			return;
		if (udp->track && udp->track->is_active)
			cam_track_receive(udp->track, data, (size_t)size, now_ns);
	}
}

static void rtp_ready(struct loop_watch *watch, uint32_t events)
{
	struct cam_udp *udp = container_of(watch, struct cam_udp, rtp);

	(void)events;
	read_packets(udp, watch->fd);
	udp->received(udp);
}

static void rtcp_ready(struct loop_watch *watch, uint32_t events)
{
	struct cam_udp *udp = container_of(watch, struct cam_udp, rtcp);

	(void)events;
	read_packets(udp, watch->fd);
}

/* ---- the calm ---- */

static void look_due(struct loop_timer *timer)
{
	struct cam_udp *udp = container_of(timer, struct cam_udp, look);

	if (udp->is_calm)
		loop_timer_start(udp->rtp.loop, timer,
				 cam_calm_next_ns(loop_now_ns(udp->rtp.loop)));
	rtp_ready(&udp->rtp, EPOLLIN);
}

static bool has_room(int fd)
{
	int size = 0;
	socklen_t length = sizeof(size);

	return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length) == 0 &&
	       size >= CAM_UDP_CALM_BUFFER;
}

/* UDP sockets know no low-water mark: calm ones are not watched at all. */
void cam_udp_set_calm(struct cam_udp *udp, bool is_calm)
{
	struct loop *loop = udp->rtp.loop;

	if (!loop || udp->is_calm == is_calm || (is_calm && !has_room(udp->rtp.fd)) ||
	    loop_change(&udp->rtp, is_calm ? 0 : EPOLLIN) < 0)
		return;
	udp->is_calm = is_calm;
	loop_timer_start(loop, &udp->look, is_calm ? cam_calm_next_ns(loop_now_ns(loop)) : 0);
}

/* ---- coming and going ---- */

int cam_udp_add(struct cam_udp *udp, struct loop *loop, int fd, uint16_t port)
{
	struct loop_watch *watch = udp->rtp.loop ? &udp->rtcp : &udp->rtp;
	int flags = fcntl(fd, F_GETFL);
	int rc = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;

	if (watch->loop)
		rc = -EEXIST;
	if (rc == 0) {
		udp->look.due = look_due;
		*watch = (struct loop_watch){
			.fd = fd,
			.ready = watch == &udp->rtp ? rtp_ready : rtcp_ready,
		};
		rc = loop_add(loop, watch, EPOLLIN);
	}
	if (rc < 0) {
		close(fd);
		return rc;
	}
	udp->port[watch == &udp->rtcp] = port;
	return watch == &udp->rtcp;
}

static void close_one(struct loop_watch *watch)
{
	if (!watch->loop)
		return;
	loop_remove(watch);
	close(watch->fd);
}

void cam_udp_close(struct cam_udp *udp)
{
	loop_timer_stop(&udp->look);
	udp->is_calm = false;
	close_one(&udp->rtp);
	close_one(&udp->rtcp);
}

void cam_udp_send(struct cam_udp *udp, const void *data, size_t size)
{
	if (udp->rtcp.loop && send(udp->rtcp.fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
}

void cam_udp_punch(struct cam_udp *udp)
{
	if (udp->rtp.loop && send(udp->rtp.fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	cam_udp_send(udp, "", 0);
}
