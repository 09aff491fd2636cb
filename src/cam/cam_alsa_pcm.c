#include "cam/cam_alsa_pcm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <alsa/asoundlib.h>

enum {
	CHANNELS_MAX = 2,
	MICROPHONE_BUFFERS_A_SECOND = 2, /* so long we may be away before sound is lost */
	SPEAKER_BUFFERS_A_SECOND = 5,
};

/* Reasons are told in our own words, once. */
static void say_nothing(const char *file, int line, const char *function, int error,
			const char *format, ...)
{
	(void)file;
	(void)line;
	(void)function;
	(void)error;
	(void)format;
}

static int set_hardware(struct cam_alsa_pcm *pcm, snd_pcm_hw_params_t *params)
{
	bool is_microphone = pcm->is_microphone;
	snd_pcm_uframes_t period = pcm->hz / CAM_ALSA_PERIODS_A_SECOND;
	snd_pcm_uframes_t buffer = pcm->hz / (is_microphone ? MICROPHONE_BUFFERS_A_SECOND
							    : SPEAKER_BUFFERS_A_SECOND);
	int r = snd_pcm_hw_params_any(pcm->pcm, params);

	if (r >= 0)
		r = snd_pcm_hw_params_set_access(pcm->pcm, params, SND_PCM_ACCESS_RW_INTERLEAVED);
	if (r >= 0)
		r = snd_pcm_hw_params_set_format(pcm->pcm, params, SND_PCM_FORMAT_S16);
	if (r >= 0)
		r = snd_pcm_hw_params_set_channels(pcm->pcm, params, pcm->channels);
	if (r >= 0)
		r = snd_pcm_hw_params_set_rate(pcm->pcm, params, pcm->hz, 0);
	if (r >= 0)
		r = snd_pcm_hw_params_set_period_size_near(pcm->pcm, params, &period, NULL);
	if (r >= 0)
		r = snd_pcm_hw_params_set_buffer_size_near(pcm->pcm, params, &buffer);
	if (r >= 0)
		r = snd_pcm_hw_params(pcm->pcm, params);
	pcm->period = pcm->hz / CAM_ALSA_PERIODS_A_SECOND;
	pcm->buffer = (uint32_t)buffer;
	return r < 0 ? r : 0;
}

/* It starts when we say so, never by itself. */
static int set_start(struct cam_alsa_pcm *pcm)
{
	snd_pcm_sw_params_t *params;
	snd_pcm_uframes_t never;
	int r = snd_pcm_sw_params_malloc(&params);

	if (r < 0)
		return r;
	r = snd_pcm_sw_params_current(pcm->pcm, params);
	if (r >= 0)
		r = snd_pcm_sw_params_get_boundary(params, &never);
	if (r >= 0)
		r = snd_pcm_sw_params_set_start_threshold(pcm->pcm, params, never);
	if (r >= 0)
		r = snd_pcm_sw_params(pcm->pcm, params);
	snd_pcm_sw_params_free(params);
	return r < 0 ? r : 0;
}

static int set_up(struct cam_alsa_pcm *pcm, const uint32_t *rates)
{
	snd_pcm_hw_params_t *params;
	int r = snd_pcm_hw_params_malloc(&params);

	if (r < 0)
		return r;
	r = -EINVAL;
	for (; *rates && r == -EINVAL; rates++)
		for (uint32_t channels = 1; channels <= CHANNELS_MAX && r == -EINVAL; channels++) {
			pcm->hz = *rates;
			pcm->channels = channels;
			r = set_hardware(pcm, params);
		}
	snd_pcm_hw_params_free(params);
	return r < 0 ? r : set_start(pcm);
}

static const char *reason_of(int error)
{
	static const struct {
		int error;
		const char *reason;
	} reasons[] = {
		{-ENOENT, "is not there"},
		{-ENODEV, "is not there"},
		{-ENXIO, "is not there"},
		{-EBUSY, "is used by another program"},
		{-EACCES, "may not be used by Ward: put its user into the group audio"},
		{-EINVAL, "takes no rate that fits: name it as plughw:..."},
	};

	for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
		if (reasons[i].error == error)
			return reasons[i].reason;
	return strerror(-error);
}

int cam_alsa_pcm_open(struct cam_alsa_pcm *pcm, const char *device, const uint32_t *rates,
		      char ret_why[CAM_ALSA_WHY_SIZE])
{
	snd_lib_error_set_handler(say_nothing);
	int r = snd_pcm_open(&pcm->pcm, device,
			     pcm->is_microphone ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK,
			     SND_PCM_NONBLOCK);

	if (r < 0)
		pcm->pcm = NULL;
	else
		r = set_up(pcm, rates);
	if (r == 0)
		return 0;
	cam_alsa_pcm_close(pcm);
	(void)snprintf(ret_why, CAM_ALSA_WHY_SIZE, "the %s %.24s %.48s",
		       pcm->is_microphone ? "microphone" : "speaker", device, reason_of(r));
	return r;
}

void cam_alsa_pcm_close(struct cam_alsa_pcm *pcm)
{
	if (pcm->pcm)
		snd_pcm_close(pcm->pcm);
	pcm->pcm = NULL;
}

int cam_alsa_pcm_prepare(struct cam_alsa_pcm *pcm)
{
	snd_pcm_drop(pcm->pcm);
	return snd_pcm_prepare(pcm->pcm);
}

int cam_alsa_pcm_start(struct cam_alsa_pcm *pcm)
{
	return snd_pcm_start(pcm->pcm);
}

void cam_alsa_pcm_drop(struct cam_alsa_pcm *pcm)
{
	snd_pcm_drop(pcm->pcm);
}

int64_t cam_alsa_pcm_delay(struct cam_alsa_pcm *pcm)
{
	/* Asks the device where it is; delay alone would tell where it was. */
	snd_pcm_sframes_t delay, available = snd_pcm_avail(pcm->pcm);

	if (available < 0)
		return available;
	int r = snd_pcm_delay(pcm->pcm, &delay);

	return r < 0 ? r : delay > 0 ? delay : 0;
}

int64_t cam_alsa_pcm_read(struct cam_alsa_pcm *pcm, int16_t *ret_samples, size_t count)
{
	int16_t data[CHANNELS_MAX * CAM_ALSA_PERIOD_MAX];
	snd_pcm_sframes_t got = snd_pcm_readi(pcm->pcm, data, count);

	if (got < 0)
		return got == -EAGAIN ? 0 : got;
	/* Of two channels the first: where both hear the same, a sum could be too loud. */
	for (snd_pcm_sframes_t i = 0; i < got; i++)
		ret_samples[i] = data[i * (snd_pcm_sframes_t)pcm->channels];
	return got;
}

int64_t cam_alsa_pcm_write(struct cam_alsa_pcm *pcm, const int16_t *samples, size_t count)
{
	int16_t data[CHANNELS_MAX * CAM_ALSA_PERIOD_MAX];

	for (size_t i = 0; i < count * pcm->channels; i++)
		data[i] = samples[i / pcm->channels];
	snd_pcm_sframes_t put = snd_pcm_writei(pcm->pcm, data, count);

	return put == -EAGAIN ? 0 : put;
}

int cam_alsa_pcm_again(struct cam_alsa_pcm *pcm, int error)
{
	if (error == -ESTRPIPE) {
		int r = snd_pcm_resume(pcm->pcm);

		if (r == -EAGAIN)
			return r;
	} else if (error != -EPIPE) {
		return error;
	}
	return snd_pcm_prepare(pcm->pcm);
}
