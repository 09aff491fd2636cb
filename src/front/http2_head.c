#include "front/http2_head.h"

#include <errno.h>
#include <sodium.h>

#include "proto/http/authority.h"
#include "proto/http/grammar.h"

void http2_head_begin(struct http2_head *head)
{
	head->error = 0;
	head->size = head->text_size = 0;
}

static int keep_text(struct http2_head *head, struct bytes value, struct bytes *ret_kept)
{
	uint8_t *to = head->text + head->text_size;

	if (value.size > sizeof(head->text) - head->text_size)
		return -EMSGSIZE;
	if (value.size)
		memcpy(to, value.data, value.size);
	head->text_size += value.size;
	*ret_kept = (struct bytes){to, value.size};
	return 0;
}

static int keep_pseudo(struct http2_head *head, struct http_request *request, struct bytes name,
		       struct bytes value)
{
	struct bytes kept;
	int r = 0;

	if (grammar_same(name, ":method")) {
		request->method = request_method_find(value);
	} else if (grammar_same(name, ":authority")) {
		r = keep_text(head, value, &request->authority);
	} else if (grammar_same(name, ":path")) {
		r = keep_text(head, value, &kept);
		if (r >= 0)
			r = url_parse_target(kept, &request->target);
	}
	return r;
}

static int keep_field(struct http2_head *head, struct http_request *request, struct bytes name,
		      struct bytes value)
{
	struct bytes kept = {0};

	if (name.size && name.data[0] == ':')
		return keep_pseudo(head, request, name, value);
	if (fields_find(name) != HTTP_FIELD_COUNT) {
		int r = keep_text(head, grammar_trim(value), &kept);

		if (r < 0)
			return r;
	}
	return fields_add(&request->fields, name, kept);
}

void http2_head_add(struct http2_head *head, struct http_request *request, struct bytes name,
		    struct bytes value)
{
	head->size += name.size + value.size + 32;
	if (head->error >= 0)
		head->error = head->size > HTTP_HEAD_MAX ? -EMSGSIZE
							 : keep_field(head, request, name, value);
}

int http2_head_end(const struct http2_head *head, struct http_request *request)
{
	struct bytes host = request->fields.values[HTTP_HOST];
	struct http_authority authority;

	if (head->error < 0)
		return head->error;
	if (!request->target.path.data || request->fields.values[HTTP_TRANSFER_ENCODING].data)
		return -EBADMSG;
	if (!request->authority.data)
		request->authority = host;
	else if (host.data && (host.size != request->authority.size ||
			       memcmp(host.data, request->authority.data, host.size) != 0))
		return -EBADMSG;
	return authority_parse(request->authority, &authority) < 0 ? -EBADMSG : 0;
}

void http2_head_forget(struct http2_head *head)
{
	sodium_memzero(head->text, head->text_size);
}
