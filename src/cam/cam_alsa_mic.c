#include "cam/cam_alsa_mic.h"

#include <errno.h>
#include <stdio.h>

#include <opus.h>

#include "base/clock.h"

enum { BITS_PER_S = 64000, PACKET_MAX = 1500, OPUS_CLOCK_HZ = 48000 };

static int open_encoder(struct cam_alsa_mic *mic)
{
	opus_int32 lookahead = 0;
	int error = 0;

	mic->encoder = opus_encoder_create((opus_int32)mic->pcm.hz, 1, OPUS_APPLICATION_AUDIO, &error);
	if (error != OPUS_OK)
		return -ENOMEM;
	opus_encoder_ctl(mic->encoder, OPUS_SET_BITRATE(BITS_PER_S));
	opus_encoder_ctl(mic->encoder, OPUS_SET_COMPLEXITY(5));
	opus_encoder_ctl(mic->encoder, OPUS_GET_LOOKAHEAD(&lookahead));
	mic->lookahead = (uint32_t)lookahead;
	return 0;
}

static int start(struct cam_alsa_mic *mic)
{
	int r = cam_alsa_pcm_prepare(&mic->pcm);

	return r < 0 ? r : cam_alsa_pcm_start(&mic->pcm);
}

int cam_alsa_mic_open(struct cam_alsa_mic *mic, const char *device, char ret_why[CAM_ALSA_WHY_SIZE])
{
	/* What Opus takes. */
	static const uint32_t rates[] = {48000, 24000, 16000, 12000, 8000, 0};
	const struct outlet_format format = {
		.codec = CODEC_OPUS, .clock_hz = OPUS_CLOCK_HZ, .channels = 1};

	mic->pcm.is_microphone = true;
	int r = cam_alsa_pcm_open(&mic->pcm, device, rates, ret_why);

	if (r < 0)
		return r;
	r = open_encoder(mic);
	if (r == 0)
		r = start(mic);
	if (r == 0)
		r = outlet_set_track(mic->outlet, TRACK_MIC, &format);
	if (r < 0)
		(void)snprintf(ret_why, CAM_ALSA_WHY_SIZE, "the microphone cannot be started");
	clock_map_init(&mic->clock, mic->pcm.hz);
	return r;
}

void cam_alsa_mic_close(struct cam_alsa_mic *mic)
{
	cam_alsa_pcm_close(&mic->pcm);
	if (mic->encoder)
		opus_encoder_destroy(mic->encoder);
	mic->encoder = NULL;
}

/* `waiting` samples were heard after the block. */
static void send_block(struct cam_alsa_mic *mic, uint64_t waiting)
{
	uint32_t block = mic->pcm.hz / CAM_ALSA_BLOCKS_A_SECOND;
	uint8_t packet[PACKET_MAX];
	opus_int32 size = opus_encode(mic->encoder, mic->block, (int)block, packet, sizeof(packet));
	uint64_t ago_ns = (waiting + block) * CLOCK_NS_PER_S / mic->pcm.hz;
	uint64_t heard_ns = clock_boot_ns() - ago_ns;
	uint64_t back_ns = mic->lookahead * CLOCK_NS_PER_S / mic->pcm.hz;

	mic->fill = 0;
	/* Where the device says it is comes in steps: the map needs times that do not run back. */
	if (heard_ns > mic->heard_ns)
		mic->heard_ns = heard_ns;
	uint64_t pts_ns = clock_map_frame(&mic->clock, (uint32_t)(mic->read - block), mic->heard_ns);

	if (size <= 0) {
		mic->has_gap = true;
		return;
	}
	struct outlet_frame frame = {.pts_ns = pts_ns - back_ns,
				     .is_key = true,
				     .after_gap = mic->has_gap,
				     .data = packet,
				     .size = (size_t)size};

	outlet_send_frame(mic->outlet, TRACK_MIC, &frame);
	mic->has_gap = false;
	mic->frames++;
}

/* Sound was lost: what comes is not what would have followed. */
static int begin_again(struct cam_alsa_mic *mic, int error)
{
	int r = cam_alsa_pcm_again(&mic->pcm, error);

	if (r == -EAGAIN)
		return 0;
	if (r < 0)
		return r;
	mic->overruns++;
	mic->has_gap = true;
	mic->fill = 0;
	clock_map_restart(&mic->clock, mic->pcm.hz);
	return cam_alsa_pcm_start(&mic->pcm);
}

int cam_alsa_mic_look(struct cam_alsa_mic *mic)
{
	uint32_t block = mic->pcm.hz / CAM_ALSA_BLOCKS_A_SECOND;
	int64_t waiting = cam_alsa_pcm_delay(&mic->pcm);

	if (waiting < 0)
		return begin_again(mic, (int)waiting);
	while (waiting > 0) {
		size_t wanted = block - mic->fill;

		if (wanted > mic->pcm.period)
			wanted = mic->pcm.period;
		int64_t got = cam_alsa_pcm_read(&mic->pcm, mic->block + mic->fill, wanted);

		if (got < 0)
			return begin_again(mic, (int)got);
		if (got == 0)
			break;
		mic->fill += (size_t)got;
		mic->read += (uint64_t)got;
		waiting -= got;
		if (mic->fill == block)
			send_block(mic, waiting > 0 ? (uint64_t)waiting : 0);
	}
	return 0;
}
