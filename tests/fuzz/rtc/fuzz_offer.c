#include <assert.h>
#include <string.h>

#include "proto/rtc/sdp_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t count_media(const char *text, size_t size)
{
	uint32_t count = 0;

	for (size_t i = 0; i + 2 < size; i++)
		count += memcmp(text + i, "\nm=", 3) == 0;
	return count;
}

/* Whatever is offered, the answer has the same m-lines and is SDP itself: nothing in an offer can
 * make a line of its own in an answer. */
static void answer(const struct sdp_offer *offer, enum sdp_codec video, enum sdp_codec audio)
{
	static char data[SDP_ANSWER_SIZE_MAX];
	static struct sdp_offer again;
	struct sdp_agreement agreement;
	struct text text;
	bool is_alive = false;

	sdp_answer_choose(offer, video, audio, true, &agreement);
	struct sdp_answer said = {.offer = offer,
				  .agreement = &agreement,
				  .ufrag = "UFRAG",
				  .pwd = "PASSWORDPASSWORDPASSWORD"};

	text_init(&text, data, sizeof(data));
	sdp_answer_build(&text, &said);
	if (text.failed)
		return;
	assert(count_media(data, text.size) == offer->media_count);
	for (uint32_t i = 0; i < agreement.media_count; i++)
		is_alive = is_alive || agreement.stream[i].take != SDP_TAKE_REJECT;
	if (!is_alive)
		return;
	assert(sdp_offer_parse(data, text.size, &again) == 0);
	assert(again.media_count == offer->media_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sdp_offer offer;
	uint8_t fingerprint[SDP_FINGERPRINT_SIZE];
	const char *text = (const char *)data;
	int r = sdp_offer_fingerprint(text, size, fingerprint);

	if (sdp_offer_parse(text, size, &offer) < 0)
		return 0;
	assert(r == 0 && memcmp(fingerprint, offer.fingerprint, sizeof(fingerprint)) == 0);
	answer(&offer, SDP_CODEC_H264, SDP_CODEC_OPUS);
	answer(&offer, SDP_CODEC_H265, SDP_CODEC_PCMU);
	answer(&offer, SDP_CODEC_OTHER, SDP_CODEC_PCMA);
	answer(&offer, SDP_CODEC_OTHER, SDP_CODEC_OTHER); /* of a talker */
	return 0;
}
