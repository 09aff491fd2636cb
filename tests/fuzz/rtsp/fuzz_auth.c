#include <assert.h>
#include <string.h>

#include "proto/rtsp/rtsp_auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No hash at all: only what is built around it matters here. */
static void hash(enum rtsp_hash kind, const void *data, size_t size,
		 uint8_t ret_digest[RTSP_HASH_SIZE_MAX])
{
	(void)kind;
	memset(ret_digest, size ? *(const uint8_t *)data : 0, RTSP_HASH_SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rtsp_credentials credentials = {"us\"er", "pass", "cnonce", 1};
	struct rtsp_challenge challenge;
	char room[4096];
	struct text text;

	if (rtsp_auth_parse((struct slice){(const char *)data, size}, &challenge) < 0)
		return 0;
	assert(challenge.scheme != RTSP_SCHEME_NONE);
	assert(memchr(challenge.realm, 0, sizeof(challenge.realm)));
	assert(memchr(challenge.nonce, 0, sizeof(challenge.nonce)));
	text_init(&text, room, sizeof(room));
	rtsp_auth_build(&text, &challenge, &credentials, "DESCRIBE", "rtsp://h/x", hash);
	assert(!strstr(room, "pass") || strstr((const char *)challenge.nonce, "pass") ||
	       strstr(challenge.realm, "pass") || strstr(challenge.opaque, "pass"));
	return 0;
}
