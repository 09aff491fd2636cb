#include "front/hls.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

#include "front/render.h"
#include "front/sound.h"
#include "ipc/tracks.h"
#include "proto/hls/playlist.h"

enum {
	HLS_SEGMENTS_MAX = 24 * 1024, /* in a playlist: half a day */
	HLS_GROW = 2048,
	HLS_MAIN_MAX = 2048,
	ALL = TRACK_COUNT,
};

#define HLS_TYPE "application/vnd.apple.mpegurl"

struct listing_play {
	struct ipc_play_read ask;
	uint32_t track; /* ALL: the main playlist */
	struct ipc_segment *rows;
	size_t count, capacity;
	char codecs[TRACK_COUNT][PLAY_CODECS_SIZE];
	bool has_codecs[TRACK_COUNT]; /* its first init segment was seen */
};

static void listing_play_drop(struct exchange *exchange)
{
	struct listing_play *listing = exchange->state;

	sodium_memzero(&listing->ask, sizeof(listing->ask));
	free(listing->rows);
	free(listing);
	exchange->state = NULL;
}

static int add_row(struct listing_play *listing, const struct ipc_segment *row)
{
	if (row->track >= TRACK_COUNT || row->end_us <= row->start_us ||
	    (listing->track != ALL && row->track != listing->track))
		return 0;
	if (listing->count == HLS_SEGMENTS_MAX)
		return -EMSGSIZE;
	if (listing->count == listing->capacity) {
		struct ipc_segment *rows =
			realloc(listing->rows, (listing->capacity + HLS_GROW) * sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		listing->rows = rows;
		listing->capacity += HLS_GROW;
	}
	listing->rows[listing->count++] = *row;
	return 0;
}

static int add_rows(struct listing_play *listing, const struct ipc_message *message)
{
	struct ipc_segment row;
	int r = 0;

	for (size_t at = 0; r == 0 && at + sizeof(row) <= message->tail_size; at += sizeof(row)) {
		memcpy(&row, message->tail + at, sizeof(row));
		r = add_row(listing, &row);
	}
	return r;
}

static void note_codecs(struct listing_play *listing, const struct ipc_row_init *row)
{
	if (row->track >= TRACK_COUNT || listing->has_codecs[row->track])
		return;
	listing->has_codecs[row->track] = true;
	/* Other players know G.711, but RFC 6381 has no name for it. */
	if (sound_law(row) != G711_NONE)
		return;
	memcpy(listing->codecs[row->track], row->codecs, PLAY_CODECS_SIZE);
	listing->codecs[row->track][PLAY_CODECS_SIZE - 1] = '\0';
}

/* ---- a track's playlist ---- */

static int compare_starts(const void *left, const void *right)
{
	const struct ipc_segment *a = left, *b = right;

	return (a->start_us > b->start_us) - (a->start_us < b->start_us);
}

/* As plays_send reads it. */
static void name_piece(char ret_name[PLAYLIST_ADDRESS_MAX], uint64_t epoch_us, uint64_t number,
		       const char *kind)
{
	snprintf(ret_name, PLAYLIST_ADDRESS_MAX, "%llu-%llu.%s",
		 (unsigned long long)(epoch_us / 1000000), (unsigned long long)number, kind);
}

static void add_segment(struct playlist *playlist, const struct ipc_segment *row)
{
	char fragment[PLAYLIST_ADDRESS_MAX], init[PLAYLIST_ADDRESS_MAX];

	name_piece(fragment, row->epoch_us, row->number, "m4s");
	name_piece(init, row->epoch_us, row->init, "mp4");
	playlist_add(playlist, &(struct playlist_segment){.start_us = row->start_us,
							  .end_us = row->end_us,
							  .address = fragment,
							  .init = init});
}

static void build_track(struct listing_play *listing, struct text *text)
{
	struct playlist playlist;
	uint64_t longest_us = 0;

	qsort(listing->rows, listing->count, sizeof(*listing->rows), compare_starts);
	for (size_t i = 0; i < listing->count; i++)
		if (listing->rows[i].end_us - listing->rows[i].start_us > longest_us)
			longest_us = listing->rows[i].end_us - listing->rows[i].start_us;
	playlist_begin(&playlist, text, longest_us);
	for (size_t i = 0; i < listing->count; i++)
		add_segment(&playlist, &listing->rows[i]);
	playlist_end(&playlist);
}

/* ---- the main playlist ---- */

/* Of the track's most crowded segment; 0: there is none. */
static uint64_t bits_per_s(const struct listing_play *listing, uint32_t track)
{
	uint64_t most = 0;

	for (size_t i = 0; i < listing->count; i++) {
		const struct ipc_segment *row = &listing->rows[i];
		uint64_t bits = row->bytes * UINT64_C(8000000) / (row->end_us - row->start_us);

		if (row->track == track && bits > most)
			most = bits;
	}
	return most;
}

static void add_stream(struct listing_play *listing, struct text *text, uint32_t track,
		       uint64_t sound_bits)
{
	char address[PLAYLIST_ADDRESS_MAX], codecs[2 * PLAY_CODECS_SIZE] = "";
	const char *own = listing->codecs[track], *sound = listing->codecs[TRACK_MIC];
	bool has_sound = sound_bits && track != TRACK_MIC;
	uint64_t bits = bits_per_s(listing, track);

	if (!bits)
		return;
	snprintf(address, sizeof(address), "%c/list.m3u8", tracks_letter(track));
	/* All or none of them: §4.3.4.2. */
	if (*own && (!has_sound || *sound))
		snprintf(codecs, sizeof(codecs), "%s%s%s", own, has_sound ? "," : "",
			 has_sound ? sound : "");

	const struct playlist_video video = {address, has_sound ? bits + sound_bits : bits, codecs};

	playlist_add_video(text, &video, has_sound);
}

static void build_main(struct listing_play *listing, struct text *text)
{
	uint64_t sound = bits_per_s(listing, TRACK_MIC);
	bool has_picture = bits_per_s(listing, TRACK_VIDEO) || bits_per_s(listing, TRACK_SUB);

	playlist_begin_main(text, has_picture && sound ? "m/list.m3u8" : NULL);
	add_stream(listing, text, TRACK_VIDEO, sound);
	add_stream(listing, text, TRACK_SUB, sound);
	if (!has_picture)
		add_stream(listing, text, TRACK_MIC, 0);
}

/* ---- asking ---- */

static void send_playlist(struct exchange *exchange)
{
	struct listing_play *listing = exchange->state;
	size_t size = listing->track == ALL
			      ? HLS_MAIN_MAX
			      : PLAYLIST_FRAME_MAX + listing->count * PLAYLIST_SEGMENT_MAX;
	char *body = listing->count ? malloc(size) : NULL;
	struct text text;

	if (!listing->count) {
		exchange_refuse(exchange, REFUSAL_NOT_FOUND);
		return;
	}
	if (!body) {
		exchange_lose(exchange);
		return;
	}
	text_init(&text, body, size);
	if (listing->track == ALL)
		build_main(listing, &text);
	else
		build_track(listing, &text);
	exchange->reply.type = HLS_TYPE;
	reply_take_body(&exchange->reply, (uint8_t *)body, text.size);
	exchange_reply(exchange, 200);
}

static void list_answered(struct exchange *exchange, struct ipc_message *message)
{
	struct listing_play *listing = exchange->state;
	const struct ipc_done *done = message->body;

	if (message->type == IPC_ROW_INIT) {
		note_codecs(listing, message->body);
	} else if (message->type == IPC_SEGMENTS) {
		int r = add_rows(listing, message);

		if (r == -EMSGSIZE)
			exchange_fail(exchange, PROBLEM_CLIP_TOO_LONG);
		else if (r < 0)
			exchange_lose(exchange);
	} else if (message->type == IPC_REFUSED) {
		exchange_pass_refusal(exchange, message);
	} else if (message->type == IPC_DONE && done->value) {
		listing->ask.from_us = done->value;
		exchange_ask(exchange, PROC_VAULT, IPC_PLAY_READ, &listing->ask, (struct bytes){0},
			     list_answered);
	} else if (message->type == IPC_DONE) {
		send_playlist(exchange);
	}
}

static void list_play(struct exchange *exchange, uint32_t track)
{
	struct listing_play *listing = calloc(1, sizeof(*listing));

	if (!listing) {
		exchange_lose(exchange);
		return;
	}
	listing->track = track;
	listing->ask = (struct ipc_play_read){
		.credential = exchange->credential, .what = PLAY_SEGMENTS, .to_us = INT64_MAX};
	exchange->state = listing;
	exchange->dropped = listing_play_drop;
	if (exchange_param_sid(exchange, 0, listing->ask.sid) == 0)
		exchange_ask(exchange, PROC_VAULT, IPC_PLAY_READ, &listing->ask, (struct bytes){0},
			     list_answered);
}

void hls_send_main(struct exchange *exchange)
{
	list_play(exchange, ALL);
}

void hls_send_track(struct exchange *exchange)
{
	uint32_t track;
	char letter[4];

	if (exchange_param(exchange, 1, letter, sizeof(letter)) < 0)
		return;
	if (!*letter || letter[1] || tracks_find(*letter, &track) < 0) {
		exchange_fail(exchange, PROBLEM_NO_SUCH_PATH);
		return;
	}
	list_play(exchange, track);
}
