#include "front/conn.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>

enum { ROUNDS_A_TURN = 8 };

struct conn {
	struct conn_pool *pool;
	struct conn *next, **link; /* of all */
	struct conn *next_woken;
	bool is_woken;
	struct loop_watch watch;
	struct loop_timer timer;
	struct peer peer;
	struct tls_link *tls;
	struct session *session; /* NULL until the handshake is done */
	uint8_t *out;            /* being sent; freed when empty */
	size_t out_size, out_sent;
	bool is_broken, is_input_over, is_lingering;
	uint64_t opened_ns, active_ns, progress_ns, linger_by_ns;
};

static uint64_t conn_now(const struct conn *conn)
{
	return front_now_ns(conn->pool->front);
}

static void conn_wake(void *owner)
{
	struct conn *conn = owner;

	if (conn->is_woken)
		return;
	conn->is_woken = true;
	conn->next_woken = conn->pool->woken;
	conn->pool->woken = conn;
}

static void conn_ready(struct loop_watch *watch, uint32_t events)
{
	struct conn *conn = container_of(watch, struct conn, watch);

	if (events & EPOLLERR)
		conn->is_broken = true;
	conn_wake(conn);
}

static void conn_due(struct loop_timer *timer)
{
	conn_wake(container_of(timer, struct conn, timer));
}

static void free_out(struct conn *conn)
{
	if (conn->out)
		sodium_memzero(conn->out, CONN_BUFFER_SIZE);
	free(conn->out);
	conn->out = NULL;
	conn->out_size = conn->out_sent = 0;
}

static void unlink_woken(struct conn *conn)
{
	for (struct conn **at = &conn->pool->woken; *at; at = &(*at)->next_woken) {
		if (*at != conn)
			continue;
		*at = conn->next_woken;
		return;
	}
}

static void conn_close(struct conn *conn)
{
	int fd = conn->watch.fd;

	if (conn->is_woken)
		unlink_woken(conn);
	loop_timer_stop(&conn->timer);
	loop_remove(&conn->watch);
	if (conn->session)
		conn->session->kind->destroy(conn->session);
	tls_link_destroy(conn->tls);
	close(fd);
	free_out(conn);
	conn->peer.address->connections--;
	conn->pool->count--;
	*conn->link = conn->next;
	if (conn->next)
		conn->next->link = conn->link;
	free(conn);
}

/* ---- bytes ---- */

static ssize_t conn_read(struct conn *conn, void *data, size_t size)
{
	if (conn->tls)
		return tls_read(conn->tls, data, size);
	ssize_t r = read(conn->watch.fd, data, size);

	return r < 0 ? -errno : r;
}

static ssize_t conn_write(struct conn *conn, const void *data, size_t size)
{
	if (conn->tls)
		return tls_write(conn->tls, data, size);
	ssize_t r = write(conn->watch.fd, data, size);

	return r < 0 ? -errno : r;
}

/* True if something moved. */
static bool pump_in(struct conn *conn)
{
	uint8_t buffer[CONN_BUFFER_SIZE];
	size_t room = conn->session->kind->room(conn->session);
	ssize_t size;

	if (conn->is_input_over || !room)
		return false;
	size = conn_read(conn, buffer, room < sizeof(buffer) ? room : sizeof(buffer));
	if (size == -EAGAIN || size == -EINTR)
		return false;
	if (size == 0) {
		conn->is_input_over = true;
		conn->session->kind->end_input(conn->session);
		return true;
	}
	conn->active_ns = conn_now(conn);
	if (size < 0 || conn->session->kind->feed(conn->session, buffer, (size_t)size) < 0)
		conn->is_broken = true;
	sodium_memzero(buffer, size > 0 ? (size_t)size : 0);
	return !conn->is_broken;
}

static bool fill_out(struct conn *conn)
{
	if (!conn->out)
		conn->out = malloc(CONN_BUFFER_SIZE);
	if (!conn->out) {
		conn->is_broken = true;
		return false;
	}
	conn->out_sent = 0;
	conn->out_size = 0;
	/* Heads and bodies share a record: pull until nothing comes. */
	while (conn->out_size < CONN_BUFFER_SIZE) {
		size_t size = conn->session->kind->pull(conn->session, conn->out + conn->out_size,
							CONN_BUFFER_SIZE - conn->out_size);

		if (!size)
			break;
		conn->out_size += size;
	}
	return conn->out_size > 0;
}

static bool pump_out(struct conn *conn)
{
	if (conn->out_sent == conn->out_size) {
		if (!fill_out(conn)) {
			free_out(conn);
			return false;
		}
		conn->progress_ns = conn_now(conn);
	}
	ssize_t size =
		conn_write(conn, conn->out + conn->out_sent, conn->out_size - conn->out_sent);

	if (size == -EAGAIN || size == -EINTR)
		return false;
	if (size <= 0) {
		conn->is_broken = true;
		return false;
	}
	conn->out_sent += (size_t)size;
	conn->progress_ns = conn->active_ns = conn_now(conn);
	return true;
}

/* ---- turns ---- */

static bool has_out(const struct conn *conn)
{
	return conn->out_sent < conn->out_size;
}

static void begin_session(struct conn *conn)
{
	bool is_http2 = conn->tls && tls_speaks_http2(conn->tls);

	conn->session = (is_http2 ? http2_create : http1_create)(conn->pool->front, &conn->peer,
								 conn_wake, conn);
	if (!conn->session)
		conn->is_broken = true;
}

static void shake(struct conn *conn)
{
	int r = conn->tls ? tls_handshake(conn->tls) : 1;

	if (r == 1)
		begin_session(conn);
	else if (r != -EAGAIN ||
		 conn_now(conn) >= conn->opened_ns + CONN_HANDSHAKE_S * CLOCK_NS_PER_S)
		conn->is_broken = true;
}

static void expire(struct conn *conn)
{
	uint64_t now_ns = conn_now(conn);

	if (has_out(conn) && now_ns >= conn->progress_ns + CONN_WRITE_S * CLOCK_NS_PER_S)
		conn->is_broken = true;
	else if (now_ns >= conn->session->kind->deadline_ns(conn->session))
		conn->session->kind->expire(conn->session);
}

/* A socket closed with bytes unread resets, and takes our last answer with it. So the sending side
 * is closed first, and the peer has a moment. */
static void linger(struct conn *conn)
{
	uint8_t buffer[4096];
	ssize_t size = 0;

	if (!conn->is_lingering) {
		conn->is_lingering = true;
		conn->linger_by_ns = conn_now(conn) + CONN_LINGER_S * CLOCK_NS_PER_S;
		if (conn->tls)
			tls_say_goodbye(conn->tls);
		shutdown(conn->watch.fd, SHUT_WR);
	}
	for (int i = 0; i < ROUNDS_A_TURN && size >= 0; i++) {
		size = read(conn->watch.fd, buffer, sizeof(buffer));
		if (size == 0 || (size < 0 && errno != EAGAIN))
			conn->is_broken = true;
		if (size <= 0)
			break;
	}
	if (conn->is_input_over || conn_now(conn) >= conn->linger_by_ns)
		conn->is_broken = true;
}

/* Bytes in and out, in turns, as long as both sides can. */
static bool pump(struct conn *conn)
{
	bool is_moving = true;

	for (int i = 0; i < ROUNDS_A_TURN && is_moving && !conn->is_broken; i++) {
		is_moving = pump_in(conn);
		is_moving |= !conn->is_broken && pump_out(conn);
	}
	if (!conn->is_broken && !has_out(conn) && conn->session->kind->is_over(conn->session))
		linger(conn);
	return is_moving;
}

static uint32_t wanted(const struct conn *conn)
{
	uint32_t events = 0;

	if (conn->is_lingering)
		return EPOLLIN;
	if (!conn->session)
		return tls_wants_room(conn->tls) ? EPOLLOUT : EPOLLIN;
	if (!conn->is_input_over && conn->session->kind->room(conn->session))
		events |= EPOLLIN;
	if (has_out(conn) || (conn->tls && tls_wants_room(conn->tls)))
		events |= EPOLLOUT;
	return events;
}

static uint64_t next_deadline(const struct conn *conn)
{
	uint64_t deadline_ns;

	if (conn->is_lingering)
		return conn->linger_by_ns;
	if (!conn->session)
		return conn->opened_ns + CONN_HANDSHAKE_S * CLOCK_NS_PER_S;
	deadline_ns = conn->session->kind->deadline_ns(conn->session);
	if (has_out(conn) && conn->progress_ns + CONN_WRITE_S * CLOCK_NS_PER_S < deadline_ns)
		deadline_ns = conn->progress_ns + CONN_WRITE_S * CLOCK_NS_PER_S;
	return deadline_ns;
}

static void conn_turn(struct conn *conn)
{
	bool is_moving = false;

	if (!conn->session && !conn->is_broken)
		shake(conn);
	if (conn->is_lingering) {
		linger(conn);
	} else if (conn->session && !conn->is_broken) {
		expire(conn);
		if (!conn->is_broken)
			is_moving = pump(conn);
	}
	if (conn->is_broken || loop_change(&conn->watch, wanted(conn)) < 0) {
		conn_close(conn);
		return;
	}
	/* The others' turn first; what still moves (or waits inside TLS) comes again at once. */
	uint64_t at_ns = is_moving ? conn_now(conn) : next_deadline(conn);

	loop_timer_start(conn->pool->front->loop, &conn->timer, at_ns);
}

static void turn_end(void *context)
{
	struct conn_pool *pool = context;

	while (pool->woken) {
		struct conn *conn = pool->woken;

		pool->woken = conn->next_woken;
		conn->is_woken = false;
		conn_turn(conn);
	}
}

/* ---- opening ---- */

void conn_pool_init(struct conn_pool *pool, struct front *front, struct tls *tls)
{
	*pool = (struct conn_pool){.front = front, .tls = tls};
	loop_at_turn_end(front->loop, turn_end, pool);
}

void conn_pool_finish(struct conn_pool *pool)
{
	while (pool->conns)
		conn_close(pool->conns);
}

/* When all places are taken, the one that waits longest between requests goes. */
static bool make_room(struct conn_pool *pool)
{
	struct conn *oldest = NULL;

	if (pool->count < CONN_MAX)
		return true;
	for (struct conn *conn = pool->conns; conn; conn = conn->next)
		if (conn->session && conn->session->kind->is_idle(conn->session) &&
		    (!oldest || conn->active_ns < oldest->active_ns))
			oldest = conn;
	if (oldest)
		conn_close(oldest);
	return oldest != NULL;
}

static struct conn *allocate(struct conn_pool *pool, const struct ipc_origin *origin)
{
	uint64_t now_ns = front_now_ns(pool->front);
	struct address *address = address_find(&pool->front->addresses, origin->address, now_ns);
	struct conn *conn;

	if (!address || address->connections >= ADDRESS_CONNECTIONS_MAX || !make_room(pool))
		return NULL;
	conn = calloc(1, sizeof(*conn));
	if (!conn)
		return NULL;
	conn->pool = pool;
	conn->peer.origin = *origin;
	conn->peer.address = address;
	conn->opened_ns = conn->active_ns = now_ns;
	return conn;
}

void conn_open(struct conn_pool *pool, int take_fd, const struct ipc_origin *origin,
	       uint32_t local_port, bool is_tls)
{
	struct conn *conn = allocate(pool, origin);

	if (!conn) {
		close(take_fd);
		return;
	}
	conn->peer.local_port = local_port;
	conn->peer.is_tls = is_tls;
	conn->watch = (struct loop_watch){.fd = take_fd, .ready = conn_ready};
	conn->timer.due = conn_due;
	if (is_tls)
		conn->tls = tls_accept(pool->tls, take_fd);
	if ((is_tls && !conn->tls) || loop_add(pool->front->loop, &conn->watch, EPOLLIN) < 0) {
		tls_link_destroy(conn->tls);
		free(conn);
		close(take_fd);
		return;
	}
	conn->peer.address->connections++;
	pool->count++;
	conn->next = pool->conns;
	conn->link = &pool->conns;
	if (conn->next)
		conn->next->link = &conn->next;
	pool->conns = conn;
	conn_wake(conn);
}
