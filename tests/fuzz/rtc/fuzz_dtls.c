#include <assert.h>

#include "proto/rtc/framing.h"
#include "rtc/dtls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drop(void *owner, const uint8_t *data, size_t size)
{
	(void)owner;
	(void)data;
	assert(size <= DTLS_DATAGRAM_MAX);
}

/* Datagrams, each after its size, from a stranger who never had a key: no handshake comes of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dtls_identity *identity;
	AUTO(dtls_session) session = NULL;
	struct bytes datagram;
	int taken;

	if (!identity)
		assert(dtls_identity_create(&identity) == 0);
	assert(dtls_session_create(identity, drop, NULL, &session) == 0);
	while ((taken = framing_next(data, size, &datagram)) > 0) {
		assert(dtls_session_receive(session, datagram) != DTLS_OPEN);
		(void)dtls_session_wait_ns(session);
		data += taken;
		size -= (size_t)taken;
	}
	return 0;
}
