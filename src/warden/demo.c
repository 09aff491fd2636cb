#include "warden/demo.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "warden/listeners.h"

enum { DEMO_SECRET_BYTES = 16 };

int demo_want(struct demo *demo)
{
	unsigned char random[DEMO_SECRET_BYTES];
	uint16_t port;

	if (!demo->secret.port) {
		int fd = listeners_open_loopback(&port);

		if (fd < 0)
			return fd;
		demo->fd = fd;
		demo->secret.port = port;
		text_copy(demo->secret.user, sizeof(demo->secret.user), "ward");
		randombytes_buf(random, sizeof(random));
		sodium_bin2hex(demo->secret.password, sizeof(demo->secret.password), random,
			       sizeof(random));
	}
	if (!demo->child.is_wanted)
		child_want(&demo->child);
	return 0;
}

int demo_url(const struct demo *demo, char *ret_url, size_t size)
{
	struct text text;

	text_init(&text, ret_url, size);
	text_printf(&text, "rtsp://%s:%s@127.0.0.1:%u/nursery", demo->secret.user,
		    demo->secret.password, demo->secret.port);
	return text.failed ? -EMSGSIZE : 0;
}
