/* Pictures and sound in messages: what tracks there are, what they carry, and how a camera and its
 * speaker are. The rules of messages.h hold for the bodies. */
#ifndef IPC_MESSAGES_MEDIA_H
#define IPC_MESSAGES_MEDIA_H

#include <stdint.h>

enum media_track {
	TRACK_VIDEO,
	TRACK_SUB, /* the camera's smaller video */
	TRACK_MIC,
	TRACK_LISTEN,  /* the microphone as Opus, where the camera sends what browsers cannot play */
	TRACK_TALK,    /* what somebody says to the camera, as it came */
	TRACK_SPEAKER, /* what its speaker is given */
	TRACK_COUNT
};
#define TRACK_BIT(track) (UINT32_C(1) << (track))

enum media_codec {
	CODEC_NONE,
	CODEC_H264, /* frames: NAL units, each after its u32 big-endian size; config: same, SPS PPS */
	CODEC_H265, /* the same; config: VPS SPS PPS */
	CODEC_AAC,  /* frames: one raw access unit; config: AudioSpecificConfig (ISO 14496-3) */
	CODEC_OPUS, /* frames: one packet; no config */
	CODEC_PCMU, /* frames: 20 ms, 160 bytes at 8 kHz */
	CODEC_PCMA,
	CODEC_COUNT
};

enum { FRAME_KEY = 1, FRAME_AFTER_GAP = 2 /* frames before this one were lost */ };

/* What a track carries; the config is the tail. A new one replaces the old. */
struct ipc_track {
	uint32_t camera; /* opaque id; 0 from a cam, which knows only itself */
	uint32_t track;  /* enum media_track */
	uint32_t codec;  /* enum media_codec; CODEC_NONE: the track is gone */
	uint32_t config; /* counts up with each change */
	uint32_t clock_hz;
	uint32_t channels;
	uint32_t width, height; /* 0 if unknown */
};

/* A piece of one frame; the bytes are the tail. Pieces come in order, without others between. */
struct ipc_frame {
	uint64_t frame;     /* counts up by one for each frame of this track; never reused */
	uint64_t keep_from; /* the receiver may forget frames of this track below this one */
	uint64_t pts_ns;    /* on Ward's clock (CLOCK_BOOTTIME), presentation */
	uint32_t camera;
	uint32_t track;
	uint32_t size;   /* of the whole frame */
	uint32_t offset; /* of this piece */
	uint32_t flags;  /* FRAME_KEY, FRAME_AFTER_GAP */
	uint32_t config;
};

enum cam_state { CAM_CONNECTING, CAM_LIVE, CAM_SILENT, CAM_DOWN, CAM_STATE_COUNT };

struct ipc_cam_state {
	uint32_t state;
	uint32_t reserved;
	uint64_t packets, lost, reordered, frames, broken; /* since the process started */
	int64_t drift_ppb;                                 /* the camera's clock against ours */
	char reason[128];                                  /* one plain sentence, or empty */
};

/* IPC_CAM_CALM's number is 1 when nobody watches: what comes in may wait a little, so that a cam
 * wakes up less often; 0 (as at the start): somebody does, or asks to. */

/* What a camera's speaker takes; a talk opens it, and its end closes it again. */
enum speaker_state {
	SPEAKER_CLOSED,
	SPEAKER_OPENING,
	SPEAKER_OPEN,
	SPEAKER_REFUSED, /* the camera has none, or did not take the sound: `reason` */
	SPEAKER_STATE_COUNT
};

struct ipc_speaker {
	uint32_t state; /* enum speaker_state */
	uint32_t codec; /* enum media_codec, from SPEAKER_OPEN on */
	uint32_t clock_hz;
	uint32_t channels;
	uint64_t talk; /* the number of the IPC_SPEAKER_OPEN that this is about */
	uint32_t is_counted; /* its device counts its samples: what became of each comes as IPC_PLAYED */
	uint32_t reserved;
	char reason[128];
};

/* Sound for the speaker; the frame, as the track's codec has it, is the tail. */
struct ipc_speak {
	uint64_t talk;
	uint64_t sample; /* of its first, counted from the talk's first */
	uint32_t samples;
	uint32_t reserved;
};

/* What a speaker did with a run of samples. What sounded and what was silent its clock has counted; all
 * others are holes. */
enum speaker_run {
	RUN_SOUND,
	RUN_SILENT,
	RUN_HOLE,      /* said, and not handed over */
	RUN_UNDERRUN,  /* the device ran dry, and stood still for so long */
	RUN_UNPLUGGED, /* handed over; the device is gone, or lost it in its sleep */
	RUN_STOPPED,   /* handed over; the talk ended before it sounded */
	RUN_EXCESS,    /* handed over; the device plays more slowly than it came */
	RUN_UNKNOWN,   /* handed over; the process did not tell what became of it */
	RUN_COUNT
};

/* What a device did, told run after run without a seam: each sample that its clock has counted, and
 * each that was handed over, is in exactly one. */
struct ipc_played {
	uint64_t talk;
	uint64_t sample; /* its first, of what was handed over in the talk; of silence, and of a device
			  * that stood still: the next one */
	uint64_t at_ns;  /* CLOCK_BOOTTIME, when it began */
	uint32_t samples;
	uint32_t run; /* enum speaker_run, but RUN_HOLE */
};

#endif
