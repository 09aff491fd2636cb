#include "proto/rtc/sdp_format.h"

#include <errno.h>

#include "base/text.h"

static const struct {
	const char *name;
	enum sdp_codec codec;
	uint32_t clock_hz;
} known_codecs[] = {
	{"H264", SDP_CODEC_H264, 90000}, {"H265", SDP_CODEC_H265, 90000},
	{"opus", SDP_CODEC_OPUS, 48000}, {"PCMU", SDP_CODEC_PCMU, 8000},
	{"PCMA", SDP_CODEC_PCMA, 8000},  {"rtx", SDP_CODEC_RTX, 90000},
};

static const struct {
	const char *name;
	uint8_t bit;
} known_feedback[] = {
	{"nack", SDP_FB_NACK},
	{"nack pli", SDP_FB_PLI},
	{"ccm fir", SDP_FB_FIR},
	{"goog-remb", SDP_FB_REMB},
};

enum { STATIC_PCMU = 0, STATIC_PCMA = 8 };

int sdp_format_add_list(struct sdp_media *media, struct sdp_span list)
{
	struct sdp_span token;
	uint32_t payload_type;

	while (sdp_text_token(&list, ' ', &token)) {
		if (!sdp_text_number(&token, 127, &payload_type) || token.size)
			return -EBADMSG;
		if (media->format_count == SDP_FORMAT_MAX)
			continue;
		struct sdp_format *format = &media->format[media->format_count++];

		*format = (struct sdp_format){.payload_type = (uint8_t)payload_type};
		if (payload_type == STATIC_PCMU)
			format->codec = SDP_CODEC_PCMU;
		if (payload_type == STATIC_PCMA)
			format->codec = SDP_CODEC_PCMA;
	}
	return 0;
}

/* Takes "<payload type> " off the value; NULL if the m-line does not name it. */
static int format_take(struct sdp_media *media, struct sdp_span *value,
		       struct sdp_format **ret_format)
{
	uint32_t payload_type;

	if (!sdp_text_number(value, 127, &payload_type) || !sdp_text_skip(value, " "))
		return -EBADMSG;
	*ret_format = NULL;
	for (uint32_t i = 0; i < media->format_count; i++)
		if (media->format[i].payload_type == payload_type)
			*ret_format = &media->format[i];
	return 0;
}

int sdp_format_add_rtpmap(struct sdp_media *media, struct sdp_span value)
{
	struct sdp_format *format;
	struct sdp_span name, clock;
	uint32_t clock_hz;
	int r = format_take(media, &value, &format);

	if (r < 0)
		return r;
	if (!sdp_text_token(&value, '/', &name) || !sdp_text_token(&value, '/', &clock) ||
	    !sdp_text_number(&clock, UINT32_MAX, &clock_hz))
		return -EBADMSG;
	if (!format)
		return 0;
	format->codec = SDP_CODEC_OTHER;
	for (size_t i = 0; i < ARRAY_COUNT(known_codecs); i++)
		if (sdp_text_equal_nocase(name, known_codecs[i].name) &&
		    clock_hz == known_codecs[i].clock_hz)
			format->codec = known_codecs[i].codec;
	return 0;
}

static void format_profile(struct sdp_format *format, struct sdp_span value)
{
	uint32_t profile = 0;

	if (value.size != 6)
		return;
	for (size_t i = 0; i < value.size; i++) {
		int digit = text_hex_digit(value.at[i]);

		if (digit < 0)
			return;
		profile = profile << 4 | (uint32_t)digit;
	}
	format->profile_level_id = profile;
}

static void format_parameter(struct sdp_format *format, struct sdp_span parameter)
{
	uint32_t number;

	if (sdp_text_skip(&parameter, "apt=")) {
		format->has_apt = sdp_text_number(&parameter, 127, &number);
		format->apt = format->has_apt ? (uint8_t)number : 0;
	} else if (sdp_text_skip(&parameter, "packetization-mode=")) {
		format->has_packetization_mode = sdp_text_number(&parameter, 2, &number);
		format->packetization_mode = format->has_packetization_mode ? (uint8_t)number : 0;
	} else if (sdp_text_skip(&parameter, "profile-level-id=")) {
		format_profile(format, parameter);
	}
}

int sdp_format_add_fmtp(struct sdp_media *media, struct sdp_span value)
{
	struct sdp_format *format;
	struct sdp_span parameter;
	int r = format_take(media, &value, &format);

	if (r < 0 || !format)
		return r;
	format->parameters = value;
	while (sdp_text_token(&value, ';', &parameter)) {
		while (parameter.size && *parameter.at == ' ')
			parameter = (struct sdp_span){parameter.at + 1, parameter.size - 1};
		format_parameter(format, parameter);
	}
	return 0;
}

static uint8_t feedback_bit(struct sdp_span value)
{
	for (size_t i = 0; i < ARRAY_COUNT(known_feedback); i++)
		if (sdp_text_equal(value, known_feedback[i].name))
			return known_feedback[i].bit;
	return 0;
}

int sdp_format_add_feedback(struct sdp_media *media, struct sdp_span value)
{
	struct sdp_format *format;

	if (sdp_text_skip(&value, "* ")) {
		for (uint32_t i = 0; i < media->format_count; i++)
			media->format[i].feedback |= feedback_bit(value);
		return 0;
	}
	int r = format_take(media, &value, &format);

	if (r == 0 && format)
		format->feedback |= feedback_bit(value);
	return r;
}
