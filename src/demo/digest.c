#include "demo/digest.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include <libavutil/md5.h>

#include "proto/rtsp/rtsp_auth.h"

#define REALM "nursery"

enum { FIELD_SIZE_MAX = 256, HEADER_SIZE_MAX = 2048 };

/* What a client's Authorization header says. */
struct answer {
	char user[FIELD_SIZE_MAX], nonce[FIELD_SIZE_MAX], uri[FIELD_SIZE_MAX];
	char response[FIELD_SIZE_MAX], algorithm[FIELD_SIZE_MAX];
	char cnonce[FIELD_SIZE_MAX], nc[FIELD_SIZE_MAX], qop[FIELD_SIZE_MAX];
};

static const struct {
	const char *name;
	size_t offset;
} FIELDS[] = {
	{"username", offsetof(struct answer, user)},
	{"nonce", offsetof(struct answer, nonce)},
	{"uri", offsetof(struct answer, uri)},
	{"response", offsetof(struct answer, response)},
	{"algorithm", offsetof(struct answer, algorithm)},
	{"cnonce", offsetof(struct answer, cnonce)},
	{"nc", offsetof(struct answer, nc)},
	{"qop", offsetof(struct answer, qop)},
};

int digest_set(struct digest *digest, const char *text, size_t size)
{
	struct slice password = {text, size};
	struct slice user = slice_cut(&password, ':');
	struct digest next;

	if (user.size == 0 || password.size == 0)
		return -EBADMSG;
	if (slice_copy(user, next.user, sizeof(next.user)) < 0 ||
	    slice_copy(password, next.password, sizeof(next.password)) < 0)
		return -EMSGSIZE;
	*digest = next;
	return 0;
}

void digest_make_nonce(char ret_nonce[DIGEST_NONCE_SIZE])
{
	uint8_t random[(DIGEST_NONCE_SIZE - 1) / 2];
	struct text text;

	randombytes_buf(random, sizeof(random));
	text_init(&text, ret_nonce, DIGEST_NONCE_SIZE);
	text_add_hex(&text, random, sizeof(random));
}

void digest_build_challenge(struct text *text, const char *nonce)
{
	static const char *const algorithms[] = {"SHA-256", "MD5"};
	char value[HEADER_SIZE_MAX];

	for (size_t i = 0; i < ARRAY_COUNT(algorithms); i++) {
		snprintf(value, sizeof(value),
			 "Digest realm=\"" REALM "\", nonce=\"%s\", algorithm=%s, qop=\"auth\"", nonce,
			 algorithms[i]);
		rtsp_build_header(text, "WWW-Authenticate", value);
	}
}

static void hash_bytes(enum rtsp_hash hash, const void *data, size_t size,
		       uint8_t ret_digest[RTSP_HASH_SIZE_MAX])
{
	if (hash == RTSP_HASH_SHA256)
		crypto_hash_sha256(ret_digest, data, size);
	else
		av_md5_sum(ret_digest, data, size);
}

static int parse_answer(struct slice header, struct answer *ret_answer)
{
	struct answer answer = {0};
	struct slice rest = slice_trim(header);
	struct slice scheme = slice_cut_word(&rest);

	if (!slice_equals(scheme, "Digest"))
		return -EBADMSG;
	while (rest.size) {
		struct slice value = slice_cut_quoted(&rest, ',');
		struct slice name = slice_trim(slice_cut(&value, '='));

		for (size_t i = 0; i < ARRAY_COUNT(FIELDS); i++)
			if (slice_equals(name, FIELDS[i].name) &&
			    slice_copy(slice_unquote(slice_trim(value)),
				       (char *)&answer + FIELDS[i].offset, FIELD_SIZE_MAX) < 0)
				return -EMSGSIZE;
	}
	*ret_answer = answer;
	return 0;
}

/* What the answer's response ought to be: the same question answered with the right password. */
static int expect_response(const struct digest *digest, const struct answer *answer,
			   const char *method, struct answer *ret_expected)
{
	struct rtsp_challenge challenge = {
		.scheme = RTSP_SCHEME_DIGEST,
		.hash = slice_equals(slice_of(answer->algorithm), "SHA-256") ? RTSP_HASH_SHA256
									     : RTSP_HASH_MD5,
		.has_qop = answer->qop[0] != 0,
		.realm = REALM,
	};
	struct rtsp_credentials credentials = {digest->user, digest->password, answer->cnonce, 0};
	char data[HEADER_SIZE_MAX];
	struct text text;

	if (challenge.has_qop &&
	    slice_parse_hex32(slice_of(answer->nc), &credentials.nonce_count) < 0)
		return -EBADMSG;
	text_copy(challenge.nonce, sizeof(challenge.nonce), answer->nonce);
	text_init(&text, data, sizeof(data));
	rtsp_auth_build(&text, &challenge, &credentials, method, answer->uri, hash_bytes);
	return text.failed ? -EMSGSIZE
			   : parse_answer((struct slice){data, text.size}, ret_expected);
}

bool digest_check(const struct digest *digest, const char *nonce,
		  const struct rtsp_message *request)
{
	const struct slice *header = rtsp_message_header(request, "Authorization");
	const char *method = rtsp_method_name(request->method);
	struct answer answer, expected;

	if (!digest->user[0])
		return true;
	if (!header || !method || parse_answer(*header, &answer) < 0)
		return false;
	if (strcmp(answer.user, digest->user) != 0 || strcmp(answer.nonce, nonce) != 0)
		return false;
	if (expect_response(digest, &answer, method, &expected) < 0)
		return false;
	return sodium_memcmp(answer.response, expected.response, sizeof(answer.response)) == 0;
}
