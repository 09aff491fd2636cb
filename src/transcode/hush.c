#include "transcode/hush.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/frame.h>
#include <libswresample/swresample.h>

#include "base/clock.h"
#include "sound/decoder.h"
#include "transcode/aec.h"

enum {
	CHANNELS_MAX = 2,
	RING = 1 << 17,            /* samples: what lies ahead, and the last seconds */
	JUMP = RECODER_HZ / 25,    /* further off than this is not its continuation */
	LEAD = RECODER_HZ / 25,    /* before the microphone: blocks come unevenly */
	REST = RECODER_HZ * 3 / 2, /* silent so long: the canceller has faded out */
	PCM_MAX = DECODER_SAMPLES_MAX * (RECODER_HZ / DECODER_HZ_MIN + 1),
};

_Static_assert(REST > RECODER_HZ * AEC_REST_MS / 1000, "it fades out before it is ended");
_Static_assert(RECODER_BLOCK == RECODER_HZ / AEC_BLOCKS_A_SECOND, "one block is one block");

struct hush {
	struct decoder *decoder;
	SwrContext *resampler; /* of the frames since the track was told */
	struct aec *aecs[CHANNELS_MAX];
	uint64_t mic; /* the microphone's next sample, by its clock; 0: none came */
	uint64_t end; /* the speaker has nothing from here on */
	int16_t pcm[PCM_MAX];
	int16_t ring[RING];
};

int hush_create(struct hush **ret_hush)
{
	*ret_hush = calloc(1, sizeof(**ret_hush));
	return *ret_hush ? 0 : -ENOMEM;
}

static void rest(struct hush *hush)
{
	for (int i = 0; i < CHANNELS_MAX; i++)
		aec_destroy(take(hush->aecs[i]));
}

static void end_speaker(struct hush *hush)
{
	decoder_destroy(take(hush->decoder));
	swr_free(&hush->resampler);
}

void hush_destroy(struct hush *hush)
{
	if (!hush)
		return;
	rest(hush);
	end_speaker(hush);
	free(hush);
}

int hush_take_track(struct hush *hush, const struct ipc_track *speaker, struct bytes config)
{
	end_speaker(hush);
	return speaker->codec == CODEC_NONE ? 0 : decoder_create(speaker, config, &hush->decoder);
}

/* ---- the speaker ---- */

static int make_resampler(struct hush *hush, const AVFrame *frame)
{
	AVChannelLayout in = frame->ch_layout,
			mono = AV_CHANNEL_LAYOUT_MONO; /* no maps: plain copies */
	int r = swr_alloc_set_opts2(&hush->resampler, &mono, AV_SAMPLE_FMT_S16, RECODER_HZ, &in,
				    frame->format, frame->sample_rate, 0, NULL);

	return r < 0 || swr_init(hush->resampler) < 0 ? -ENOMEM : 0;
}

static int resample(struct hush *hush, const AVFrame *frame)
{
	uint8_t *out[1] = {(uint8_t *)hush->pcm};
	const uint8_t **in = (const uint8_t **)(void *)frame->extended_data;

	if (!hush->resampler && make_resampler(hush, frame) < 0)
		return -ENOMEM;
	return swr_convert(hush->resampler, out, PCM_MAX, in, frame->nb_samples);
}

/* Behind what came before, or, if that has been read or is far off, a little ahead of the
 * microphone. A speaker that ran out of sound begins anew, too. */
static uint64_t find_place(const struct hush *hush)
{
	bool goes_on = hush->end >= hush->mic && hush->end < hush->mic + RING / 2;

	return goes_on ? hush->end : hush->mic + LEAD;
}

static void play(struct hush *hush, uint64_t at, size_t count)
{
	if (at > hush->end + RING)
		hush->end = at - RING;
	for (; hush->end < at; hush->end++)
		hush->ring[hush->end % RING] = 0;
	for (size_t i = 0; i < count; i++)
		hush->ring[(at + i) % RING] = hush->pcm[i];
	hush->end = at + count;
}

void hush_take_speaker(struct hush *hush, struct bytes frame)
{
	AVFrame *decoded;

	if (!hush->decoder || hush->mic == 0 || decoder_decode(hush->decoder, frame, &decoded) < 0)
		return;
	int count = resample(hush, decoded);

	if (count > 0)
		play(hush, find_place(hush), (size_t)count);
}

/* ---- the microphone ---- */

static void follow_clock(struct hush *hush, uint64_t pts_ns)
{
	uint64_t at = pts_ns / CLOCK_NS_PER_S * RECODER_HZ +
		      pts_ns % CLOCK_NS_PER_S * RECODER_HZ / CLOCK_NS_PER_S;
	int64_t off = (int64_t)(at - hush->mic);

	if (off > JUMP || off < -JUMP)
		hush->mic = at;
}

static void read_speaker(const struct hush *hush, int16_t *ret_far)
{
	for (uint64_t i = 0; i < RECODER_BLOCK; i++) {
		uint64_t at = hush->mic + i;

		ret_far[i] = at < hush->end && hush->end - at <= RING ? hush->ring[at % RING] : 0;
	}
}

static void cancel(struct aec *aec, const int16_t *far, int16_t *pcm, uint32_t channels)
{
	int16_t mic[RECODER_BLOCK];

	for (uint32_t i = 0; i < RECODER_BLOCK; i++)
		mic[i] = pcm[i * channels];
	aec_process(aec, far, mic, mic);
	for (uint32_t i = 0; i < RECODER_BLOCK; i++)
		pcm[i * channels] = mic[i];
}

void hush_filter(void *context, int16_t *pcm, uint32_t channels, uint64_t pts_ns)
{
	struct hush *hush = context;
	int16_t far[RECODER_BLOCK];

	follow_clock(hush, pts_ns);
	if (hush->mic >= hush->end + REST) {
		rest(hush);
		hush->mic += RECODER_BLOCK;
		return;
	}
	read_speaker(hush, far);
	for (uint32_t i = 0; i < channels && i < CHANNELS_MAX; i++)
		if (hush->aecs[i] || aec_create(RECODER_HZ, &ENGINE_KALMAN, &hush->aecs[i]) == 0)
			cancel(hush->aecs[i], far, pcm + i, channels);
	hush->mic += RECODER_BLOCK;
}
