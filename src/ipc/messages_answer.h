/* Bodies of messages, as in messages.h, which includes this: the rows of answers, and the orders of
 * the `ward` command. */
#ifndef IPC_MESSAGES_ANSWER_H
#define IPC_MESSAGES_ANSWER_H

#include "ipc/messages.h"

/* ---- rows ------------------------------------------------------------------------------------- */

struct ipc_row_camera {
	uint64_t request;
	uint32_t camera;
	uint32_t verbs;    /* the asker's */
	uint32_t watching; /* sessions now */
	uint32_t codecs[TRACK_COUNT];
	uint32_t width, height;
	uint32_t speaker; /* enum speaker_state */
	uint32_t has_no_chime; /* a voice from it is not announced */
	uint32_t reserved;
	struct ipc_cam_state state;
	char name[NAME_SIZE];
};

enum session_type { SESSION_VIEW, SESSION_PLAY, SESSION_TALK };

struct ipc_row_session {
	uint64_t request;
	uint64_t log_seq;
	uint64_t since_us; /* wall clock */
	uint64_t bytes;
	uint64_t from_us, to_us; /* SESSION_PLAY: what is played */
	uint32_t camera;
	uint32_t tracks;
	uint32_t role;
	uint32_t is_mine;
	uint32_t kind;  /* enum session_type */
	uint32_t sound; /* SESSION_TALK: what is played, if nobody speaks: enum speaker_sound */
	uint8_t sid[16];
	char camera_name[NAME_SIZE];
	char user[NAME_SIZE];
	char device[NAME_SIZE]; /* or the token's name */
	char from[NAME_SIZE];   /* address; empty unless the asker may know */
};

struct ipc_row_user {
	uint64_t request;
	uint32_t role;
	uint32_t devices;
	uint32_t tokens;
	uint32_t all_cameras;
	uint64_t added_us;
	char name[NAME_SIZE];
	char device[NAME_SIZE]; /* QUERY_ME: the device or token that asks */
	char cameras[512];      /* names, comma separated */
};

/* Tail: the entry's text, then one line `name salt-hex value` for each opening. */
struct ipc_row_entry {
	uint64_t request;
	uint64_t seq;
	uint32_t entry_size;
	uint32_t openings;
};

/* A person's own key to recordings (vault/store/custody.h). */
struct ipc_row_key {
	uint64_t request;
	uint64_t log_seq;
	uint8_t key[32]; /* X25519 */
	char name[NAME_SIZE];
	char person[NAME_SIZE]; /* whose it is; empty: it was added on the box, or the person is gone */
	uint64_t is_mine;
};

/* What the box itself can open. */
struct ipc_row_custody {
	uint64_t request;
	uint64_t is_private;
	uint64_t days;     /* window mode: it forgets older keys; 0: it keeps them */
	uint64_t only_box; /* epochs that no key of a person opens */
};

enum event_kind { EVENT_SESSIONS, EVENT_CAMERA, EVENT_CHECKPOINT, EVENT_DIARY, EVENT_COUNT };

struct ipc_row_event {
	uint64_t request;
	uint64_t value;   /* EVENT_CHECKPOINT: its size; EVENT_DIARY: the newest event's id */
	uint32_t kind;    /* something changed: ask again */
	uint32_t camera;
	char name[NAME_SIZE];
};

struct ipc_row_status {
	uint64_t request;
	uint64_t log_size, signed_size, started_us;
	uint32_t sessions, users;
	uint32_t log_stopped;
	uint32_t eye;   /* enum eye_state */
	uint32_t faces; /* the same, of knowing faces */
	uint32_t reserved;
	char reason[128];
};

/* ---- the tool --------------------------------------------------------------------------------- */

enum admin {
	ADMIN_USER_ADD,     /* name, role, verbs (0: the role's); tail: cameras, comma separated, empty:
			       all → IPC_SECRET */
	ADMIN_USER_REMOVE,  /* name */
	ADMIN_USER_PAIR,    /* name: another link for one more device → IPC_SECRET */
	ADMIN_TOKEN_CREATE, /* user, camera in tail, verbs, ttl → IPC_SECRET */
	ADMIN_TOKEN_REVOKE, /* name = the token's id */
	ADMIN_REVOKE,       /* name = session id, user or token id */
	ADMIN_RELOAD,       /* cameras changed on disk: pass on to the warden */
	ADMIN_FIRST_OWNER,  /* if nobody is paired yet: the link for "owner" → IPC_SECRET, else refused */
	ADMIN_KEY_ADD,      /* name; tail: "age1...", a key that opens recordings from now on */
	ADMIN_KEY_REMOVE,   /* name */
	ADMIN_KEY_MODE,     /* flags: 1: the box keeps no key of recordings, 0: it does; for ttl_s, a
			       number of days, 0: as long as they are kept */
	ADMIN_KEY_LOCK,     /* the box forgets its keys of all that is recorded; flags: 1: also of
			       what nobody else can open */
	ADMIN_COUNT
};

struct ipc_admin {
	uint64_t request;
	uint32_t admin;
	uint32_t role;
	uint32_t verbs;
	uint32_t flags;
	uint64_t ttl_s;
	char name[NAME_SIZE];
};

/* A secret for a person to carry, once: pairing secret (16 bytes) or token (32). */
struct ipc_secret {
	uint64_t request;
	uint64_t expires_us;
	uint32_t size;
	uint32_t reserved;
	uint8_t secret[32];
	char id[NAME_SIZE]; /* the token's public id, for revoking */
};

#endif
