#include "cam/cam_file_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"
#include "cam/cam_file_sound.h"
#include "proto/rtp/rtp_aac.h"

enum { PACKETS_A_TURN = 64, OPUS_CHANNELS = 2, OPUS_HZ = 48000 };

static const int64_t JUMP_NS_MAX = INT64_C(10000000000);	/* in the file's times */
static const uint64_t LATE_NS_MAX = UINT64_C(2000000000);	/* then pace begins anew */
static const uint64_t STEP_NS_MIN = UINT64_C(1000000);		/* between frames of a stream */
static const uint64_t STEP_NS_USUAL = UINT64_C(40000000);	/* where the file does not say */
static const uint64_t RETRY_NS = UINT64_C(5000000000);
static const uint64_t UNIT_NS = UINT64_C(20000000);

static void set_state(struct cam_file_source *source, enum cam_state state, const char *reason)
{
	if (source->state == state && strcmp(source->reason, reason) == 0)
		return;
	source->state = state;
	text_copy(source->reason, sizeof(source->reason), reason);
	source->changed(source);
}

/* The file cannot be played now: says why, once, and looks again in a while. */
static void give_up(struct cam_file_source *source, const char *reason)
{
	if (strcmp(source->reason, reason) != 0)
		diag_warn("camera \"%s\": %s", source->name, reason);
	cam_file_reader_destroy(source->reader);
	source->reader = NULL;
	source->has_packet = source->has_zero = false;
	set_state(source, CAM_DOWN, reason);
	loop_timer_start(source->loop, &source->timer, loop_now_ns(source->loop) + RETRY_NS);
}

/* ---- which streams, and what they carry ---- */

static void say_left_out(struct cam_file_source *source, const struct cam_file_stream *stream)
{
	char reason[CAM_FILE_REASON_SIZE];

	snprintf(reason, sizeof(reason), "%s codec \"%s\" is not one that Ward carries: left out",
		 stream->is_video ? "video" : "audio", stream->codec_name);
	if (strcmp(source->reason, reason) != 0)
		diag_warn("camera \"%s\": %s", source->name, reason);
	text_copy(source->reason, sizeof(source->reason), reason);
}

static bool is_picture(enum media_codec codec)
{
	return codec == CODEC_H264 || codec == CODEC_H265;
}

static int begin_picture(struct cam_file_source *source, const struct cam_file_stream *stream)
{
	struct bytes_writer buffer = bytes_write(source->buffer, FRAME_SIZE_MAX);

	source->told_version = 0;
	return cam_file_picture_init(&source->picture, stream->codec, stream->setup, buffer);
}

static int begin_sound(struct cam_file_track *track, const struct cam_file_stream *stream)
{
	struct aac_config config;

	if (stream->codec == CODEC_OPUS) {
		track->format.clock_hz = OPUS_HZ;
		track->format.channels = OPUS_CHANNELS;
	}
	if (stream->codec != CODEC_AAC || stream->setup.size == 0)
		return 0;
	if (stream->setup.size > sizeof(track->config) ||
	    aac_parse_config(stream->setup.data, stream->setup.size, &config) < 0)
		return -EBADMSG;
	memcpy(track->config, stream->setup.data, stream->setup.size);
	track->format.config = track->config;
	track->format.config_size = stream->setup.size;
	track->format.channels = config.channels;
	return 0;
}

static void begin_track(struct cam_file_source *source, struct cam_file_track *track, int index,
			const struct cam_file_stream *stream)
{
	track->format = (struct outlet_format){
		.codec = stream->codec,
		.clock_hz = stream->clock_hz,
		.channels = stream->channels,
	};
	track->is_told = false;
	track->unit_size = 0;
	int r = is_picture(stream->codec) ? begin_picture(source, stream)
					  : begin_sound(track, stream);

	if (r < 0)
		say_left_out(source, stream);
	else
		track->stream = index;
}

static void choose_streams(struct cam_file_source *source)
{
	source->video.stream = source->sound.stream = -1;
	for (int i = 0; i < cam_file_reader_count(source->reader); i++) {
		struct cam_file_stream stream = cam_file_reader_stream(source->reader, i);
		struct cam_file_track *track = stream.is_video	 ? &source->video
					       : stream.is_audio ? &source->sound
								 : NULL;

		if (!track || track->stream >= 0 || (stream.is_audio && !source->wants_sound))
			continue;
		if (stream.codec == CODEC_NONE || is_picture(stream.codec) != stream.is_video)
			say_left_out(source, &stream);
		else
			begin_track(source, track, i, &stream);
	}
}

/* ---- frames to the vault ---- */

static void tell_track(struct cam_file_source *source, struct cam_file_track *track)
{
	if (outlet_set_track(source->outlet, track->track, &track->format) == 0)
		track->is_told = true;
}

static void tell_picture(struct cam_file_source *source)
{
	struct video_size size = cam_file_picture_size(&source->picture);

	source->video.format.config = source->picture.params.data;
	source->video.format.config_size = source->picture.params.size;
	source->video.format.width = size.width;
	source->video.format.height = size.height;
	source->told_version = source->picture.params_version;
	tell_track(source, &source->video);
}

static void send_frame(struct cam_file_source *source, struct cam_file_track *track,
		       const struct outlet_frame *frame)
{
	struct outlet_frame marked = *frame;

	marked.after_gap = track->has_gap;
	track->has_gap = false;
	outlet_send_frame(source->outlet, track->track, &marked);
	source->frames++;
	source->round_frames++;
}

static int send_picture(struct cam_file_source *source, struct bytes data, uint64_t pts_ns)
{
	struct cam_file_picture *picture = &source->picture;
	int r = cam_file_picture_convert(picture, data);

	if (r < 0)
		return r;
	if (picture->params.count == 0)
		return -EBADMSG; /* nothing could decode it */
	if (!source->video.is_told || source->told_version != picture->params_version)
		tell_picture(source);
	send_frame(source, &source->video,
		   &(struct outlet_frame){.pts_ns = pts_ns,
					  .is_key = cam_file_picture_is_key(picture),
					  .data = picture->buffer,
					  .size = picture->size});
	return 0;
}

/* Transport streams carry AAC behind ADTS headers, and say nothing of it elsewhere. */
static int take_adts(struct cam_file_track *track, struct bytes *data)
{
	struct cam_file_adts adts;
	int r = cam_file_sound_parse_adts(*data, &adts);

	if (r < 0)
		return r;
	if (track->format.config_size != sizeof(adts.config) ||
	    memcmp(track->config, adts.config, sizeof(adts.config)) != 0) {
		memcpy(track->config, adts.config, sizeof(adts.config));
		track->format.config = track->config;
		track->format.config_size = sizeof(adts.config);
		track->is_told = false;
	}
	*data = adts.unit;
	return 0;
}

static void send_units(struct cam_file_source *source, struct bytes data, uint64_t pts_ns)
{
	struct cam_file_track *track = &source->sound;
	struct bytes_reader reader = bytes_read(data.data, data.size);

	track->unit_ns = pts_ns - track->unit_size * UNIT_NS / CAM_FILE_UNIT_SIZE;
	while (bytes_left(&reader) > 0) {
		size_t wanted = CAM_FILE_UNIT_SIZE - track->unit_size;
		size_t size = bytes_left(&reader) < wanted ? bytes_left(&reader) : wanted;

		memcpy(track->unit + track->unit_size, bytes_get(&reader, size), size);
		track->unit_size += size;
		if (track->unit_size < CAM_FILE_UNIT_SIZE)
			break;
		send_frame(source, track,
			   &(struct outlet_frame){.pts_ns = track->unit_ns,
						  .is_key = true,
						  .data = track->unit,
						  .size = CAM_FILE_UNIT_SIZE});
		track->unit_size = 0;
		track->unit_ns += UNIT_NS;
	}
}

static int send_sound(struct cam_file_source *source, struct bytes data, uint64_t pts_ns)
{
	struct cam_file_track *track = &source->sound;
	bool has_setup = cam_file_reader_stream(source->reader, track->stream).setup.size > 0;

	if (track->format.codec == CODEC_AAC && !has_setup && take_adts(track, &data) < 0)
		return -EBADMSG;
	if (!track->is_told)
		tell_track(source, track);
	if (track->format.codec == CODEC_PCMU || track->format.codec == CODEC_PCMA) {
		send_units(source, data, pts_ns);
		return 0;
	}
	send_frame(source, track,
		   &(struct outlet_frame){
			   .pts_ns = pts_ns, .is_key = true, .data = data.data, .size = data.size});
	return 0;
}

/* ---- pace ---- */

static struct cam_file_track *track_of(struct cam_file_source *source, int stream)
{
	return stream == source->video.stream	? &source->video
	       : stream == source->sound.stream ? &source->sound
						: NULL;
}

/* The file's time on Ward's clock; where its times jump, it goes on as if they did not. */
static uint64_t place(struct cam_file_source *source, const struct cam_file_packet *packet,
		      const struct cam_file_track *track)
{
	if (!source->has_zero) {
		/* Rounds join where they are seen and heard; decoding may begin before. */
		if (!cam_file_reader_start(source->reader, &source->zero_ns))
			source->zero_ns = packet->pts_ns;
		source->begin_ns = source->end_ns;
		source->has_zero = true;
	}
	int64_t reached = source->zero_ns + (int64_t)(source->end_ns - source->begin_ns);

	if (packet->dts_ns > reached + JUMP_NS_MAX || packet->dts_ns < reached - JUMP_NS_MAX) {
		source->zero_ns = packet->dts_ns;
		source->begin_ns = source->end_ns;
	}
	int64_t past = packet->dts_ns - source->zero_ns;
	uint64_t at_ns = source->begin_ns + (uint64_t)past;

	return at_ns < track->last_ns + STEP_NS_MIN ? track->last_ns + STEP_NS_MIN : at_ns;
}

/* Reads on to the next packet of a stream that is played. False if the file cannot be played. */
static bool read_packet(struct cam_file_source *source)
{
	for (int i = 0; i < PACKETS_A_TURN; i++) {
		int r = cam_file_reader_next(source->reader, &source->packet);

		if (r <= 0) { /* the end; or broken from here on, which is treated as its end */
			source->broken += r < 0;
			if (source->round_frames == 0 || cam_file_reader_rewind(source->reader) < 0) {
				give_up(source, "the file holds nothing that can be played");
				return false;
			}
			source->has_zero = false;
			source->round_frames = 0;
			continue;
		}
		if (!track_of(source, source->packet.stream))
			continue;
		source->has_packet = true;
		return true;
	}
	return true;
}

static void send_packet(struct cam_file_source *source, struct cam_file_track *track, uint64_t at_ns)
{
	const struct cam_file_packet *packet = &source->packet;
	int64_t ahead = packet->pts_ns - packet->dts_ns; /* B pictures are shown later */
	uint64_t shown_ns = at_ns + (ahead > 0 && ahead < JUMP_NS_MAX ? (uint64_t)ahead : 0);
	bool has_length = packet->duration_ns > 0 && packet->duration_ns < JUMP_NS_MAX;
	uint64_t length_ns = has_length ? (uint64_t)packet->duration_ns : STEP_NS_USUAL;
	int r = packet->data.size == 0 || packet->data.size > FRAME_SIZE_MAX ? -EMSGSIZE : 0;

	track->last_ns = at_ns;
	if (source->end_ns < shown_ns + length_ns)
		source->end_ns = shown_ns + length_ns;
	if (r == 0)
		r = track == &source->video ? send_picture(source, packet->data, shown_ns)
					    : send_sound(source, packet->data, shown_ns);
	if (r < 0) {
		source->broken++;
		track->has_gap = true;
		return;
	}
	if (source->state != CAM_LIVE)
		set_state(source, CAM_LIVE, source->reason);
}

/* Sends what is due; true if the packet that is next waits for its time. */
static bool play_packet(struct cam_file_source *source, uint64_t now_ns)
{
	struct cam_file_track *track = track_of(source, source->packet.stream);

	if (!source->packet.has_time) {
		/* No time at all: it follows what was sent last. */
		source->packet.dts_ns = source->packet.pts_ns =
			source->zero_ns + (int64_t)(source->end_ns - source->begin_ns);
		source->packet.has_time = true;
	}
	uint64_t at_ns = place(source, &source->packet, track);

	if (at_ns > now_ns) {
		loop_timer_start(source->loop, &source->timer, at_ns);
		return true;
	}
	if (now_ns - at_ns > LATE_NS_MAX) { /* the box slept: not all at once now */
		source->begin_ns += now_ns - at_ns;
		source->end_ns += now_ns - at_ns;
		at_ns = now_ns;
	}
	source->has_packet = false;
	send_packet(source, track, at_ns);
	return false;
}

static void open_file(struct cam_file_source *source)
{
	int r = cam_file_reader_open(source->fd, &source->reader);

	if (r < 0) {
		give_up(source, r == -EBADMSG ? "the file is no MP4, Matroska or MPEG-TS that can be read"
					      : "the file cannot be read");
		return;
	}
	choose_streams(source);
	if (source->video.stream < 0 && source->sound.stream < 0) {
		give_up(source, source->reason[0] ? source->reason : "the file holds no picture or sound");
		return;
	}
	source->round_frames = 0;
	if (source->end_ns < loop_now_ns(source->loop))
		source->end_ns = loop_now_ns(source->loop);
}

static void play(struct loop_timer *timer)
{
	struct cam_file_source *source = container_of(timer, struct cam_file_source, timer);
	uint64_t now_ns = clock_boot_ns();

	if (!source->reader)
		open_file(source);
	if (!source->reader)
		return;
	for (int i = 0; i < PACKETS_A_TURN; i++) {
		if (!source->has_packet && !read_packet(source))
			return;
		if (source->has_packet && play_packet(source, now_ns))
			return;
	}
	loop_timer_start(source->loop, timer, now_ns);
}

int cam_file_source_init(struct cam_file_source *source, const struct ipc_source *told, int fd)
{
	source->fd = fd;
	source->wants_sound = told->track == TRACK_VIDEO && told->audio;
	source->video.track = told->track == TRACK_SUB ? TRACK_SUB : TRACK_VIDEO;
	source->sound.track = TRACK_MIC;
	source->video.stream = source->sound.stream = -1;
	source->timer.due = play;
	source->state = CAM_CONNECTING;
	source->buffer = malloc(FRAME_SIZE_MAX);
	return source->buffer ? 0 : -ENOMEM;
}

void cam_file_source_start(struct cam_file_source *source)
{
	loop_timer_start(source->loop, &source->timer, 0);
}

void cam_file_source_finish(struct cam_file_source *source)
{
	loop_timer_stop(&source->timer);
	cam_file_reader_destroy(source->reader);
	source->reader = NULL;
	free(take(source->buffer));
	if (source->fd > 0)
		close(source->fd);
	source->fd = -1;
}
