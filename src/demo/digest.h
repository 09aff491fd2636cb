/* The camera's password: Digest (RFC 7616) with SHA-256 and MD5, as an RTSP server asks for it. */
#ifndef DEMO_DIGEST_H
#define DEMO_DIGEST_H

#include <stdbool.h>

#include "base/text.h"
#include "proto/rtsp/rtsp_message.h"

enum { DIGEST_USER_SIZE_MAX = 64, DIGEST_PASSWORD_SIZE_MAX = 128, DIGEST_NONCE_SIZE = 33 };

struct digest {
	char user[DIGEST_USER_SIZE_MAX]; /* empty: everyone may look */
	char password[DIGEST_PASSWORD_SIZE_MAX];
};

/* "user:password", the password may hold colons. -EBADMSG, -EMSGSIZE. */
NODISCARD int digest_set(struct digest *digest, const char *text, size_t size);

/* A fresh nonce for one connection. */
void digest_make_nonce(char ret_nonce[DIGEST_NONCE_SIZE]);

/* Adds the WWW-Authenticate headers, the stronger one first. */
void digest_build_challenge(struct text *text, const char *nonce);

/* True if `request` proves that its sender knows the password. */
bool digest_check(const struct digest *digest, const char *nonce,
		  const struct rtsp_message *request);

#endif
