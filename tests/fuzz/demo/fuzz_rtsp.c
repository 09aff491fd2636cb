/* What a client may send the demo camera: its messages, addresses and passwords. */
#include <string.h>

#include "demo/describe.h"
#include "demo/digest.h"
#include "proto/rtsp/rtsp_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct digest digest = {"cam", "s3cret"};
	struct rtsp_message message;
	enum studio_track picture;
	int track;

	(void)!describe_find((struct slice){(const char *)data, size}, &picture, &track);
	if (rtsp_message_parse((const char *)data, size, &message) <= 0 || !message.is_request)
		return 0;
	(void)!describe_find(message.uri, &picture, &track);
	digest_check(&digest, "abc", &message);
	return 0;
}
