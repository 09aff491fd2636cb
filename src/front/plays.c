#include "front/plays.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

#include "base/text.h"
#include "front/playing.h"
#include "front/render.h"
#include "front/sound.h"
#include "ipc/tracks.h"
#include "proto/age/age.h"

/* ---- POST: a play begins ---- */

struct starting {
	uint64_t from_us, to_us;
};

static void starting_drop(struct exchange *exchange)
{
	free(exchange->state);
	exchange->state = NULL;
}

static void start_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct starting *starting = exchange->state;
	const struct ipc_done *done = message->body;

	if (message->type == IPC_REFUSED)
		exchange_pass_denial(exchange, message);
	else if (message->type == IPC_DONE)
		render_reply(exchange, 201,
			     json_pack("{s:o, s:I, s:I, s:I}", "sid", render_hex(done->id, 16),
				       "seq", (json_int_t)done->log_seq, "from",
				       (json_int_t)starting->from_us, "to",
				       (json_int_t)starting->to_us));
}

/* "v,m"; absent: all that the camera sends. */
static int read_tracks(const json_t *body, uint32_t *ret_tracks)
{
	const json_t *value = json_object_get(body, "tracks");
	const char *list = json_string_value(value);

	*ret_tracks = TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_SUB) | TRACK_BIT(TRACK_MIC);
	if (!value)
		return 0;
	return list ? tracks_parse(list, ret_tracks) : -EBADMSG;
}

static int read_time(const json_t *body, const char *key, uint64_t *ret_us)
{
	const json_t *value = json_object_get(body, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return -EBADMSG;
	*ret_us = (uint64_t)json_integer_value(value);
	return 0;
}

static int read_ask(struct exchange *exchange, struct ipc_play_ask *ask)
{
	json_t *body;

	if (render_read_body(exchange, &body) < 0)
		return -EBADMSG;
	int r = read_time(body, "from", &ask->from_us);

	if (r == 0)
		r = read_time(body, "to", &ask->to_us);
	if (r == 0)
		r = read_tracks(body, &ask->tracks);
	if (r == 0)
		r = exchange_read_proof(exchange, &ask->proof);
	json_decref(body);
	if (r < 0)
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
	return r;
}

void plays_start(struct exchange *exchange)
{
	struct ipc_play_ask ask = {.credential = exchange->credential,
				   .origin = exchange->peer->origin};

	if (exchange_is_blocked(exchange) ||
	    exchange_param(exchange, 0, ask.camera, sizeof(ask.camera)) < 0 ||
	    read_ask(exchange, &ask) < 0)
		return;
	struct starting *starting = malloc(sizeof(*starting));

	if (!starting) {
		exchange_lose(exchange);
		return;
	}
	*starting = (struct starting){ask.from_us, ask.to_us};
	exchange->state = starting;
	exchange->dropped = starting_drop;
	exchange_ask(exchange, PROC_VAULT, IPC_PLAY_ASK, &ask, (struct bytes){0}, start_answered);
	sodium_memzero(&ask, sizeof(ask));
}

/* ---- what there is ---- */

enum { LISTING_SOUNDS_MAX = 64 /* init segments of G.711: as many as one list has */ };

struct listing {
	json_t *inits[TRACK_COUNT], *segments[TRACK_COUNT];
	struct {
		uint64_t epoch_us, number;
		enum g711_law law;
	} sounds[LISTING_SOUNDS_MAX];
	unsigned sound_count;
};

static void listing_drop(struct exchange *exchange)
{
	struct listing *listing = exchange->state;

	for (unsigned i = 0; i < TRACK_COUNT; i++) {
		json_decref(listing->inits[i]);
		json_decref(listing->segments[i]);
	}
	free(listing);
	exchange->state = NULL;
}

static const char *mime(uint32_t track)
{
	return track == TRACK_VIDEO || track == TRACK_SUB ? "video/mp4" : "audio/mp4";
}

/* A piece's name in a URL: the epoch's start in seconds, its number there, and what it is made from. */
static json_t *render_piece(uint64_t epoch_us, uint64_t number, enum g711_law law)
{
	const char letter[] = {sound_letter(law), '\0'};

	return json_sprintf("%llu-%llu%s", (unsigned long long)(epoch_us / 1000000),
			    (unsigned long long)number, letter);
}

static enum g711_law law_of(const struct listing *listing, const struct ipc_segment *row)
{
	for (unsigned i = 0; i < listing->sound_count; i++)
		if (listing->sounds[i].epoch_us == row->epoch_us &&
		    listing->sounds[i].number == row->init)
			return listing->sounds[i].law;
	return G711_NONE;
}

static void add_init(struct listing *listing, const struct ipc_row_init *row)
{
	enum g711_law law = sound_law(row);
	json_t *init;

	if (row->track >= TRACK_COUNT)
		return;
	if (law != G711_NONE && listing->sound_count < LISTING_SOUNDS_MAX) {
		listing->sounds[listing->sound_count].epoch_us = row->epoch_us;
		listing->sounds[listing->sound_count].number = row->number;
		listing->sounds[listing->sound_count++].law = law;
	}
	init = json_pack("{s:o, s:o, s:s}", "init", render_piece(row->epoch_us, row->number, law),
			 "codecs",
			 law != G711_NONE ? json_string("flac")
					  : render_text(row->codecs, sizeof(row->codecs)),
			 "mime", mime(row->track));
	/* Under this name its key is asked for. */
	if (row->is_sealed)
		json_object_set_new(init, "sealed",
				    json_sprintf("%llu",
						 (unsigned long long)(row->epoch_us / 1000000)));
	json_array_append_new(listing->inits[row->track], init);
}

static void add_segments(struct listing *listing, const struct ipc_message *message)
{
	struct ipc_segment row;

	for (size_t at = 0; at + sizeof(row) <= message->tail_size; at += sizeof(row)) {
		memcpy(&row, message->tail + at, sizeof(row));
		if (row.track >= TRACK_COUNT)
			continue;
		enum g711_law law = law_of(listing, &row);

		json_array_append_new(
			listing->segments[row.track],
			json_pack("[I, I, o, o, I, I]", (json_int_t)row.start_us,
				  (json_int_t)row.end_us,
				  render_piece(row.epoch_us, row.number, law),
				  render_piece(row.epoch_us, row.init, law),
				  (json_int_t)row.bytes << (law != G711_NONE),
				  (json_int_t)row.log_seq));
	}
}

static json_t *render_listing(const struct listing *listing, uint64_t next_us)
{
	json_t *tracks = json_array(), *answer = json_pack("{s:o}", "tracks", tracks);

	for (unsigned i = 0; i < TRACK_COUNT; i++) {
		char letter = tracks_letter(i);

		if (json_array_size(listing->segments[i]))
			json_array_append_new(tracks,
					      json_pack("{s:s%, s:O, s:O}", "track", &letter,
							(size_t)1, "inits", listing->inits[i],
							"segments", listing->segments[i]));
	}
	if (next_us)
		json_object_set_new(answer, "next", json_integer((json_int_t)next_us));
	return answer;
}

static void list_answered(struct exchange *exchange, struct ipc_message *message)
{
	const struct ipc_done *done = message->body;

	if (message->type == IPC_ROW_INIT)
		add_init(exchange->state, message->body);
	else if (message->type == IPC_SEGMENTS)
		add_segments(exchange->state, message);
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
	else if (message->type == IPC_DONE)
		render_reply(exchange, 200, render_listing(exchange->state, done->value));
}

void plays_list(struct exchange *exchange)
{
	struct ipc_play_read ask = {.credential = exchange->credential, .what = PLAY_SEGMENTS};

	if (exchange_param_sid(exchange, 0, ask.sid) < 0)
		return;
	if (exchange_number(exchange, "from", &ask.from_us) < 0 ||
	    exchange_number(exchange, "to", &ask.to_us) < 0) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	struct listing *listing = calloc(1, sizeof(*listing));

	if (!listing) {
		exchange_lose(exchange);
		return;
	}
	for (unsigned i = 0; i < TRACK_COUNT; i++) {
		listing->inits[i] = json_array();
		listing->segments[i] = json_array();
	}
	exchange->state = listing;
	exchange->dropped = listing_drop;
	exchange_ask(exchange, PROC_VAULT, IPC_PLAY_READ, &ask, (struct bytes){0}, list_answered);
	sodium_memzero(&ask, sizeof(ask));
}

/* ---- pieces ---- */

enum { CONVERSION_S = 40 /* it waits for others, and a long one takes its time */ };

/* One piece. */
struct sending {
	struct playing playing;
	const char *type;
	enum g711_law law; /* that it is made into FLAC from */
	bool is_init;
	unsigned *waiting; /* those that wait for the vault, while it is one of them */
};

static void stop_waiting(struct exchange *exchange)
{
	struct sending *sending = exchange->state;

	if (sending->waiting)
		--*sending->waiting;
	sending->waiting = NULL;
}

static void sending_drop(struct exchange *exchange)
{
	struct sending *sending = exchange->state;

	stop_waiting(exchange);
	playing_end(&sending->playing);
	free(sending);
	exchange->state = NULL;
}

static int take_piece(struct exchange *exchange, const struct ipc_message *message)
{
	const struct ipc_play_data *piece = message->body;
	struct sending *sending = exchange->state;
	uint8_t *data;
	size_t size;
	int r = playing_read(message, &data, &size);

	if (r < 0)
		return r;
	if (sending->law != G711_NONE)
		r = sound_convert(sending->law, sending->is_init, &data, &size);
	if (r < 0) {
		free(data);
		return r;
	}
	playing_keep(&sending->playing, size);
	reply_take_body(&exchange->reply, data, size);
	if (piece->to_us)
		reply_add(&exchange->reply, "ward-span", "from=%llu; to=%llu",
			  (unsigned long long)piece->from_us, (unsigned long long)piece->to_us);
	return 0;
}

static void piece_answered(struct exchange *exchange, struct ipc_message *message)
{
	stop_waiting(exchange);
	if (message->type == IPC_REFUSED) {
		exchange_pass_refusal(exchange, message);
	} else if (message->type == IPC_PLAY_DATA && take_piece(exchange, message) < 0) {
		exchange_lose(exchange);
	} else if (message->type == IPC_PLAY_DATA) {
		exchange->reply.type = ((struct sending *)exchange->state)->type;
		exchange_reply(exchange, 200);
	}
}

static int read_number(const char *text, size_t size, uint64_t *ret_value)
{
	return text_parse_u64(text, size, INT64_MAX / 1000000, ret_value);
}

/* What stands behind a piece's number: nothing, or the form that is asked for. */
static void read_form(char letter, struct ipc_play_read *ask, enum g711_law *ret_law)
{
	*ret_law = sound_law_of(letter);
	ask->form = letter == 'h'   ? PLAY_AS_H264
		    : letter == 'k' ? PLAY_AS_H264_KEY
				    : PLAY_AS_RECORDED;
}

static int read_kind(const char *kind, struct ipc_play_read *ask)
{
	static const struct {
		const char *kind;
		uint32_t what, is_sealed;
	} kinds[] = {{".m4s", PLAY_FRAGMENT, 0},
		     {".mp4", PLAY_INIT, 0},
		     {".m4s.age", PLAY_FRAGMENT, 1},
		     {".mp4.age", PLAY_INIT, 1}};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		if (strcmp(kind, kinds[i].kind) != 0)
			continue;
		ask->what = kinds[i].what;
		ask->is_sealed = kinds[i].is_sealed;
		return 0;
	}
	return -EBADMSG;
}

/* "1795312200-17.m4s", "1795312200-0.mp4"; as FLAC "1795312200-17a.m4s", as H.264 "1795312200-17h.m4s";
 * with ".age" behind, as it is in the pack */
static int read_piece(const char *name, struct ipc_play_read *ask, enum g711_law *ret_law)
{
	size_t first = strcspn(name, "-"), second;
	uint64_t epoch_s;

	if (!name[first])
		return -EBADMSG;
	second = strcspn(name + first + 1, ".");
	read_form(second ? name[first + second] : '\0', ask, ret_law);
	bool is_other = *ret_law != G711_NONE || ask->form != PLAY_AS_RECORDED;

	/* What is sealed nobody here can write in another form. */
	if (read_kind(name + first + 1 + second, ask) < 0 || (ask->is_sealed && is_other))
		return -EBADMSG;
	if (is_other)
		second--;
	if (read_number(name, first, &epoch_s) < 0 ||
	    read_number(name + first + 1, second, &ask->number) < 0)
		return -EBADMSG;
	ask->epoch_us = epoch_s * 1000000;
	return 0;
}

static int read_address(struct exchange *exchange, struct ipc_play_read *ask,
			enum g711_law *ret_law)
{
	char track[4], piece[64];

	if (exchange_param_sid(exchange, 0, ask->sid) < 0 ||
	    exchange_param(exchange, 1, track, sizeof(track)) < 0 ||
	    exchange_param(exchange, 2, piece, sizeof(piece)) < 0)
		return -EBADMSG;
	if (!track[1] && tracks_find(track[0], &ask->track) == 0 &&
	    read_piece(piece, ask, ret_law) == 0)
		return 0;
	exchange_fail(exchange, PROBLEM_NO_SUCH_PATH);
	return -EBADMSG;
}

/* Asks the vault for one piece, which goes out with this media type; `law`: made into FLAC. */
static void send_piece(struct exchange *exchange, struct ipc_play_read *ask, const char *type,
		       enum g711_law law)
{
	struct front *front = exchange->front;
	bool is_made = ask->form != PLAY_AS_RECORDED;
	unsigned *waiting = is_made ? &front->conversions : &front->play_reads;

	if (front->play_bytes >= FRONT_PLAY_BYTES_MAX ||
	    *waiting >= (is_made ? FRONT_CONVERSIONS_MAX : FRONT_PLAY_READS_MAX)) {
		exchange_refuse(exchange, REFUSAL_BUSY);
		return;
	}
	struct sending *sending = calloc(1, sizeof(*sending));

	if (!sending) {
		exchange_lose(exchange);
		return;
	}
	sending->type = type;
	sending->law = law;
	sending->is_init = ask->what == PLAY_INIT;
	sending->waiting = waiting;
	++*waiting;
	if (is_made)
		exchange->deadline_ns = front_now_ns(front) + CONVERSION_S * CLOCK_NS_PER_S;
	playing_begin(&sending->playing, exchange, ask->sid);
	exchange->state = sending;
	exchange->dropped = sending_drop;
	exchange_ask(exchange, PROC_VAULT, IPC_PLAY_READ, ask, (struct bytes){0}, piece_answered);
}

static const char age_type[] = "application/octet-stream";

void plays_send(struct exchange *exchange)
{
	struct ipc_play_read ask = {.credential = exchange->credential};
	enum g711_law law;

	if (read_address(exchange, &ask, &law) == 0)
		send_piece(exchange, &ask, ask.is_sealed ? age_type : mime(ask.track), law);
	sodium_memzero(&ask, sizeof(ask));
}

void plays_send_key(struct exchange *exchange)
{
	struct ipc_play_read ask = {.credential = exchange->credential, .what = PLAY_WRAP};
	char epoch[24], key[AGE_TEXT_SIZE];
	uint64_t epoch_s;

	if (exchange_param_sid(exchange, 0, ask.sid) < 0 ||
	    exchange_param(exchange, 1, epoch, sizeof(epoch)) < 0)
		return;
	if (read_number(epoch, strlen(epoch), &epoch_s) < 0 ||
	    url_query(exchange->request.target.query, "for", key, sizeof(key)) < 0 ||
	    age_parse_public(key, strlen(key), ask.recipient) < 0) {
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return;
	}
	ask.epoch_us = epoch_s * 1000000;
	send_piece(exchange, &ask, age_type, G711_NONE);
	sodium_memzero(&ask, sizeof(ask));
}

void plays_send_block(struct exchange *exchange)
{
	struct ipc_play_read ask = {.credential = exchange->credential, .what = PLAY_BLOCK};
	char seq[24];

	if (exchange_param_sid(exchange, 0, ask.sid) < 0 ||
	    exchange_param(exchange, 1, seq, sizeof(seq)) < 0)
		return;
	if (text_parse_u64(seq, strlen(seq), INT64_MAX, &ask.number) < 0)
		exchange_fail(exchange, PROBLEM_NO_SUCH_PATH);
	else
		send_piece(exchange, &ask, age_type, G711_NONE);
	sodium_memzero(&ask, sizeof(ask));
}

/* "1795312200000000.jpg": a moment, in µs. */
static int read_moment(struct exchange *exchange, uint64_t *ret_us)
{
	char name[32];

	if (exchange_param(exchange, 1, name, sizeof(name)) < 0)
		return -EBADMSG;
	size_t size = strcspn(name, ".");

	if (strcmp(name + size, ".jpg") == 0 && text_parse_u64(name, size, INT64_MAX, ret_us) == 0)
		return 0;
	exchange_fail(exchange, PROBLEM_NO_SUCH_PATH);
	return -EBADMSG;
}

void plays_send_thumb(struct exchange *exchange)
{
	struct ipc_play_read ask = {.credential = exchange->credential, .what = PLAY_THUMB};

	if (exchange_param_sid(exchange, 0, ask.sid) < 0 ||
	    read_moment(exchange, &ask.from_us) < 0)
		return;
	send_piece(exchange, &ask, "image/jpeg", G711_NONE);
	sodium_memzero(&ask, sizeof(ask));
}

/* ---- its end ---- */

static void end_answered(struct exchange *exchange, struct ipc_message *message)
{
	if (message->type == IPC_DONE)
		exchange_reply(exchange, 200);
	else if (message->type == IPC_REFUSED)
		exchange_pass_refusal(exchange, message);
}

void plays_end(struct exchange *exchange)
{
	struct ipc_session_ask ask = {.credential = exchange->credential,
				      .origin = exchange->peer->origin};

	if (exchange_param_sid(exchange, 0, ask.sid) < 0)
		return;
	exchange_ask(exchange, PROC_VAULT, IPC_SESSION_END, &ask, (struct bytes){0}, end_answered);
	sodium_memzero(&ask, sizeof(ask));
}
