#include "proto/rtsp/rtsp_auth.h"

#include <errno.h>
#include <string.h>

enum {
	HEX_SIZE_MAX = 2 * RTSP_HASH_SIZE_MAX + 1,
	/* user:realm:password, method:uri, or hash:nonce:count:cnonce:qop:hash */
	HASHED_SIZE_MAX = 4096,
};

static const struct {
	const char *name;
	enum rtsp_hash hash;
	bool is_session;
} algorithms[] = {
	{"MD5", RTSP_HASH_MD5, false},
	{"MD5-sess", RTSP_HASH_MD5, true},
	{"SHA-256", RTSP_HASH_SHA256, false},
	{"SHA-256-sess", RTSP_HASH_SHA256, true},
};

static int parse_algorithm(struct slice value, struct rtsp_challenge *challenge)
{
	for (size_t i = 0; i < ARRAY_COUNT(algorithms); i++) {
		if (!slice_equals(value, algorithms[i].name))
			continue;
		challenge->hash = algorithms[i].hash;
		challenge->is_session = algorithms[i].is_session;
		challenge->has_algorithm = true;
		return 0;
	}
	return -EPROTONOSUPPORT;
}

static int parse_qop(struct slice value, struct rtsp_challenge *challenge)
{
	while (value.size)
		if (slice_equals(slice_trim(slice_cut(&value, ',')), "auth"))
			challenge->has_qop = true;
	return challenge->has_qop ? 0 : -EPROTONOSUPPORT;
}

static int parse_parameter(struct slice name, struct slice value, struct rtsp_challenge *challenge)
{
	value = slice_unquote(value);
	if (slice_equals(name, "realm"))
		return slice_copy(value, challenge->realm, sizeof(challenge->realm));
	if (slice_equals(name, "nonce"))
		return slice_copy(value, challenge->nonce, sizeof(challenge->nonce));
	if (slice_equals(name, "algorithm"))
		return parse_algorithm(value, challenge);
	if (slice_equals(name, "qop"))
		return parse_qop(value, challenge);
	if (slice_equals(name, "stale"))
		challenge->is_stale = slice_equals(value, "true");
	if (slice_equals(name, "opaque")) {
		challenge->has_opaque = true;
		return slice_copy(value, challenge->opaque, sizeof(challenge->opaque));
	}
	return 0;
}

/* How good an answer to this challenge would be; 0 for none. */
static int strength(const struct rtsp_challenge *challenge)
{
	if (challenge->scheme == RTSP_SCHEME_DIGEST)
		return challenge->nonce[0] == '\0'           ? 0
		       : challenge->hash == RTSP_HASH_SHA256 ? 3
							     : 2;
	return challenge->scheme == RTSP_SCHEME_BASIC ? 1 : 0;
}

static enum rtsp_scheme scheme_of(struct slice word)
{
	if (slice_equals(word, "Digest"))
		return RTSP_SCHEME_DIGEST;
	return slice_equals(word, "Basic") ? RTSP_SCHEME_BASIC : RTSP_SCHEME_NONE;
}

/* A piece between commas begins a new challenge if a word stands before its first `name=`. */
static bool cut_scheme(struct slice *piece, struct slice *ret_scheme)
{
	struct slice rest = *piece;
	struct slice word = slice_cut_word(&rest);

	if (word.size == 0 || memchr(word.data, '=', word.size))
		return false;
	struct slice next = slice_trim(rest);

	if (next.size && next.data[0] == '=')
		return false; /* `realm = "x"` */
	*ret_scheme = word;
	*piece = rest;
	return true;
}

int rtsp_auth_parse(struct slice value, struct rtsp_challenge *ret_challenge)
{
	struct rtsp_challenge best = {0}, current = {0};
	bool is_usable = true;

	while (value.size) {
		struct slice piece = slice_cut_quoted(&value, ',');
		struct slice scheme;

		if (cut_scheme(&piece, &scheme)) {
			if (is_usable && strength(&current) > strength(&best))
				best = current;
			current = (struct rtsp_challenge){.scheme = scheme_of(scheme)};
			is_usable = true;
		}
		struct slice name = slice_trim(slice_cut(&piece, '='));

		if (parse_parameter(name, piece, &current) < 0)
			is_usable = false;
	}
	if (is_usable && strength(&current) > strength(&best))
		best = current;
	if (strength(&best) == 0)
		return -ENOENT;
	*ret_challenge = best;
	return 0;
}

int rtsp_auth_find(const struct rtsp_message *response, struct rtsp_challenge *ret_challenge)
{
	struct rtsp_challenge best = {0};

	for (size_t i = 0; i < response->header_count; i++) {
		const struct rtsp_header *header = &response->headers[i];
		struct rtsp_challenge challenge;

		if (slice_equals(header->name, "WWW-Authenticate") &&
		    rtsp_auth_parse(header->value, &challenge) == 0 &&
		    strength(&challenge) > strength(&best))
			best = challenge;
	}
	if (strength(&best) == 0)
		return -ENOENT;
	*ret_challenge = best;
	return 0;
}

/* The hash of `text`, in lower-case hexadecimal digits. */
static void hash_text(const struct text *text, enum rtsp_hash hash, rtsp_hash_fn *function,
		      char ret_hex[HEX_SIZE_MAX])
{
	uint8_t digest[RTSP_HASH_SIZE_MAX];
	struct text hex;

	function(hash, text->data, text->size, digest);
	text_init(&hex, ret_hex, HEX_SIZE_MAX);
	text_add_hex(&hex, digest, hash == RTSP_HASH_MD5 ? 16 : 32);
}

/* H(A1), RFC 7616 §3.4.2. */
static bool hash_user(const struct rtsp_challenge *challenge,
		      const struct rtsp_credentials *credentials, rtsp_hash_fn *function,
		      char ret_hex[HEX_SIZE_MAX])
{
	char data[HASHED_SIZE_MAX];
	struct text text;

	text_init(&text, data, sizeof(data));
	text_printf(&text, "%s:%s:%s", credentials->user, challenge->realm, credentials->password);
	hash_text(&text, challenge->hash, function, ret_hex);
	bool failed = text.failed;

	explicit_bzero(data, sizeof(data));
	if (!challenge->is_session)
		return !failed;
	text_init(&text, data, sizeof(data));
	text_printf(&text, "%s:%s:%s", ret_hex, challenge->nonce, credentials->cnonce);
	hash_text(&text, challenge->hash, function, ret_hex);
	return !failed && !text.failed;
}

/* RFC 7616 §3.4.1; without qop, RFC 2069 §2.1.2. */
static bool hash_request(const struct rtsp_challenge *challenge,
			 const struct rtsp_credentials *credentials, const char *user_hash,
			 const char *request_hash, struct text *text)
{
	text_printf(text, "%s:%s:", user_hash, challenge->nonce);
	if (challenge->has_qop)
		text_printf(text, "%08x:%s:auth:", credentials->nonce_count, credentials->cnonce);
	text_add(text, request_hash);
	return !text->failed;
}

static void add_quotable(struct text *text, const char *name, const char *value)
{
	text_printf(text, "%s=\"", name);
	for (; *value; value++) {
		/* Challenges are kept as they came, escapes and all; only our own user name may
		 * hold a bare quote. */
		if (*value == '"')
			text_add(text, "\\");
		text_add_bytes(text, value, 1);
	}
	text_add(text, "\"");
}

static void add_algorithm(struct text *text, const struct rtsp_challenge *challenge)
{
	for (size_t i = 0; i < ARRAY_COUNT(algorithms); i++)
		if (algorithms[i].hash == challenge->hash &&
		    algorithms[i].is_session == challenge->is_session)
			text_printf(text, ", algorithm=%s", algorithms[i].name);
}

static void build_digest(struct text *text, const struct rtsp_challenge *challenge,
			 const struct rtsp_credentials *credentials, const char *uri,
			 const char *response)
{
	add_quotable(text, "Digest username", credentials->user);
	text_printf(text, ", realm=\"%s\", nonce=\"%s\", uri=\"%s\", response=\"%s\"",
		    challenge->realm, challenge->nonce, uri, response);
	if (challenge->has_algorithm)
		add_algorithm(text, challenge);
	if (challenge->has_opaque)
		text_printf(text, ", opaque=\"%s\"", challenge->opaque);
	if (challenge->has_qop)
		text_printf(text, ", qop=auth, nc=%08x", credentials->nonce_count);
	if (challenge->has_qop || challenge->is_session)
		text_printf(text, ", cnonce=\"%s\"", credentials->cnonce);
}

static void build_basic(struct text *text, const struct rtsp_credentials *credentials)
{
	char data[RTSP_NONCE_SIZE_MAX];
	struct text both;

	text_init(&both, data, sizeof(data));
	text_printf(&both, "%s:%s", credentials->user, credentials->password);
	text_add(text, "Basic ");
	text_add_base64(text, data, both.size);
	text->failed = text->failed || both.failed;
	explicit_bzero(data, sizeof(data));
}

void rtsp_auth_build(struct text *text, const struct rtsp_challenge *challenge,
		     const struct rtsp_credentials *credentials, const char *method,
		     const char *uri, rtsp_hash_fn *hash)
{
	char user_hash[HEX_SIZE_MAX], request_hash[HEX_SIZE_MAX], response[HEX_SIZE_MAX];
	char data[HASHED_SIZE_MAX];
	struct text hashed;

	if (challenge->scheme != RTSP_SCHEME_DIGEST) {
		build_basic(text, credentials);
		return;
	}
	bool good = hash_user(challenge, credentials, hash, user_hash);

	text_init(&hashed, data, sizeof(data));
	text_printf(&hashed, "%s:%s", method, uri);
	good = good && !hashed.failed;
	hash_text(&hashed, challenge->hash, hash, request_hash);
	text_init(&hashed, data, sizeof(data));
	good = hash_request(challenge, credentials, user_hash, request_hash, &hashed) && good;
	hash_text(&hashed, challenge->hash, hash, response);
	build_digest(text, challenge, credentials, uri, response);
	text->failed = text->failed || !good;
	explicit_bzero(user_hash, sizeof(user_hash));
}
