/* The text of a log entry, `ward/entry/1`: printable ASCII lines `key value`, in one fixed order,
 * so that an entry has exactly one byte string. Kinds and keys are tables (entry.c). The words are
 * described byte by byte in docs/protocol-log.md. */
#ifndef PROTO_LOG_ENTRY_H
#define PROTO_LOG_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

enum {
	ENTRY_SIZE_MAX = 4096,      /* bytes of one entry's text */
	ENTRY_BODY_MAX = 3840,      /* of which values that the caller gives */
	ENTRY_COMMITMENTS_MAX = 16, /* `~name` lines in one entry */
	ENTRY_NAME_MAX = 16,        /* letters of a commitment's name */
	ENTRY_WORD_MAX = 32,        /* letters of `reason`, `end` and other single words */
	ENTRY_CAM_MAX = 32,         /* letters of a camera's opaque id */
};

enum entry_kind {
	ENTRY_GENESIS,
	ENTRY_BOOT,
	ENTRY_SHUTDOWN,
	ENTRY_HEARTBEAT,
	ENTRY_DEVICE_ADD,
	ENTRY_DEVICE_REMOVE,
	ENTRY_USER_ADD,
	ENTRY_USER_REMOVE,
	ENTRY_GRANT_CREATE,
	ENTRY_GRANT_REVOKE,
	ENTRY_VIEW_OPEN,
	ENTRY_VIEW_TICK,
	ENTRY_VIEW_CLOSE,
	ENTRY_PLAY_OPEN,
	ENTRY_PLAY_TICK,
	ENTRY_PLAY_CLOSE,
	ENTRY_TALK_OPEN,
	ENTRY_TALK_TICK,
	ENTRY_TALK_CLOSE,
	ENTRY_SNAP,
	ENTRY_EXPORT,
	ENTRY_SPEAKER,
	ENTRY_MEDIA,
	ENTRY_GAP,
	ENTRY_PRIVACY_ON,
	ENTRY_PRIVACY_OFF,
	ENTRY_ERASE,
	ENTRY_CONFIG,
	ENTRY_DENY,
	ENTRY_KEY_ROTATE,
	ENTRY_CLOCK_STEP,
	ENTRY_WITNESS_LOST,
	ENTRY_WITNESS_BACK,
	ENTRY_KIND_COUNT
};

/* The keys after `seq`, `kind`, `time` and `mono`, in the order in which they stand. */
enum entry_key {
	ENTRY_CAM,     /* opaque id of the camera: a-z 0-9 . - */
	ENTRY_SID,     /* the session, 16 bytes in hex */
	ENTRY_TRACKS,  /* of v m s t p, comma separated, in this order */
	ENTRY_WHY,     /* owner, member, guest, integration, system */
	ENTRY_GRANT,   /* leaf index of the entry that gave this right, or that this one ends */
	ENTRY_ALLOW,   /* bytes, seconds: what may flow before a newer entry */
	ENTRY_USED,    /* bytes, seconds: what has flowed in this session so far */
	ENTRY_UNTIL,   /* µs since the epoch: when a right ends */
	ENTRY_END,     /* left, lost, revoked, expired, failed, stopped */
	ENTRY_COUNT,   /* a number of events in one entry */
	ENTRY_REASON,  /* one word */
	ENTRY_SPAN,    /* from, to: µs since the epoch */
	ENTRY_SOUND,   /* chime, siren, test, white, ..., frere-jacques (ipc/sounds.h) */
	ENTRY_SHA256,  /* 32 bytes in hex */
	ENTRY_LOG_KEY, /* `key`: a vkey */
	ENTRY_HEAD,    /* origin, size, root in base64: the newest head of the epoch before */
	ENTRY_VERSION, /* of the program that started */
	ENTRY_WITNESS, /* a witness's name */
	ENTRY_STEP,    /* µs by which the wall clock jumped, with its sign */
	ENTRY_KEY_COUNT
};

enum entry_track {
	ENTRY_TRACK_VIDEO = 1,      /* v */
	ENTRY_TRACK_MICROPHONE = 2, /* m */
	ENTRY_TRACK_SPEAKER = 4,    /* s */
	ENTRY_TRACK_TALK = 8,       /* t */
	ENTRY_TRACK_PICTURE = 16,   /* p */
};

/* What the log itself puts into each entry. */
struct entry_stamp {
	uint64_t seq;     /* the leaf index */
	uint64_t real_us; /* CLOCK_REALTIME: a claim */
	uint64_t boot_id;
	uint64_t boot_ns; /* CLOCK_BOOTTIME */
};

/* ---- building: entry_init, then entry_add_* in any order, each key once ---- */

struct entry_value {
	uint16_t at, size; /* in `body`; size 0: absent */
};

struct entry_commitment {
	char name[ENTRY_NAME_MAX + 1];
	uint8_t hash[32];
};

/* On the caller's stack. Misuse (a doubled key, a value that does not fit) marks it as failed, and
 * entry_build answers -EINVAL. */
struct entry {
	enum entry_kind kind;
	bool failed;
	uint16_t body_size, commitment_count;
	struct entry_value values[ENTRY_KEY_COUNT];
	struct entry_commitment commitments[ENTRY_COMMITMENTS_MAX]; /* sorted by name */
	char body[ENTRY_BODY_MAX];
};

void entry_init(struct entry *entry, enum entry_kind kind);
void entry_add_text(struct entry *entry, enum entry_key key, const char *value);
void entry_add_number(struct entry *entry, enum entry_key key, uint64_t value);
void entry_add_pair(struct entry *entry, enum entry_key key, uint64_t first, uint64_t second);
void entry_add_hex(struct entry *entry, enum entry_key key, const void *data, size_t size);
/* `tracks`: a set of enum entry_track, not empty. */
void entry_add_tracks(struct entry *entry, unsigned tracks);
/* A `~name` line; see commitment.h for the hash. The vault's log.h has log_commit_value, which
 * draws the salt as well. */
void entry_add_commitment(struct entry *entry, const char *name, const uint8_t hash[32]);

/* The canonical text, without a NUL. 0, or -EINVAL if the entry failed, lacks a key that its kind
 * needs, or has one that its kind does not know; -EMSGSIZE if it is over `capacity`. */
NODISCARD int entry_build(const struct entry *entry, const struct entry_stamp *stamp,
			  char *ret_text, size_t capacity, size_t *ret_size);

/* ---- reading ---- */

struct entry_view_commitment {
	struct bytes name;
	uint8_t hash[32];
};

/* A parsed entry; the values point into its text. */
struct entry_view {
	enum entry_kind kind;
	struct entry_stamp stamp;
	struct bytes values[ENTRY_KEY_COUNT]; /* data NULL: absent */
	unsigned commitment_count;
	struct entry_view_commitment commitments[ENTRY_COMMITMENTS_MAX];
};

/* Accepts canonical text only: 0, or -EBADMSG. */
NODISCARD int entry_parse(const void *text, size_t size, struct entry_view *ret_view);

/* "view.open"; "cam". */
const char *entry_kind_name(enum entry_kind kind);
const char *entry_key_name(enum entry_key key);

#endif
