/* A block: what of one camera became durable together, about ten seconds. Its text `ward/block/1`
 * chains to the one before it; the text's hash is a `media` entry of the log.
 *
 *   ward/block/1
 *   cam c1
 *   prev <sha256 of the previous block's text, or zeros>
 *   span <from> <to>                                      µs, wall clock
 *   seg <v|w|m|t|s> <n> <time> <duration> <frames> <bytes> <sha256 of the age file> <sha256 of salt
 *       and fragment>
 *   gap <v|w|m|t|s> <from> <to> <reason>
 *   spk <sid of the talk> <time> <first> <samples> <Hz> <sound|silent|hole|hole REASON>
 *
 * A talk's samples are counted from 0 on the clock that its speaker runs on, `Hz` a second: sound was
 * handed over and is in the fragments of track s; silent: nothing was said for so long; a hole was
 * said, and did not get through. Its runs join without a seam. Without a talk no speaker is open.
 * Where the device counts its samples (alsa:), sound and silence are what it has played by its own
 * clock, and a hole has a reason: underrun (it stood still), unplugged, stopped (the talk ended before
 * it sounded), excess (the device was too slow), unknown (its process did not tell); a hole without
 * one was not handed over. Together they are all that is in track s, and all that the device played. */
#ifndef VAULT_STORE_BLOCK_H
#define VAULT_STORE_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/text.h"
#include "ipc/messages.h"
#include "proto/log/sha256.h"

enum {
	BLOCK_PIECES_MAX = 128, /* fragments and gaps in one block */
	BLOCK_SPOKEN_MAX = 32,  /* runs of the speaker */
	BLOCK_TEXT_MAX = 40 * 1024,
	BLOCK_SID_SIZE = 16,
	BLOCK_RECORD_SIZE = 36, /* of one piece in the index */
};

enum block_gap {
	GAP_NONE,
	GAP_RESTART,  /* Ward did not run, or the camera was not to be recorded */
	GAP_CAMERA,   /* the camera sent nothing */
	GAP_DISK,     /* the disk was full, or failed */
	GAP_EXCESS,   /* the camera sent more fragments than a block holds, or none that can be kept
		       */
	GAP_NO_EVENT, /* `record: events`, and nothing happened; what the camera missed in that time
		       * is not told apart */
	GAP_CLOCK,    /* the box's clock was set: ahead, and this time never was; or back, and this
		       * time comes again, as already recorded before this block */
	GAP_COUNT
};

/* One fragment, one init segment, or one gap. */
struct block_piece {
	uint8_t track; /* enum media_track */
	uint8_t gap;   /* enum block_gap; GAP_NONE: a fragment */
	bool is_init;  /* an init segment: covers no time, is in no line of the text */
	uint32_t frames;
	uint32_t number;           /* of the fragment within its track and epoch */
	uint64_t start_us, end_us; /* wall clock */
	uint64_t offset;           /* in the pack */
	uint32_t size;             /* of the age file */
	uint8_t cipher_hash[SHA256_SIZE], plain_hash[SHA256_SIZE];
};

/* What the camera's speaker was given, or was not, in one talk. */
struct block_spoken {
	uint8_t sid[BLOCK_SID_SIZE];
	uint64_t talk_seq; /* of its `talk.open`; not in the text, which names the sid */
	uint64_t start_us; /* wall clock */
	uint64_t first;    /* sample */
	uint32_t samples, hz;
	uint32_t run; /* enum speaker_run */
};

struct block {
	uint32_t camera;
	uint8_t previous[SHA256_SIZE];
	struct block_piece pieces[BLOCK_PIECES_MAX];
	unsigned count;
	struct block_spoken spoken[BLOCK_SPOKEN_MAX];
	unsigned spoken_count;
};

/* -ENOBUFS: the block is full. */
NODISCARD int block_add(struct block *block, const struct block_piece *piece);
/* The same; a run that goes on where the last one ended is one with it. */
NODISCARD int block_add_spoken(struct block *block, const struct block_spoken *spoken);
uint64_t block_spoken_end_us(const struct block_spoken *spoken);
/* A `spk` line, without its newline. -EBADMSG; the caller builds it again to be sure. */
NODISCARD int block_parse_spoken(const char *line, size_t size, struct block_spoken *ret_spoken);

const char *block_gap_name(enum block_gap gap);
/* The log's letter of a track. */
char block_track_letter(unsigned track);

/* From the first fragment's start to the last one's end; of the gaps, if there is no fragment. */
void block_span(const struct block *block, uint64_t *ret_start_us, uint64_t *ret_end_us);
void block_build_text(const struct block *block, struct text *text);

/* Does the text say this of a fragment: number, times, size, and the hash of its age file? */
bool block_has(struct bytes text, const struct block_piece *piece);

/* The pieces as the index keeps them: BLOCK_RECORD_SIZE bytes each, big endian, without hashes. The
 * bytes written, 0 if there is not room for all. */
size_t block_build_records(const struct block *block, uint8_t *ret_data, size_t capacity);
/* -EBADMSG: no such records. */
NODISCARD int block_parse_record(const uint8_t *data, size_t size, size_t index,
				 struct block_piece *ret_piece);

#endif
