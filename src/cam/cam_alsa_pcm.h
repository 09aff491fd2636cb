/* One direction of a sound device of this box: 16 bits, one sample at a time for the caller whatever
 * the device's channels. Opened and set up before the sandbox closes; driven by whoever looks often
 * enough, without waiting. All counts are samples of one channel. */
#ifndef CAM_CAM_ALSA_PCM_H
#define CAM_CAM_ALSA_PCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct _snd_pcm;

enum {
	CAM_ALSA_PERIODS_A_SECOND = 100,
	CAM_ALSA_PERIOD_MAX = 48000 / CAM_ALSA_PERIODS_A_SECOND,
	CAM_ALSA_WHY_SIZE = 96,
};

/* Zero-initialised before use. */
struct cam_alsa_pcm {
	struct _snd_pcm *pcm; /* NULL: not open */
	bool is_microphone;
	uint32_t hz, channels;
	uint32_t period; /* hz / CAM_ALSA_PERIODS_A_SECOND */
	uint32_t buffer; /* of the device */
};

/* Opens `device` (ALSA's name) with the first of `rates` (0 ends them) that it takes, one channel
 * or two. 0, or a negative errno with half a sentence in `ret_why`. */
NODISCARD int cam_alsa_pcm_open(struct cam_alsa_pcm *pcm, const char *device,
				const uint32_t *rates, char ret_why[CAM_ALSA_WHY_SIZE]);
/* Safe twice. */
void cam_alsa_pcm_close(struct cam_alsa_pcm *pcm);

/* Ready to be started; nothing waits in it. Negative: as cam_alsa_pcm_again. */
NODISCARD int cam_alsa_pcm_prepare(struct cam_alsa_pcm *pcm);
NODISCARD int cam_alsa_pcm_start(struct cam_alsa_pcm *pcm);
/* Stops at once: what it was given and has not played is not played. */
void cam_alsa_pcm_drop(struct cam_alsa_pcm *pcm);

/* Microphone: heard and not read yet. Speaker: written and not played yet. Negative: an errno. */
NODISCARD int64_t cam_alsa_pcm_delay(struct cam_alsa_pcm *pcm);

/* At most `count` <= CAM_ALSA_PERIOD_MAX samples; how many, 0 if there are none now; negative: an errno. */
NODISCARD int64_t cam_alsa_pcm_read(struct cam_alsa_pcm *pcm, int16_t *ret_samples, size_t count);
NODISCARD int64_t cam_alsa_pcm_write(struct cam_alsa_pcm *pcm, const int16_t *samples,
				     size_t count);

/* After an error that reading or writing gave: 0 if the device is ready to be started again (it ran
 * over or dry, or slept), -EAGAIN if it is not awake yet, else it is gone. */
NODISCARD int cam_alsa_pcm_again(struct cam_alsa_pcm *pcm, int error);

#endif
