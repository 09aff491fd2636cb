#include <assert.h>
#include <string.h>

#include "rtc/srtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PACKET_MAX = 2048 };

static struct srtp_session *session_of(enum srtp_suite suite)
{
	static const struct srtp_master master = {.key = "0123456789abcde",
						  .salt = "salty salt 12"};
	struct srtp_session *session;

	assert(srtp_session_create(suite, &master, &master, &session) == 0);
	return session;
}

/* Once as it came, which must be refused; once after it was protected here, so that what follows
 * authentication is reached too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t packet[PACKET_MAX];

	if (size < 13 || size > PACKET_MAX - 64)
		return 0;
	enum srtp_suite suite = data[0] & 1 ? SRTP_SUITE_AES128_GCM : SRTP_SUITE_AES128_CM_SHA1_80;
	AUTO(srtp_session) session = session_of(suite);

	data++;
	size--;
	memcpy(packet, data, size);
	assert(srtp_session_unprotect(session, packet, size) < 0);
	if (srtp_packet_is_rtcp(data, size)) {
		int sealed = srtp_session_protect_rtcp(session, (struct bytes){data, size}, packet);

		assert(sealed > 0);
		int plain = srtp_session_unprotect(session, packet, (size_t)sealed);

		assert(plain < 0 || ((size_t)plain == size && memcmp(packet, data, size) == 0));
		return 0;
	}
	size_t header = 12 + (size_t)(data[0] & 15) * 4;

	if (header > size)
		return 0;
	int sealed = srtp_session_protect_rtp(session, (struct bytes){data, header},
					      (struct bytes){data + header, size - header}, packet);

	assert(sealed > 0);
	int plain = srtp_session_unprotect(session, packet, (size_t)sealed);

	assert(plain < 0 || (size_t)plain == size);
	return 0;
}
