#include "vault/store/block.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { RECORD_INIT = 1 };

static const char *const gap_names[GAP_COUNT] = {"none",   "restart",  "camera-lost", "disk",
						 "excess", "no-event", "clock"};
static const char *const run_names[RUN_COUNT] = {
	"sound",        "silent",      "hole",        "hole underrun", "hole unplugged",
	"hole stopped", "hole excess", "hole unknown"};

int block_add(struct block *block, const struct block_piece *piece)
{
	if (block->count == BLOCK_PIECES_MAX)
		return -ENOBUFS;
	block->pieces[block->count++] = *piece;
	return 0;
}

int block_add_spoken(struct block *block, const struct block_spoken *spoken)
{
	struct block_spoken *last =
		block->spoken_count ? &block->spoken[block->spoken_count - 1] : NULL;

	if (last && last->run == spoken->run && last->hz == spoken->hz &&
	    memcmp(last->sid, spoken->sid, sizeof(last->sid)) == 0 &&
	    last->first + last->samples == spoken->first) {
		last->samples += spoken->samples;
		return 0;
	}
	if (block->spoken_count == BLOCK_SPOKEN_MAX)
		return -ENOBUFS;
	block->spoken[block->spoken_count++] = *spoken;
	return 0;
}

uint64_t block_spoken_end_us(const struct block_spoken *spoken)
{
	return spoken->start_us + (uint64_t)spoken->samples * 1000000 / spoken->hz;
}

const char *block_gap_name(enum block_gap gap)
{
	return gap < GAP_COUNT ? gap_names[gap] : "unknown";
}

char block_track_letter(unsigned track)
{
	static const char letters[TRACK_COUNT] = {'v', 'w', 'm', 'l', 't', 's'};

	return track < TRACK_COUNT ? letters[track] : '?';
}

/* Widens the span by all pieces that are gaps, or by all that are none. */
static void widen(const struct block *block, bool gaps, uint64_t *start_us, uint64_t *end_us)
{
	for (unsigned i = 0; i < block->count; i++) {
		const struct block_piece *piece = &block->pieces[i];

		if (piece->is_init || gaps != (piece->gap != GAP_NONE))
			continue;
		if (piece->start_us < *start_us)
			*start_us = piece->start_us;
		if (piece->end_us > *end_us)
			*end_us = piece->end_us;
	}
}

void block_span(const struct block *block, uint64_t *ret_start_us, uint64_t *ret_end_us)
{
	uint64_t start_us = UINT64_MAX, end_us = 0;

	widen(block, false, &start_us, &end_us);
	if (end_us == 0)
		widen(block, true, &start_us, &end_us);
	*ret_start_us = start_us < end_us ? start_us : end_us;
	*ret_end_us = end_us;
}

/* All of a fragment's line but the hash of what is inside. */
static void build_claim(const struct block_piece *piece, struct text *text)
{
	text_printf(text, "seg %c %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu32 " ",
		    block_track_letter(piece->track), piece->number, piece->start_us,
		    piece->end_us - piece->start_us, piece->frames, piece->size);
	text_add_hex(text, piece->cipher_hash, sizeof(piece->cipher_hash));
	text_add(text, " ");
}

bool block_has(struct bytes whole, const struct block_piece *piece)
{
	char claim[256];
	struct text text;

	text_init(&text, claim, sizeof(claim));
	text_add(&text, "\n");
	build_claim(piece, &text);
	return !text.failed && memmem(whole.data, whole.size, claim, text.size) != NULL;
}

static void build_line(const struct block_piece *piece, struct text *text)
{
	if (piece->gap) {
		text_printf(text, "gap %c %" PRIu64 " %" PRIu64 " %s\n",
			    block_track_letter(piece->track), piece->start_us, piece->end_us,
			    block_gap_name(piece->gap));
		return;
	}
	build_claim(piece, text);
	text_add_hex(text, piece->plain_hash, sizeof(piece->plain_hash));
	text_add(text, "\n");
}

static void build_spoken(const struct block_spoken *spoken, struct text *text)
{
	text_add(text, "spk ");
	text_add_hex(text, spoken->sid, sizeof(spoken->sid));
	text_printf(text, " %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu32 " %s\n", spoken->start_us,
		    spoken->first, spoken->samples, spoken->hz, run_names[spoken->run]);
}

int block_parse_spoken(const char *line, size_t size, struct block_spoken *ret_spoken)
{
	enum { NUMBERS_AT = 4 + 2 * BLOCK_SID_SIZE };
	struct block_spoken spoken = {0};
	char room[160];
	int word = 0;

	if (size <= NUMBERS_AT || size >= sizeof(room) ||
	    text_parse_hex(line + 4, 2 * BLOCK_SID_SIZE, spoken.sid, sizeof(spoken.sid)) < 0)
		return -EBADMSG;
	memcpy(room, line, size);
	room[size] = '\0';
	if (sscanf(room + NUMBERS_AT, " %" SCNu64 " %" SCNu64 " %" SCNu32 " %" SCNu32 " %n",
		   &spoken.start_us, &spoken.first, &spoken.samples, &spoken.hz, &word) != 4)
		return -EBADMSG;
	while (spoken.run < RUN_COUNT && strcmp(room + NUMBERS_AT + word, run_names[spoken.run]) != 0)
		spoken.run++;
	if (spoken.run == RUN_COUNT || spoken.hz == 0)
		return -EBADMSG;
	*ret_spoken = spoken;
	return 0;
}

void block_build_text(const struct block *block, struct text *text)
{
	uint64_t start_us, end_us;

	block_span(block, &start_us, &end_us);
	text_printf(text, "ward/block/1\ncam c%" PRIu32 "\nprev ", block->camera);
	text_add_hex(text, block->previous, sizeof(block->previous));
	text_printf(text, "\nspan %" PRIu64 " %" PRIu64 "\n", start_us, end_us);
	for (unsigned i = 0; i < block->count; i++)
		if (!block->pieces[i].is_init)
			build_line(&block->pieces[i], text);
	for (unsigned i = 0; i < block->spoken_count; i++)
		build_spoken(&block->spoken[i], text);
}

/* track u8 | gap and RECORD_INIT u8 | frames u16 | number u32 | start u64 | end u64 | offset u64 |
 * size u32 */
size_t block_build_records(const struct block *block, uint8_t *ret_data, size_t capacity)
{
	struct bytes_writer writer = bytes_write(ret_data, capacity);

	for (unsigned i = 0; i < block->count; i++) {
		const struct block_piece *piece = &block->pieces[i];

		bytes_put_u8(&writer, piece->track);
		bytes_put_u8(&writer,
			     (uint8_t)(piece->gap << 4 | (piece->is_init ? RECORD_INIT : 0)));
		bytes_put_be16(&writer, (uint16_t)piece->frames);
		bytes_put_be32(&writer, piece->number);
		bytes_put_be64(&writer, piece->start_us);
		bytes_put_be64(&writer, piece->end_us);
		bytes_put_be64(&writer, piece->offset);
		bytes_put_be32(&writer, piece->size);
	}
	return writer.failed ? 0 : bytes_written(&writer);
}

int block_parse_record(const uint8_t *data, size_t size, size_t index,
		       struct block_piece *ret_piece)
{
	struct bytes_reader reader;
	struct block_piece piece = {0};

	if (size % BLOCK_RECORD_SIZE != 0 || index >= size / BLOCK_RECORD_SIZE)
		return -EBADMSG;
	reader = bytes_read(data + index * BLOCK_RECORD_SIZE, BLOCK_RECORD_SIZE);
	piece.track = bytes_get_u8(&reader);
	uint8_t flags = bytes_get_u8(&reader);

	piece.gap = flags >> 4;
	piece.is_init = flags & RECORD_INIT;
	piece.frames = bytes_get_be16(&reader);
	piece.number = bytes_get_be32(&reader);
	piece.start_us = bytes_get_be64(&reader);
	piece.end_us = bytes_get_be64(&reader);
	piece.offset = bytes_get_be64(&reader);
	piece.size = bytes_get_be32(&reader);
	if (piece.track >= TRACK_COUNT || piece.gap >= GAP_COUNT ||
	    (flags & 0xf & ~RECORD_INIT) != 0 || piece.end_us < piece.start_us)
		return -EBADMSG;
	*ret_piece = piece;
	return 0;
}
