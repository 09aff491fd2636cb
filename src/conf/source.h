/* What a camera's `url` names. Passwords may hold any character: a URL is brought into its strict
 * form (RFC 3986) here, once, so that nobody after this has to guess. */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "conf/mistake.h"

enum { SOURCE_URL_SIZE = 1024, SOURCE_HOST_SIZE = 256 };

enum source_kind { SOURCE_RTSP, SOURCE_RTSPS, SOURCE_FILE, SOURCE_DEMO, SOURCE_ALSA };

struct source {
	enum source_kind kind;
	char url[SOURCE_URL_SIZE];   /* rtsp, rtsps: strict form, user and password escaped */
	char path[SOURCE_URL_SIZE];  /* file; alsa: MICROPHONE, or MICROPHONE?speaker=DEVICE */
	char host[SOURCE_HOST_SIZE]; /* rtsp, rtsps: name or numeric address, without brackets */
	uint16_t port;               /* 554 and 322 if the URL names none */
};

/* Reads one URL: rtsp://, rtsps://, file:, a plain path, alsa:, or "demo:". What runs commands elsewhere
 * (exec:, echo:, expr:, ffmpeg:) is refused by name. 0 or -EBADMSG with a sentence that holds no
 * password. */
NODISCARD int source_parse(const char *url, const struct mistake_place *place,
			   struct source *ret_source, struct mistake *ret_mistake);

#endif
