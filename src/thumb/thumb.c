/* ward-thumb: makes small pictures of one camera's recordings, while somebody looks for a moment in
 * them. A fragment comes from the vault in a memory file, one at a time, and a JPEG goes back; the
 * vault decides who sees it. The vault ends the process by closing its channel. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/diag.h"
#include "ipc/ipc.h"
#include "sandbox/sandbox.h"
#include "thumb/picture.h"

enum {
	WARDEN_FD = 3,
	/* A picture of 8192 × 8192 at ten bits, with what a decoder keeps beside it. */
	MEMORY_MAX = 768 << 20,
};

struct thumb {
	struct loop *loop;
	struct ipc_channel warden, vault;
	uint64_t bad; /* fragments of which there was nothing to make */
};

/* The whole file, with room behind it; NULL: it is not what was said. */
static uint8_t *read_file(int fd, size_t size)
{
	autofree uint8_t *data = malloc(size + PICTURE_PADDING);

	for (size_t at = 0; data && at < size;) {
		ssize_t got = read(fd, data + at, size - at);

		if (got <= 0)
			return NULL;
		at += (size_t)got;
	}
	return take(data);
}

static int make(const struct ipc_thumb_ask *ask, const struct ipc_message *message,
		uint8_t ret_jpeg[THUMB_SIZE_MAX], size_t *ret_size)
{
	autofree uint8_t *fragment =
		ask->size <= THUMB_SOURCE_MAX ? read_file(message->fd, ask->size) : NULL;
	struct picture_source source = {.init = {message->tail, message->tail_size},
					.fragment = fragment,
					.fragment_size = ask->size,
					.pixels_max = PICTURE_PIXELS_MAX};

	if (!fragment)
		return -EBADMSG;
	return picture_make(&source, ret_jpeg, THUMB_SIZE_MAX, ret_size);
}

static void count_bad(struct thumb *thumb, int error)
{
	thumb->bad++;
	if (thumb->bad == 1)
		diag_warn("a recorded picture cannot be made small: %s",
			  error == -EPROTONOSUPPORT ? "its coding is not one that Ward knows"
			  : error == -ENOENT        ? "its fragment begins with no key frame"
						    : strerror(-error));
}

static void take_ask(struct thumb *thumb, struct ipc_message *message)
{
	const struct ipc_thumb_ask *ask = message->body;
	struct ipc_thumb answer = {.number = ask->number};
	uint8_t jpeg[THUMB_SIZE_MAX];
	size_t size = 0;
	int r = make(ask, message, jpeg, &size);

	if (r < 0)
		count_bad(thumb, r);
	ipc_send(&thumb->vault, IPC_THUMB, &answer, jpeg, r < 0 ? 0 : size);
}

typedef void thumb_message_fn(struct thumb *thumb, struct ipc_message *message);

static void vault_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static thumb_message_fn *const handlers[IPC_TYPE_COUNT] = {
		[IPC_THUMB_ASK] = take_ask,
	};

	if (handlers[message->type])
		handlers[message->type](channel->owner, message);
}

/* Nobody looks any more, or the vault or the warden is gone. */
static void other_gone(struct ipc_channel *channel)
{
	struct thumb *thumb = channel->owner;

	loop_stop(thumb->loop);
}

static void take_peer(struct thumb *thumb, struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (peer->kind != PROC_VAULT)
		fatal("the warden sent a peer that a maker of thumbnails has no use for");
	ipc_close(&thumb->vault);
	thumb->vault = (struct ipc_channel){0};
	int r = ipc_open(&thumb->vault, thumb->loop, take_fd(message->fd), PROC_THUMB, PROC_VAULT,
			 vault_said, other_gone, thumb);

	if (r < 0)
		fatal("cannot watch the vault's channel: %s", strerror(-r));
}

/* A picture may claim any size; what it then needs is refused by the kernel. Sanitizers need more
 * than any limit. */
static void bound_memory(void)
{
#ifndef WARD_SANITIZED
	struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};

	if (setrlimit(RLIMIT_DATA, &memory))
		fatal("cannot bound the memory: %s", strerror(errno));
#endif
}

static void start(struct thumb *thumb, struct ipc_message *message)
{
	struct ipc_number ready = {0};

	(void)message;
	bound_memory();
	int r = sandbox_enter(SANDBOX_THUMB, NULL);

	if (r < 0)
		fatal("cannot close the sandbox: %s", strerror(-r));
	ipc_send(&thumb->warden, IPC_READY, &ready, NULL, 0);
}

static void stop(struct thumb *thumb, struct ipc_message *message)
{
	(void)message;
	loop_stop(thumb->loop);
}

static void warden_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static thumb_message_fn *const handlers[IPC_TYPE_COUNT] = {
		[IPC_PEER] = take_peer,
		[IPC_START] = start,
		[IPC_STOP] = stop,
	};

	if (handlers[message->type])
		handlers[message->type](channel->owner, message);
}

int main(int argc, char **argv)
{
	static struct thumb thumb;

	(void)argc;
	(void)argv;
	diag_init("ward-thumb");
	signal(SIGPIPE, SIG_IGN);
	int r = picture_warm_up();

	if (r == 0)
		r = loop_create(&thumb.loop);
	if (r == 0)
		r = ipc_open(&thumb.warden, thumb.loop, WARDEN_FD, PROC_THUMB, PROC_WARDEN,
			     warden_said, other_gone, &thumb);
	if (r == 0)
		r = loop_run(thumb.loop);
	if (r < 0)
		diag_error("cannot go on: %s", strerror(-r));
	if (thumb.bad)
		diag_info("%llu recorded pictures could not be made small",
			  (unsigned long long)thumb.bad);
	ipc_close(&thumb.vault);
	ipc_close(&thumb.warden);
	loop_destroy(thumb.loop);
	return r < 0;
}
