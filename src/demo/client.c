#include "demo/client.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>

#include "demo/request.h"
#include "demo/server.h"

static void mark_dead(struct client *client)
{
	client->is_dead = true;
	loop_remove(&client->watch);
}

static void flush_out(struct client *client)
{
	while (client->out_sent < client->out_size) {
		ssize_t sent = send(client->watch.fd, client->out + client->out_sent,
				    client->out_size - client->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno != EAGAIN) {
			mark_dead(client);
			return;
		}
		if (sent < 0)
			break;
		client->out_sent += (size_t)sent;
	}
	if (client->out_sent == client->out_size)
		client->out_sent = client->out_size = 0;
	uint32_t wanted = client->out_size ? EPOLLIN | EPOLLOUT : EPOLLIN;

	if (loop_change(&client->watch, wanted) < 0)
		mark_dead(client);
}

/* Room for `size` bytes behind what is queued, made by moving it to the front if need be. */
static bool make_room(struct client *client, size_t size)
{
	if (client->out_size + size <= CLIENT_OUT_SIZE)
		return true;
	memmove(client->out, client->out + client->out_sent, client->out_size - client->out_sent);
	client->out_size -= client->out_sent;
	client->out_sent = 0;
	return client->out_size + size <= CLIENT_OUT_SIZE;
}

void client_write(struct client *client, const void *data, size_t size)
{
	if (client->is_dead)
		return;
	if (!make_room(client, size)) {
		mark_dead(client);
		return;
	}
	memcpy(client->out + client->out_size, data, size);
	client->out_size += size;
	flush_out(client);
}

/* A sender's packet over the RTSP connection; client_send_frame has made sure of the room. */
static void link_tcp(struct client_track *track, const uint8_t *packet, size_t size, bool is_rtcp)
{
	struct client *client = track->client;

	if (client->out_size + RTSP_FRAME_HEAD_SIZE + size > CLIENT_OUT_SIZE)
		return;
	rtsp_stream_build_head(client->out + client->out_size, track->transport.interleaved[is_rtcp],
			       size);
	memcpy(client->out + client->out_size + RTSP_FRAME_HEAD_SIZE, packet, size);
	client->out_size += RTSP_FRAME_HEAD_SIZE + size;
}

static void link_udp(struct client_track *track, const uint8_t *packet, size_t size, bool is_rtcp)
{
	struct sockaddr_storage to = track->client->address;
	in_port_t port = htons(track->transport.client_port[is_rtcp]);

	if (to.ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)&to)->sin6_port = port;
	else
		((struct sockaddr_in *)(void *)&to)->sin_port = port;
	/* What the network does not take is lost, as on any network. */
	(void)!sendto(server_udp_fd(track->client->server, is_rtcp), packet, size,
		      MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)(void *)&to,
		      to.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					       : sizeof(struct sockaddr_in));
}

static void send_packet(void *link, const uint8_t *packet, size_t size, bool is_rtcp)
{
	struct client_track *track = link;

	if (track->transport.is_tcp)
		link_tcp(track, packet, size, is_rtcp);
	else
		link_udp(track, packet, size, is_rtcp);
}

void client_send_frame(struct client *client, int number, const struct sender_frame *frame,
		       bool is_key)
{
	struct client_track *track = &client->tracks[number];
	size_t size = 512; /* and a report */

	if (client->is_dead || !track->is_set_up || (track->needs_key && !is_key))
		return;
	for (int i = 0; i < frame->count; i++)
		size += (size_t)RTSP_FRAME_HEAD_SIZE + SENDER_HEADER_SIZE + frame->packets[i].size;
	if (track->transport.is_tcp && !make_room(client, size)) {
		track->needs_key = frame->is_video;
		return;
	}
	track->needs_key = false;
	sender_send(&track->sender, frame);
	if (track->transport.is_tcp)
		flush_out(client);
}

static void take_frame(struct client *client, const struct rtsp_item *item)
{
	if (client->is_playing && client->has_speaker && item->channel == client->speaker_channel)
		studio_play(server_studio(client->server), item->frame);
}

/* Handles what is complete in the buffer: requests, sound for the speaker, and reports, which are
 * not looked at. */
static void handle_input(struct client *client)
{
	size_t used = 0;

	while (used < client->in_size && !client->is_dead) {
		struct rtsp_item item;
		struct rtsp_message message;
		int taken = rtsp_stream_next(client->in + used, client->in_size - used,
					     &client->channels, &item, &message);

		if (taken == -EAGAIN && (used > 0 || client->in_size < CLIENT_IN_SIZE))
			break;
		if (taken < 0) {
			mark_dead(client);
			return;
		}
		used += (size_t)taken;
		if (item.kind == RTSP_ITEM_MESSAGE && message.is_request)
			request_handle(client, &message);
		else if (item.kind == RTSP_ITEM_FRAME)
			take_frame(client, &item);
	}
	memmove(client->in, client->in + used, client->in_size - used);
	client->in_size -= used;
}

static void client_ready(struct loop_watch *watch, uint32_t events)
{
	struct client *client = container_of(watch, struct client, watch);

	if (events & EPOLLOUT)
		flush_out(client);
	if (client->is_dead || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	ssize_t size = recv(watch->fd, client->in + client->in_size,
			    CLIENT_IN_SIZE - client->in_size, MSG_DONTWAIT);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size <= 0) {
		mark_dead(client);
		return;
	}
	client->in_size += (size_t)size;
	handle_input(client);
}

int client_create(struct server *server, int fd, struct client **ret_client)
{
	struct client *client = calloc(1, sizeof(*client));
	socklen_t size = sizeof(client->address);
	struct text session;
	uint8_t random[(CLIENT_SESSION_SIZE - 1) / 2];

	if (!client) {
		close(fd);
		return -ENOMEM;
	}
	client->server = server;
	client->watch = (struct loop_watch){.fd = fd, .ready = client_ready};
	randombytes_buf(random, sizeof(random));
	text_init(&session, client->session, sizeof(client->session));
	text_add_hex(&session, random, sizeof(random));
	digest_make_nonce(client->nonce);
	for (int i = 0; i < DESCRIBE_TRACKS; i++) {
		client->tracks[i].client = client;
		client->tracks[i].sender.send = send_packet;
		client->tracks[i].sender.link = &client->tracks[i];
	}
	int r = getpeername(fd, (struct sockaddr *)&client->address, &size) < 0 ? -errno : 0;

	if (r == 0)
		r = loop_add(server_loop(server), &client->watch, EPOLLIN);
	if (r < 0) {
		client_destroy(client);
		return r;
	}
	*ret_client = client;
	return 0;
}

void client_destroy(struct client *client)
{
	if (!client)
		return;
	loop_remove(&client->watch);
	close(client->watch.fd);
	free(client);
}
