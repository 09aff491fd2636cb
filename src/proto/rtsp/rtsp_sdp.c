#include "proto/rtsp/rtsp_sdp.h"

#include <errno.h>

enum { PAYLOAD_TYPE_MAX = 127, PCMU_PAYLOAD_TYPE = 0, PCMA_PAYLOAD_TYPE = 8 };

/* The names of RFC 6184, 7798, 3640, 7587 and 3551. */
static const struct {
	const char *encoding;
	enum rtsp_media media;
	enum media_codec codec;
	uint32_t clock_hz; /* where the codec has only one */
} encodings[] = {
	{"H264", RTSP_MEDIA_VIDEO, CODEC_H264, 90000},
	{"H265", RTSP_MEDIA_VIDEO, CODEC_H265, 90000},
	{"HEVC", RTSP_MEDIA_VIDEO, CODEC_H265, 90000},
	{"MPEG4-GENERIC", RTSP_MEDIA_AUDIO, CODEC_AAC, 0},
	{"opus", RTSP_MEDIA_AUDIO, CODEC_OPUS, 48000},
	{"PCMU", RTSP_MEDIA_AUDIO, CODEC_PCMU, 8000},
	{"PCMA", RTSP_MEDIA_AUDIO, CODEC_PCMA, 8000},
};

/* One section: the lines from an m= line up to the next. */
struct section {
	struct slice line; /* the m= line's value */
	struct slice body;
};

/* Takes the next line `key=value`; lines of other shapes are skipped. */
static bool next_line(struct slice *rest, char *ret_key, struct slice *ret_value)
{
	struct slice line;

	while (slice_cut_line(rest, &line)) {
		line = slice_trim(line);
		if (line.size < 2 || line.data[1] != '=')
			continue;
		*ret_key = line.data[0];
		*ret_value = slice_trim((struct slice){line.data + 2, line.size - 2});
		return true;
	}
	return false;
}

/* "name:value" of an a= line. */
static struct slice cut_attribute(struct slice *value)
{
	return slice_trim(slice_cut(value, ':'));
}

/* Finds `a=<attribute>:<payload type> <value>` in the lines of `body`. */
static bool find_format(struct slice body, const char *attribute, uint32_t payload_type,
			struct slice *ret_value)
{
	struct slice value;
	char key;

	while (next_line(&body, &key, &value)) {
		uint32_t number;

		if (key != 'a' || !slice_equals(cut_attribute(&value), attribute))
			continue;
		if (slice_parse_u32(slice_cut_word(&value), PAYLOAD_TYPE_MAX, &number) == 0 &&
		    number == payload_type) {
			*ret_value = slice_trim(value);
			return true;
		}
	}
	return false;
}

static bool has_attribute(struct slice body, const char *attribute, struct slice *ret_value)
{
	struct slice value;
	char key;

	while (next_line(&body, &key, &value)) {
		if (key != 'a' || !slice_equals(cut_attribute(&value), attribute))
			continue;
		*ret_value = slice_trim(value);
		return true;
	}
	return false;
}

/* "H264/90000", "MPEG4-GENERIC/48000/2" */
static void read_rtpmap(struct slice rtpmap, struct rtsp_sdp_media *media)
{
	media->encoding = slice_trim(slice_cut(&rtpmap, '/'));
	if (slice_parse_u32(slice_cut(&rtpmap, '/'), 1000000, &media->clock_hz) < 0)
		media->clock_hz = 0;
	if (slice_parse_u32(rtpmap, 64, &media->channels) < 0 || media->channels == 0)
		media->channels = 1;
	for (size_t i = 0; i < ARRAY_COUNT(encodings); i++) {
		if (encodings[i].media != media->media ||
		    !slice_equals(media->encoding, encodings[i].encoding))
			continue;
		media->codec = encodings[i].codec;
		if (media->clock_hz == 0)
			media->clock_hz = encodings[i].clock_hz;
	}
}

/* The static payload types that cameras leave without an rtpmap (RFC 3551 §6). */
static struct slice static_rtpmap(uint32_t payload_type)
{
	if (payload_type == PCMU_PAYLOAD_TYPE)
		return SLICE("PCMU/8000");
	return payload_type == PCMA_PAYLOAD_TYPE ? SLICE("PCMA/8000") : (struct slice){"", 0};
}

static void read_formats(struct slice formats, const struct section *section, struct slice all,
			 struct rtsp_sdp_media *media)
{
	for (unsigned i = 0; i < RTSP_SDP_FORMATS_MAX && media->codec == CODEC_NONE; i++) {
		struct rtsp_sdp_media format = *media;
		uint32_t payload_type;
		struct slice rtpmap;

		if (slice_parse_u32(slice_cut_word(&formats), PAYLOAD_TYPE_MAX, &payload_type) < 0)
			break;
		format.payload_type = (uint8_t)payload_type;
		if (!find_format(section->body, "rtpmap", payload_type, &rtpmap))
			rtpmap = static_rtpmap(payload_type);
		read_rtpmap(rtpmap, &format);
		if (!find_format(section->body, "fmtp", payload_type, &format.fmtp) &&
		    !find_format(all, "fmtp", payload_type, &format.fmtp))
			format.fmtp = (struct slice){"", 0};
		if (i == 0 || format.codec != CODEC_NONE)
			*media = format;
	}
}

static void read_section(const struct section *section, struct slice all,
			 struct rtsp_sdp_media *ret_media)
{
	struct rtsp_sdp_media media = {.channels = 1};
	struct slice line = section->line;
	struct slice kind = slice_cut_word(&line), unused;

	if (slice_equals(kind, "video"))
		media.media = RTSP_MEDIA_VIDEO;
	else if (slice_equals(kind, "audio"))
		media.media = RTSP_MEDIA_AUDIO;
	slice_cut_word(&line); /* port */
	slice_cut_word(&line); /* RTP/AVP, RTP/SAVP: nobody keeps to it */
	read_formats(line, section, all, &media);
	if (!has_attribute(section->body, "control", &media.control))
		media.control = (struct slice){"", 0};
	media.is_backchannel = has_attribute(section->body, "sendonly", &unused);
	*ret_media = media;
}

/* The lines up to the next m= line; `*rest` then begins with that. */
static struct slice cut_body(struct slice *rest)
{
	struct slice body = {rest->data, 0}, value;
	char key;

	for (struct slice at = *rest; next_line(&at, &key, &value); *rest = at) {
		if (key == 'm')
			break;
		body.size = (size_t)(at.data - body.data);
	}
	return body;
}

int rtsp_sdp_parse(struct slice sdp, struct rtsp_sdp *ret_sdp)
{
	struct rtsp_sdp result = {0};
	struct slice rest = sdp, value;
	struct slice head = cut_body(&rest);
	char key;

	if (!has_attribute(head, "control", &result.control))
		result.control = (struct slice){"", 0};
	for (struct slice at = head; result.name.size == 0 && next_line(&at, &key, &value);)
		if (key == 's')
			result.name = value;
	while (result.media_count < RTSP_SDP_MEDIA_MAX && next_line(&rest, &key, &value)) {
		struct section section = {.line = value, .body = cut_body(&rest)};

		read_section(&section, sdp, &result.media[result.media_count++]);
	}
	if (result.media_count == 0)
		return -EBADMSG;
	*ret_sdp = result;
	return 0;
}

bool rtsp_sdp_parameter(struct slice fmtp, const char *name, struct slice *ret_value)
{
	while (fmtp.size) {
		struct slice value = slice_cut(&fmtp, ';');

		if (!slice_equals(slice_trim(slice_cut(&value, '=')), name))
			continue;
		*ret_value = slice_trim(value);
		return true;
	}
	return false;
}
