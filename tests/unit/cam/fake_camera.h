/* A camera made of quirks: serves RTSP on one end of a socket pair, in the test's own loop. What
 * each real camera does wrong is a flag. */
#ifndef UNIT_CAM_FAKE_CAMERA_H
#define UNIT_CAM_FAKE_CAMERA_H

#include "loop/loop.h"
#include "proto/rtsp/rtsp_stream.h"

enum fake_quirk {
	FAKE_SESSION_CHANGES = 1 << 0, /* another id with each SETUP */
	FAKE_NO_CSEQ = 1 << 1,         /* in answers */
	FAKE_OTHER_CHANNELS = 1 << 2,  /* than asked for, and says so */
	FAKE_SECRET_CHANNELS = 1 << 3, /* sound and picture exchanged, and does not say so */
	FAKE_NO_INTERLEAVED = 1 << 4,  /* in the answer to SETUP */
	FAKE_SSRC_FIRST = 1 << 5,      /* before `interleaved`, and no `unicast` */
	FAKE_SSRC_WRONG = 1 << 6,      /* another than it said, or zero */
	FAKE_SSRC_CHANGES = 1 << 7,    /* in the middle */
	FAKE_RTCP_ON_RTP = 1 << 8,     /* sender reports on the RTP channel */
	FAKE_CUTS_FRAMES = 1 << 9,     /* a `$` frame is shorter than it says */
	FAKE_LARGE_FRAMES = 1 << 10,   /* 10,000 bytes in one packet */
	FAKE_NEEDS_USER_AGENT = 1 << 11,
	FAKE_NEEDS_SOUND = 1 << 12,   /* sends nothing unless sound is set up too */
	FAKE_DOUBLED_BASE = 1 << 13,  /* Content-Base: rtsp://rtsp://... */
	FAKE_TIME_JUMPS = 1 << 14,    /* timestamps jump by an hour */
	FAKE_NO_OPTIONS = 1 << 15,    /* 405 */
	FAKE_REFUSES_SOUND = 1 << 16, /* SETUP of it: 400 */
	FAKE_DIGEST = 1 << 17,        /* 401 first */
	FAKE_DENIES = 1 << 18,        /* 401 always */
	FAKE_ASKS_BACK = 1 << 19,     /* requests of its own, which must be answered */
	FAKE_NO_TCP = 1 << 20,        /* 461 */
	FAKE_SENDS_NOTHING = 1 << 21,
	FAKE_HANGS = 1 << 22,          /* answers nothing */
	FAKE_BAD_PARAMETERS = 1 << 23, /* 454 to keepalives */
	FAKE_REDIRECTS = 1 << 24,      /* once, on itself */
	FAKE_REDIRECTS_AWAY = 1 << 25,
	FAKE_LOSES_PACKETS = 1 << 26, /* one of each eleven */
	FAKE_WRONG_CSEQ = 1 << 27,    /* always 1 */
};

struct fake_camera {
	uint32_t quirks;
	const char *sdp; /* NULL: H.264 and G.711, with parameter sets in the stream */

	struct loop_watch watch;
	uint8_t in[65536];
	size_t in_size;
	struct rtsp_message message;
	unsigned setups;
	bool has_sound;
	uint8_t channels[2]; /* of picture, of sound */
	uint16_t sequences[2];

	/* what the test looks at */
	unsigned connections, teardowns, plays, parameters, options;
	bool saw_require, saw_range, was_answered;
	char last_uri[256]; /* of PLAY */
};

enum { FAKE_PICTURES = 40, FAKE_GROUP = 5 };

/* A new connection: returns the client's end. */
int fake_camera_connect(struct fake_camera *camera, struct loop *loop);
void fake_camera_close(struct fake_camera *camera);

#endif
