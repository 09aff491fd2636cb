/* A store with everything that belongs to it, for tests: the real log, database and directory, two
 * clocks and a disk that the test turns, and a camera that sends made-up frames. What was put in is
 * remembered, so that what comes out can be compared. */
#ifndef UNIT_VAULT_REEL_H
#define UNIT_VAULT_REEL_H

#include "vault/store/ledger.h"
#include "vault/store/store.h"

enum { REEL_FRAMES_MAX = 8192, REEL_FRAME_SIZE_MAX = 8192 };

/* A frame is its number, repeated: so any bytes can be checked. */
struct reel_frame {
	uint32_t track, size;
	uint64_t wall_us;
	bool is_key;
};

struct reel_disk {
	struct disk disk;
	struct disk *real;
	int write_error, sync_error; /* what every call fails with; 0: none */
	int64_t free_bytes;          /* -1: what there is */
	unsigned syncs, unlinks;
};

struct reel {
	char path[128]; /* "": everything is on `backing` */
	struct disk
		*backing; /* a simulated disk, which SQLite was told of; NULL: real directories */
	struct loop *loop;
	struct log *log;
	struct db *db;
	struct disk *log_disk;
	struct reel_disk disk;
	struct log_clock clock;
	uint64_t real_us, boot_ns;
	struct journal journal;
	struct store store;
	struct cameras cameras;
	struct camera *camera;
	uint64_t sent[TRACK_COUNT]; /* frames' numbers as their sender counts */
	struct reel_frame frames[REEL_FRAMES_MAX];
	unsigned frame_count;
};

struct reel *reel_create(void);
void reel_destroy(struct reel *reel);
/* The directory with all that is in it. */
void reel_remove(struct reel *reel);
/* Ends without a word, as kill -9 does; what was not committed is gone. */
void reel_crash(struct reel *reel);
/* Stops in good order. */
void reel_stop(struct reel *reel);
/* Starts again on the same directory, with the camera. */
void reel_start(struct reel *reel);
/* The same for a reel on a simulated disk; false, and why, if log or database do not open. */
bool reel_try_start(struct reel *reel, char why[LOG_WHY_MAX]);
/* On a simulated disk: not started, with the clocks at their begin. */
void reel_init(struct reel *reel, struct disk *backing);

/* All of the camera so, or around events with a pre-roll and a post-roll of five seconds. */
void reel_record(struct reel *reel, enum record_mode mode);
void reel_set_track(struct reel *reel, enum media_track track, enum media_codec codec);
/* One frame now. */
void reel_send(struct reel *reel, enum media_track track, bool is_key, uint32_t size);
/* Seconds of 25 pictures with a key frame a second, and 50 stretches of sound, in real order;
 * blocks end at their time. */
void reel_run(struct reel *reel, unsigned seconds);
void reel_pass(struct reel *reel, uint64_t ms);
/* Ends the running block as its time would. */
void reel_tick(struct reel *reel);

/* One piece of what is recorded, opened and checked. */
struct reel_piece {
	struct block_piece piece;
	uint64_t log_seq;
	uint8_t *plain; /* owned */
	size_t size;
};
struct reel_tape {
	struct reel_piece *pieces; /* in the order of the index */
	unsigned count, blocks;
};
/* Reads everything back: rows, records, files, hashes, block texts, entries, the chain. Fails the
 * test if anything does not fit. */
struct reel_tape reel_read(struct reel *reel);
void reel_free_tape(struct reel_tape *tape);
/* Frames of the track that are on the tape, each compared with what was sent. */
unsigned reel_count_frames(struct reel *reel, const struct reel_tape *tape, enum media_track track);
unsigned reel_count_gaps(const struct reel_tape *tape, enum media_track track, enum block_gap gap);

/* Entries of the log of that kind. */
unsigned reel_entries(struct reel *reel, enum entry_kind kind);

#endif
