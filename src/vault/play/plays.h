/* Plays: the vault's leases of recordings, from the entry's receipt to the last byte. What a grant
 * is for a live view, a play is for recordings; it has no descriptor, each piece is asked for.
 * play_open needs the receipt of the play's own entry, and only what it makes reads anything. */
#ifndef VAULT_PLAY_PLAYS_H
#define VAULT_PLAY_PLAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/ipc.h"
#include "vault/cameras.h"
#include "vault/journal.h"
#include "vault/lease.h"
#include "vault/people.h"
#include "vault/play/makers.h"
#include "vault/store/reader.h"

enum {
	PLAYS_MAX = 128,
	PLAYS_OF_USER_MAX = 32,
	PLAYS_READS_MAX = 256, /* pieces asked for and not yet sent */
	PLAYS_READS_OF_PLAY_MAX = 16,
	PLAYS_TURN_MS = 1000, /* how often ends are looked after */
	PLAYS_IDLE_S = 60,    /* a play of which nothing is asked for so long is over */
};

enum play_state {
	PLAY_FREE,
	PLAY_ASKED, /* its entry is on the way to the disk */
	PLAY_OPEN,
	PLAY_ENDING, /* over; the entry that says so is still to be added */
};

/* The clip that was saved last. */
struct play_export {
	struct log_waiter waiter; /* its entry's, while on the way to the disk */
	uint64_t request;         /* the asker's */
	uint64_t from_us, to_us;
	uint32_t tracks; /* 0: none yet */
};

struct play {
	enum play_state state;
	uint8_t sid[16];
	uint64_t log_seq;
	uint64_t since_us; /* wall clock */
	uint64_t active_ns;
	struct who who;
	struct ipc_origin origin;
	struct plays *all;
	struct ipc_channel *asker; /* borrowed: the front's, or a tool's until that hangs up */
	struct camera *camera;     /* until it ends */
	struct reader_scope scope;
	struct reader *reader;    /* while open */
	struct log_waiter opened; /* settled by the door */
	uint64_t request;         /* the asker's, while PLAY_ASKED */
	struct lease_allowance first;
	struct lease lease;
	uint64_t sent_from_us, sent_to_us; /* of what was sent so far, within the scope; 0, 0: nothing */
	struct log_waiter ticked;
	struct play_export export;
	struct lease_allowance tick; /* asked for, while ticked waits */
	enum view_end end;           /* once it has one */
	unsigned reads;              /* of it in the queue */
};

/* A piece that was asked for. */
struct play_ask {
	struct play *play; /* NULL: free */
	struct ipc_play_read ask;
	uint64_t order, asked_ns;
	uint64_t thumb;               /* its number while a maker has it; 0: it waits in the queue */
	uint64_t conversion;          /* the same, of a converter */
	int file;                     /* that the converter writes to, while it has it */
	uint8_t *made;                /* what came of it, until it may go out; owned */
	size_t made_size;
	bool is_found;                /* `fragment` is */
	struct reader_piece fragment; /* of which it is made */
};

struct plays_listener {
	/* A play opened or ended. */
	void (*changed)(void *context, struct camera *camera);
	void *context;
};

struct plays {
	struct loop *loop;
	struct journal *journal;
	struct store *store;
	struct makers *makers; /* of thumbnails */
	struct makers *converters;
	struct ipc_channel *front; /* borrowed */
	struct plays_listener listener;
	struct loop_timer timer, serving;
	struct play *table;     /* PLAYS_MAX */
	struct play_ask *reads; /* PLAYS_READS_MAX */
	uint64_t last_order;
	unsigned open, ending;
};

/* What a play is made of. */
struct play_spec {
	struct ipc_channel *asker;
	const struct who *who;
	const struct ipc_play_ask *ask;
	struct camera *camera;
};

NODISCARD int plays_init(struct plays *plays, struct loop *loop, struct journal *journal,
			 struct store *store, const struct plays_listener *listener);
void plays_finish(struct plays *plays);

/* A free slot for an asked play: state PLAY_ASKED, sid drawn. NULL: PLAYS_MAX. */
struct play *play_take(struct plays *plays, const struct play_spec *spec);
/* The asked play comes to nothing. */
void play_drop(struct play *play);

/* Tells whoever asked for the play, if that is still there. */
void play_tell(const struct play *play, enum ipc_type type, const void *body);

/* The play's entry is durable: it may be read from now on. 0, or a negative errno: it has ended. */
NODISCARD __attribute__((nonnull)) int play_open(struct play *play,
						 const struct log_receipt *receipt);

/* Nothing is sent any more from now on; adds the closing entry now or as soon as it fits. Safe in
 * any state; an asked play is marked, and ends when its entry is settled. */
void play_end(struct play *play, enum view_end end);

/* Ends every play for which `matches` says so; the count. */
unsigned plays_end_if(struct plays *plays, enum view_end end,
		      bool (*matches)(const struct play *play, const void *key), const void *key);
bool play_is_of_user(const struct play *play, const void *user);     /* uint64_t */
bool play_is_of_token(const struct play *play, const void *token);   /* PEOPLE_TOKEN_SIZE */
bool play_is_of_camera(const struct play *play, const void *camera); /* struct camera */
bool play_is_any(const struct play *play, const void *nothing);

/* A tool has hung up: what it played is over. */
void plays_forget(struct plays *plays, const struct ipc_channel *tool);

/* Adds closing entries that did not fit a batch before. */
void plays_record_ends(struct plays *plays);
/* Asks for the next allowance; `wanted` bytes are waiting. */
void play_renew(struct play *play, uint64_t wanted);

struct play *plays_find(const struct plays *plays, const uint8_t sid[16]);
/* Open or asked, for the limit. */
unsigned plays_of_user(const struct plays *plays, const struct who *who);

#endif
