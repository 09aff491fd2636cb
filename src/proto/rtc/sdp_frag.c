#include "proto/rtc/sdp_frag.h"

#include <errno.h>
#include <string.h>

static int frag_keep(struct sdp_span *kept, struct sdp_span value, size_t size_min, size_t size_max)
{
	if (value.size < size_min || value.size > size_max)
		return -EBADMSG;
	if (kept->size && (kept->size != value.size || memcmp(kept->at, value.at, value.size) != 0))
		return -EBADMSG;
	*kept = value;
	return 0;
}

static int frag_candidate(struct sdp_frag *frag, struct sdp_span value)
{
	struct ice_candidate candidate;
	int r;

	/* "a=candidate:" with nothing after it is how some say that there are no more. */
	if (value.size == 0)
		return 0;
	r = ice_candidate_parse(value, &candidate);
	if (r == -EADDRNOTAVAIL)
		return 0;
	if (r < 0)
		return r;
	if (candidate.component == 1 && frag->candidate_count < SDP_CANDIDATE_MAX)
		frag->candidate[frag->candidate_count++] = candidate;
	return 0;
}

static int frag_attribute(struct sdp_frag *frag, struct sdp_span value)
{
	if (sdp_text_skip(&value, "ice-ufrag:"))
		return frag_keep(&frag->ufrag, value, 4, SDP_UFRAG_SIZE_MAX);
	if (sdp_text_skip(&value, "ice-pwd:"))
		return frag_keep(&frag->pwd, value, 22, SDP_PWD_SIZE_MAX);
	if (sdp_text_skip(&value, "candidate:"))
		return frag_candidate(frag, value);
	if (sdp_text_equal(value, "end-of-candidates"))
		frag->has_end = true;
	if (sdp_text_skip(&value, "mid:") && frag->mid.size == 0) {
		if (value.size > SDP_MID_SIZE_MAX)
			return -EBADMSG;
		frag->mid = value;
	}
	return 0;
}

int sdp_frag_parse(const char *text, size_t size, struct sdp_frag *ret_frag)
{
	struct sdp_span rest = {text, size};
	struct sdp_line line;
	int r = sdp_text_check(rest, SDP_FRAG_SIZE_MAX);

	ret_frag->ufrag = ret_frag->pwd = ret_frag->mid = (struct sdp_span){"", 0};
	ret_frag->has_end = false;
	ret_frag->candidate_count = 0;
	while (r == 0 && sdp_text_line(&rest, &line))
		if (line.type == 'a')
			r = frag_attribute(ret_frag, line.value);
	if (r < 0)
		return r;
	return rest.size || !ret_frag->ufrag.size != !ret_frag->pwd.size ? -EBADMSG : 0;
}

void sdp_frag_build(struct text *text, const struct sdp_frag_answer *answer)
{
	text_printf(text, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", answer->ufrag, answer->pwd);
	text_add(text, "m=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:");
	text_add_bytes(text, answer->mid.at, answer->mid.size);
	text_add(text, "\r\n");
	for (uint32_t i = 0; i < answer->candidate_count; i++)
		ice_candidate_add(text, &answer->candidate[i]);
	text_add(text, "a=end-of-candidates\r\n");
}
