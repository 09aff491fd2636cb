#include "vault/track.h"

#include <errno.h>
#include <string.h>

enum { CLOCK_HZ_MAX = 1000000, CHANNELS_MAX = 8, SIDE_MAX = 16384 };

void track_init(struct track *track, uint32_t camera, enum media_track number)
{
	*track = (struct track){.format = {.camera = camera, .track = number}};
	gop_init(&track->gop, !track_is_video(number));
}

void track_finish(struct track *track)
{
	feed_forget(&track->cursor);
	gop_finish(&track->gop);
}

void track_restart(struct track *track)
{
	track->pieces = (struct pieces){0};
	track->sender_config = 0;
	gop_break(&track->gop);
}

static bool codec_fits(uint32_t number, uint32_t codec)
{
	static const uint32_t codecs[TRACK_COUNT] = {
		[TRACK_VIDEO] = 1U << CODEC_H264 | 1U << CODEC_H265,
		[TRACK_SUB] = 1U << CODEC_H264 | 1U << CODEC_H265,
		[TRACK_MIC] =
			1U << CODEC_AAC | 1U << CODEC_OPUS | 1U << CODEC_PCMU | 1U << CODEC_PCMA,
		[TRACK_LISTEN] = 1U << CODEC_OPUS,
		[TRACK_TALK] = 1U << CODEC_OPUS,
		[TRACK_SPEAKER] = 1U << CODEC_AAC | 1U << CODEC_PCMU | 1U << CODEC_PCMA,
	};

	return codec == CODEC_NONE || (codec < CODEC_COUNT && (codecs[number] & 1U << codec));
}

static bool format_is_valid(const struct track *track, const struct ipc_track *format,
			    size_t config_size)
{
	return format->track == track->format.track && codec_fits(format->track, format->codec) &&
	       config_size <= TRACK_CONFIG_SIZE_MAX && format->clock_hz <= CLOCK_HZ_MAX &&
	       format->channels <= CHANNELS_MAX && format->width <= SIDE_MAX &&
	       format->height <= SIDE_MAX;
}

static bool format_equals(const struct track *track, const struct ipc_track *format,
			  const uint8_t *config, size_t config_size)
{
	const struct ipc_track *old = &track->format;

	return old->codec == format->codec && old->clock_hz == format->clock_hz &&
	       old->channels == format->channels && old->width == format->width &&
	       old->height == format->height && track->config_size == config_size &&
	       (config_size == 0 || memcmp(track->config, config, config_size) == 0);
}

void track_set_format(struct track *track, const struct ipc_track *format)
{
	struct ipc_track next = *format;

	next.camera = track->format.camera;
	next.track = track->format.track;
	next.config = track->format.config + 1;
	track->format = next;
}

int track_take_format(struct track *track, const struct ipc_track *format, const uint8_t *config,
		      size_t config_size)
{
	if (!format_is_valid(track, format, config_size))
		return -EBADMSG;
	track->sender_config = format->config;
	if (format_equals(track, format, config, config_size))
		return 0;
	track_set_format(track, format);
	track->config_size = config_size;
	if (config_size)
		memcpy(track->config, config, config_size);
	gop_break(&track->gop);
	return 1;
}

int64_t track_take_piece(struct track *track, const struct ipc_frame *piece, const uint8_t *data,
			 size_t size)
{
	if (piece->track != track->format.track || track->format.codec == CODEC_NONE)
		return -EBADMSG;
	int events = pieces_take(&track->pieces, piece, size);

	if (events < 0)
		return events;
	if (events & PIECES_BEGINS) {
		struct gop_frame frame = {.pts_ns = piece->pts_ns,
					  .size = piece->size,
					  .flags = piece->flags,
					  .config = track->format.config};

		if (piece->config != track->sender_config)
			return -EBADMSG;
		gop_begin(&track->gop, &frame);
	}
	gop_add(&track->gop, piece->offset, data, size);
	return events & PIECES_COMPLETES ? (int64_t)gop_end(&track->gop) : 0;
}
