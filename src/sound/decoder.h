/* AAC, Opus and G.711 to PCM, by libavcodec. What is decoded comes from strangers. */
#ifndef SOUND_DECODER_H
#define SOUND_DECODER_H

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"

enum {
	DECODER_INPUT_MAX = 8192,   /* bytes of one frame */
	DECODER_SAMPLES_MAX = 8192, /* of one frame, of one channel */
	DECODER_HZ_MIN = 7350,
	DECODER_HZ_MAX = 96000,
	DECODER_CHANNELS_MAX = 8,
	DECODER_CONFIG_MAX = 4096,
};

struct AVFrame;
struct decoder;

/* Opens every decoder once and closes it again, so that libavcodec has made its tables before the
 * sandbox closes. 0 or a negative errno. */
NODISCARD int decoder_warm_up(void);

/* `config` is the track's, as enum media_codec says. -EPROTONOSUPPORT for another codec, -EBADMSG
 * for a config that is none. */
NODISCARD int decoder_create(const struct ipc_track *track, struct bytes config,
			     struct decoder **ret_decoder);
void decoder_destroy(struct decoder *decoder);
AUTO_DEFINE(decoder)

/* Decodes one frame. `*ret_frame` is the decoder's and valid until the next call, its rate,
 * channels and samples are within the maxima. -EBADMSG if it is not decodable, -EAGAIN if it gave
 * no sound yet. */
NODISCARD int decoder_decode(struct decoder *decoder, struct bytes input,
			     struct AVFrame **ret_frame);

#endif
