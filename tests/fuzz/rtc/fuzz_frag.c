#include <assert.h>

#include "proto/rtc/sdp_frag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdp_frag frag, again;
	char built[8192];
	struct text text;

	if (sdp_frag_parse((const char *)data, size, &frag) < 0)
		return 0;
	assert(frag.candidate_count <= SDP_CANDIDATE_MAX);
	struct sdp_frag_answer answer = {.ufrag = "ufrag",
					 .pwd = "pwdpwdpwdpwdpwdpwdpwdpwd",
					 .mid = frag.mid,
					 .candidate = frag.candidate,
					 .candidate_count = frag.candidate_count};

	text_init(&text, built, sizeof(built));
	sdp_frag_build(&text, &answer);
	assert(!text.failed);
	assert(sdp_frag_parse(built, text.size, &again) == 0);
	assert(again.candidate_count == frag.candidate_count);
	return 0;
}
