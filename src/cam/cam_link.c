#include "cam/cam_link.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/clock.h"

enum { CHUNK_SIZE = 16 * 1024, READS_A_TURN = 4 };

static int put_out(struct cam_link *link, const void *data, size_t size)
{
	if (size > LINK_OUT_SIZE - link->out_size)
		return -ENOBUFS;
	memcpy(link->out + link->out_size, data, size);
	link->out_size += size;
	return 0;
}

/* What TLS wants to send, its own messages too. */
static int collect_tls(struct cam_link *link)
{
	int size = 0, rc = 0;

	do {
		link->out_size += (size_t)size;
		if (link->out_size == LINK_OUT_SIZE)
			rc = -ENOBUFS;
		else
			size = cam_tls_send(link->tls, link->out + link->out_size,
					    LINK_OUT_SIZE - link->out_size);
	} while (rc == 0 && size > 0);
	return rc;
}

static int flush(struct cam_link *link)
{
	int rc = link->tls ? collect_tls(link) : 0;
	size_t sent = 0;

	if (rc < 0)
		return rc;
	while (sent < link->out_size) {
		ssize_t size = send(link->watch.fd, link->out + sent, link->out_size - sent,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (size < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (size < 0)
			break;
		sent += (size_t)size;
	}
	memmove(link->out, link->out + sent, link->out_size - sent);
	link->out_size -= sent;
	return loop_change(&link->watch, link->out_size ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

int cam_link_send(struct cam_link *link, const void *data, size_t size)
{
	int rc = link->tls ? cam_tls_write(link->tls, data, size) : put_out(link, data, size);

	if (rc == 0)
		rc = flush(link);
	if (rc < 0 && link->error == 0) {
		link->error = rc;
		shutdown(link->watch.fd, SHUT_RDWR); /* wakes the loop, which closes */
	}
	return rc;
}

void cam_link_consume(struct cam_link *link, size_t size)
{
	link->in_at += size;
	link->in_size -= size;
	if (link->in_size == 0)
		link->in_at = 0;
}

/* Room after what is not consumed; moves that to the front when the end is near. */
static size_t make_room(struct cam_link *link)
{
	size_t end = link->in_at + link->in_size;

	if (LINK_IN_SIZE - end < RTSP_STREAM_BUFFER_SIZE / 2 && link->in_at > 0) {
		memmove(link->in, link->in + link->in_at, link->in_size);
		link->in_at = 0;
		end = link->in_size;
	}
	return LINK_IN_SIZE - end;
}

/* 1: bytes came, perhaps not all; 2: all there were; 0: none now; -EPIPE: the end. */
static int receive_plain(struct cam_link *link)
{
	size_t room = make_room(link);
	ssize_t size;

	if (room == 0)
		return -EMSGSIZE;
	size = recv(link->watch.fd, link->in + link->in_at + link->in_size, room, MSG_DONTWAIT);
	if (size > 0)
		link->in_size += (size_t)size;
	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (size == 0)
		return -EPIPE;
	return (size_t)size < room ? 2 : 1;
}

static int read_tls(struct cam_link *link)
{
	int size, got = 0;

	do {
		size_t room = make_room(link);

		if (room == 0)
			return -EMSGSIZE;
		size = cam_tls_read(link->tls, link->in + link->in_at + link->in_size, room);
		if (size > 0) {
			link->in_size += (size_t)size;
			got = 1;
		}
	} while (size > 0 && link->in_size < RTSP_STREAM_BUFFER_SIZE);
	return size < 0 ? size : got;
}

static int receive_tls(struct cam_link *link)
{
	uint8_t chunk[CHUNK_SIZE];
	ssize_t size = recv(link->watch.fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (size == 0)
		return -EPIPE;
	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	int rc = cam_tls_receive(link->tls, chunk, (size_t)size);

	if (rc < 0)
		return rc;
	int got = read_tls(link);

	rc = flush(link);
	if (got < 0)
		return got;
	return rc < 0 ? rc : 1;
}

static void end(struct cam_link *link, int error)
{
	if (link->error)
		error = link->error;
	cam_link_close(link);
	link->closed(link, error == -EPIPE ? 0 : error);
}

static void read_some(struct cam_link *link)
{
	for (int i = 0; i < READS_A_TURN && cam_link_is_open(link); i++) {
		int rc = link->tls ? receive_tls(link) : receive_plain(link);

		if (rc == 0)
			return;
		if (link->in_size)
			link->readable(link);
		if (rc < 0 && cam_link_is_open(link))
			end(link, rc);
		if (rc == 2)
			return; /* the socket is empty: asking it costs a system call */
	}
}

static void link_ready(struct loop_watch *watch, uint32_t events)
{
	struct cam_link *link = container_of(watch, struct cam_link, watch);
	int rc = events & EPOLLOUT ? flush(link) : 0;

	if (rc < 0)
		end(link, rc);
	else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_some(link);
}

/* ---- the calm ---- */

static void plan_look(struct cam_link *link)
{
	struct loop *loop = link->watch.loop;

	loop_timer_start(loop, &link->calm, cam_calm_next_ns(loop_now_ns(loop)));
}

static void look_due(struct loop_timer *timer)
{
	struct cam_link *link = container_of(timer, struct cam_link, calm);

	if (link->is_calm)
		plan_look(link);
	read_some(link);
}

void cam_link_set_calm(struct cam_link *link, bool is_calm)
{
	int size = is_calm ? LINK_CALM_SIZE : 1;

	if (!cam_link_is_open(link) || link->is_calm == is_calm)
		return;
	/* Refused, it stays as it was: each byte wakes. */
	if (setsockopt(link->watch.fd, SOL_SOCKET, SO_RCVLOWAT, &size, sizeof(size)) < 0)
		return;
	link->is_calm = is_calm;
	if (is_calm)
		plan_look(link);
	else
		loop_timer_start(link->watch.loop, &link->calm, 0);
}

/* ---- coming and going ---- */

int cam_link_open(struct cam_link *link, struct loop *loop, int fd, const char *tls_host)
{
	int flags = fcntl(fd, F_GETFL);

	cam_link_close(link);
	if (!link->in)
		link->in = malloc(LINK_IN_SIZE);
	if (!link->out)
		link->out = malloc(LINK_OUT_SIZE);
	link->watch = (struct loop_watch){.fd = fd, .ready = link_ready};
	link->calm.due = look_due;
	int rc = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;

	if (rc == 0 && (!link->in || !link->out))
		rc = -ENOMEM;
	if (rc == 0 && tls_host)
		rc = cam_tls_create(tls_host, &link->tls);
	if (rc == 0)
		rc = loop_add(loop, &link->watch, EPOLLIN);
	if (rc == 0 && link->tls) {
		rc = cam_tls_receive(link->tls, "", 0); /* its first flight */
		if (rc == 0)
			rc = flush(link);
	}
	if (rc < 0) {
		if (!cam_link_is_open(link))
			close(fd);
		cam_link_close(link);
	}
	return rc;
}

void cam_link_close(struct cam_link *link)
{
	if (cam_link_is_open(link)) {
		loop_timer_stop(&link->calm);
		loop_remove(&link->watch);
		close(link->watch.fd);
	}
	link->is_calm = false;
	cam_tls_destroy(take(link->tls));
	link->in_at = 0;
	link->in_size = 0;
	link->out_size = 0;
	link->error = 0;
}

void cam_link_finish(struct cam_link *link)
{
	cam_link_close(link);
	free(take(link->in));
	free(take(link->out));
}
