#include <assert.h>
#include <string.h>

#include "proto/rtsp/rtsp_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtsp_url url;
	char room[RTSP_URL_SIZE_MAX * 2];
	struct text text;

	if (rtsp_url_parse((struct slice){(const char *)data, size}, &url) < 0)
		return 0;
	assert(url.port > 0 && url.host[0]);
	assert(!strpbrk(url.target, "\r\n \t"));
	assert(url.has_user || (url.user[0] == '\0' && url.password[0] == '\0'));
	/* what is sent to the camera reads as the same place, and holds no password */
	struct rtsp_url again;
	int rc = rtsp_url_parse(slice_of(url.target), &again);

	if (rc == 0 && !again.has_user) {
		assert(strcmp(again.host, url.host) == 0 && again.port == url.port);
		assert(strcmp(again.target, url.target) == 0);
	}
	text_init(&text, room, sizeof(room));
	rtsp_url_join(&text, slice_of(url.target), (struct slice){(const char *)data, size});
	return 0;
}
