/* The bodies of the messages in messages.def: host byte order, fixed-width members, no padding, no
 * pointers. Text is NUL-padded to its field and always holds a NUL. */
#ifndef IPC_MESSAGES_H
#define IPC_MESSAGES_H

#include <stdint.h>

#include "ipc/messages_media.h"

enum proc_kind {
	PROC_WARDEN,
	PROC_CAM,
	PROC_VAULT,
	PROC_FRONT,
	PROC_RTC,
	PROC_TRANSCODE,
	PROC_TALK, /* one talk, ear: what a person says, as the camera's speaker takes it */
	PROC_TOOL, /* the `ward` command, over the local socket */
	PROC_DIAL, /* resolves and connects once, for the warden */
	PROC_DEMO, /* an RTSP server that draws a nursery, for a first look */
	PROC_EAR,  /* hears crying, noise and alarms in one camera's sound */
	PROC_THUMB, /* makes small pictures of one camera's recordings */
	PROC_EYE,  /* sees people in the pictures of all cameras that ask for it */
	PROC_CONVERT, /* makes H.264 of one camera's recorded H.265 */
	PROC_KIND_COUNT
};
#define PROC_BIT(kind) (UINT32_C(1) << (kind))
#define PROC_ALL       (PROC_BIT(PROC_KIND_COUNT) - 1)

enum {
	NAME_SIZE = 64,       /* a name of a person, camera or device, with its NUL */
	CAMERA_MAX = 64,      /* cameras running at once */
	VIEW_MAX = 1024,      /* live views at once */
	FRAME_SIZE_MAX = 8 << 20, /* bytes of one access unit */
	GOP_SIZE_MAX = 16 << 20,  /* bytes kept of one stream since its newest key frame */
};

/* ---- the warden's words ---------------------------------------------------------------------- */

struct ipc_peer {
	uint32_t kind; /* enum proc_kind of the other end of the descriptor */
	uint32_t slot; /* cam, transcode, talk, ear, thumb, convert: which camera */
	char name[NAME_SIZE]; /* cam, transcode, talk, ear, thumb, convert: the camera's name */
};

enum record_mode {
	RECORD_OFF,
	RECORD_CONTINUOUS,
	RECORD_EVENTS, /* around events only */
	RECORD_MODE_COUNT
};

/* Follows the IPC_PEER of a cam, and comes again when the configuration has changed. */
struct ipc_record {
	uint32_t slot;
	uint32_t main, sub; /* enum record_mode of picture and sound; of the smaller picture */
	uint32_t has_no_chime; /* a voice from its speaker is not announced */
	uint32_t keeps_echo;   /* what its speaker says stays in its sound */
	uint32_t reserved;
	uint64_t pre_roll_s, post_roll_s; /* RECORD_EVENTS: kept before and after an event */
	uint64_t days, bytes;             /* of this camera; 0: no limit */
	uint64_t all_days, all_bytes;     /* of cameras that are gone; of all together */
};

enum listen_kind {
	LISTEN_HTTPS,
	LISTEN_HTTP_LOOPBACK,
	LISTEN_MEDIA_UDP,
	LISTEN_MEDIA_TCP,
	LISTEN_TOOL,
	LISTEN_DEMO, /* the demo's RTSP port, on loopback only */
};

struct ipc_listen {
	uint32_t kind; /* enum listen_kind; the listening descriptor rides along */
	uint32_t port;
};

/* IPC_RELOAD's number comes back in IPC_RELOADED, after all that the change brought. */
struct ipc_number {
	uint64_t value;
};

/* IPC_START's number: a set. */
enum { START_NEW_EPOCH = 1 /* the owner confirmed: begin a new log after a refused one */ };

/* The demo serves rtsp://127.0.0.1:port/nursery to whoever knows this (Digest); user and password
 * are made anew at each start and travel only here and in the camera's URL. */
struct ipc_demo {
	uint32_t port;
	uint32_t reserved;
	char user[NAME_SIZE];
	char password[NAME_SIZE];
};

/* A file's bytes, or a setting's text, in the tail. */
enum file_kind {
	FILE_TLS_CERT,       /* PEM chain */
	FILE_TLS_KEY,        /* PEM */
	FILE_TLS_CA,         /* PEM, for the phone to download; absent with the owner's own certificate */
	FILE_PUBLIC_ADDRESS, /* host name or address that phones use, may be empty */
	FILE_STATE_DIR,      /* path, to the vault */
	FILE_APP_DIR,        /* path, to the front */
	FILE_LOCAL_ADDRESS,  /* to rtc: one numeric address of this box, once for each */
	FILE_MODELS_DIR,     /* path, to the eye */
	FILE_STORE_SECRET,   /* to the vault: the recordings' key is sealed under it; may be absent */
	FILE_FACES,          /* empty, to the eye: a camera asks for faces */
};

struct ipc_file {
	uint32_t kind;
	uint32_t reserved;
};

enum cam_transport { CAM_TRANSPORT_AUTO, CAM_TRANSPORT_TCP, CAM_TRANSPORT_UDP };

/* One source of the camera; the URL (which may hold a password) is the tail. */
struct ipc_source {
	uint32_t slot;
	uint32_t track;     /* TRACK_VIDEO: the main source; TRACK_SUB: the smaller one */
	uint32_t transport; /* enum cam_transport */
	uint32_t audio;     /* 0: leave the camera's sound alone */
	char name[NAME_SIZE];
};

/* A cam may not connect: the warden dials, only to what the camera's own URL names. */
enum dial_kind {
	DIAL_TCP,         /* connect to the source's host and port */
	DIAL_UDP_PAIR,    /* two bound UDP sockets, even and odd port: two IPC_DIALED in order */
	DIAL_UDP_CONNECT, /* connect that pair to ports `port`, `port2` of the same host */
};

struct ipc_dial {
	uint64_t request;
	uint32_t kind;  /* enum dial_kind */
	uint32_t track; /* whose source's URL */
	uint64_t pair;  /* DIAL_UDP_CONNECT: the request number of its DIAL_UDP_PAIR */
	uint32_t port, port2;
};

struct ipc_dialed {
	uint64_t request;
	int32_t error; /* 0 or a negative errno */
	uint32_t port; /* local port of the descriptor that rides along (IPC_DIALED only) */
};

#include "ipc/messages_access.h"
#include "ipc/messages_answer.h"

#endif
