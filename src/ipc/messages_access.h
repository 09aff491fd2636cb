/* Bodies of messages, as in messages.h, which includes this: who asks for pictures and sound, live or
 * recorded, and what grants them. */
#ifndef IPC_MESSAGES_ACCESS_H
#define IPC_MESSAGES_ACCESS_H

#include "ipc/messages.h"

/* ---- views: front asks, the vault grants, rtc serves ------------------------------------------ */

enum verb { VERB_VIEW = 1, VERB_LISTEN = 2, VERB_PLAY = 4, VERB_MARK = 8, VERB_TALK = 16, VERB_TAKE = 32 }; /* a set;
	play: what was recorded; mark: say that something happened; take: the speaker, from whoever talks,
	which an owner asks for and nobody is given */
enum role { ROLE_NONE, ROLE_OWNER, ROLE_MEMBER, ROLE_GUEST, ROLE_INTEGRATION, ROLE_COUNT };

enum credential_kind { CREDENTIAL_NONE, CREDENTIAL_LOGIN, CREDENTIAL_TOKEN };

struct ipc_credential {
	uint32_t kind;
	uint32_t reserved;
	uint8_t secret[32];
};

/* Where the request came from; an IPv4 address is mapped (::ffff:a.b.c.d). */
struct ipc_origin {
	uint8_t address[16];
	uint32_t port;
	uint32_t reserved;
};

struct ipc_request {
	uint64_t request; /* the asker's number, in the answer again */
};

/* Pairing: the secret of the link, and the device's own public key with its proof of possession:
 * Ed25519 over "ward/pair/1\nsecret <hex>\nkey <hex>\nname <device name>\n". Tail: device name.
 * Answer: one IPC_ROW_USER (name, role, device), the log's vkey as IPC_BYTES (is_last 0), IPC_DONE. */
struct ipc_pair_ask {
	uint64_t request;
	struct ipc_origin origin;
	uint8_t secret[16];
	uint8_t key[32];
	uint8_t signature[64];
};

/* Login: Ed25519 by the device's key over "ward/login/1\nnonce <hex>\n". */
struct ipc_login_ask {
	uint64_t request;
	struct ipc_origin origin;
	uint8_t device[16];
	uint8_t nonce[32];
	uint8_t signature[64];
};

/* What a device signed along with its request (proto/log/ask.h); a token's holder does not. */
struct ipc_proof {
	uint32_t is_signed;
	uint32_t reserved;
	uint8_t nonce[32];
	uint64_t checkpoint_size; /* the newest checkpoint the device has seen; 0: none */
	uint8_t checkpoint_root[32];
	uint8_t signature[64];
};

/* A live view. A device signs the canonical text (proto/ask.h); a token's holder does not. */
struct ipc_view_ask {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	char camera[NAME_SIZE];
	uint32_t verbs; /* enum verb */
	uint32_t reserved;
	uint8_t dtls_fingerprint[32]; /* SHA-256 of the viewer's certificate */
	struct ipc_proof proof;
};

/* To talk, over a view that is open or (WHIP) without one, with a connection of its own. A device
 * signs the canonical text with the verb `talk`, and camera and fingerprint: the view's, or those
 * that stand here. Answer: IPC_DONE {value = grant, log_seq, id = sid of the talk} once the camera's
 * speaker is open. */
struct ipc_talk_ask {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	uint64_t waits; /* while somebody else talks, for its turn */
	char camera[NAME_SIZE]; /* without a view: where; empty: over the view */
	uint8_t view[16]; /* its sid; unused without one */
	uint8_t dtls_fingerprint[32]; /* the same: SHA-256 of the talker's certificate */
	uint64_t takes; /* the speaker, from whoever talks: owners only; signed as the verbs `talk,take` */
	struct ipc_proof proof;
};

/* Who can open recordings (vault/store/custody.h), changed by a person's device, which signs the text of
 * proto/log/ask.h. IPC_DONE with log_seq once the entry is on disk. */
enum key_order {
	KEY_ADD,     /* name, key: the asker's own key opens recordings from now on */
	KEY_REMOVE,  /* name */
	KEY_PRIVATE, /* the box keeps no key of recordings from now on */
	KEY_WINDOW,  /* it does; days: only for so long, 0: as long as they are kept */
	KEY_LOCK,    /* it forgets its keys of all that is recorded; may_lose: also of what nobody else
			can open */
	KEY_ORDER_COUNT
};

struct ipc_key_ask {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	uint32_t order; /* enum key_order */
	uint32_t may_lose;
	uint64_t days;
	uint8_t key[32]; /* X25519 */
	char name[NAME_SIZE];
	struct ipc_proof proof;
};

/* About one session: is it mine (CHECK), end it (END). */
struct ipc_session_ask {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	uint8_t sid[16];
};

enum query {
	QUERY_ME,       /* one IPC_ROW_USER: who the credential is */
	QUERY_CAMERAS,  /* IPC_ROW_CAMERA each */
	QUERY_SESSIONS, /* IPC_ROW_SESSION each: who is watching what the asker may see */
	QUERY_ENTRIES,  /* IPC_ROW_ENTRY, from <= seq < to (to may lie past the end), newest first, at
			   most `level` (0: the vault's limit), with the openings the asker may see */
	QUERY_CHECKPOINT,  /* IPC_BYTES: the signed note; waits until its size > `from` if that is set */
	QUERY_TILE,        /* IPC_BYTES: level, from = tile number, to = width (1..256) */
	QUERY_TILE_ENTRIES,/* IPC_BYTES: entry bundle: from = tile number, to = width */
	QUERY_INCLUSION,   /* IPC_BYTES: hashes, 32 bytes each: from = index, to = tree size */
	QUERY_CONSISTENCY, /* IPC_BYTES: hashes: from = old size, to = new size */
	QUERY_LOG_KEY,     /* IPC_BYTES: the vkey text */
	QUERY_EVENTS,      /* IPC_ROW_EVENT as they happen, until IPC_QUERY_STOP */
	QUERY_STATUS,      /* IPC_ROW_CAMERA each, then IPC_ROW_STATUS */
	QUERY_USERS,       /* IPC_ROW_USER each (owner, tool) */
	QUERY_KEYS,        /* IPC_ROW_KEY each (owner, tool: all; member: one's own), IPC_ROW_CUSTODY */
	QUERY_COUNT
};

struct ipc_query {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	uint32_t query; /* enum query */
	uint32_t level;
	uint64_t from, to;
};

/* Why not. Each has one HTTP status and one plain sentence: ipc/refusal.h. */
enum refusal {
	REFUSAL_NONE,
	REFUSAL_BAD_REQUEST,
	REFUSAL_NOT_SIGNED_IN,  /* no, unknown or expired credential */
	REFUSAL_NOT_ALLOWED,    /* known, but no right to this */
	REFUSAL_NOT_FOUND,      /* camera, session, tile; also where telling would reveal a name */
	REFUSAL_BAD_SIGNATURE,
	REFUSAL_STALE_NONCE,
	REFUSAL_LINK_USED,      /* pairing link unknown, used or expired */
	REFUSAL_CAMERA_DOWN,    /* nothing to show now */
	REFUSAL_TOO_MANY,       /* limits of views or requests */
	REFUSAL_LOG_STOPPED,    /* the log cannot grow: nothing is shown */
	REFUSAL_CHECKPOINT_FORK,/* the device remembers a log that this one does not extend */
	REFUSAL_BUSY,
	REFUSAL_ERASED,         /* what was recorded then is gone for good */
	REFUSAL_SEALED,         /* only a person's own key opens it */
	REFUSAL_DAMAGED,        /* what is on the disk is not what was recorded */
	REFUSAL_SPEAKER_TAKEN, /* somebody else talks there */
	REFUSAL_NO_SPEAKER,    /* the camera has none, or did not take the sound */
	REFUSAL_NO_THUMB,      /* no small picture can be made of it */
	REFUSAL_NO_CONVERSION, /* nor can H.264 */
	REFUSAL_NO_PICTURE,    /* what was sent in is none */
	REFUSAL_NO_FACE,       /* there is no good face in it, */
	REFUSAL_MANY_FACES,    /* or several */
	REFUSAL_COUNT
};

struct ipc_refused {
	uint64_t request;
	uint32_t refusal;
	uint32_t reserved;
};

/* The request succeeded, or its rows are over. Fields used as the request says. */
struct ipc_done {
	uint64_t request;
	uint64_t value;    /* view, check: the grant; end: 0; login: the seconds it lasts */
	uint64_t log_seq;  /* the entry that covers it */
	uint8_t id[32];    /* pair: device id (16); login: the login's secret; nonce; view: sid (16) */
};

struct ipc_bytes {
	uint64_t request;
	uint32_t offset;
	uint32_t is_last; /* no IPC_DONE follows */
};

struct ipc_grant_open {
	uint64_t grant;
	uint64_t log_seq;
	uint32_t camera;
	uint32_t tracks; /* set of TRACK_BIT that may be released; 0: somebody only talks */
	uint64_t may_talk; /* the viewer may be asked for its microphone */
	uint8_t dtls_fingerprint[32]; /* the only certificate that may receive */
	uint8_t sid[16];
};

/* On the grant's own descriptor: what the viewer says is wanted from now on, or no longer. */
struct ipc_talk {
	uint64_t grant;
	uint64_t is_open;
};

/* On the grant's own descriptor, from rtc: one packet of Opus, in order; it is the tail. */
enum { TALK_PACKET_MAX = 1275 /* RFC 6716 section 3.4 */ };
struct ipc_talk_frame {
	uint64_t grant;
	uint64_t sample; /* of its first, at 48 kHz, on the talker's clock; what was lost is a hole */
};

/* A sound of Ward's own, made by a talk process: for the speaker that it was told of, at the pace at which
 * it is heard. IPC_SOUND_MADE: all of it has been sent. */
enum speaker_sound {
	SOUND_NONE, /* a voice */
	SOUND_CHIME, /* announces one */
	SOUND_WHITE, /* from here on: they last as long as they are asked to */
	SOUND_PINK,
	SOUND_BROWN,
	SOUND_RAIN,
	SOUND_HEARTBEAT,
	SOUND_SHUSH,
	SOUND_WIEGENLIED,
	SOUND_TWINKLE,
	SOUND_FRERE_JACQUES,
	SOUND_COUNT
};
struct ipc_sound {
	uint32_t sound; /* enum speaker_sound */
	uint32_t seconds; /* of those that last */
	uint32_t volume; /* the same: 1 to 100 */
	uint32_t reserved;
};

/* Frames, fed before on the same channel, that may now go to one viewer. IPC_RELEASES carries one for
 * each viewer of a frame: its tail is `value` of these. One whose grant has ended since is void. */
enum { RELEASES_MAX = 1024 };
struct ipc_release {
	uint64_t grant;
	uint64_t first, count; /* frame numbers of the track */
	uint32_t track;
	uint32_t reserved;
};

enum view_end {
	VIEW_END_NONE,
	VIEW_END_LEFT,     /* the viewer hung up */
	VIEW_END_LOST,     /* consent expired: the viewer is gone */
	VIEW_END_REVOKED,
	VIEW_END_EXPIRED,  /* the token's or the right's time is over */
	VIEW_END_FAILED,   /* wrong certificate, no common codec, never connected */
	VIEW_END_STOPPED,  /* a process of Ward's stopped */
	VIEW_END_COUNT
};

/* On the grant's own descriptor, either way: it is over. */
struct ipc_grant_end {
	uint64_t grant;
	uint32_t end; /* enum view_end */
	uint32_t reserved;
};

enum view_level { VIEW_FULL, VIEW_SUB, VIEW_KEYS, VIEW_SOUND, VIEW_LEVEL_COUNT };

/* On the grant's own descriptor, from rtc: what the viewer's link can carry, and whether it is
 * connected. The vault releases no more than that. */
struct ipc_view_report {
	uint64_t grant;
	uint64_t bytes_sent;
	uint32_t level;
	uint32_t is_connected;
	uint32_t wants_key; /* the viewer lost the picture: release from the newest key frame again */
	uint32_t reserved;
};

/* SDP between front and rtc, opaque text in the tail. */
struct ipc_sdp {
	uint64_t request;
	uint64_t grant;
	uint32_t status; /* answers: 0, or an HTTP status to give */
	uint32_t reserved;
	char etag[24]; /* answers: changes with each ICE restart; IPC_PATCH: the If-Match, or "*" */
};

/* ---- plays: recordings, through the same door ------------------------------------------------ */

enum {
	PLAY_SPANS_MAX = 4000,    /* in one answer; of gaps as many */
	PLAY_SEGMENTS_MAX = 2000, /* the same */
	PLAY_CODECS_SIZE = 64,
};
#define PLAY_LENGTH_US_MAX (UINT64_C(31) * 86400 * 1000000)

/* When something was recorded: IPC_TIMELINE (one or more), then IPC_DONE. No picture, no sound, and no
 * entry. */
struct ipc_timeline_ask {
	uint64_t request;
	struct ipc_credential credential;
	char camera[NAME_SIZE];
	uint64_t from_us, to_us; /* wall clock, as all times of recordings */
	uint64_t step_us;        /* shorter holes are not told; 0: a 2000th of the span */
};

/* The tail is `count` of these, in order of time. */
struct ipc_span {
	uint64_t from_us, to_us;
	uint32_t is_gap;
	char reason[20]; /* of a gap, as block texts write it */
};
struct ipc_timeline {
	uint64_t request;
	uint64_t oldest_us, newest_us; /* of all that is recorded of the camera; 0: nothing is */
	uint32_t count;
	uint32_t reserved;
};

/* A play. Answer when its entry is durable: IPC_DONE with log_seq and the session's id. */
struct ipc_play_ask {
	uint64_t request;
	struct ipc_credential credential;
	struct ipc_origin origin;
	char camera[NAME_SIZE];
	uint64_t from_us, to_us;
	uint32_t tracks; /* set of TRACK_BIT */
	uint32_t reserved;
	struct ipc_proof proof;
};

enum play_what {
	PLAY_SEGMENTS, /* IPC_ROW_INIT and IPC_SEGMENTS, IPC_DONE; value: go on from there, 0: all */
	PLAY_INIT,     /* IPC_PLAY_DATA: an init segment */
	PLAY_FRAGMENT, /* IPC_PLAY_DATA: a fragment, as it is in the pack but decrypted */
	PLAY_HEAD,     /* IPC_PLAY_DATA: what a fragment begins with, at least all before its samples */
	PLAY_THUMB,    /* IPC_PLAY_DATA: a small picture (JPEG) of from_us, whatever the track */
	PLAY_EXPORT,   /* a clip of from_us to to_us is saved; IPC_ROW_CAMERA, IPC_DONE: its entry is on disk */
	PLAY_WRAP,     /* IPC_PLAY_DATA: the epoch's key, as an age file for the asker's own `recipient` */
	PLAY_BLOCK,    /* IPC_PLAY_DATA: the text of the block whose `media` entry is `number`, as an age file */
	PLAY_WHAT_COUNT
};

/* What recorded video is given as. */
enum play_form {
	PLAY_AS_RECORDED,
	PLAY_AS_H264,     /* H.265 is made into it, at most 1280 x 720 pixels large */
	PLAY_AS_H264_KEY, /* PLAY_FRAGMENT: the same, of its first picture alone */
	PLAY_FORM_COUNT
};

struct ipc_play_read {
	uint64_t request;
	struct ipc_credential credential;
	uint8_t sid[16];
	uint32_t what;           /* enum play_what */
	uint32_t track;          /* enum media_track; PLAY_EXPORT: a set of TRACK_BIT */
	uint64_t from_us, to_us; /* PLAY_SEGMENTS, PLAY_EXPORT, PLAY_THUMB */
	uint64_t epoch_us, number; /* of a piece: as the rows named it */
	uint32_t is_sealed; /* PLAY_INIT, PLAY_FRAGMENT: as the age file that it is in the pack */
	uint32_t form;      /* PLAY_INIT, PLAY_FRAGMENT: enum play_form */
	uint8_t recipient[32]; /* PLAY_WRAP */
};

/* The tail is `count` of these. A fragment needs the init segment `init` of its epoch before it. */
struct ipc_segment {
	uint64_t start_us, end_us;
	uint64_t epoch_us, number, init;
	uint64_t log_seq; /* of its block's `media` entry; 0: in an older log */
	uint32_t track;
	uint32_t bytes; /* as it will be sent */
};
struct ipc_segments {
	uint64_t request;
	uint32_t count;
	uint32_t reserved;
};
struct ipc_row_init {
	uint64_t request;
	uint64_t epoch_us, number;
	uint32_t track;
	uint32_t is_sealed; /* the box has no key of its epoch */
	/* RFC 6381; of G.711 "ulaw", "alaw", which no browser plays; empty: sealed, or unknown */
	char codecs[PLAY_CODECS_SIZE];
};

/* `size` bytes in the file that rides along, which is the answer's end: no message is as large. */
struct ipc_play_data {
	uint64_t request;
	uint64_t size;
	uint64_t from_us, to_us; /* PLAY_THUMB: of the fragment whose first picture it is; else 0 */
};

/* A thumbnail: `size` bytes of a fragment in the file that rides along, its init segment in the tail.
 * The answer's tail is the JPEG; empty: none can be made of it. */
enum {
	THUMB_INIT_MAX = 8192,
	THUMB_SOURCE_MAX = 18 << 20, /* of a fragment */
	THUMB_SIZE_MAX = 15 * 1024,
};
struct ipc_thumb_ask {
	uint64_t number;
	uint64_t size;
};
struct ipc_thumb {
	uint64_t number; /* the ask's */
};

/* Recorded H.265 to be made into H.264: `size` bytes of a fragment (none: CONVERT_INIT) in the file that
 * rides along, its init segment in the tail. What is made is written behind them; the file cannot
 * grow, and has room for CONVERT_SIZE_MAX bytes more. */
enum convert_what { CONVERT_INIT, CONVERT_FRAGMENT, CONVERT_KEY_FRAME, CONVERT_WHAT_COUNT };
enum {
	CONVERT_INIT_MAX = 8192,
	CONVERT_SOURCE_MAX = 18 << 20, /* of a fragment */
	CONVERT_SIZE_MAX = 8 << 20,    /* of what is made */
};
struct ipc_convert_ask {
	uint64_t number;
	uint64_t size;
	uint32_t what; /* enum convert_what */
	uint32_t reserved;
};
struct ipc_converted {
	uint64_t number; /* the ask's */
	uint64_t size;   /* of what was made; 0: nothing can be made of it */
};

/* A play is over: nothing of it may be sent any more. */
struct ipc_play_ended {
	uint8_t sid[16];
	uint32_t end; /* enum view_end */
	uint32_t reserved;
};

#endif
