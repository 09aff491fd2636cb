#include "vault/play/convert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "vault/play/serve.h"

static void refuse(struct play_ask *read, enum refusal refusal)
{
	const struct play *play = read->play;
	uint64_t request = read->ask.request;

	serve_free(read);
	serve_refuse_one(play, request, refusal);
}

static enum refusal refusal_of(int error)
{
	return error == -EMSGSIZE ? REFUSAL_NO_CONVERSION : serve_refusal_of(error);
}

/* ---- what was made, out of the door ---- */

static bool give(struct play_ask *read)
{
	struct play *play = read->play;
	struct ipc_play_data body = {.request = read->ask.request};
	uint64_t now = loop_now_ns(play->all->loop);

	if (!lease_may(&play->lease, now, read->made_size)) {
		play_renew(play, read->made_size);
		return false;
	}
	int rc = serve_release(play, &body, &read->fragment.piece,
			       (struct bytes){read->made, read->made_size});

	if (rc < 0) {
		refuse(read, refusal_of(rc));
		return true;
	}
	serve_free(read);
	if (lease_is_low(&play->lease, now))
		play_renew(play, 0);
	return true;
}

/* ---- handing it over ---- */

/* A file that holds the bytes and has room for what is made of them. It cannot grow: nobody fills the
 * box's memory by it. */
static int make_file(struct bytes bytes, int *ret_fd)
{
	autoclose int fd = memfd_create("conversion", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)(bytes.size + CONVERT_SIZE_MAX)) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK))
		return -errno;
	int r = serve_fill_file(fd, bytes);

	if (r == 0)
		*ret_fd = take_fd(fd);
	return r;
}

/* Its own bytes, or of a fragment the init segment that it needs. */
static int copy_init(const struct play_ask *read, uint8_t ret_data[CONVERT_INIT_MAX],
		     size_t *ret_size)
{
	struct reader *reader = read->play->reader;
	struct reader_piece init = read->fragment;
	struct bytes plain;
	int rc = read->ask.what == PLAY_INIT ? 0
					     : reader_find_init(reader, &read->fragment, &init);

	if (rc == 0)
		rc = reader_read(reader, &init, &plain);
	if (rc == 0 && plain.size > CONVERT_INIT_MAX)
		rc = -EBADMSG;
	if (rc < 0)
		return rc;
	memcpy(ret_data, plain.data, plain.size);
	*ret_size = plain.size;
	return 0;
}

static int make(struct play_ask *read)
{
	struct play *play = read->play;
	uint8_t init[CONVERT_INIT_MAX];
	struct makers_source source = {.init = {.data = init}, .what = CONVERT_INIT};
	struct bytes plain = {0};
	int rc = copy_init(read, init, &source.init.size);

	if (rc == 0 && read->ask.what == PLAY_FRAGMENT) {
		source.what = read->ask.form == PLAY_AS_H264_KEY ? CONVERT_KEY_FRAME
								 : CONVERT_FRAGMENT;
		rc = reader_read(play->reader, &read->fragment, &plain);
	}
	if (rc == 0 && plain.size > CONVERT_SOURCE_MAX)
		rc = -EMSGSIZE;
	if (rc == 0)
		rc = make_file(plain, &source.fragment);
	if (rc < 0)
		return rc;
	source.size = plain.size;
	read->file = source.fragment;
	read->conversion = makers_make(play->all->converters, play->camera->slot, &source);
	return 0;
}

/* The room that it will about need must be allowed: nothing is made for a play that gets no more. */
static bool is_allowed(struct play_ask *read)
{
	struct play *play = read->play;
	uint64_t about = read->fragment.plain_size;

	if (about > CONVERT_SIZE_MAX)
		about = CONVERT_SIZE_MAX;
	if (lease_may(&play->lease, loop_now_ns(play->all->loop), about))
		return true;
	play_renew(play, about);
	return false;
}

/* Looked for once, however long it waits. */
static int find(struct play_ask *read)
{
	int rc = read->is_found ? 0 : reader_find(read->play->reader, &read->ask, &read->fragment);

	read->is_found = rc == 0;
	return rc;
}

bool convert_serve(struct play_ask *read)
{
	struct play *play = read->play;
	struct plays *plays = play->all;
	uint64_t now = loop_now_ns(plays->loop);

	if (read->made)
		return give(read);
	int rc = find(read);

	if (rc == 0 && !is_allowed(read))
		return false;
	if (rc == 0 && !makers_is_ready(plays->converters, play->camera->slot)) {
		if (now < read->asked_ns + CONVERT_WAIT_MS * CLOCK_NS_PER_MS)
			return false;
		rc = -EAGAIN;
	}
	play->active_ns = now;
	if (rc == 0)
		rc = make(read);
	if (rc < 0)
		refuse(read, refusal_of(rc));
	return true;
}

/* ---- what comes back ---- */

static struct play_ask *find_read(struct plays *plays, uint64_t number)
{
	for (unsigned i = 0; i < PLAYS_READS_MAX; i++)
		if (plays->reads[i].play && plays->reads[i].conversion == number)
			return &plays->reads[i];
	return NULL;
}

/* Copied, for the converter can still write to its file. */
static int copy_made(struct play_ask *read, uint64_t size)
{
	uint64_t start = read->ask.what == PLAY_FRAGMENT ? read->fragment.plain_size : 0;
	autofree uint8_t *made = size <= CONVERT_SIZE_MAX ? malloc(size) : NULL;

	if (!made)
		return size <= CONVERT_SIZE_MAX ? -ENOMEM : -EMSGSIZE;
	for (uint64_t at = 0; at < size;) {
		ssize_t got = pread(read->file, made + at, size - at, (off_t)(start + at));

		if (got <= 0)
			return got < 0 ? -errno : -EMSGSIZE;
		at += (uint64_t)got;
	}
	read->made = take(made);
	read->made_size = size;
	return 0;
}

void convert_made(struct plays *plays, uint64_t number, uint64_t size)
{
	struct play_ask *read = find_read(plays, number);

	if (!read) /* its play has ended, or whoever asked has left */
		return;
	int rc = size ? copy_made(read, size) : -EMSGSIZE;

	close(read->file);
	read->conversion = 0;
	if (rc < 0)
		refuse(read, refusal_of(rc));
	else
		serve_go_on(plays);
}
