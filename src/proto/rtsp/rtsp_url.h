/* Addresses of cameras as people write them:
 * rtsp[s]://[user[:password]@]host[:port][/path][?query], with passwords that hold @ : / # or %
 * without being escaped, and with go2rtc's `#options` behind, which are left out. */
#ifndef PROTO_RTSP_RTSP_URL_H
#define PROTO_RTSP_RTSP_URL_H

#include "base/text.h"
#include "proto/rtsp/slice.h"

enum {
	RTSP_URL_SIZE_MAX = 2048, /* with its NUL */
	RTSP_HOST_SIZE_MAX = 256,
	RTSP_USER_SIZE_MAX = 128,
	RTSP_PASSWORD_SIZE_MAX = 256,
	RTSP_PORT = 554,
	RTSPS_PORT = 322,
};

struct rtsp_url {
	bool is_tls, has_user;
	uint16_t port;
	char host[RTSP_HOST_SIZE_MAX]; /* an IPv6 address stands without its brackets */
	char user[RTSP_USER_SIZE_MAX];
	char password[RTSP_PASSWORD_SIZE_MAX];
	char target[RTSP_URL_SIZE_MAX]; /* the same address without user and password, for requests
					 */
};

/* -EBADMSG if it is no such address, -EMSGSIZE over a maximum, -EPROTONOSUPPORT for another scheme.
 *
 * An unescaped password makes addresses ambiguous. The user's part ends at the last `@` before the
 * first `/`, `?` or `#` if a name with a dot, an address or "localhost" follows it there; else at
 * the last `@` that such a host follows; else at the last `@` that any host follows. */
NODISCARD int rtsp_url_parse(struct slice url, struct rtsp_url *ret_url);

/* The address of a track (RFC 2326 §C.1.1): `control` if it is absolute, `base` if it is "*" or
 * empty, else `base/control` as every camera expects it, also behind a query. */
void rtsp_url_join(struct text *text, struct slice base, struct slice control);

/* Takes a doubled scheme (Content-Base: rtsp://rtsp://host/) off. */
struct slice rtsp_url_clean(struct slice url);

#endif
