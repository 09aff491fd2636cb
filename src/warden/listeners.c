#include "warden/listeners.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/diag.h"
#include "warden/holder.h"

enum { BACKLOG = 256, MEDIA_BUFFER = 4 << 20 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

static socklen_t make_address(const char *numeric, uint16_t port, union address *ret_address)
{
	union address address = {.v4 = {.sin_family = AF_INET, .sin_port = htons(port)}};

	if (inet_pton(AF_INET, numeric, &address.v4.sin_addr) == 1) {
		*ret_address = address;
		return sizeof(address.v4);
	}
	address.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
	if (inet_pton(AF_INET6, numeric, &address.v6.sin6_addr) != 1)
		return 0;
	*ret_address = address;
	return sizeof(address.v6);
}

/* A large buffer carries a key frame to fifty viewers in one go; what the kernel does not grant is
 * no fault. */
static void enlarge(int fd)
{
	int size = MEDIA_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int open_socket(const char *numeric, uint16_t port, int type)
{
	union address address;
	socklen_t size = make_address(numeric, port, &address);
	int yes = 1, both = strcmp(numeric, "::") != 0;

	if (!size)
		return -EINVAL;
	autoclose int fd = socket(address.any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* Never for UDP: there it would let two programs share the port. */
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	else
		enlarge(fd);
	if (address.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof(both));
	if (bind(fd, &address.any, size) || (type == SOCK_STREAM && listen(fd, BACKLOG)))
		return -errno;
	return take_fd(fd);
}

struct port {
	enum listen_kind kind;
	int type;
	uint16_t number;
	const char *key;
};

static void say_taken(const struct port *port, const char *address)
{
	char holder[128];
	bool is_udp = port->type == SOCK_DGRAM;
	const char *what = is_udp ? "UDP" : "TCP";

	if (holder_find(port->number, is_udp, holder, sizeof(holder)) < 0)
		snprintf(holder, sizeof(holder), "another program");
	diag_error("%s port %u on %s is taken by %s: stop that, or set %s in ward.yml to another "
		   "port",
		   what, port->number, address, holder, port->key);
}

static int add(struct listeners *listeners, const struct port *port, const char *address)
{
	int fd = open_socket(address, port->number, port->type);

	if (fd == -EADDRINUSE)
		say_taken(port, address);
	else if (fd == -EACCES)
		diag_error("port %u may only be opened by root: set %s in ward.yml to one above "
			   "1023",
			   port->number, port->key);
	else if (fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT)
		return fd; /* the caller knows whether that matters */
	else if (fd < 0)
		diag_error("port %u on %s cannot be opened: %s", port->number, address,
			   strerror(-fd));
	if (fd < 0)
		return fd;
	listeners->list[listeners->count++] = (struct listener){port->kind, port->number, fd};
	return 0;
}

static int add_everywhere(struct listeners *listeners, const struct port *port, const char *address)
{
	int r = add(listeners, port, *address ? address : "::");

	if (r != -EADDRNOTAVAIL && r != -EAFNOSUPPORT)
		return r;
	if (*address) {
		diag_error("listen.address: %s is no address of this box", address);
		return r;
	}
	return add(listeners, port, "0.0.0.0");
}

static int add_loopback(struct listeners *listeners, uint16_t number)
{
	struct port port = {LISTEN_HTTP_LOOPBACK, SOCK_STREAM, number, "listen.http_loopback"};
	int r = number ? add(listeners, &port, "127.0.0.1") : 0;

	if (r < 0 || !number)
		return r;
	r = add(listeners, &port, "::1");
	return r == -EADDRNOTAVAIL || r == -EAFNOSUPPORT ? 0 : r;
}

/* Access is the directory's (0700) and SO_PEERCRED's; the lock on the state directory says that no
 * other warden uses the old socket. */
static int add_tool(struct listeners *listeners, const char *state)
{
	union address address = {.local = {.sun_family = AF_UNIX}};
	int size = snprintf(address.local.sun_path, sizeof(address.local.sun_path), "%s/ward.sock",
			    state);

	if (size < 0 || (size_t)size >= sizeof(address.local.sun_path)) {
		diag_error("the state directory's path is too long for a socket in it; expected "
			   "at most 97 bytes: %s",
			   state);
		return -ENAMETOOLONG;
	}
	unlink(address.local.sun_path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, &address.any, sizeof(address.local)) || listen(fd, BACKLOG)) {
		diag_error("%s cannot be made: %s", address.local.sun_path, strerror(errno));
		return -errno;
	}
	listeners->list[listeners->count++] = (struct listener){LISTEN_TOOL, 0, fd};
	return 0;
}

int listeners_open(const struct conf *conf, struct listeners *ret_listeners)
{
	const struct port ports[] = {
		{LISTEN_HTTPS, SOCK_STREAM, conf->https_port, "listen.https"},
		{LISTEN_MEDIA_UDP, SOCK_DGRAM, conf->media_port, "listen.media"},
		{LISTEN_MEDIA_TCP, SOCK_STREAM, conf->media_port, "listen.media"},
	};
	int r = 0;

	ret_listeners->count = 0;
	for (size_t i = 0; i < ARRAY_COUNT(ports) && r == 0; i++)
		r = add_everywhere(ret_listeners, &ports[i], conf->address);
	if (r == 0)
		r = add_loopback(ret_listeners, conf->http_port);
	if (r == 0)
		r = add_tool(ret_listeners, conf->state);
	return r;
}

void listeners_send(const struct listeners *listeners, uint32_t kinds, struct ipc_channel *channel)
{
	for (size_t i = 0; i < listeners->count; i++) {
		const struct listener *one = &listeners->list[i];
		struct ipc_listen body = {one->kind, one->port};

		if (kinds & UINT32_C(1) << one->kind)
			ipc_send_fd(channel, IPC_LISTEN, &body, NULL, 0, one->fd);
	}
}

int listeners_open_loopback(uint16_t *ret_port)
{
	union address address;
	socklen_t size = sizeof(address);
	int fd = open_socket("127.0.0.1", 0, SOCK_STREAM);

	if (fd >= 0 && getsockname(fd, &address.any, &size) == 0)
		*ret_port = ntohs(address.v4.sin_port);
	return fd;
}

void listeners_close(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->count; i++)
		close(listeners->list[i].fd);
	listeners->count = 0;
}
