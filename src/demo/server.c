#include "demo/server.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/diag.h"

struct server {
	struct loop *loop;
	struct studio *studio;
	struct server_sockets sockets;
	uint16_t udp_ports[2];
	struct digest digest;
	struct loop_watch listener, udp[2];
	struct client *clients;
	int client_count;
	uint64_t epoch_ns;
	uint8_t sound_unit[SOUND_BLOCK_MAX * 2];
	uint8_t bytes[SERVER_FRAME_MAX];
	struct packer_packet packets[SERVER_PACKETS_MAX];
};

struct loop *server_loop(const struct server *server)
{
	return server->loop;
}

struct studio *server_studio(const struct server *server)
{
	return server->studio;
}

const struct digest *server_digest(const struct server *server)
{
	return &server->digest;
}

int server_udp_fd(const struct server *server, bool is_rtcp)
{
	return server->sockets.udp[is_rtcp];
}

uint16_t server_udp_port(const struct server *server, int index)
{
	return server->udp_ports[index];
}

uint64_t server_epoch_ns(const struct server *server)
{
	return server->epoch_ns;
}

/* Tells the studio what somebody watches now. */
static void update_watched(struct server *server)
{
	uint32_t watched = 0;

	for (struct client *client = server->clients; client; client = client->next) {
		if (client->is_dead || !client->is_playing)
			continue;
		if (client->tracks[0].is_set_up)
			watched |= 1u << client->picture;
		if (client->tracks[1].is_set_up)
			watched |= 1u << STUDIO_SOUND;
	}
	studio_watch(server->studio, watched);
}

void server_joined(struct server *server, struct client *client)
{
	update_watched(server);
	studio_want_key(server->studio, client->picture);
}

/* AAC travels behind a small header that holds its size (RFC 3640 §3.3.6). */
static struct bytes wrap_sound(struct server *server, struct bytes unit)
{
	struct bytes_writer writer = bytes_write(server->sound_unit, sizeof(server->sound_unit));

	if (studio_config(server->studio, STUDIO_SOUND).size == 0)
		return unit;
	bytes_put_be16(&writer, 16);
	bytes_put_be16(&writer, (uint16_t)(unit.size << 3));
	bytes_put(&writer, unit.data, unit.size);
	return (struct bytes){server->sound_unit, writer.failed ? 0 : bytes_written(&writer)};
}

/* Cuts a frame into packets, in the server's own memory. */
static int cut_frame(struct server *server, const struct studio_frame *frame,
		     struct sender_frame *ret_cut)
{
	bool is_video = frame->track != STUDIO_SOUND;
	struct packer_source source = {
		.kind = is_video ? PACKER_H264 : PACKER_WHOLE,
		.frame = is_video ? frame->data : wrap_sound(server, frame->data),
	};
	uint32_t packets;
	size_t size;

	if (is_video && frame->is_key)
		source.config = studio_config(server->studio, frame->track);
	int r = packer_measure(&source, &packets, &size);

	if (r < 0)
		return r;
	if (packets > SERVER_PACKETS_MAX || size > SERVER_FRAME_MAX)
		return -EMSGSIZE;
	int count = packer_run(&source, server->bytes, server->packets);

	if (count < 0)
		return count;
	*ret_cut = (struct sender_frame){server->bytes, server->packets, count, frame->taken_ns,
					 is_video};
	return 0;
}

static void spread_frame(void *context, const struct studio_frame *frame)
{
	struct server *server = context;
	struct sender_frame cut;
	int track = frame->track == STUDIO_SOUND;

	if (cut_frame(server, frame, &cut) < 0) {
		diag_warn("a frame of %zu bytes does not fit and is left out", frame->data.size);
		return;
	}
	for (struct client *client = server->clients; client; client = client->next)
		if (client->is_playing && (track || client->picture == frame->track))
			client_send_frame(client, track, &cut, frame->is_key);
}

static void accept_client(struct loop_watch *watch, uint32_t events)
{
	struct server *server = container_of(watch, struct server, listener);
	int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int one = 1;
	struct client *client;

	(void)events;
	if (fd < 0)
		return;
	if (server->client_count >= SERVER_CLIENTS_MAX) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (client_create(server, fd, &client) < 0)
		return;
	client->next = server->clients;
	server->clients = client;
	server->client_count++;
}

/* Clients' own reports over UDP tell the camera nothing it would act on. */
static void discard_udp(struct loop_watch *watch, uint32_t events)
{
	uint8_t data[2048];

	(void)events;
	(void)!recv(watch->fd, data, sizeof(data), MSG_DONTWAIT);
}

static void bury_clients(void *context)
{
	struct server *server = context;
	bool has_changed = false;

	for (struct client **at = &server->clients; *at;) {
		struct client *client = *at;

		if (!client->is_dead) {
			at = &client->next;
			continue;
		}
		*at = client->next;
		client_destroy(client);
		server->client_count--;
		has_changed = true;
	}
	if (has_changed)
		update_watched(server);
}

static int find_port(int fd, uint16_t *ret_port)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	*ret_port = ntohs(address.ss_family == AF_INET6
				  ? ((struct sockaddr_in6 *)(void *)&address)->sin6_port
				  : ((struct sockaddr_in *)(void *)&address)->sin_port);
	return 0;
}

static int open_server(struct server *server)
{
	server->listener = (struct loop_watch){.fd = server->sockets.listener, .ready = accept_client};
	int r = loop_add(server->loop, &server->listener, EPOLLIN);

	for (int i = 0; r == 0 && i < 2; i++) {
		server->udp[i] = (struct loop_watch){.fd = server->sockets.udp[i], .ready = discard_udp};
		r = find_port(server->sockets.udp[i], &server->udp_ports[i]);
		if (r == 0)
			r = loop_add(server->loop, &server->udp[i], EPOLLIN);
	}
	return r;
}

int server_create(struct loop *loop, struct studio *studio, const struct server_sockets *sockets,
		  const struct digest *digest, struct server **ret_server)
{
	AUTO(server) server = calloc(1, sizeof(*server));

	if (!server)
		return -ENOMEM;
	server->loop = loop;
	server->studio = studio;
	server->sockets = *sockets;
	server->digest = *digest;
	/* Coded sound begins a little before it was asked for. */
	server->epoch_ns = clock_boot_ns() - 10 * CLOCK_NS_PER_S;
	int r = open_server(server);

	if (r < 0)
		return r;
	loop_at_turn_end(loop, bury_clients, server);
	studio_set_output(studio, spread_frame, server);
	*ret_server = take(server);
	return 0;
}

void server_destroy(struct server *server)
{
	if (!server)
		return;
	loop_remove(&server->listener);
	for (int i = 0; i < 2; i++)
		loop_remove(&server->udp[i]);
	for (struct client *client = server->clients, *next; client; client = next) {
		next = client->next;
		client_destroy(client);
	}
	free(server);
}
