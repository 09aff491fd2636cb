/* `ward export clip`: a part of the recordings as one MP4 file. Asks the running vault for what the
 * front asks for a download (front/clip.c), by the same plan: the same bytes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "ipc/refusal.h"
#include "ipc/tracks.h"
#include "proto/mp4/mp4_movie.h"
#include "proto/mp4/mp4_plan.h"
#include "tools/clip_file.h"
#include "tools/command.h"
#include "tools/moment.h"
#include "tools/progress.h"
#include "tools/show.h"
#include "tools/talk.h"

enum { NAME_MAX_SIZE = NAME_SIZE + 32, PIECE_SIZE_MAX = 32 << 20 };

#define SECOND_US UINT64_C(1000000)

struct export {
	const struct invocation *invocation;
	struct talk *talk;
	struct ipc_play_ask play;
	struct ipc_play_read ask; /* the next one */
	struct ipc_done done;     /* of the last question */
	int error;                /* of taking an answer in */
	uint8_t *piece;           /* the last one */
	size_t piece_size, piece_room;
	uint8_t *part; /* room for what is made of one */
	struct mp4_clip clip;
	struct mp4_plan plan;
	struct mp4_clip_room room;
	struct ipc_segment *segments;
	uint8_t *head; /* of the file */
	size_t head_size;
	uint64_t total, resumed_at; /* bytes of the file */
	struct clip_file file;
	struct progress progress;
};

static void export_destroy(struct export *export)
{
	if (!export)
		return;
	talk_close(export->talk);
	clip_file_close(&export->file);
	free(export->piece);
	free(export->part);
	free(export->room.samples);
	free(export->room.parts);
	free(export->segments);
	free(export->head);
	free(export);
}
AUTO_DEFINE(export)

static enum exit_code say(struct export *export, const char *what, const char *which)
{
	progress_clear(&export->progress);
	fprintf(stderr, "ward: %s%s%s\n", what, which ? ": " : "", which ? which : "");
	return EXIT_NO;
}

/* ---- what is asked for ---- */

static enum exit_code usage(const struct invocation *invocation, const char *what, const char *which)
{
	(void)command_complain(invocation->command, what, which);
	return EXIT_USAGE;
}

static enum exit_code read_moment(const struct invocation *invocation, unsigned argument, uint64_t *ret_us)
{
	const char *text = invocation->arguments[argument];
	uint64_t now_us = clock_real_us();
	int error = moment_parse(text, now_us, ret_us);

	if (error < 0)
		return usage(invocation, moment_explain(error), text);
	return *ret_us > now_us ? usage(invocation, "that is yet to come", text) : EXIT_DONE;
}

static enum exit_code read_ask(const struct invocation *invocation, struct ipc_play_ask *ask)
{
	const char *tracks = invocation->values[FLAG_TRACKS];

	if (!text_copy(ask->camera, sizeof(ask->camera), invocation->arguments[0]))
		return usage(invocation, "that name is too long", invocation->arguments[0]);
	if (read_moment(invocation, 1, &ask->from_us) != EXIT_DONE ||
	    read_moment(invocation, 2, &ask->to_us) != EXIT_DONE)
		return EXIT_USAGE;
	if (ask->from_us >= ask->to_us)
		return usage(invocation, "FROM must be before TO", NULL);
	if (ask->to_us - ask->from_us > MP4_PLAN_SPAN_MAX_S * SECOND_US)
		return usage(invocation, "a clip is at most four hours long", NULL);
	ask->tracks = TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_MIC);
	if (tracks && tracks_parse(tracks, &ask->tracks) < 0)
		return usage(invocation, "--tracks is a list of v, w, m, s and t, as v,m", tracks);
	return EXIT_DONE;
}

static int make_room(struct export *export)
{
	export->room = (struct mp4_clip_room){
		.samples = calloc(MP4_CLIP_SAMPLES_MAX, sizeof(*export->room.samples)),
		.parts = calloc(MP4_CLIP_PARTS_MAX, sizeof(*export->room.parts)),
		.sample_capacity = MP4_CLIP_SAMPLES_MAX,
		.part_capacity = MP4_CLIP_PARTS_MAX,
	};
	export->segments = calloc(MP4_CLIP_PARTS_MAX, sizeof(*export->segments));
	if (!export->room.samples || !export->room.parts || !export->segments)
		return -ENOMEM;
	mp4_clip_init(&export->clip, export->play.from_us, export->play.to_us, &export->room);
	mp4_plan_init(&export->plan, &export->clip, export->segments, export->play.tracks);
	return 0;
}

/* ---- questions to the vault ---- */

static int take_piece(struct export *export, const struct ipc_message *message)
{
	const struct ipc_play_data *data = message->body;

	if (data->size > PIECE_SIZE_MAX)
		return -EMSGSIZE;
	if (data->size > export->piece_room) {
		free(export->piece);
		export->piece = malloc(data->size);
		export->piece_room = export->piece ? data->size : 0;
	}
	export->piece_size = 0;
	while (export->piece && export->piece_size < data->size) {
		ssize_t size = read(message->fd, export->piece + export->piece_size,
				    data->size - export->piece_size);

		if (size <= 0)
			return size < 0 ? -errno : -EIO;
		export->piece_size += (size_t)size;
	}
	return export->piece || !data->size ? 0 : -ENOMEM;
}

static void answered(const struct ipc_message *message, void *context)
{
	struct export *export = context;
	int error = 0;

	if (message->type == IPC_SEGMENTS)
		error = mp4_plan_list(&export->plan,
				      (struct bytes){message->tail, message->tail_size});
	else if (message->type == IPC_PLAY_DATA)
		error = take_piece(export, message);
	else if (message->type == IPC_DONE)
		memcpy(&export->done, message->body, sizeof(export->done));
	if (error < 0)
		export->error = error;
}

/* `ret_refusal` NULL: a refusal is printed. */
static enum exit_code ask_vault(struct export *export, enum ipc_type type, void *body,
				enum refusal *ret_refusal)
{
	export->error = 0;
	enum exit_code result = talk_ask(export->talk, &(struct talk_question){.type = type,
									       .body = body,
									       .row = answered,
									       .context = export,
									       .ret_refusal = ret_refusal});

	if (result != EXIT_DONE || export->error == 0)
		return result;
	return say(export, export->error == -EMSGSIZE ? "that is too much for one clip: take a shorter one"
						      : strerror(-export->error),
		   NULL);
}

static enum exit_code read_more(struct export *export, enum refusal *ret_refusal)
{
	return ask_vault(export, IPC_PLAY_READ, &export->ask, ret_refusal);
}

/* ---- the plan, and the file's head ---- */

static enum exit_code list(struct export *export)
{
	enum exit_code result;

	export->ask.what = PLAY_SEGMENTS;
	export->ask.from_us = export->play.from_us;
	export->ask.to_us = export->play.to_us;
	do {
		result = read_more(export, NULL);
		export->ask.from_us = export->done.value;
	} while (result == EXIT_DONE && export->done.value);
	mp4_plan_sort(&export->plan);
	return result;
}

/* What was erased or damaged is a hole in the clip, like what was not recorded. */
static enum exit_code plan_one(struct export *export)
{
	enum refusal refusal = REFUSAL_NONE;
	enum exit_code result = read_more(export, &refusal);
	int error = 0;

	if (result == EXIT_DONE)
		error = mp4_plan_take(&export->plan,
				      (struct bytes){export->piece, export->piece_size});
	if (error == -EMSGSIZE)
		return say(export, "that is too much for one clip: take a shorter one", NULL);
	if (error < 0 || refusal == REFUSAL_ERASED || refusal == REFUSAL_DAMAGED) {
		mp4_plan_skip(&export->plan);
		return EXIT_DONE;
	}
	if (refusal == REFUSAL_SEALED)
		return say(export, "the box cannot open a part of that: it is private. Save it in the app, on a device "
				   "that has its person's key", NULL);
	return refusal != REFUSAL_NONE ? say(export, refusal_text(refusal), NULL) : result;
}

static enum exit_code build_head(struct export *export)
{
	if (mp4_clip_finish(&export->clip) < 0)
		return say(export, "nothing of it was recorded then", NULL);
	size_t room = mp4_movie_room(&export->clip);

	export->head = malloc(room);
	int64_t size = export->head ? mp4_movie_build(&export->clip, export->head, room) : -ENOMEM;

	if (size < 0)
		return say(export, strerror((int)-size), NULL);
	export->head_size = (size_t)size;
	export->total = export->head_size + export->clip.data_size;
	return EXIT_DONE;
}

static enum exit_code plan(struct export *export)
{
	enum exit_code result = list(export);

	while (result == EXIT_DONE && mp4_plan_next(&export->plan, &export->ask)) {
		progress_look(&export->progress, export->plan.next, export->plan.count);
		result = plan_one(export);
	}
	return result == EXIT_DONE ? build_head(export) : result;
}

/* ---- the file ---- */

/* "nursery 2026-11-22 14.05.10.mp4", as a browser would save it. */
static void name_file(const struct export *export, char ret_name[NAME_MAX_SIZE])
{
	time_t second = (time_t)(export->clip.start / MP4_CLIP_TIMESCALE);
	char moment[24] = "";
	struct tm local;

	if (localtime_r(&second, &local))
		(void)!strftime(moment, sizeof(moment), "%Y-%m-%d %H.%M.%S", &local);
	snprintf(ret_name, NAME_MAX_SIZE, "%s %s.mp4", export->play.camera, moment);
}

static enum exit_code open_file(struct export *export)
{
	const char *path = export->invocation->values[FLAG_OUTPUT];
	char name[NAME_MAX_SIZE];

	name_file(export, name);
	int error = clip_file_open(&export->file, path ? path : name);

	if (error == -EEXIST)
		return say(export, "there is a file of that name already", export->file.path);
	if (error == -EWOULDBLOCK)
		return say(export, "another command is writing that file", export->file.part);
	return error < 0 ? say(export, strerror(-error), path ? path : name) : EXIT_DONE;
}

static bool is_full(int error)
{
	return error == -ENOSPC || error == -EFBIG || error == -EDQUOT;
}

static enum exit_code say_unwritten(struct export *export, int error)
{
	char sentence[CLIP_FILE_PATH_SIZE + 200];

	snprintf(sentence, sizeof(sentence), "%s: %s. The same command with the same times goes on from there",
		 export->file.part, is_full(error) ? "no more room on that disk" : strerror(-error));
	return say(export, sentence, NULL);
}

/* The vault has the entry on its disk before this returns; no fragment comes before. */
static enum exit_code announce(struct export *export)
{
	export->ask.what = PLAY_EXPORT;
	export->ask.from_us = export->play.from_us;
	export->ask.to_us = export->play.to_us;
	export->ask.track = export->play.tracks;
	return read_more(export, NULL);
}

static enum exit_code say_lost(struct export *export, const struct mp4_part *part, enum refusal refusal)
{
	char when[SHOW_TIME_SIZE];

	(void)show_time(export->plan.segments[part->fragment].start_us, when);
	if (refusal == REFUSAL_NOT_FOUND)
		return say(export, "the session is over: somebody ended it, or nothing was read for a minute. The same "
				   "command goes on from there", NULL);
	return say(export, refusal_text(refusal), when);
}

/* One fragment's bytes at `at` of the file; `ret_error` is the file's. */
static enum exit_code copy_part(struct export *export, uint64_t *at, int *ret_error)
{
	const struct mp4_part *part = mp4_clip_find_part(&export->clip, *at - export->head_size);
	uint64_t within = *at - export->head_size - part->at;
	enum refusal refusal = REFUSAL_NONE;
	struct bytes data;

	mp4_plan_name_part(&export->plan, part, &export->ask);
	enum exit_code result = read_more(export, &refusal);

	if (refusal != REFUSAL_NONE)
		return say_lost(export, part, refusal);
	if (result != EXIT_DONE)
		return result;
	free(export->part);
	export->part = malloc(mp4_clip_part_room(&export->clip, part) + 1);
	if (!export->part)
		return say(export, "out of memory", NULL);
	if (mp4_clip_part(&export->clip, part, (struct bytes){export->piece, export->piece_size}, export->part,
			  &data) < 0)
		return say(export, "what was recorded has changed in between", NULL);
	data = (struct bytes){data.data + within, data.size - within};
	*ret_error = clip_file_put(&export->file, *at, data);
	*at += data.size;
	return EXIT_DONE;
}

/* -ESTALE in `ret_error`: what was there is of another clip. */
static enum exit_code copy(struct export *export, int *ret_error)
{
	enum exit_code result = EXIT_DONE;
	uint64_t at = export->head_size;

	*ret_error = clip_file_put(&export->file, 0, (struct bytes){export->head, export->head_size});
	if (*ret_error == 0)
		at = clip_file_resume(&export->file, export->head_size, export->total);
	export->resumed_at = export->file.size;
	while (result == EXIT_DONE && *ret_error == 0 && at < export->total) {
		progress_copy(&export->progress, at, export->total);
		result = copy_part(export, &at, ret_error);
	}
	return result;
}

static enum exit_code write_file(struct export *export)
{
	int error = 0;
	enum exit_code result = copy(export, &error);

	if (result == EXIT_DONE && error == -ESTALE) {
		error = clip_file_reset(&export->file);
		if (error == 0)
			result = copy(export, &error);
	}
	if (result == EXIT_DONE && error == 0)
		error = clip_file_finish(&export->file, export->total);
	if (result == EXIT_DONE && error == -EEXIST)
		return say(export, "there is a file of that name already", export->file.path);
	return result == EXIT_DONE && error < 0 ? say_unwritten(export, error) : result;
}

/* ---- the command ---- */

static void report(struct export *export)
{
	progress_clear(&export->progress);
	if (export->invocation->values[FLAG_JSON])
		show_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "file", export->file.path, "bytes",
				    (json_int_t)export->total, "from", (json_int_t)export->play.from_us, "to",
				    (json_int_t)export->play.to_us, "seq", (json_int_t)export->done.log_seq,
				    "resumed_at", (json_int_t)export->resumed_at));
	else
		printf("%s: %.1f MB. The log says so in entry %llu.\n", export->file.path,
		       (double)export->total / 1e6, (unsigned long long)export->done.log_seq);
}

static enum exit_code run(struct export *export)
{
	enum exit_code result = ask_vault(export, IPC_PLAY_ASK, &export->play, NULL);

	memcpy(export->ask.sid, export->done.id, sizeof(export->ask.sid));
	if (result == EXIT_DONE)
		result = plan(export);
	if (result == EXIT_DONE)
		result = open_file(export);
	if (result == EXIT_DONE)
		result = announce(export);
	struct ipc_done announced = export->done;

	if (result == EXIT_DONE)
		result = write_file(export);
	export->done = announced;
	if (result == EXIT_DONE)
		report(export);
	return result;
}

enum exit_code export_clip_command(const struct invocation *invocation)
{
	AUTO(export) export = calloc(1, sizeof(*export));

	if (!export)
		return EXIT_NO;
	export->invocation = invocation;
	export->file.fd = -1;
	/* A limit of the file's size is told like a full disk. */
	signal(SIGXFSZ, SIG_IGN);
	if (read_ask(invocation, &export->play) != EXIT_DONE)
		return EXIT_USAGE;
	if (make_room(export) < 0)
		return say(export, "out of memory", NULL);
	if (talk_open_or_explain(invocation, &export->talk) < 0)
		return EXIT_UNREACHABLE;
	progress_init(&export->progress);
	return run(export);
}
