#include "demo/speaker.h"

#include <errno.h>
#include <stdlib.h>

#include <libavutil/frame.h>

#include "demo/echo.h"
#include "demo/sound.h"
#include "proto/rtp/rtp_aac.h"
#include "sound/decoder.h"

struct speaker {
	struct decoder *decoder;
	struct rtp_aac aac;
	uint16_t sequence;  /* of the next packet */
	uint64_t next;      /* the sample at which the next frame is played; 0: none was yet */
	uint32_t next_time; /* its RTP time */
	uint64_t lead; /* samples between a packet and its sound, where there is no frame before */
	struct echo echo;
};

int speaker_create(struct speaker **ret_speaker)
{
	static const uint8_t config[] = {0x11, 0x88};
	const struct ipc_track track = {.codec = CODEC_AAC, .clock_hz = SOUND_HZ, .channels = 1};
	AUTO(speaker) speaker = calloc(1, sizeof(*speaker));

	if (!speaker)
		return -ENOMEM;
	int r = rtp_aac_init(&speaker->aac, &rtp_aac_hbr);

	if (r == 0)
		r = decoder_create(&track, (struct bytes){config, sizeof(config)},
				   &speaker->decoder);
	if (r < 0)
		return r;
	*ret_speaker = take(speaker);
	return 0;
}

void speaker_destroy(struct speaker *speaker)
{
	if (!speaker)
		return;
	decoder_destroy(speaker->decoder);
	free(speaker);
}

/* By its RTP time behind the one before, unless that is over or far away. What comes too late shows
 * how unevenly packets come: the next ones are kept longer. */
static uint64_t place(struct speaker *speaker, uint32_t time, uint64_t now)
{
	uint64_t at = speaker->next + (uint64_t)(int64_t)(int32_t)(time - speaker->next_time);

	if (speaker->next == 0 || at + SPEAKER_AHEAD < now || at > now + SPEAKER_AHEAD)
		speaker->lead = SPEAKER_LEAD;
	else if (at < now)
		speaker->lead =
			speaker->lead * 2 < SPEAKER_LEAD_MAX ? speaker->lead * 2 : SPEAKER_LEAD_MAX;
	else
		return at;
	return now + speaker->lead;
}

static void play(struct speaker *speaker, const struct rtp_frame *unit, uint64_t now)
{
	AVFrame *frame;

	if (decoder_decode(speaker->decoder, (struct bytes){unit->data, unit->size}, &frame) < 0 ||
	    frame->format != AV_SAMPLE_FMT_FLTP || frame->sample_rate != SOUND_HZ)
		return;
	uint64_t at = place(speaker, unit->timestamp, now);

	echo_play(&speaker->echo, at, (const float *)(const void *)frame->data[0],
		  (size_t)frame->nb_samples);
	speaker->next = at + (uint64_t)frame->nb_samples;
	speaker->next_time = unit->timestamp + (uint32_t)frame->nb_samples;
}

void speaker_take_packet(struct speaker *speaker, struct bytes data, uint64_t now)
{
	struct rtp_packet packet;
	struct rtp_frame unit;

	if (rtp_packet_is_rtcp(data.data, data.size) ||
	    rtp_packet_parse(data.data, data.size, &packet) < 0 ||
	    packet.payload_type != SPEAKER_PAYLOAD_TYPE)
		return;
	rtp_aac_push(&speaker->aac, &packet, packet.sequence != speaker->sequence);
	speaker->sequence = (uint16_t)(packet.sequence + 1);
	while (rtp_aac_next(&speaker->aac, &unit))
		play(speaker, &unit, now);
}

void speaker_hear(const struct speaker *speaker, uint64_t first, int16_t *samples, size_t count)
{
	echo_hear(&speaker->echo, first, samples, count);
}

bool speaker_is_playing(const struct speaker *speaker, uint64_t now)
{
	return speaker->echo.end > now;
}
