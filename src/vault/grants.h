/* Grants: the vault's leases of live views, from the entry's receipt to the last byte. A grant is a
 * descriptor that rtc holds; closing it takes the right back. grant_open is the only way to one, and
 * it needs the receipt of the grant's own entry: a picture before the entry does not compile. */
#ifndef VAULT_GRANTS_H
#define VAULT_GRANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "ipc/ipc.h"
#include "vault/cameras.h"
#include "vault/feed.h"
#include "vault/journal.h"
#include "vault/lease.h"
#include "vault/people.h"

enum {
	GRANTS_OF_USER_MAX = 32,
	GRANT_SOCKET_SIZE = 8 * 1024, /* of the descriptor's buffer: words, not pictures */
	GRANTS_TURN_MS = 250,         /* how often leases and ends are looked after */
	GRANT_CONNECT_S = 30,         /* a viewer that has not connected by then is gone */
	GRANT_KEY_AGAIN_MS = 300,     /* a viewer that lost the picture starts again this often */
};

enum grant_state {
	GRANT_FREE,
	GRANT_ASKED, /* its entry is on the way to the disk */
	GRANT_OPEN,
	GRANT_ENDING, /* closed; the entry that says so is still to be added */
};

enum grant_kind {
	GRANT_VIEW,
	GRANT_TALK, /* vault/talk.h */
};

/* Where one track of one viewer stands. */
struct grant_track {
	uint64_t next;  /* the next frame to release; 0: from the newest key frame */
	bool is_wanted; /* counted in track->wanted */
};

struct grant {
	enum grant_state state;
	enum grant_kind kind;
	uint64_t number; /* never used again in this process */
	uint64_t log_seq;
	uint64_t since_us; /* wall clock */
	uint8_t sid[16];
	uint8_t dtls_fingerprint[32];
	struct who who;
	struct ipc_origin origin;
	struct grants *all;
	struct camera *camera; /* until it ends */
	uint32_t camera_id;
	struct grant *after; /* of the same camera */
	uint32_t tracks;     /* set of TRACK_BIT that may be released */
	struct ipc_channel viewer;
	struct log_waiter opened; /* settled by the door */
	struct ipc_channel *asker; /* who is told what becomes of it: the front, or the tool; NULL: is gone, or was told */
	uint64_t request;          /* the asker's */
	struct lease_allowance first;

	struct lease lease;
	struct log_waiter ticked;
	struct lease_allowance tick; /* asked for, while ticked waits */
	uint64_t starved_bytes;      /* the frame that the allowance was too small for */

	enum view_end end; /* once it has one */
	bool is_connected;
	enum view_level level;
	enum media_track video; /* TRACK_VIDEO or TRACK_SUB: which picture flows now */
	uint64_t switch_after;  /* back to TRACK_VIDEO with a key frame newer than this */
	struct grant_track at[TRACK_COUNT];
	uint64_t key_again_ns; /* the last time it started again */
	uint64_t bytes_sent;   /* by rtc's count */
	bool may_talk;         /* a view that may be talked over */
	struct grant *view;    /* a talk's, while it lasts; itself, where it has a connection of its own */
	struct ipc_sound sound; /* a talk that nobody speaks in: what is played, */
	unsigned interruptions; /* and how often its camera or process failed meanwhile */
	const char *taken;      /* a talk that somebody else took over, or stopped: the word for it, */
	enum role taken_as;     /* who that was, */
	uint64_t taken_by;      /* and the entry that gave them the right */
};

struct talks;

struct grants_listener {
	/* A view opened or ended. */
	void (*changed)(void *context, struct camera *camera);
	/* Somebody listens to the camera's sound as Opus, or nobody does any more. */
	void (*listening)(void *context, struct camera *camera);
	/* A grant ends, or comes to nothing: its state and camera are still what they were. */
	void (*ended)(void *context, struct grant *grant);
	/* rtc hands on what the viewer says (IPC_TALK_FRAME). */
	void (*said)(void *context, struct grant *view, const struct ipc_message *message);
	void *context;
};

/* What pump.c has let out and not told rtc yet: empty between its calls. */
struct release_batch {
	struct ipc_release list[RELEASES_MAX];
	size_t count;
};

struct grants {
	struct loop *loop;
	struct journal *journal;
	struct ipc_channel *rtc;   /* borrowed; may be closed */
	struct ipc_channel *front; /* borrowed; who is told that a view opened */
	struct feed *feed;         /* to rtc */
	struct talks *talks;       /* borrowed */
	struct grants_listener listener;
	struct loop_timer timer;
	struct grant *table; /* VIEW_MAX */
	struct release_batch releases;
	uint64_t last_number;
	unsigned open, ending;
};

NODISCARD int grants_init(struct grants *grants, struct loop *loop, struct journal *journal,
			  const struct grants_listener *listener);
void grants_finish(struct grants *grants);
/* rtc is there: `feed` runs on `rtc`. */
void grants_set_rtc(struct grants *grants, struct ipc_channel *rtc, struct feed *feed);

/* A free slot for an asked view: state GRANT_ASKED, number and sid drawn. NULL: VIEW_MAX. */
struct grant *grant_take(struct grants *grants, struct camera *camera);
/* The asked view comes to nothing. */
void grant_drop(struct grant *grant);

/* The grant's entry is durable: it is open, with its first allowance. -ECANCELED: it was taken back
 * on the way, and has ended. */
NODISCARD __attribute__((nonnull)) int grant_begin(struct grant *grant,
						   const struct log_receipt *receipt);
/* The view's entry is durable: makes the descriptor, gives rtc its end, and starts to feed. 0, or
 * a negative errno: the grant has ended. */
NODISCARD __attribute__((nonnull)) int grant_open(struct grant *grant,
						  const struct log_receipt *receipt);

/* The same of a talk that has a connection of its own, once it has begun. */
NODISCARD int grant_connect(struct grant *grant);
/* rtc is there, and reads. */
bool grants_can_connect(const struct grants *grants);

/* Closes the descriptor at once, and adds the closing entry now or as soon as it fits. Safe in any
 * state; an asked view is marked, and ends when its entry is settled. */
void grant_end(struct grant *grant, enum view_end end);

/* Ends a talk for somebody who takes its speaker over: its closing entry says so. */
void grant_take_over(struct grant *grant, const struct who *by);

/* Ends a sound: whoever may talk there may have silence. */
void grant_stop(struct grant *grant, const struct who *by);

/* Tells the asker, if it waits. */
void grant_refuse(struct grant *grant, enum refusal refusal);
/* That tool is gone: what it began goes on. */
void grants_forget(struct grants *grants, const struct ipc_channel *tool);

/* Ends every grant for which `matches` says so; the count. */
unsigned grants_end_if(struct grants *grants, enum view_end end,
		       bool (*matches)(const struct grant *grant, const void *key),
		       const void *key);
bool grant_is_of_user(const struct grant *grant, const void *user);     /* uint64_t */
bool grant_is_of_token(const struct grant *grant, const void *token);   /* PEOPLE_TOKEN_SIZE */
bool grant_is_of_camera(const struct grant *grant, const void *camera); /* struct camera */
bool grant_is_any(const struct grant *grant, const void *nothing);

/* Adds closing entries that did not fit a batch before. */
void grants_record_ends(struct grants *grants);
/* Asks for the next allowance if this one runs low. */
void grant_renew(struct grant *grant);

struct grant *grants_find(const struct grants *grants, const uint8_t sid[16]);
/* Open or asked, for the limit. */
unsigned grants_of_user(const struct grants *grants, const struct who *who);

#endif
