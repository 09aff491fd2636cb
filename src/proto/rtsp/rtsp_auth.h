/* Answering a camera that asks who we are: Basic (RFC 7617) and Digest with MD5 or SHA-256
 * (RFC 7616, and the older RFC 2069 form without qop). The hash is the caller's. */
#ifndef PROTO_RTSP_RTSP_AUTH_H
#define PROTO_RTSP_RTSP_AUTH_H

#include "base/text.h"
#include "proto/rtsp/rtsp_message.h"

enum {
	RTSP_REALM_SIZE_MAX = 256, /* each with its NUL */
	RTSP_NONCE_SIZE_MAX = 512,
	RTSP_OPAQUE_SIZE_MAX = 512,
	RTSP_HASH_SIZE_MAX = 32,
};

enum rtsp_hash { RTSP_HASH_MD5, RTSP_HASH_SHA256 };

/* Writes 16 bytes (MD5) or 32 (SHA-256). */
typedef void rtsp_hash_fn(enum rtsp_hash hash, const void *data, size_t size,
			  uint8_t ret_digest[RTSP_HASH_SIZE_MAX]);

/* In rising order of strength. */
enum rtsp_scheme { RTSP_SCHEME_NONE, RTSP_SCHEME_BASIC, RTSP_SCHEME_DIGEST };

struct rtsp_challenge {
	enum rtsp_scheme scheme;
	enum rtsp_hash hash;
	bool has_algorithm; /* then the answer names it too */
	bool is_session;    /* MD5-sess, SHA-256-sess */
	bool has_qop;       /* qop=auth is offered */
	bool has_opaque;
	bool is_stale; /* the password was right, the nonce too old */
	char realm[RTSP_REALM_SIZE_MAX];
	char nonce[RTSP_NONCE_SIZE_MAX];
	char opaque[RTSP_OPAQUE_SIZE_MAX];
};

/* The strongest challenge among all WWW-Authenticate headers that Ward can answer. -ENOENT if there
 * is none. */
NODISCARD int rtsp_auth_find(const struct rtsp_message *response,
			     struct rtsp_challenge *ret_challenge);

/* The strongest challenge in one header's value; several may stand in it, between commas. */
NODISCARD int rtsp_auth_parse(struct slice value, struct rtsp_challenge *ret_challenge);

struct rtsp_credentials {
	const char *user, *password;
	const char *cnonce;   /* used with qop or -sess: fresh randomness */
	uint32_t nonce_count; /* from 1, counts up for each use of the nonce */
};

/* Writes the value of the Authorization header for one request. The caller wipes `text`: Basic
 * holds the password. */
void rtsp_auth_build(struct text *text, const struct rtsp_challenge *challenge,
		     const struct rtsp_credentials *credentials, const char *method,
		     const char *uri, rtsp_hash_fn *hash);

#endif
