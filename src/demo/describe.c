#include "demo/describe.h"

#include <errno.h>

#include "base/bytes.h"
#include "demo/sound.h"
#include "demo/speaker.h"

static const struct {
	const char *path;
	enum studio_track picture;
} PATHS[] = {{"/nursery", STUDIO_MAIN}, {"/nursery-sub", STUDIO_SUB}};

int describe_find(struct slice uri, enum studio_track *ret_picture, int *ret_track)
{
	struct slice path = uri;

	if (slice_starts(path, "rtsp://")) {
		path.data += 7;
		path.size -= 7;
		while (path.size && path.data[0] != '/') {
			path.data++;
			path.size--;
		}
	}
	if (path.size == 0 || path.data[0] != '/')
		return -ENOENT;
	struct slice rest = {path.data + 1, path.size - 1};
	struct slice name = slice_cut(&rest, '/');
	struct slice track = slice_cut(&rest, '?');

	name = slice_cut(&name, '?');
	for (size_t i = 0; i < ARRAY_COUNT(PATHS); i++) {
		if (!slice_equals(name, PATHS[i].path + 1))
			continue;
		*ret_picture = PATHS[i].picture;
		*ret_track = slice_equals(track, "trackID=0") ? 0
			     : slice_equals(track, "trackID=1") ? 1
			     : slice_equals(track, "trackID=2") ? DESCRIBE_SPEAKER : -1;
		return 0;
	}
	return -ENOENT;
}

/* sprop-parameter-sets: each NAL unit in base64, commas between (RFC 6184 §8.1). */
static void add_parameter_sets(struct text *text, struct bytes config)
{
	struct bytes_reader reader = bytes_read(config.data, config.size);

	for (int i = 0; bytes_left(&reader) > 4; i++) {
		size_t size = bytes_get_be32(&reader);
		const uint8_t *nal = bytes_get(&reader, size);

		if (!nal)
			return;
		if (i)
			text_add(text, ",");
		text_add_base64(text, nal, size);
	}
}

static void add_video(struct text *text, struct bytes config)
{
	text_printf(text,
		    "m=video 0 RTP/AVP %d\r\na=rtpmap:%d H264/%d\r\na=fmtp:%d packetization-mode=1",
		    DESCRIBE_VIDEO_TYPE, DESCRIBE_VIDEO_TYPE, DESCRIBE_CLOCK_VIDEO,
		    DESCRIBE_VIDEO_TYPE);
	if (config.size > 8) { /* size, SPS header, then profile, constraints, level */
		text_add(text, ";profile-level-id=");
		text_add_hex(text, config.data + 5, 3);
		text_add(text, ";sprop-parameter-sets=");
		add_parameter_sets(text, config);
	}
	text_printf(text, "\r\na=framerate:%d\r\na=control:trackID=0\r\n", PICTURE_FPS);
}

/* RFC 3640 §4.1, high bit-rate AAC. */
#define AAC_FMTP "streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config="

static void add_sound(struct text *text, const struct sound_format *format, struct bytes config)
{
	text_printf(text, "m=audio 0 RTP/AVP %u\r\na=rtpmap:%u %s\r\n", format->payload_type,
		    format->payload_type, format->rtpmap);
	if (config.size) {
		text_printf(text, "a=fmtp:%u " AAC_FMTP, format->payload_type);
		text_add_hex(text, config.data, config.size);
		text_add(text, "\r\n");
	}
	text_add(text, "a=control:trackID=1\r\n");
}

/* `sendonly` as its player sees it: sound to the camera. */
static void add_speaker(struct text *text)
{
	text_printf(text,
		    "m=audio 0 RTP/AVP %d\r\na=rtpmap:%d MPEG4-GENERIC/%d/1\r\n"
		    "a=fmtp:%d " AAC_FMTP SPEAKER_CONFIG "\r\na=sendonly\r\na=control:trackID=%d\r\n",
		    SPEAKER_PAYLOAD_TYPE, SPEAKER_PAYLOAD_TYPE, SOUND_HZ, SPEAKER_PAYLOAD_TYPE,
		    DESCRIBE_SPEAKER);
}

void describe_build(struct text *text, const struct studio *studio, enum studio_track picture,
		    bool with_speaker)
{
	text_add(text, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Nursery\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
		       "a=control:*\r\na=range:npt=now-\r\n");
	add_video(text, studio_config(studio, picture));
	add_sound(text, studio_sound_format(studio), studio_config(studio, STUDIO_SOUND));
	if (with_speaker)
		add_speaker(text);
}
