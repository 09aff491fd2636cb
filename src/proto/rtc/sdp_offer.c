#include "proto/rtc/sdp_offer.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "proto/rtc/sdp_format.h"

static const char abs_send_time_uri[] =
	"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

struct offer_parser {
	struct sdp_offer *offer;
	struct sdp_media *media; /* the m-section that lines belong to; NULL: the session */
	struct sdp_span bundle;
	bool has_fingerprint;
};

/* "4A:AD:..." (RFC 8122 §5). */
static int fingerprint_parse(struct sdp_span text, uint8_t ret_bytes[SDP_FINGERPRINT_SIZE])
{
	if (text.size != SDP_FINGERPRINT_SIZE * 3 - 1)
		return -EBADMSG;
	for (size_t i = 0; i < SDP_FINGERPRINT_SIZE; i++) {
		int high = text_hex_digit(text.at[3 * i]), low = text_hex_digit(text.at[3 * i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		if (i + 1 < SDP_FINGERPRINT_SIZE && text.at[3 * i + 2] != ':')
			return -EBADMSG;
		ret_bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* Other hashes than SHA-256 may stand beside it; they are not looked at. */
static int offer_fingerprint(struct offer_parser *parser, struct sdp_span value)
{
	struct sdp_span hash;
	uint8_t bytes[SDP_FINGERPRINT_SIZE];

	if (!sdp_text_token(&value, ' ', &hash) || !sdp_text_skip(&value, " "))
		return -EBADMSG;
	if (!sdp_text_equal_nocase(hash, "sha-256"))
		return 0;
	if (fingerprint_parse(value, bytes) < 0)
		return -EBADMSG;
	if (parser->has_fingerprint &&
	    memcmp(parser->offer->fingerprint, bytes, sizeof(bytes)) != 0)
		return -EBADMSG;
	memcpy(parser->offer->fingerprint, bytes, sizeof(bytes));
	parser->has_fingerprint = true;
	return 0;
}

/* All m-lines ride on one transport (BUNDLE), so their credentials must agree. */
static int offer_credential(struct sdp_span *kept, struct sdp_span value, size_t size_min,
			    size_t size_max)
{
	if (value.size < size_min || value.size > size_max)
		return -EBADMSG;
	if (kept->size && (kept->size != value.size || memcmp(kept->at, value.at, value.size) != 0))
		return -EBADMSG;
	*kept = value;
	return 0;
}

static int offer_ufrag(struct offer_parser *parser, struct sdp_span value)
{
	return offer_credential(&parser->offer->ufrag, value, 4, SDP_UFRAG_SIZE_MAX);
}

static int offer_pwd(struct offer_parser *parser, struct sdp_span value)
{
	return offer_credential(&parser->offer->pwd, value, 22, SDP_PWD_SIZE_MAX);
}

static int offer_setup(struct offer_parser *parser, struct sdp_span value)
{
	parser->offer->is_setup_passive = sdp_text_equal(value, "passive");
	return 0;
}

static int offer_ice_lite(struct offer_parser *parser, struct sdp_span value)
{
	(void)value;
	parser->offer->is_ice_lite = true;
	return 0;
}

static int offer_group(struct offer_parser *parser, struct sdp_span value)
{
	if (!parser->media && parser->bundle.size == 0 && sdp_text_skip(&value, "BUNDLE "))
		parser->bundle = value;
	return 0;
}

static int offer_candidate(struct offer_parser *parser, struct sdp_span value)
{
	struct sdp_offer *offer = parser->offer;
	struct ice_candidate candidate;
	int r = ice_candidate_parse(value, &candidate);

	if (r == -EADDRNOTAVAIL)
		return 0;
	if (r < 0)
		return r;
	if (candidate.component == 1 && offer->candidate_count < SDP_CANDIDATE_MAX)
		offer->candidate[offer->candidate_count++] = candidate;
	return 0;
}

static int media_mid(struct offer_parser *parser, struct sdp_span value)
{
	if (value.size == 0 || value.size > SDP_MID_SIZE_MAX || memchr(value.at, ' ', value.size))
		return -EBADMSG;
	parser->media->mid = value;
	return 0;
}

static int media_rtcp_mux(struct offer_parser *parser, struct sdp_span value)
{
	(void)value;
	parser->media->has_rtcp_mux = true;
	return 0;
}

/* bundle-only m-lines are offered with port 0 (RFC 9143 §6). */
static int media_bundle_only(struct offer_parser *parser, struct sdp_span value)
{
	(void)value;
	parser->media->is_rejected = false;
	return 0;
}

static int media_extmap(struct offer_parser *parser, struct sdp_span value)
{
	struct sdp_span word, uri;
	uint32_t id;

	if (!sdp_text_token(&value, ' ', &word) || !sdp_text_number(&word, 65535, &id) ||
	    !sdp_text_token(&value, ' ', &uri))
		return -EBADMSG;
	/* One-byte headers carry the ids 1 to 14 (RFC 8285 §4.2). */
	if (id >= 1 && id <= 14 && sdp_text_equal(uri, abs_send_time_uri))
		parser->media->abs_send_time_id = (uint8_t)id;
	return 0;
}

static int media_rtpmap(struct offer_parser *parser, struct sdp_span value)
{
	return sdp_format_add_rtpmap(parser->media, value);
}

static int media_fmtp(struct offer_parser *parser, struct sdp_span value)
{
	return sdp_format_add_fmtp(parser->media, value);
}

static int media_feedback(struct offer_parser *parser, struct sdp_span value)
{
	return sdp_format_add_feedback(parser->media, value);
}

static int media_sendrecv(struct offer_parser *parser, struct sdp_span value)
{
	(void)value;
	parser->media->direction = SDP_SENDRECV;
	return 0;
}

static int media_sendonly(struct offer_parser *parser, struct sdp_span value)
{
	(void)value;
	parser->media->direction = SDP_SENDONLY;
	return 0;
}

static int media_recvonly(struct offer_parser *parser, struct sdp_span value)
{
	(void)value;
	parser->media->direction = SDP_RECVONLY;
	return 0;
}

static int media_inactive(struct offer_parser *parser, struct sdp_span value)
{
	(void)value;
	parser->media->direction = SDP_INACTIVE;
	return 0;
}

enum attribute_level { ANY_LEVEL, MEDIA_LEVEL, RTP_LEVEL };

/* A name that ends in a colon has a value; the others must stand alone. RTP_LEVEL: only m-lines of
 * RTP have payload types; in others the same words mean nothing. */
static const struct {
	const char *name;
	int (*parse)(struct offer_parser *parser, struct sdp_span value);
	enum attribute_level level;
} attributes[] = {
	{"fingerprint:", offer_fingerprint, ANY_LEVEL},
	{"ice-ufrag:", offer_ufrag, ANY_LEVEL},
	{"ice-pwd:", offer_pwd, ANY_LEVEL},
	{"ice-lite", offer_ice_lite, ANY_LEVEL},
	{"setup:", offer_setup, ANY_LEVEL},
	{"group:", offer_group, ANY_LEVEL},
	{"candidate:", offer_candidate, MEDIA_LEVEL},
	{"mid:", media_mid, MEDIA_LEVEL},
	{"rtcp-mux", media_rtcp_mux, MEDIA_LEVEL},
	{"bundle-only", media_bundle_only, MEDIA_LEVEL},
	{"extmap:", media_extmap, MEDIA_LEVEL},
	{"rtpmap:", media_rtpmap, RTP_LEVEL},
	{"fmtp:", media_fmtp, RTP_LEVEL},
	{"rtcp-fb:", media_feedback, RTP_LEVEL},
	{"sendrecv", media_sendrecv, MEDIA_LEVEL},
	{"sendonly", media_sendonly, MEDIA_LEVEL},
	{"recvonly", media_recvonly, MEDIA_LEVEL},
	{"inactive", media_inactive, MEDIA_LEVEL},
};

static bool media_is_rtp(const struct sdp_media *media)
{
	return sdp_text_equal(media->kind, "audio") || sdp_text_equal(media->kind, "video");
}

static int offer_attribute(struct offer_parser *parser, struct sdp_span text)
{
	for (size_t i = 0; i < ARRAY_COUNT(attributes); i++) {
		const char *name = attributes[i].name;
		struct sdp_span value = text;

		if (!sdp_text_skip(&value, name))
			continue;
		if (name[strlen(name) - 1] != ':' && value.size)
			continue;
		if (attributes[i].level != ANY_LEVEL && !parser->media)
			return 0;
		if (attributes[i].level == RTP_LEVEL && !media_is_rtp(parser->media))
			return 0;
		return attributes[i].parse(parser, value);
	}
	return 0;
}

/* "<kind> <port>[/<count>] <protocol> <formats>" */
static int offer_media(struct offer_parser *parser, struct sdp_span value)
{
	struct sdp_offer *offer = parser->offer;
	struct sdp_span port_word;
	uint32_t port;

	if (offer->media_count == SDP_MEDIA_MAX)
		return -EMSGSIZE;
	struct sdp_media *media = &offer->media[offer->media_count];

	media->format_count = 0;
	media->mid = (struct sdp_span){"", 0};
	media->direction = SDP_SENDRECV;
	media->is_bundled = media->has_rtcp_mux = false;
	media->abs_send_time_id = 0;
	if (!sdp_text_token(&value, ' ', &media->kind) ||
	    !sdp_text_token(&value, ' ', &port_word) ||
	    !sdp_text_number(&port_word, 65535, &port) ||
	    !sdp_text_token(&value, ' ', &media->protocol) || !sdp_text_skip(&value, " ") ||
	    value.size == 0)
		return -EBADMSG;
	media->formats = value;
	media->is_rejected = port == 0;
	parser->media = media;
	offer->media_count++;
	return media_is_rtp(media) ? sdp_format_add_list(media, value) : 0;
}

static void offer_mark_bundled(struct offer_parser *parser)
{
	struct sdp_span mid;

	while (sdp_text_token(&parser->bundle, ' ', &mid)) {
		for (uint32_t i = 0; i < parser->offer->media_count; i++) {
			struct sdp_media *media = &parser->offer->media[i];

			if (media->mid.size == mid.size &&
			    memcmp(media->mid.at, mid.at, mid.size) == 0)
				media->is_bundled = true;
		}
	}
}

static int offer_line(struct offer_parser *parser, const struct sdp_line *line)
{
	if (line->type == 'm')
		return offer_media(parser, line->value);
	return line->type == 'a' ? offer_attribute(parser, line->value) : 0;
}

static int offer_lines(struct offer_parser *parser, struct sdp_span text)
{
	struct sdp_line line;
	int r = sdp_text_check(text, SDP_OFFER_SIZE_MAX);

	if (r < 0)
		return r;
	if (!sdp_text_line(&text, &line) || line.type != 'v' || !sdp_text_equal(line.value, "0"))
		return -EBADMSG;
	while (sdp_text_line(&text, &line)) {
		r = offer_line(parser, &line);
		if (r < 0)
			return r;
	}
	return text.size ? -EBADMSG : 0;
}

int sdp_offer_parse(const char *text, size_t size, struct sdp_offer *ret_offer)
{
	struct offer_parser parser = {.offer = ret_offer};

	ret_offer->ufrag = ret_offer->pwd = (struct sdp_span){"", 0};
	ret_offer->is_setup_passive = ret_offer->is_ice_lite = false;
	ret_offer->media_count = ret_offer->candidate_count = 0;
	int r = offer_lines(&parser, (struct sdp_span){text, size});

	if (r < 0)
		return r;
	if (!parser.has_fingerprint || !ret_offer->ufrag.size || !ret_offer->pwd.size ||
	    !ret_offer->media_count)
		return -EBADMSG;
	offer_mark_bundled(&parser);
	return 0;
}

/* Reads only what it must: the front asks before anybody has been let in. */
int sdp_offer_fingerprint(const char *text, size_t size,
			  uint8_t ret_fingerprint[SDP_FINGERPRINT_SIZE])
{
	struct sdp_offer found;
	struct offer_parser parser = {.offer = &found};
	struct sdp_span rest = {text, size};
	struct sdp_line line;
	int r = sdp_text_check(rest, SDP_OFFER_SIZE_MAX);

	while (r == 0 && sdp_text_line(&rest, &line))
		if (line.type == 'a' && sdp_text_skip(&line.value, "fingerprint:"))
			r = offer_fingerprint(&parser, line.value);
	if (r < 0)
		return r;
	if (rest.size || !parser.has_fingerprint)
		return -EBADMSG;
	memcpy(ret_fingerprint, found.fingerprint, SDP_FINGERPRINT_SIZE);
	return 0;
}
