/* The camera's speaker, behind an ONVIF back channel (ONVIF Streaming §5.3): a connection of its own
 * that is open only while somebody talks, so that a camera which muffles its microphone while the
 * channel stands is muffled no longer than that. What it plays comes from the vault alone.
 *
 * DESCRIBE with `Require: www.onvif.org/ver20/backchannel` (551: again without it), SETUP of the
 * sendonly sound over the same TCP connection, PLAY, RTP, TEARDOWN. */
#ifndef CAM_CAM_SPEAKER_H
#define CAM_CAM_SPEAKER_H

#include "cam/cam_source.h"
#include "proto/rtp/rtp_build.h"

enum {
	SPEAKER_OPEN_MS = 4000,   /* from the vault's word to PLAY */
	SPEAKER_LATE_BYTES = 4096, /* waiting for the camera to read: what comes now is dropped */
	SPEAKER_STUCK_MS = 1000,  /* that long: it does not take the sound */
	SPEAKER_FRAME_MAX = 8192,
};

enum speaker_step {
	SPEAKER_IDLE,
	SPEAKER_DIAL,
	SPEAKER_DESCRIBE,
	SPEAKER_SETUP,
	SPEAKER_PLAY,
	SPEAKER_LIVE,
	SPEAKER_LEAVE,
};

/* Zero-initialised, then cam_speaker_init. */
struct cam_speaker {
	struct cam_context *context;
	const struct rtsp_url *url; /* borrowed: the main source's */
	enum speaker_step step;
	struct loop_timer timer;
	struct ipc_speaker said; /* as last told to the vault */
	uint64_t request;        /* of the warden */
	struct cam_link link;
	struct cam_talk talk;
	struct rtsp_channels channels;
	struct rtsp_message message;
	bool is_without_require;
	uint8_t channel; /* RTP; RTCP is the next */
	char control[RTSP_URL_SIZE_MAX], aggregate[RTSP_URL_SIZE_MAX];
	struct rtp_build rtp;
	uint64_t keepalive_ns;
	uint64_t late_since_ns; /* 0: the camera reads */
};

void cam_speaker_init(struct cam_speaker *speaker, struct cam_context *context,
		      const struct rtsp_url *url);
void cam_speaker_finish(struct cam_speaker *speaker);

/* A message of the vault's. */
void cam_speaker_hear_vault(struct cam_speaker *speaker, const struct ipc_message *message);

/* As cam_source_take_dialed. */
bool cam_speaker_take_dialed(struct cam_speaker *speaker, const struct ipc_dialed *dialed, int *fd);

#endif
