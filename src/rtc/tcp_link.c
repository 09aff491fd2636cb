#include "rtc/tcp_link.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "rtc/socket_address.h"

enum { ACCEPTS_A_TURN = 16, SEND_BUFFER = 64 * 1024 };

struct tcp_server {
	struct loop *loop;
	struct loop_watch watch;
	tcp_received_fn *received;
	tcp_closed_fn *closed;
	void *owner;
	struct tcp_link *links;
	uint32_t count, strangers;
};

void tcp_link_close(struct tcp_link *link)
{
	if (link->is_closed)
		return;
	if (link->out_size > link->out_done)
		(void)!send(link->watch.fd, link->out + link->out_done,
			    link->out_size - link->out_done, MSG_DONTWAIT | MSG_NOSIGNAL);
	link->is_closed = true;
	if (!link->viewer)
		link->server->strangers--;
	loop_timer_stop(&link->timer);
	loop_remove(&link->watch);
	close(link->watch.fd);
}

static void link_lost(struct tcp_link *link)
{
	if (link->is_closed)
		return;
	tcp_link_close(link);
	link->server->closed(link->server->owner, link);
}

static void stranger_is_late(struct loop_timer *timer)
{
	link_lost(container_of(timer, struct tcp_link, timer));
}

void tcp_link_adopt(struct tcp_link *link, void *viewer)
{
	if (!link->viewer)
		link->server->strangers--;
	link->viewer = viewer;
	loop_timer_stop(&link->timer);
}

/* ---- in ---- */

/* False if the stream makes no sense. */
static bool link_take_packets(struct tcp_link *link)
{
	uint32_t at = 0;

	while (!link->is_closed) {
		struct bytes packet;
		int taken = framing_next(link->in + at, link->in_size - at, &packet);

		if (taken < 0)
			return false;
		if (taken == 0)
			break;
		if (packet.size)
			link->server->received(link->server->owner, link,
					       link->in + at + FRAMING_HEADER_SIZE, packet.size);
		at += (uint32_t)taken;
	}
	memmove(link->in, link->in + at, link->in_size - at);
	link->in_size -= at;
	return true;
}

static void link_flush(struct tcp_link *link)
{
	while (!link->is_closed && link->out_done < link->out_size) {
		ssize_t sent = send(link->watch.fd, link->out + link->out_done,
				    link->out_size - link->out_done, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (sent < 0) {
			link_lost(link);
			return;
		}
		link->out_done += (uint32_t)sent;
	}
	if (link->out_done == link->out_size)
		link->out_done = link->out_size = 0;
}

static void link_ready(struct loop_watch *watch, uint32_t events)
{
	struct tcp_link *link = container_of(watch, struct tcp_link, watch);

	(void)events;
	ssize_t size = recv(watch->fd, link->in + link->in_size, sizeof(link->in) - link->in_size,
			    MSG_DONTWAIT);

	if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (size <= 0) {
		link_lost(link);
		return;
	}
	link->in_size += (uint32_t)size;
	if (!link_take_packets(link))
		link_lost(link);
}

/* ---- out ---- */

uint8_t *tcp_link_reserve(struct tcp_link *link, size_t size_max, bool is_media)
{
	size_t needed = FRAMING_HEADER_SIZE + size_max + (is_media ? TCP_OUT_SPARE : 0);

	if (link->is_closed)
		return NULL;
	if (link->out_size + needed > TCP_OUT_SIZE)
		link_flush(link);
	if (link->is_closed)
		return NULL;
	if (link->out_size + needed > TCP_OUT_SIZE && link->out_done) {
		memmove(link->out, link->out + link->out_done, link->out_size - link->out_done);
		link->out_size -= link->out_done;
		link->out_done = 0;
	}
	if (link->out_size + needed > TCP_OUT_SIZE)
		return NULL;
	return link->out + link->out_size + FRAMING_HEADER_SIZE;
}

void tcp_link_commit(struct tcp_link *link, size_t size)
{
	uint8_t *header = link->out + link->out_size;

	header[0] = (uint8_t)(size >> 8);
	header[1] = (uint8_t)size;
	link->out_size += (uint32_t)(FRAMING_HEADER_SIZE + size);
	assert(link->out_size <= TCP_OUT_SIZE);
}

/* ---- the server ---- */

static void link_open(struct tcp_server *server, int fd, const struct ice_address *address)
{
	struct tcp_link *link = NULL;

	if (server->count < TCP_LINK_MAX && server->strangers < TCP_STRANGER_MAX)
		link = malloc(sizeof(*link));
	if (!link) {
		close(fd);
		return;
	}
	*link = (struct tcp_link){0};
	link->server = server;
	link->address = *address;
	link->watch = (struct loop_watch){.fd = fd, .ready = link_ready};
	link->timer.due = stranger_is_late;
	if (loop_add(server->loop, &link->watch, EPOLLIN) < 0) {
		close(fd);
		free(link);
		return;
	}
	loop_timer_start(server->loop, &link->timer, loop_now_ns(server->loop) + TCP_STRANGER_NS);
	link->next = server->links;
	server->links = link;
	server->count++;
	server->strangers++;
}

static void server_ready(struct loop_watch *watch, uint32_t events)
{
	struct tcp_server *server = container_of(watch, struct tcp_server, watch);

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		struct ice_address address;
		int fd = accept4(watch->fd, (struct sockaddr *)&from, &size,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		if (socket_address_parse(&from, &address) < 0)
			close(fd);
		else
			link_open(server, fd, &address);
	}
}

/* Accepted sockets inherit these: no delay by Nagle, and no more in the kernel than a moment's. */
static int listener_set_up(int fd)
{
	int on = 1, low = TCP_UNSENT_LOW, buffer = SEND_BUFFER;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low, sizeof(low)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)) < 0)
		return -errno;
	return 0;
}

int tcp_server_create(struct loop *loop, int fd, tcp_received_fn *received, tcp_closed_fn *closed,
		      void *owner, struct tcp_server **ret_server)
{
	struct tcp_server *server = calloc(1, sizeof(*server));

	if (!server)
		return -ENOMEM;
	*server = (struct tcp_server){
		.loop = loop,
		.watch = {.fd = fd, .ready = server_ready},
		.received = received,
		.closed = closed,
		.owner = owner,
	};
	int r = listener_set_up(fd);

	if (r == 0)
		r = loop_add(loop, &server->watch, EPOLLIN);
	if (r < 0) {
		free(server);
		return r;
	}
	*ret_server = server;
	return 0;
}

void tcp_server_flush(struct tcp_server *server)
{
	struct tcp_link **at = &server->links;

	for (struct tcp_link *link = server->links; link; link = link->next)
		link_flush(link);
	while (*at) {
		struct tcp_link *link = *at;

		if (!link->is_closed) {
			at = &link->next;
			continue;
		}
		*at = link->next;
		server->count--;
		free(link);
	}
}

void tcp_server_drop(struct tcp_server *server, const void *viewer)
{
	for (struct tcp_link *link = server->links; link; link = link->next)
		if (link->viewer == viewer)
			tcp_link_close(link);
}

void tcp_server_destroy(struct tcp_server *server)
{
	if (!server)
		return;
	for (struct tcp_link *link = server->links; link; link = link->next)
		tcp_link_close(link);
	tcp_server_flush(server);
	loop_remove(&server->watch);
	free(server);
}
