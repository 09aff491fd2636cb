#include "proto/http/authority.h"

#include <errno.h>

#include "base/text.h"
#include "proto/http/grammar.h"

static bool is_host_char(uint8_t c, bool in_brackets)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c && strchr(in_brackets ? ":." : "-._~", c);
}

static bool is_host(struct bytes host)
{
	bool in_brackets = host.size > 2 && host.data[0] == '[';

	if (in_brackets) {
		if (host.data[host.size - 1] != ']')
			return false;
		host = (struct bytes){host.data + 1, host.size - 2};
	}
	for (size_t i = 0; i < host.size; i++)
		if (!is_host_char(host.data[i], in_brackets))
			return false;
	return host.size > 0;
}

int authority_parse(struct bytes text, struct http_authority *ret_authority)
{
	size_t host_size = text.size;
	uint64_t port = 0;

	if (text.size > AUTHORITY_MAX)
		return -EMSGSIZE;
	for (size_t i = text.size; i-- > 0 && text.data[i] != ']';)
		if (text.data[i] == ':')
			host_size = i;
	if (host_size < text.size) {
		const char *digits = (const char *)text.data + host_size + 1;

		if (text_parse_u64(digits, text.size - host_size - 1, UINT16_MAX, &port) < 0 ||
		    !port)
			return -EBADMSG;
	}

	struct http_authority authority = {{text.data, host_size}, (uint32_t)port};

	if (!is_host(authority.host))
		return -EBADMSG;
	*ret_authority = authority;
	return 0;
}

bool authority_is_local_name(const struct http_authority *authority)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (grammar_same_word(authority->host, names[i]))
			return true;
	return false;
}

bool authority_is_loopback(const struct http_authority *authority, uint32_t port)
{
	return (authority->port ? authority->port : 80) == port &&
	       authority_is_local_name(authority);
}

bool authority_is_origin(struct bytes origin, const char *scheme, struct bytes host)
{
	size_t scheme_size = strlen(scheme);

	if (origin.size != scheme_size + 3 + host.size)
		return false;

	struct bytes start = {origin.data, scheme_size + 3};
	char expected[16];
	struct text text;

	text_init(&text, expected, sizeof(expected));
	text_printf(&text, "%s://", scheme);
	if (text.failed || !grammar_same(start, expected))
		return false;
	for (size_t i = 0; i < host.size; i++) {
		uint8_t a = origin.data[start.size + i], b = host.data[i];

		if ((a | 0x20) != (b | 0x20) ||
		    (a != b && !((b | 0x20) >= 'a' && (b | 0x20) <= 'z')))
			return false;
	}
	return true;
}
