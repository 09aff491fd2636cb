/* ward-convert: makes H.264 of one camera's recorded H.265, while somebody plays it whose browser has
 * no H.265. A fragment comes from the vault in a memory file, one at a time, and what is made of it
 * is written behind it; the vault decides who sees it, and ends the process by closing its channel. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/diag.h"
#include "convert/conversion.h"
#include "ipc/ipc.h"
#include "sandbox/sandbox.h"

enum {
	WARDEN_FD = 3,
	/* The pictures that a decoder of 4096 × 4096 at ten bits keeps. */
	MEMORY_MAX = 1024 << 20,
	NICENESS = 10, /* live pictures and recording come first */
};

struct convert {
	struct loop *loop;
	struct ipc_channel warden, vault;
	uint64_t bad; /* pieces of which there was nothing to make */
};

/* ---- one piece ---- */

static int read_all(int fd, uint8_t *ret_data, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t got = read(fd, ret_data + at, size - at);

		if (got <= 0)
			return -EBADMSG;
		at += (size_t)got;
	}
	return 0;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t put = write(fd, data + at, size - at);

		if (put <= 0)
			return -EMSGSIZE;
		at += (size_t)put;
	}
	return 0;
}

/* What was read lies before what is written. */
static int make(const struct ipc_convert_ask *ask, const struct ipc_message *message,
		size_t *ret_size)
{
	autofree uint8_t *fragment = ask->size <= CONVERT_SOURCE_MAX ? malloc(ask->size + 1) : NULL;
	autofree uint8_t *made = malloc(CONVERT_SIZE_MAX);
	const struct conversion_source source = {.init = {message->tail, message->tail_size},
						 .fragment = {fragment, ask->size},
						 .what = ask->what,
						 .pixels_max = CONVERSION_PIXELS_MAX};
	size_t size;
	int r = -EBADMSG;

	if (fragment && made && ask->what < CONVERT_WHAT_COUNT)
		r = read_all(message->fd, fragment, ask->size);
	if (r == 0)
		r = conversion_make(&source, made, CONVERT_SIZE_MAX, &size);
	if (r == 0)
		r = write_all(message->fd, made, size);
	if (r == 0)
		*ret_size = size;
	return r;
}

static void count_bad(struct convert *convert, int error)
{
	convert->bad++;
	if (convert->bad == 1)
		diag_warn("recorded video cannot be made into H.264: %s",
			  error == -EPROTONOSUPPORT ? "it is not H.265"
			  : error == -ENOENT        ? "its fragment begins with no key frame"
						    : strerror(-error));
}

static void take_ask(struct convert *convert, struct ipc_message *message)
{
	const struct ipc_convert_ask *ask = message->body;
	struct ipc_converted answer = {.number = ask->number};
	size_t size = 0;
	int r = make(ask, message, &size);

	if (r < 0)
		count_bad(convert, r);
	answer.size = size;
	ipc_send(&convert->vault, IPC_CONVERTED, &answer, NULL, 0);
}

/* ---- the process ---- */

typedef void convert_message_fn(struct convert *convert, struct ipc_message *message);

static void vault_said(struct ipc_channel *channel, struct ipc_message *message)
{
	if (message->type == IPC_CONVERT_ASK)
		take_ask(channel->owner, message);
}

/* Nobody watches any more, or the vault or the warden is gone. */
static void other_gone(struct ipc_channel *channel)
{
	struct convert *convert = channel->owner;

	loop_stop(convert->loop);
}

static void take_peer(struct convert *convert, struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (peer->kind != PROC_VAULT)
		fatal("the warden sent a peer that a converter has no use for");
	ipc_close(&convert->vault);
	convert->vault = (struct ipc_channel){0};
	int r = ipc_open(&convert->vault, convert->loop, take_fd(message->fd), PROC_CONVERT,
			 PROC_VAULT, vault_said, other_gone, convert);

	if (r < 0)
		fatal("cannot watch the vault's channel: %s", strerror(-r));
}

/* A picture may claim any size; what it then needs is refused by the kernel. Sanitizers need more
 * than any limit. */
static void bound_itself(void)
{
#ifndef WARD_SANITIZED
	struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};

	if (setrlimit(RLIMIT_DATA, &memory))
		fatal("cannot bound the memory: %s", strerror(errno));
#endif
	if (setpriority(PRIO_PROCESS, 0, NICENESS))
		diag_warn("cannot take a lower priority: %s", strerror(errno));
}

static void start(struct convert *convert, struct ipc_message *message)
{
	struct ipc_number ready = {0};

	(void)message;
	bound_itself();
	int r = sandbox_enter(SANDBOX_CONVERT, NULL);

	if (r < 0)
		fatal("cannot close the sandbox: %s", strerror(-r));
	ipc_send(&convert->warden, IPC_READY, &ready, NULL, 0);
}

static void stop(struct convert *convert, struct ipc_message *message)
{
	(void)message;
	loop_stop(convert->loop);
}

static void warden_said(struct ipc_channel *channel, struct ipc_message *message)
{
	static convert_message_fn *const handlers[IPC_TYPE_COUNT] = {
		[IPC_PEER] = take_peer,
		[IPC_START] = start,
		[IPC_STOP] = stop,
	};

	if (handlers[message->type])
		handlers[message->type](channel->owner, message);
}

int main(int argc, char **argv)
{
	static struct convert convert;

	(void)argc;
	(void)argv;
	diag_init("ward-convert");
	signal(SIGPIPE, SIG_IGN);
	int r = conversion_warm_up();

	if (r == 0)
		r = loop_create(&convert.loop);
	if (r == 0)
		r = ipc_open(&convert.warden, convert.loop, WARDEN_FD, PROC_CONVERT, PROC_WARDEN,
			     warden_said, other_gone, &convert);
	if (r == 0)
		r = loop_run(convert.loop);
	if (r < 0)
		diag_error("cannot go on: %s", strerror(-r));
	if (convert.bad)
		diag_info("%llu pieces of recorded video could not be made into H.264",
			  (unsigned long long)convert.bad);
	ipc_close(&convert.vault);
	ipc_close(&convert.warden);
	loop_destroy(convert.loop);
	return r < 0;
}
