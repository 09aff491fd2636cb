#include "warden/dialer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "warden/spawn.h"
#include "warden/udp_pair.h"
#include "warden/warden.h"

static void dial_late(struct loop_timer *timer);

void dialer_init(struct dialer *dialer, struct warden *warden)
{
	dialer->warden = warden;
	for (size_t i = 0; i < DIALS_MAX; i++)
		dialer->dials[i].timer.due = dial_late;
}

static void fail(struct child *cam, uint64_t request, int error)
{
	struct ipc_dialed answer = {.request = request, .error = error};

	ipc_send(&cam->channel, IPC_DIAL_FAILED, &answer, NULL, 0);
}

static void succeed(struct child *cam, uint64_t request, int fd)
{
	struct sockaddr_in6 address = {0};
	socklen_t size = sizeof(address);

	/* Both families keep the port at the same place. */
	(void)!getsockname(fd, (struct sockaddr *)&address, &size);
	struct ipc_dialed answer = {.request = request, .port = ntohs(address.sin6_port)};

	ipc_send_fd(&cam->channel, IPC_DIALED, &answer, NULL, 0, fd);
}

/* ---- TCP, through ward-dial ---- */

static void end_dial(struct dial *dial)
{
	loop_timer_stop(&dial->timer);
	ipc_close(&dial->channel); /* ward-dial ends when it sees this */
	if (dial->pid)
		kill(dial->pid, SIGKILL);
	dial->pid = 0;
	dial->cam = NULL;
}

static struct sockaddr_storage *peer_of(struct child *cam, uint32_t track)
{
	return &cameras_slot_of(cam)->peers[track == TRACK_SUB];
}

static void dial_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct dial *dial = channel->owner;
	const struct ipc_dialed *answer = message->body;

	if (message->type == IPC_DIALED) {
		struct sockaddr_storage *peer = peer_of(dial->cam, dial->track);
		socklen_t size = sizeof(*peer);

		memset(peer, 0, sizeof(*peer));
		(void)!getpeername(message->fd, (struct sockaddr *)peer, &size);
		succeed(dial->cam, dial->request, message->fd);
	} else {
		fail(dial->cam, dial->request, answer->error < 0 ? answer->error : -EIO);
	}
	dial->pid = 0; /* it has done its work and ends by itself */
	end_dial(dial);
}

static void dial_closed(struct ipc_channel *channel)
{
	struct dial *dial = channel->owner;

	dial->pid = 0;
	fail(dial->cam, dial->request, -EIO);
	end_dial(dial);
}

static void dial_late(struct loop_timer *timer)
{
	struct dial *dial = container_of(timer, struct dial, timer);

	fail(dial->cam, dial->request, -ETIMEDOUT);
	end_dial(dial);
}

static int start_dial(struct dial *dial, const struct source *source)
{
	struct warden *warden = dial->warden;
	struct ipc_dial target = {.request = dial->request, .kind = DIAL_TCP, .port = source->port};
	char path[PLACE_PATH_SIZE + 64];
	int fds[2];
	int r = place_program(&warden->place, "warden", "ward-dial", path, sizeof(path));
	char *argv[] = {path, NULL};

	if (r == 0)
		r = ipc_pair(0, fds);
	if (r < 0)
		return r;
	pid_t pid = spawn_program(argv, fds[1]);

	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return pid;
	}
	dial->pid = pid;
	r = ipc_open(&dial->channel, warden->loop, fds[0], PROC_WARDEN, PROC_DIAL, dial_received,
		     dial_closed, dial);
	if (r < 0)
		return r;
	ipc_send(&dial->channel, IPC_DIAL_TARGET, &target, source->host, strlen(source->host));
	loop_timer_start(warden->loop, &dial->timer,
			 clock_boot_ns() + DIAL_TIMEOUT_MS * CLOCK_NS_PER_MS);
	return 0;
}

static struct dial *free_dial(struct dialer *dialer, const struct child *cam)
{
	struct dial *found = NULL;
	size_t of_cam = 0;

	for (size_t i = 0; i < DIALS_MAX; i++) {
		of_cam += dialer->dials[i].cam == cam;
		if (!dialer->dials[i].cam)
			found = &dialer->dials[i];
	}
	return of_cam < DIALS_OF_CAM_MAX ? found : NULL;
}

static int ask_tcp(struct dialer *dialer, struct child *cam, const struct ipc_dial *ask)
{
	struct dial *dial = free_dial(dialer, cam);
	struct source source;

	if (!dial)
		return -EBUSY;
	int r = cameras_source(cameras_slot_of(cam), ask->track, &source);

	if (r < 0)
		return r;
	*dial = (struct dial){.warden = dialer->warden,
			      .cam = cam,
			      .request = ask->request,
			      .track = ask->track,
			      .timer.due = dial_late};
	r = start_dial(dial, &source);
	if (r < 0)
		end_dial(dial);
	explicit_bzero(&source, sizeof(source));
	return r;
}

/* ---- UDP, from here: nothing is read ---- */

static struct udp_pair *find_pair(struct dialer *dialer, const struct child *cam, uint64_t request)
{
	for (size_t i = 0; i < UDP_PAIRS_MAX; i++)
		if (dialer->pairs[i].cam == cam && dialer->pairs[i].request == request)
			return &dialer->pairs[i];
	return NULL;
}

static void drop_pair(struct udp_pair *pair)
{
	close(pair->fds[0]);
	close(pair->fds[1]);
	pair->cam = NULL;
}

/* A cam that never connects its pairs loses the oldest. */
static struct udp_pair *free_pair(struct dialer *dialer, const struct child *cam)
{
	struct udp_pair *oldest = NULL, *found = NULL;
	size_t of_cam = 0;

	for (size_t i = 0; i < UDP_PAIRS_MAX; i++) {
		struct udp_pair *pair = &dialer->pairs[i];

		if (!pair->cam)
			found = pair;
		if (pair->cam != cam)
			continue;
		of_cam++;
		if (!oldest || pair->request < oldest->request)
			oldest = pair;
	}
	if (of_cam < UDP_PAIRS_OF_CAM_MAX)
		return found;
	drop_pair(oldest);
	return oldest;
}

static int ask_udp_pair(struct dialer *dialer, struct child *cam, const struct ipc_dial *ask)
{
	const struct sockaddr_storage *peer = peer_of(cam, ask->track);
	struct udp_pair *pair = free_pair(dialer, cam);

	if (!pair)
		return -EBUSY;
	if (!peer->ss_family)
		return -ENOTCONN; /* the RTSP connection comes first */
	int r = udp_pair_open(peer->ss_family, pair->fds);

	if (r < 0)
		return r;
	pair->cam = cam;
	pair->request = ask->request;
	pair->track = ask->track;
	succeed(cam, ask->request, pair->fds[0]);
	succeed(cam, ask->request, pair->fds[1]);
	return 0;
}

static int ask_udp_connect(struct dialer *dialer, struct child *cam, const struct ipc_dial *ask)
{
	struct udp_pair *pair = find_pair(dialer, cam, ask->pair);

	if (!pair || !ask->port || ask->port > UINT16_MAX || ask->port2 > UINT16_MAX)
		return -EINVAL;
	const uint16_t ports[2] = {(uint16_t)ask->port, (uint16_t)ask->port2};
	int r = udp_pair_connect(pair->fds, peer_of(cam, pair->track), ports);

	if (r == 0)
		succeed(cam, ask->request, pair->fds[0]);
	drop_pair(pair);
	return r;
}

void dialer_ask(struct dialer *dialer, struct child *cam, const struct ipc_dial *ask)
{
	static int (*const kinds[])(struct dialer *, struct child *, const struct ipc_dial *) = {
		[DIAL_TCP] = ask_tcp,
		[DIAL_UDP_PAIR] = ask_udp_pair,
		[DIAL_UDP_CONNECT] = ask_udp_connect,
	};
	bool is_known = ask->kind < ARRAY_COUNT(kinds) &&
			(ask->track == TRACK_VIDEO || ask->track == TRACK_SUB);
	int r = is_known ? kinds[ask->kind](dialer, cam, ask) : -EINVAL;

	if (r < 0)
		fail(cam, ask->request, r);
}

void dialer_forget(struct dialer *dialer, const struct child *cam)
{
	for (size_t i = 0; i < DIALS_MAX; i++)
		if (dialer->dials[i].cam == cam)
			end_dial(&dialer->dials[i]);
	for (size_t i = 0; i < UDP_PAIRS_MAX; i++)
		if (dialer->pairs[i].cam == cam)
			drop_pair(&dialer->pairs[i]);
}

void dialer_reaped(struct dialer *dialer, pid_t pid)
{
	for (size_t i = 0; i < DIALS_MAX; i++)
		if (dialer->dials[i].pid == pid)
			dialer->dials[i].pid = 0;
}
