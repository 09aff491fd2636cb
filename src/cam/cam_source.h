/* One address of the camera, kept connected: dialing through the warden, the dialogue up to PLAY
 * (cam_dialogue.c), the watch over what comes, and another try when it ends. */
#ifndef CAM_CAM_SOURCE_H
#define CAM_CAM_SOURCE_H

#include "cam/cam_talk.h"
#include "cam/cam_track.h"
#include "cam/cam_udp.h"

enum {
	SOURCE_STEP_MS = 10000,       /* for each answer of the camera's */
	SOURCE_DIAL_MS = 20000,       /* the warden gives up before */
	SOURCE_SILENCE_MS = 5000,     /* without a packet of video */
	SOURCE_USELESS_MS = 15000,    /* packets, but no whole picture */
	SOURCE_TICK_MS = 1000,        /* while live */
	SOURCE_RETRY_MS_MIN = 100,    /* doubled with each failure ... */
	SOURCE_RETRY_MS_MAX = 1800,   /* ... up to this */
	SOURCE_RETRY_SLOW_MS = 30000, /* where only a person can help: do not hammer */
	SOURCE_LEAVE_MS = 500,        /* for the answer to TEARDOWN */
	SOURCE_REPORT_MS = 5000,      /* RTCP receiver reports */
	SOURCE_KEEPALIVE_MS_MAX = 30000,
	SOURCE_REASON_SIZE = 128,
};

/* What all sources of one camera share. */
struct cam_context {
	struct loop *loop;
	struct ipc_channel *warden;
	struct outlet *outlet;
	char name[NAME_SIZE];
	uint64_t requests; /* numbers of IPC_DIAL */
	void (*changed)(struct cam_context *context);
};

enum source_step {
	STEP_WAIT, /* for the time of the next try */
	STEP_DIAL,
	STEP_OPTIONS,
	STEP_DESCRIBE,
	STEP_PAIR,    /* UDP: the warden makes the sockets */
	STEP_SETUP,   /* of streams[setup] */
	STEP_CONNECT, /* UDP: the warden connects them */
	STEP_PLAY,
	STEP_LIVE,
	STEP_LEAVE, /* TEARDOWN is sent */
	STEP_OVER,
};

enum { STREAM_VIDEO, STREAM_AUDIO, STREAM_COUNT };

struct source_stream {
	struct cam_track track;
	struct cam_udp udp;
	bool is_wanted; /* to be set up; its frames are wanted if the track is active */
	uint8_t channels[2];
	char control[RTSP_URL_SIZE_MAX];
};

struct cam_source {
	struct cam_context *context;
	enum media_track track; /* TRACK_VIDEO or TRACK_SUB */
	enum cam_transport transport;
	bool wants_audio;
	struct rtsp_url url;

	enum source_step step;
	struct loop_timer timer; /* the step's end, the next tick, the next try */
	unsigned failures;
	enum cam_state state;
	char reason[SOURCE_REASON_SIZE];

	uint64_t request, pair_request; /* of the warden; 0: none */
	struct cam_link link;
	struct cam_talk talk;
	struct rtsp_channels channels;
	struct rtsp_message message;
	struct source_stream streams[STREAM_COUNT];
	unsigned setup;
	char base[RTSP_URL_SIZE_MAX];
	char aggregate[RTSP_URL_SIZE_MAX];
	bool uses_udp, has_tried_both, lacks_get_parameter;
	bool sets_up_all;  /* this camera hangs unless its sound is set up too */
	bool has_left_out; /* sound that was not set up */
	bool is_redirected;
	uint32_t own_ssrc;
	uint8_t *picture; /* FRAME_SIZE_MAX */
	uint64_t play_ns, frames_before;
	uint64_t keepalive_ns, report_ns; /* when next */
	uint64_t skipped;                 /* runs of bytes between packets that made no sense */
};

/* Reads what the warden says; the URL is copied. -EBADMSG, -EMSGSIZE, -EPROTONOSUPPORT, -ENOMEM. */
NODISCARD int cam_source_init(struct cam_source *source, struct cam_context *context,
			      const struct ipc_source *message, struct slice url);
void cam_source_finish(struct cam_source *source);

void cam_source_start(struct cam_source *source);
/* Says goodbye to the camera; `changed` is called when that is over (step STEP_OVER). */
void cam_source_stop(struct cam_source *source);

/* The outlet's calm has changed; it is for cameras that are live, whose dialogue is over. */
void cam_source_pace(struct cam_source *source);

/* The warden's answer to IPC_DIAL. False if the request is not this source's. Takes `*fd` (-1: the
 * dial failed). */
bool cam_source_take_dialed(struct cam_source *source, const struct ipc_dialed *dialed, int *fd);

/* For cam_dialogue.c: the connection is over, because of `reason`; the next try follows soon, or,
 * if only a person can help, slowly. */
void cam_source_fail(struct cam_source *source, bool needs_person, const char *format, ...)
	PRINTF_LIKE(3, 4);
/* Goes to the next step and gives it its time. */
void cam_source_set_step(struct cam_source *source, enum source_step step);
/* Asks the warden; its answer comes to the step. Returns the request's number. */
uint64_t cam_source_dial(struct cam_source *source, struct ipc_dial dial);

#endif
