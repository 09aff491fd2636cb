#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/rtc/sdp_frag.h"

#define CREDENTIALS "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
#define CANDIDATE   "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r\n"

static void reads_fragments(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint32_t candidates;
		bool has_end, has_credentials;
	} cases[] = {
		{CREDENTIALS "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n" CANDIDATE
			     "a=end-of-candidates\r\n",
		 0, 1, true, true},
		{"m=audio 9 RTP/AVP 0\r\na=mid:0\r\n" CANDIDATE CANDIDATE, 0, 2, false, false},
		{"a=candidate:1 1 udp 1 abc.local 5 typ host\r\n", 0, 0, false, false},
		{"a=candidate:\r\n", 0, 0, false, false},
		{"", 0, 0, false, false},
		{"a=ice-ufrag:EsAw\r\n", -EBADMSG, 0, false, false}, /* one without the other */
		{"a=ice-ufrag:E\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n", -EBADMSG, 0, false,
		 false},
		{CREDENTIALS "a=ice-ufrag:other\r\n", -EBADMSG, 0, false, false},
		{"a=candidate:1 1 udp\r\n", -EBADMSG, 0, false, false},
		{"what is this\r\n", -EBADMSG, 0, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct sdp_frag frag;

		assert_int_equal(sdp_frag_parse(cases[i].text, strlen(cases[i].text), &frag),
				 cases[i].result);
		if (cases[i].result < 0)
			continue;
		assert_int_equal(frag.candidate_count, cases[i].candidates);
		assert_int_equal(frag.has_end, cases[i].has_end);
		assert_int_equal(frag.ufrag.size > 0, cases[i].has_credentials);
	}
}

static void bounds_candidates(void **state)
{
	char text[SDP_FRAG_SIZE_MAX];
	size_t size = 0;
	struct sdp_frag frag;

	(void)state;
	while (size + sizeof(CANDIDATE) < sizeof(text)) {
		memcpy(text + size, CANDIDATE, sizeof(CANDIDATE) - 1);
		size += sizeof(CANDIDATE) - 1;
	}
	assert_int_equal(sdp_frag_parse(text, size, &frag), 0);
	assert_int_equal(frag.candidate_count, SDP_CANDIDATE_MAX);
	assert_int_equal(sdp_frag_parse(text, SDP_FRAG_SIZE_MAX + 1, &frag), -EMSGSIZE);
}

static void reads_what_it_writes(void **state)
{
	struct ice_candidate candidate = {.component = 1, .priority = 5};
	char data[1024];
	struct text text;
	struct sdp_frag frag;

	(void)state;
	assert_int_equal(ice_address_parse("192.0.2.9", 9, &candidate.address), 0);
	candidate.address.port = 1234;
	struct sdp_frag_answer answer = {.ufrag = "ufrag123",
					 .pwd = "pwdpwdpwdpwdpwdpwdpwdpwd",
					 .mid = {"0", 1},
					 .candidate = &candidate,
					 .candidate_count = 1};

	text_init(&text, data, sizeof(data));
	sdp_frag_build(&text, &answer);
	assert_int_equal(sdp_frag_parse(data, text.size, &frag), 0);
	assert_true(sdp_text_equal(frag.ufrag, "ufrag123"));
	assert_true(sdp_text_equal(frag.mid, "0"));
	assert_int_equal(frag.candidate_count, 1);
	assert_true(frag.has_end);
	assert_true(ice_address_equal(&frag.candidate[0].address, &candidate.address));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_fragments),
		cmocka_unit_test(bounds_candidates),
		cmocka_unit_test(reads_what_it_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
