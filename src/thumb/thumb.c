/* ward-thumb: makes small pictures of one camera's recordings, while somebody looks for a moment in
 * them. A fragment comes from the vault in a memory file, one at a time, and a JPEG goes back; the
 * vault decides who sees it. The vault ends the process by closing its channel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "thumb/picture.h"
#include "worker/worker.h"

/* A picture of 8192 × 8192 at ten bits, with what a decoder keeps beside it. */
enum { MEMORY_MAX = 768 << 20 };

struct thumb {
	struct worker worker;
	uint64_t bad; /* fragments of which there was nothing to make */
};

static struct thumb *thumb_of(struct worker *worker)
{
	return container_of(worker, struct thumb, worker);
}

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

static void take_ask(struct worker *worker, struct ipc_message *message)
{
	const struct ipc_thumb_ask *ask = message->body;
	struct ipc_thumb answer = {.number = ask->number};
	uint8_t jpeg[THUMB_SIZE_MAX];
	size_t size = 0;
	int r = make(ask, message, jpeg, &size);

	if (r < 0)
		count_bad(thumb_of(worker), r);
	ipc_send(&worker->vault, IPC_THUMB, &answer, jpeg, r < 0 ? 0 : size);
}

static int prepare(struct worker *worker)
{
	(void)worker;
	return picture_warm_up();
}

static void finish(struct worker *worker)
{
	uint64_t bad = thumb_of(worker)->bad;

	if (bad)
		diag_info("%llu recorded pictures could not be made small",
			  (unsigned long long)bad);
}

static const struct worker_kind KIND = {
	.program = "ward-thumb",
	.proc = PROC_THUMB,
	.profile = SANDBOX_THUMB,
	.memory_max = MEMORY_MAX,
	.prepare = prepare,
	.finish = finish,
	.from_vault = {[IPC_THUMB_ASK] = take_ask},
};

int main(void)
{
	static struct thumb thumb;

	return worker_run(&thumb.worker, &KIND);
}
