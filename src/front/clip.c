#include "front/clip.h"

#include <errno.h>
#include <sodium.h>
#include <time.h>

#include "base/text.h"
#include "front/playing.h"
#include "front/render.h"
#include "ipc/tracks.h"
#include "proto/http/grammar.h"
#include "proto/http/range.h"
#include "proto/mp4/mp4_movie.h"
#include "proto/mp4/mp4_plan.h"

enum { ETAG_SIZE = 16, FILE_NAME_SIZE = NAME_SIZE + 32 };

struct saving {
	struct playing playing;
	struct ipc_play_read ask; /* the next one; has the credential */
	struct mp4_clip clip;
	struct mp4_plan plan;
	struct mp4_clip_room room;
	struct ipc_segment *segments;
	uint8_t *head; /* of the file; until it is the reply's */
	size_t head_size;
	uint64_t at, to;             /* bytes of the file still to be sent */
	const struct mp4_part *part; /* asked for */
	char camera[NAME_SIZE];
};

static void saving_drop(struct exchange *exchange)
{
	struct saving *saving = exchange->state;

	playing_end(&saving->playing);
	exchange->front->clips--;
	free(saving->room.samples);
	free(saving->room.parts);
	free(saving->segments);
	free(saving->head);
	sodium_memzero(&saving->ask, sizeof(saving->ask));
	free(saving);
	exchange->state = NULL;
}

/* The system gives this memory as it is used. */
static int make_room(struct saving *saving)
{
	saving->room = (struct mp4_clip_room){
		.samples = calloc(MP4_CLIP_SAMPLES_MAX, sizeof(*saving->room.samples)),
		.parts = calloc(MP4_CLIP_PARTS_MAX, sizeof(*saving->room.parts)),
		.sample_capacity = MP4_CLIP_SAMPLES_MAX,
		.part_capacity = MP4_CLIP_PARTS_MAX,
	};
	saving->segments = calloc(MP4_CLIP_PARTS_MAX, sizeof(*saving->segments));
	return saving->room.samples && saving->room.parts && saving->segments ? 0 : -ENOMEM;
}

static void ask_vault(struct exchange *exchange, exchange_answer_fn *answered)
{
	struct saving *saving = exchange->state;

	exchange->deadline_ns = front_now_ns(exchange->front) + EXCHANGE_ANSWER_S * CLOCK_NS_PER_S;
	exchange_ask(exchange, PROC_VAULT, IPC_PLAY_READ, &saving->ask, (struct bytes){0},
		     answered);
}

/* ---- sending: fragment after fragment ---- */

static void part_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct saving *saving = exchange->state;
	const struct mp4_part *part = saving->part;
	size_t needed = mp4_clip_part_room(&saving->clip, part);
	autofree uint8_t *data = NULL, *room = malloc(needed + 1);
	struct bytes bytes;
	size_t size = 0;

	if (!room || message->type != IPC_PLAY_DATA || playing_read(message, &data, &size) < 0 ||
	    mp4_clip_part(&saving->clip, part, (struct bytes){data, size}, room, &bytes) < 0) {
		exchange_abort(exchange);
		return;
	}
	uint64_t within = saving->at - saving->head_size - part->at, count = part->size - within;

	if (count > saving->to - saving->at)
		count = saving->to - saving->at;
	saving->at += count;
	bool is_built = bytes.data == room;

	playing_keep(&saving->playing, is_built ? bytes.size : size);
	reply_take_piece(&exchange->reply, is_built ? take(room) : take(data),
			 (struct bytes){bytes.data + within, count});
	exchange->wake(exchange->transport);
}

static void send_next(struct exchange *exchange)
{
	struct saving *saving = exchange->state;

	saving->part = mp4_clip_find_part(&saving->clip, saving->at - saving->head_size);
	mp4_plan_name_part(&saving->plan, saving->part, &saving->ask);
	exchange->deadline_ns = front_now_ns(exchange->front) + EXCHANGE_SEND_S * CLOCK_NS_PER_S;
	exchange_ask(exchange, PROC_VAULT, IPC_PLAY_READ, &saving->ask, (struct bytes){0},
		     part_answered);
	if (!exchange->ask)
		exchange_abort(exchange);
}

/* ---- the answer's head ---- */

/* "nursery 2026-11-22 14.05.10": what is seen first, by the box's own clock. */
static void name_file(const struct saving *saving, char ret_name[FILE_NAME_SIZE])
{
	time_t second = (time_t)(saving->clip.start / MP4_CLIP_TIMESCALE);
	char time[24] = "";
	struct tm local;

	if (localtime_r(&second, &local))
		(void)!strftime(time, sizeof(time), "%Y-%m-%d %H.%M.%S", &local);
	snprintf(ret_name, FILE_NAME_SIZE, "%s %s.mp4", saving->camera, time);
}

/* RFC 6266: the plain name for those who know no other, the true one in UTF-8. */
static void add_disposition(struct exchange *exchange)
{
	char name[FILE_NAME_SIZE], plain[FILE_NAME_SIZE];
	uint8_t encoded[3 * FILE_NAME_SIZE + 1];
	struct bytes_writer writer = bytes_write(encoded, sizeof(encoded) - 1);

	name_file(exchange->state, name);
	text_copy(plain, sizeof(plain), name);
	for (char *c = plain; *c; c++)
		if (*c < ' ' || *c > '~' || strchr("\"\\/%:", *c))
			*c = '_';
	url_encode(&writer, name);
	encoded[bytes_written(&writer)] = '\0';
	reply_add(&exchange->reply, "content-disposition",
		  "attachment; filename=\"%s\"; filename*=UTF-8''%s", plain, (const char *)encoded);
}

/* The head says where each byte comes from: another one is another file. */
static void add_etag(struct exchange *exchange, char ret_etag[2 * ETAG_SIZE + 3])
{
	struct saving *saving = exchange->state;
	char hex[2 * ETAG_SIZE + 1];
	uint8_t hash[ETAG_SIZE];
	struct text text;

	crypto_generichash(hash, sizeof(hash), saving->head, saving->head_size, NULL, 0);
	text_init(&text, hex, sizeof(hex));
	text_add_hex(&text, hash, sizeof(hash));
	snprintf(ret_etag, 2 * ETAG_SIZE + 3, "\"%s\"", hex);
	reply_add(&exchange->reply, "etag", "%s", ret_etag);
}

/* 200, 206 or 416: RFC 9110 §14.2, §13.1.5. */
static int choose_range(struct exchange *exchange, const char *etag)
{
	const struct http_fields *fields = &exchange->request.fields;
	struct saving *saving = exchange->state;
	uint64_t size = saving->head_size + saving->clip.data_size;
	struct bytes same = fields->values[HTTP_IF_RANGE];
	struct http_range range;
	int r = -EBADMSG;

	if (fields_has(fields, HTTP_RANGE) && (!same.data || grammar_same(same, etag)))
		r = range_parse(fields->values[HTTP_RANGE], size, &range);
	if (r == -ERANGE) {
		reply_add(&exchange->reply, "content-range", "bytes */%llu",
			  (unsigned long long)size);
		return 416;
	}
	saving->at = 0;
	saving->to = size;
	if (r < 0)
		return 200;
	saving->at = range.from;
	saving->to = range.to;
	reply_add(&exchange->reply, "content-range", "bytes %llu-%llu/%llu",
		  (unsigned long long)range.from, (unsigned long long)range.to - 1,
		  (unsigned long long)size);
	return 206;
}

static void begin_body(struct exchange *exchange)
{
	struct saving *saving = exchange->state;
	uint64_t head_end = saving->to < saving->head_size ? saving->to : saving->head_size;
	struct reply *reply = &exchange->reply;

	reply->body_size = reply->body_later = saving->to - saving->at;
	if (saving->at < head_end) {
		reply_take_piece(reply, saving->head,
				 (struct bytes){saving->head + saving->at, head_end - saving->at});
		saving->head = NULL;
		saving->at = head_end;
	}
}

static void answer(struct exchange *exchange)
{
	struct saving *saving = exchange->state;
	char etag[2 * ETAG_SIZE + 3];

	exchange->reply.type = "video/mp4";
	add_etag(exchange, etag);
	reply_add(&exchange->reply, "accept-ranges", "bytes");
	int status = choose_range(exchange, etag);

	if (status != 416) {
		add_disposition(exchange);
		begin_body(exchange);
	}
	exchange->drained = send_next;
	exchange_reply(exchange, status);
	if (!exchange->reply.body.size && exchange->reply.body_later)
		send_next(exchange);
	/* Only where the parts lie is needed from now on. */
	free(saving->room.samples);
	saving->room.samples = NULL;
}

/* ---- before it: the plan, and the entry of the log ---- */

static void export_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct saving *saving = exchange->state;
	const struct ipc_row_camera *camera = message->body;

	if (message->type == IPC_ROW_CAMERA) {
		memcpy(saving->camera, camera->name, sizeof(saving->camera));
		saving->camera[sizeof(saving->camera) - 1] = '\0';
	} else if (message->type == IPC_REFUSED) {
		exchange_pass_refusal(exchange, message);
	} else if (message->type == IPC_DONE) {
		answer(exchange);
	}
}

static void finish_plan(struct exchange *exchange)
{
	struct saving *saving = exchange->state;

	if (mp4_clip_finish(&saving->clip) < 0) {
		exchange_refuse(exchange, REFUSAL_NOT_FOUND);
		return;
	}
	size_t room = mp4_movie_room(&saving->clip);

	saving->head = malloc(room);
	int64_t size = saving->head ? mp4_movie_build(&saving->clip, saving->head, room) : -ENOMEM;

	if (size < 0) {
		exchange_lose(exchange);
		return;
	}
	saving->head_size = (size_t)size;
	saving->ask.what = PLAY_EXPORT;
	saving->ask.from_us = saving->clip.from_us;
	saving->ask.to_us = saving->clip.to_us;
	saving->ask.track = saving->plan.tracks;
	ask_vault(exchange, export_answered);
}

static void plan_answered(struct exchange *exchange, struct ipc_message *message);

static void plan_next(struct exchange *exchange)
{
	struct saving *saving = exchange->state;

	if (mp4_plan_next(&saving->plan, &saving->ask))
		ask_vault(exchange, plan_answered);
	else
		finish_plan(exchange);
}

static void take_planned(struct exchange *exchange, const struct ipc_message *message)
{
	struct saving *saving = exchange->state;
	autofree uint8_t *data = NULL;
	size_t size = 0;
	int r = playing_read(message, &data, &size);

	if (r == 0)
		r = mp4_plan_take(&saving->plan, (struct bytes){data, size});
	if (r == -EMSGSIZE)
		exchange_fail(exchange, PROBLEM_CLIP_TOO_LONG);
	else if (r == -ENOMEM)
		exchange_lose(exchange);
	else {
		if (r < 0)
			mp4_plan_skip(&saving->plan);
		plan_next(exchange);
	}
}

/* What was erased or damaged is a hole in the clip, like what was not recorded. */
static void plan_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_refused *refused = message->body;
	struct saving *saving = exchange->state;

	if (message->type == IPC_PLAY_DATA) {
		take_planned(exchange, message);
	} else if (message->type == IPC_REFUSED &&
		   (refused->refusal == REFUSAL_ERASED || refused->refusal == REFUSAL_DAMAGED)) {
		mp4_plan_skip(&saving->plan);
		plan_next(exchange);
	} else if (message->type == IPC_REFUSED) {
		exchange_pass_refusal(exchange, message);
	}
}

static void list_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;
	struct saving *saving = exchange->state;

	if (message->type == IPC_SEGMENTS) {
		if (mp4_plan_list(&saving->plan,
				  (struct bytes){message->tail, message->tail_size}) < 0)
			exchange_fail(exchange, PROBLEM_CLIP_TOO_LONG);
	} else if (message->type == IPC_REFUSED) {
		exchange_pass_refusal(exchange, message);
	} else if (message->type == IPC_DONE && done->value) {
		saving->ask.from_us = done->value;
		ask_vault(exchange, list_answered);
	} else if (message->type == IPC_DONE) {
		mp4_plan_sort(&saving->plan);
		plan_next(exchange);
	}
}

/* ---- the request ---- */

static int read_ask(struct exchange *exchange, struct ipc_play_read *ask, uint32_t *ret_tracks)
{
	char list[16];
	int r = url_query(exchange->request.target.query, "tracks", list, sizeof(list));

	if (exchange_param_sid(exchange, 0, ask->sid) < 0)
		return -EBADMSG;
	*ret_tracks = TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_MIC);
	if (r != -ENOENT && (r < 0 || tracks_parse(list, ret_tracks) < 0))
		r = -EBADMSG;
	if (r == -EBADMSG || exchange_number(exchange, "from", &ask->from_us) < 0 ||
	    exchange_number(exchange, "to", &ask->to_us) < 0 || ask->from_us >= ask->to_us) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return -EBADMSG;
	}
	if (ask->to_us - ask->from_us > MP4_PLAN_SPAN_MAX_S * UINT64_C(1000000)) {
		exchange_fail(exchange, PROBLEM_CLIP_TOO_LONG);
		return -EBADMSG;
	}
	return 0;
}

void clip_send(struct exchange *exchange)
{
	struct ipc_play_read ask = {.credential = exchange->credential, .what = PLAY_SEGMENTS};
	uint32_t tracks;

	if (read_ask(exchange, &ask, &tracks) < 0)
		return;
	struct saving *saving =
		exchange->front->clips < FRONT_CLIPS_MAX ? calloc(1, sizeof(*saving)) : NULL;

	if (!saving) {
		exchange_refuse(exchange, REFUSAL_BUSY);
		return;
	}
	exchange->front->clips++;
	exchange->state = saving;
	exchange->dropped = saving_drop;
	saving->ask = ask;
	playing_begin(&saving->playing, exchange, ask.sid);
	if (make_room(saving) < 0) {
		exchange_lose(exchange);
		return;
	}
	mp4_clip_init(&saving->clip, ask.from_us, ask.to_us, &saving->room);
	mp4_plan_init(&saving->plan, &saving->clip, saving->segments, tracks);
	ask_vault(exchange, list_answered);
	sodium_memzero(&ask, sizeof(ask));
}

/* ---- a clip that is put together elsewhere ---- */

static void announced(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_DONE)
		render_reply(exchange, 201, json_pack("{s:I}", "seq", (json_int_t)done->log_seq));
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

void clip_announce(struct exchange *exchange)
{
	struct ipc_play_read ask = {.credential = exchange->credential, .what = PLAY_EXPORT};

	if (read_ask(exchange, &ask, &ask.track) == 0)
		exchange_ask(exchange, PROC_VAULT, IPC_PLAY_READ, &ask, (struct bytes){0},
			     announced);
	sodium_memzero(&ask, sizeof(ask));
}
