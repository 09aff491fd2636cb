#include "vault/play/thumb.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "vault/play/serve.h"

static void refuse(struct play_ask *read, enum refusal refusal)
{
	const struct play *play = read->play;
	uint64_t request = read->ask.request;

	serve_free(read);
	serve_refuse_one(play, request, refusal);
}

/* Out of the door. */
static void give(struct play_ask *read, const struct block_piece *piece, struct bytes jpeg)
{
	struct ipc_play_data body = {
		.request = read->ask.request, .from_us = piece->start_us, .to_us = piece->end_us};
	struct play *play = read->play;
	int rc = serve_release(play, &body, piece, jpeg);

	if (rc < 0) {
		refuse(read, serve_refusal_of(rc));
		return;
	}
	serve_free(read);
	if (lease_is_low(&play->lease, loop_now_ns(play->all->loop)))
		play_renew(play, 0);
}

static int copy_init(struct reader *reader, const struct reader_piece *fragment,
		     uint8_t ret_data[THUMB_INIT_MAX], size_t *ret_size)
{
	struct reader_piece init;
	struct bytes plain;
	int rc = reader_find_init(reader, fragment, &init);

	if (rc == 0)
		rc = reader_read(reader, &init, &plain);
	if (rc == 0 && plain.size > THUMB_INIT_MAX)
		rc = -EBADMSG;
	if (rc < 0)
		return rc;
	memcpy(ret_data, plain.data, plain.size);
	*ret_size = plain.size;
	return 0;
}

/* Hands the fragment to the camera's maker. */
static int make(struct play_ask *read, const struct reader_piece *fragment)
{
	struct play *play = read->play;
	uint8_t init[THUMB_INIT_MAX];
	struct makers_source source = {.init = {.data = init}};
	struct bytes plain;
	int rc = copy_init(play->reader, fragment, init, &source.init.size);
	autoclose int fd = -1;

	if (rc == 0)
		rc = reader_read(play->reader, fragment, &plain);
	if (rc == 0)
		rc = plain.size <= THUMB_SOURCE_MAX ? serve_make_file(plain, &fd) : -EMSGSIZE;
	if (rc < 0)
		return rc;
	source.fragment = fd;
	source.size = plain.size;
	read->fragment = *fragment;
	read->thumb = makers_make(play->all->makers, play->camera->slot, &source);
	return 0;
}

/* What there is at that moment, and whether it was made before. */
static int look_up(struct play_ask *read, struct reader_piece *ret_fragment, struct bytes *ret_jpeg)
{
	struct reader *reader = read->play->reader;
	int rc = reader_find_picture(reader, read->ask.from_us, ret_fragment);

	if (rc < 0)
		return rc;
	rc = reader_find_thumb(reader, ret_fragment, ret_jpeg);
	return rc == -ENOENT ? 0 : rc;
}

bool thumb_serve(struct play_ask *read)
{
	struct play *play = read->play;
	struct plays *plays = play->all;
	uint64_t now = loop_now_ns(plays->loop);
	struct reader_piece fragment;
	struct bytes jpeg = {0};

	/* What it will be is not known yet: there must be room for the largest. */
	if (!lease_may(&play->lease, now, THUMB_SIZE_MAX)) {
		play_renew(play, THUMB_SIZE_MAX);
		return false;
	}
	int rc = look_up(read, &fragment, &jpeg);

	if (rc == 0 && !jpeg.data && !makers_is_ready(plays->makers, play->camera->slot)) {
		if (now < read->asked_ns + THUMB_WAIT_MS * CLOCK_NS_PER_MS)
			return false;
		rc = -EAGAIN;
	}
	play->active_ns = now;
	if (rc == 0 && jpeg.data)
		give(read, &fragment.piece, jpeg);
	else if (rc == 0)
		rc = make(read, &fragment);
	if (rc < 0)
		refuse(read, serve_refusal_of(rc));
	return true;
}

static struct play_ask *find_read(struct plays *plays, uint64_t number)
{
	for (unsigned i = 0; i < PLAYS_READS_MAX; i++)
		if (plays->reads[i].play && plays->reads[i].thumb == number)
			return &plays->reads[i];
	return NULL;
}

void thumb_made(struct plays *plays, uint64_t number, struct bytes jpeg)
{
	struct play_ask *read = find_read(plays, number);

	if (!read) /* its play has ended: nobody may see it any more */
		return;
	struct play *play = read->play;

	read->thumb = 0;
	if (jpeg.size == 0) {
		refuse(read, REFUSAL_NO_THUMB);
		return;
	}
	reader_keep_thumb(play->reader, &read->fragment, jpeg);
	/* The allowance may have run out meanwhile: then it is asked for again. */
	if (lease_may(&play->lease, loop_now_ns(plays->loop), jpeg.size))
		give(read, &read->fragment.piece, jpeg);
	else
		serve_go_on(plays);
}
