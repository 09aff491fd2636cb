/* ward-convert: makes H.264 of one camera's recorded H.265, while somebody plays it whose browser has
 * no H.265. A fragment comes from the vault in a memory file, one at a time, and what is made of it
 * is written behind it; the vault decides who sees it, and ends the process by closing its channel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/diag.h"
#include "convert/conversion.h"
#include "worker/worker.h"

enum {
	/* The pictures that a decoder of 4096 × 4096 at ten bits keeps. */
	MEMORY_MAX = 1024 << 20,
	NICENESS = 10, /* live pictures and recording come first */
};

struct convert {
	struct worker worker;
	uint64_t bad; /* pieces of which there was nothing to make */
};

static struct convert *convert_of(struct worker *worker)
{
	return container_of(worker, struct convert, worker);
}

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

static void take_ask(struct worker *worker, struct ipc_message *message)
{
	const struct ipc_convert_ask *ask = message->body;
	struct ipc_converted answer = {.number = ask->number};
	size_t size = 0;
	int r = make(ask, message, &size);

	if (r < 0)
		count_bad(convert_of(worker), r);
	answer.size = size;
	ipc_send(&worker->vault, IPC_CONVERTED, &answer, NULL, 0);
}

/* ---- the process ---- */

static int prepare(struct worker *worker)
{
	(void)worker;
	if (setpriority(PRIO_PROCESS, 0, NICENESS))
		diag_warn("cannot take a lower priority: %s", strerror(errno));
	return conversion_warm_up();
}

static void finish(struct worker *worker)
{
	uint64_t bad = convert_of(worker)->bad;

	if (bad)
		diag_info("%llu pieces of recorded video could not be made into H.264",
			  (unsigned long long)bad);
}

static const struct worker_kind KIND = {
	.program = "ward-convert",
	.proc = PROC_CONVERT,
	.profile = SANDBOX_CONVERT,
	.memory_max = MEMORY_MAX,
	.prepare = prepare,
	.finish = finish,
	.from_vault = {[IPC_CONVERT_ASK] = take_ask},
};

int main(void)
{
	static struct convert convert;

	return worker_run(&convert.worker, &KIND);
}
