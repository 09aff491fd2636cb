#include <assert.h>

#include "proto/http/request.h"

/* What was accepted must be borrowed from the input and stay within it. */
static void check_inside(struct bytes part, const uint8_t *data, size_t size)
{
	assert(!part.data || (part.data >= data && part.data + part.size <= data + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request request;
	size_t head_size = request_head_size(data, size, 0);

	assert(head_size <= size);
	if (request_parse(data, head_size ? head_size : size, &request) < 0)
		return 0;
	check_inside(request.target.path, data, size);
	check_inside(request.target.query, data, size);
	check_inside(request.authority, data, size);
	for (int i = 0; i < HTTP_FIELD_COUNT; i++)
		check_inside(request.fields.values[i], data, size);
	assert(request.authority.size > 0 && request.target.path.size > 0);
	assert(request.framing != HTTP_CHUNKED_BODY ||
	       !fields_has(&request.fields, HTTP_CONTENT_LENGTH));
	return 0;
}
