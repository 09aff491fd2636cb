#include "proto/http/request.h"

#include <errno.h>

#include "base/text.h"
#include "proto/http/authority.h"
#include "proto/http/grammar.h"

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_OTHER] = "",          [HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",       [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS",
};

const char *request_method_name(enum http_method method)
{
	return method_names[method];
}

enum http_method request_method_find(struct bytes name)
{
	for (enum http_method method = HTTP_GET; method < HTTP_METHOD_COUNT; method++)
		if (grammar_same(name, method_names[method]))
			return method;
	return HTTP_OTHER;
}

size_t request_head_size(const uint8_t *data, size_t size, size_t from)
{
	size_t at = from > 3 ? from - 3 : 0;

	/* One empty line before a request is allowed (RFC 9112 §2.2) and must not look like its
	 * end. */
	if (at == 0 && size >= 2 && data[0] == '\r' && data[1] == '\n')
		at = 2;
	const uint8_t *end = size > at ? memmem(data + at, size - at, "\r\n\r\n", 4) : NULL;

	return end ? (size_t)(end - data) + 4 : 0;
}

/* The next line without its CRLF. A CR or LF anywhere else is an attempt to hide a line. */
static int next_line(struct bytes *rest, struct bytes *ret_line)
{
	const uint8_t *end = memchr(rest->data, '\n', rest->size);

	if (!end || end == rest->data || end[-1] != '\r')
		return -EBADMSG;
	size_t size = (size_t)(end - rest->data) - 1;

	if (memchr(rest->data, '\r', size) || memchr(rest->data, '\0', size))
		return -EBADMSG;
	*ret_line = (struct bytes){rest->data, size};
	rest->data += size + 2;
	rest->size -= size + 2;
	return 0;
}

static int parse_version(struct bytes text, struct http_request *request)
{
	if (grammar_same(text, "HTTP/1.1"))
		request->keeps_alive = true;
	else if (grammar_same(text, "HTTP/1.0"))
		request->keeps_alive = false;
	else if (text.size == 8 && memcmp(text.data, "HTTP/", 5) == 0 && text.data[6] == '.')
		return -EPROTONOSUPPORT;
	else
		return -EBADMSG;
	return 0;
}

/* Origin form, or absolute form (which a server must take, RFC 9112 §3.2.2). */
static int parse_target(struct bytes text, struct http_request *request)
{
	static const char *const schemes[] = {"https://", "http://"};

	for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
		size_t skip = strlen(schemes[i]);

		if (text.size <= skip || memcmp(text.data, schemes[i], skip) != 0)
			continue;
		text = (struct bytes){text.data + skip, text.size - skip};

		const uint8_t *slash = memchr(text.data, '/', text.size);
		size_t size = slash ? (size_t)(slash - text.data) : text.size;

		if (!slash)
			return -EBADMSG;
		request->authority = (struct bytes){text.data, size};
		text = (struct bytes){slash, text.size - size};
		break;
	}
	return url_parse_target(text, &request->target);
}

static int parse_request_line(struct bytes line, struct http_request *request)
{
	const uint8_t *first = memchr(line.data, ' ', line.size);
	const uint8_t *last = memrchr(line.data, ' ', line.size);
	const uint8_t *end = line.data + line.size;

	if (!first || first == last)
		return -EBADMSG;

	struct bytes method = {line.data, (size_t)(first - line.data)};
	struct bytes target = {first + 1, (size_t)(last - first - 1)};
	int r = parse_version((struct bytes){last + 1, (size_t)(end - last - 1)}, request);

	if (r < 0)
		return r;
	if (!grammar_is_token(method))
		return -EBADMSG;
	request->method = request_method_find(method);
	return parse_target(target, request);
}

/* A line that starts with a space (a folded one) has no token before its colon: refused here. */
static int parse_field(struct bytes line, struct http_fields *fields)
{
	const uint8_t *colon = memchr(line.data, ':', line.size);

	if (!colon)
		return -EBADMSG;

	size_t name_size = (size_t)(colon - line.data);
	struct bytes name = {line.data, name_size};
	struct bytes value = {colon + 1, line.size - name_size - 1};

	if (!grammar_is_token(name) || !grammar_is_field_value(value))
		return -EBADMSG;
	return fields_add(fields, name, grammar_trim(value));
}

/* RFC 9112 §6.3, without its leniency: two ways to know the size are none. */
static int decide_framing(struct http_request *request)
{
	struct bytes coding = request->fields.values[HTTP_TRANSFER_ENCODING];
	struct bytes length = request->fields.values[HTTP_CONTENT_LENGTH];
	bool is_version_1_0 = !request->keeps_alive;

	if (coding.data) {
		if (length.data || is_version_1_0)
			return -EBADMSG;
		if (!grammar_same_word(coding, "chunked"))
			return -ENOSYS;
		request->framing = HTTP_CHUNKED_BODY;
	} else if (length.data) {
		if (text_parse_u64((const char *)length.data, length.size, HTTP_BODY_SIZE_MAX,
				   &request->body_size) < 0)
			return -EBADMSG;
		request->framing = request->body_size ? HTTP_SIZED_BODY : HTTP_NO_BODY;
	}
	return 0;
}

static int decide_authority(struct http_request *request)
{
	struct bytes host = request->fields.values[HTTP_HOST];
	struct http_authority authority;

	if (!host.data)
		return -EBADMSG;
	if (request->authority.data && (request->authority.size != host.size ||
					memcmp(request->authority.data, host.data, host.size) != 0))
		return -EBADMSG;
	request->authority = host;
	return authority_parse(host, &authority) < 0 ? -EBADMSG : 0;
}

static int decide_connection(struct http_request *request)
{
	struct bytes connection = request->fields.values[HTTP_CONNECTION];
	struct bytes expect = request->fields.values[HTTP_EXPECT];

	if (connection.data && grammar_list_has(connection, "close"))
		request->keeps_alive = false;
	if (!expect.data)
		return 0;
	request->expects_continue = request->framing != HTTP_NO_BODY;
	return grammar_same_word(expect, "100-continue") ? 0 : -EOPNOTSUPP;
}

int request_parse(const uint8_t *data, size_t size, struct http_request *ret_request)
{
	struct http_request request = {0};
	struct bytes rest = {data, size}, line;

	if (size > HTTP_HEAD_MAX)
		return -EMSGSIZE;
	if (size >= 2 && data[0] == '\r' && data[1] == '\n')
		rest = (struct bytes){data + 2, size - 2};
	int r = next_line(&rest, &line);

	if (r >= 0)
		r = parse_request_line(line, &request);
	while (r >= 0) {
		r = next_line(&rest, &line);
		if (r < 0 || !line.size)
			break;
		r = parse_field(line, &request.fields);
	}
	if (r >= 0 && rest.size)
		r = -EBADMSG;
	if (r >= 0)
		r = decide_framing(&request);
	if (r >= 0)
		r = decide_authority(&request);
	if (r >= 0)
		r = decide_connection(&request);
	if (r >= 0)
		*ret_request = request;
	return r < 0 ? r : 0;
}
