#include "vault/play/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"
#include "vault/play/convert.h"
#include "vault/play/export.h"
#include "vault/play/thumb.h"

void serve_refuse_one(const struct play *play, uint64_t request, enum refusal refusal)
{
	struct ipc_refused body = {.request = request, .refusal = (uint32_t)refusal};

	play_tell(play, IPC_REFUSED, &body);
}

void serve_free(struct play_ask *read)
{
	read->play->reads--;
	if (read->conversion)
		close(read->file);
	free(read->made);
	*read = (struct play_ask){0};
}

/* ---- lists ---- */

struct list {
	struct ipc_channel *asker;
	uint64_t request;
	struct ipc_segment rows[IPC_TAIL_MAX / sizeof(struct ipc_segment)];
	uint32_t count;
};

static void flush(struct list *list)
{
	struct ipc_segments body = {.request = list->request, .count = list->count};

	if (list->count)
		ipc_send(list->asker, IPC_SEGMENTS, &body, list->rows,
			 list->count * sizeof(list->rows[0]));
	list->count = 0;
}

static void add_init(void *context, const struct ipc_row_init *init)
{
	struct list *list = context;
	struct ipc_row_init row = *init;

	row.request = list->request;
	ipc_send(list->asker, IPC_ROW_INIT, &row, NULL, 0);
}

static void add_segment(void *context, const struct ipc_segment *segment)
{
	struct list *list = context;

	if (list->count == ARRAY_COUNT(list->rows))
		flush(list);
	list->rows[list->count++] = *segment;
}

static void send_list(struct play *play, const struct ipc_play_read *ask)
{
	struct list list = {.asker = play->asker, .request = ask->request};
	const struct reader_listener listener = {add_init, add_segment, &list};
	struct ipc_done done = {.request = ask->request, .log_seq = play->log_seq};

	done.value = reader_list(play->reader, ask->from_us, ask->to_us, &listener);
	flush(&list);
	play_tell(play, IPC_DONE, &done);
}

/* ---- pieces ---- */

enum refusal serve_refusal_of(int error)
{
	static const struct {
		int error;
		enum refusal refusal;
	} refusals[] = {{-ENOENT, REFUSAL_NOT_FOUND},
			{-ENODATA, REFUSAL_ERASED},
			{-EACCES, REFUSAL_SEALED},
			{-EBADMSG, REFUSAL_DAMAGED},
			{-EMSGSIZE, REFUSAL_NO_THUMB}};

	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++)
		if (refusals[i].error == error)
			return refusals[i].refusal;
	return REFUSAL_BUSY;
}

int serve_fill_file(int fd, struct bytes bytes)
{
	for (size_t at = 0; at < bytes.size;) {
		ssize_t size = write(fd, bytes.data + at, bytes.size - at);

		if (size <= 0)
			return size < 0 ? -errno : -EIO;
		at += (size_t)size;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

int serve_make_file(struct bytes bytes, int *ret_fd)
{
	autoclose int fd = memfd_create("piece", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : serve_fill_file(fd, bytes);

	if (r == 0)
		*ret_fd = take_fd(fd);
	return r;
}

/* From the first to the last moment of which something was sent. A fragment is sent whole, also where
 * it begins before what was opened: the entries name what was opened. */
static void note_sent(struct play *play, const struct block_piece *piece)
{
	const struct catalog_span *scope = &play->scope.span;
	uint64_t from = piece->start_us > scope->from_us ? piece->start_us : scope->from_us;
	uint64_t to = piece->end_us < scope->to_us ? piece->end_us : scope->to_us;

	if (piece->is_init)
		return;
	if (!play->sent_to_us || from < play->sent_from_us)
		play->sent_from_us = from;
	if (to > play->sent_to_us)
		play->sent_to_us = to;
}

/* As it lies on the disk. */
static bool is_sealed(const struct ipc_play_read *ask)
{
	return ask->is_sealed || ask->what == PLAY_BLOCK;
}

static int read_wrap(struct play *play, const struct ipc_play_read *ask, struct bytes *ret_bytes)
{
	struct custody_key key = {.user = play->who.user};

	memcpy(key.key, ask->recipient, sizeof(key.key));
	return reader_read_wrap(play->reader, ask->epoch_us, &key, ret_bytes);
}

static int read_bytes(struct play *play, const struct ipc_play_read *ask,
		      const struct reader_piece *piece, struct bytes *ret_bytes)
{
	if (ask->what == PLAY_WRAP)
		return read_wrap(play, ask, ret_bytes);
	if (ask->what == PLAY_HEAD)
		return reader_read_start(play->reader, piece, CMAF_HEAD_MAX, ret_bytes);
	return is_sealed(ask) ? reader_read_sealed(play->reader, piece, ret_bytes)
			      : reader_read(play->reader, piece, ret_bytes);
}

int serve_release(struct play *play, struct ipc_play_data *body, const struct block_piece *piece,
		  struct bytes plain)
{
	autoclose int fd = -1;
	int rc = serve_make_file(plain, &fd);

	if (rc < 0)
		return rc;
	lease_use(&play->lease, plain.size);
	if (piece)
		note_sent(play, piece);
	body->size = plain.size;
	ipc_send_fd(play->asker, IPC_PLAY_DATA, body, NULL, 0, fd);
	return 0;
}

static int release(struct play *play, const struct ipc_play_read *ask,
		   const struct reader_piece *piece)
{
	struct ipc_play_data body = {.request = ask->request};
	struct bytes bytes;
	int rc = read_bytes(play, ask, piece, &bytes);
	bool is_media = ask->what != PLAY_WRAP && ask->what != PLAY_BLOCK;
	const struct block_piece *about = is_media ? &piece->piece : NULL;

	return rc < 0 ? rc : serve_release(play, &body, about, bytes);
}

/* Where it lies, and at most how many bytes of it will leave. */
static int find_piece(struct play *play, const struct ipc_play_read *ask,
		      struct reader_piece *ret_piece, uint64_t *ret_size)
{
	*ret_size = CUSTODY_WRAP_SIZE;
	if (ask->what == PLAY_WRAP)
		return 0;
	int rc = ask->what == PLAY_BLOCK ? reader_find_block(play->reader, ask->number, ret_piece)
					 : reader_find(play->reader, ask, ret_piece);

	if (rc < 0)
		return rc;
	*ret_size = is_sealed(ask) ? ret_piece->piece.size : ret_piece->plain_size;
	if (ask->what == PLAY_HEAD && *ret_size > CMAF_HEAD_MAX)
		*ret_size = CMAF_HEAD_MAX;
	return 0;
}

/* false: the piece waits for its play's next allowance. */
static bool serve(struct play_ask *read)
{
	struct play *play = read->play;
	uint64_t now = loop_now_ns(play->all->loop), request = read->ask.request;
	struct reader_piece piece;
	uint64_t size;

	if (read->ask.what == PLAY_THUMB)
		return thumb_serve(read);
	if (read->ask.form != PLAY_AS_RECORDED)
		return convert_serve(read);
	int rc = find_piece(play, &read->ask, &piece, &size);

	if (rc == 0 && !lease_may(&play->lease, now, size)) {
		play_renew(play, size);
		return false;
	}
	if (rc == 0)
		rc = release(play, &read->ask, &piece);
	play->active_ns = now;
	serve_free(read);
	if (rc < 0)
		serve_refuse_one(play, request, serve_refusal_of(rc));
	else if (lease_is_low(&play->lease, now))
		play_renew(play, 0);
	return true;
}

/* ---- the queue ---- */

static struct play_ask *next_after(struct plays *plays, uint64_t order)
{
	struct play_ask *next = NULL;

	for (unsigned i = 0; i < PLAYS_READS_MAX; i++) {
		struct play_ask *read = &plays->reads[i];

		if (read->play && !read->thumb && !read->conversion && read->order > order &&
		    (!next || read->order < next->order))
			next = read;
	}
	return next;
}

void serve_due(struct loop_timer *timer)
{
	struct plays *plays = container_of(timer, struct plays, serving);
	struct play_ask *read = next_after(plays, 0);

	while (read && !serve(read))
		read = next_after(plays, read->order);
	if (read) /* it was served, and others may be waiting */
		serve_go_on(plays);
}

void serve_go_on(struct plays *plays)
{
	if (!plays->serving.loop && next_after(plays, 0))
		loop_timer_start(plays->loop, &plays->serving, loop_now_ns(plays->loop));
}

enum refusal serve_ask(struct play *play, const struct ipc_play_read *ask)
{
	struct plays *plays = play->all;

	play->active_ns = loop_now_ns(plays->loop);
	if (ask->what == PLAY_SEGMENTS) {
		send_list(play, ask);
		return REFUSAL_NONE;
	}
	if (ask->what == PLAY_EXPORT)
		return export_ask(play, ask);
	if (play->reads >= PLAYS_READS_OF_PLAY_MAX)
		return REFUSAL_TOO_MANY;
	for (unsigned i = 0; i < PLAYS_READS_MAX; i++) {
		if (plays->reads[i].play)
			continue;
		plays->reads[i] = (struct play_ask){.play = play,
						    .ask = *ask,
						    .order = ++plays->last_order,
						    .asked_ns = play->active_ns};
		plays->reads[i].ask.credential = (struct ipc_credential){0};
		play->reads++;
		serve_go_on(plays);
		return REFUSAL_NONE;
	}
	return REFUSAL_BUSY;
}

void serve_refuse(struct play *play)
{
	for (unsigned i = 0; i < PLAYS_READS_MAX; i++) {
		struct play_ask *read = &play->all->reads[i];

		if (read->play != play)
			continue;
		serve_refuse_one(play, read->ask.request, REFUSAL_NOT_FOUND);
		serve_free(read);
	}
	export_refuse(play);
}

void serve_forget(struct plays *plays)
{
	for (unsigned i = 0; i < PLAYS_READS_MAX; i++)
		if (plays->reads[i].play && plays->reads[i].play->asker == plays->front)
			serve_free(&plays->reads[i]);
	for (unsigned i = 0; i < PLAYS_MAX; i++)
		if (plays->table[i].asker == plays->front)
			export_refuse(&plays->table[i]);
}

void serve_cancel(struct plays *plays, const struct ipc_channel *asker, uint64_t request)
{
	for (unsigned i = 0; i < PLAYS_READS_MAX; i++) {
		struct play_ask *read = &plays->reads[i];

		if (read->play && read->play->asker == asker && read->ask.request == request)
			serve_free(read);
	}
}
