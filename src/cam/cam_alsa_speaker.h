/* A speaker of this box: what the vault hands over during a talk, sample for sample, and nothing
 * else. Opened before the sandbox closes; it runs only while somebody talks. Between two words it
 * is given silence, so that the device's clock goes on. */
#ifndef CAM_CAM_ALSA_SPEAKER_H
#define CAM_CAM_ALSA_SPEAKER_H

#include "cam/cam_alsa_pcm.h"
#include "cam/cam_alsa_played.h"
#include "cam/outlet.h"

enum {
	CAM_ALSA_RING = 1 << 16,    /* samples that may wait: more than a second */
	CAM_ALSA_AHEAD_MS = 60,     /* the device is given so much */
	CAM_ALSA_LEAD_MS = 40,      /* waits before a word begins: blocks come unevenly */
};

/* Zero-initialised; `outlet` is set. */
struct cam_alsa_speaker {
	struct outlet *outlet;
	struct cam_alsa_pcm pcm;
	char why[CAM_ALSA_WHY_SIZE]; /* there is none */
	struct ipc_speaker said;     /* as last told to the vault */
	bool is_flowing; /* a word is being played */
	uint64_t in, out; /* samples handed over, and passed on to the device or left out */
	struct cam_alsa_played played; /* what the device made of them */
	uint64_t underruns;
	int16_t ring[CAM_ALSA_RING];
};

/* As cam_alsa_pcm_open; a camera without a speaker says why to who wants to talk. */
NODISCARD int cam_alsa_speaker_open(struct cam_alsa_speaker *speaker, const char *device);
void cam_alsa_speaker_close(struct cam_alsa_speaker *speaker);

static inline bool cam_alsa_speaker_is_on(const struct cam_alsa_speaker *speaker)
{
	return speaker->said.state == SPEAKER_OPEN;
}

/* It cannot go on: told to the vault if somebody talks. */
void cam_alsa_speaker_fail(struct cam_alsa_speaker *speaker, const char *reason);

/* A message of the vault's. */
void cam_alsa_speaker_hear_vault(struct cam_alsa_speaker *speaker,
				 const struct ipc_message *message);
/* Keeps the device fed. Negative: it is gone. */
NODISCARD int cam_alsa_speaker_look(struct cam_alsa_speaker *speaker);

#endif
