/* A microphone of this box as a track: its samples as Opus, 20 ms a frame, with the times at which
 * the device heard them. */
#ifndef CAM_CAM_ALSA_MIC_H
#define CAM_CAM_ALSA_MIC_H

#include "cam/cam_alsa_pcm.h"
#include "cam/outlet.h"
#include "proto/rtp/clock_map.h"

enum {
	CAM_ALSA_BLOCKS_A_SECOND = 50,
	CAM_ALSA_BLOCK_MAX = 48000 / CAM_ALSA_BLOCKS_A_SECOND,
};

struct OpusEncoder;

/* Zero-initialised; `outlet` is set. */
struct cam_alsa_mic {
	struct outlet *outlet;
	struct cam_alsa_pcm pcm;
	struct OpusEncoder *encoder;
	uint32_t lookahead; /* samples that the coding lies behind */
	struct clock_map clock;
	uint64_t heard_ns; /* time of the newest sample, never running back */
	uint64_t read;     /* samples so far */
	bool has_gap;
	uint64_t frames, overruns;
	size_t fill;
	int16_t block[CAM_ALSA_BLOCK_MAX];
};

/* As cam_alsa_pcm_open, and it runs. */
NODISCARD int cam_alsa_mic_open(struct cam_alsa_mic *mic, const char *device,
				char ret_why[CAM_ALSA_WHY_SIZE]);
void cam_alsa_mic_close(struct cam_alsa_mic *mic);

/* Takes what was heard since the last look. Negative: the device is gone. */
NODISCARD int cam_alsa_mic_look(struct cam_alsa_mic *mic);

#endif
