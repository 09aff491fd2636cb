#include "proto/http/response.h"

#include <assert.h>

#include "base/text.h"
#include "proto/http/grammar.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{100, "Continue"},
	{200, "OK"},
	{201, "Created"},
	{204, "No Content"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};

const char *response_reason(int status)
{
	for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

static void add_number(struct bytes_writer *writer, uint64_t value)
{
	char digits[24];
	struct text text;

	text_init(&text, digits, sizeof(digits));
	text_printf(&text, "%llu", (unsigned long long)value);
	bytes_put(writer, text.data, text.size);
}

static void add(struct bytes_writer *writer, const char *string)
{
	bytes_put(writer, string, strlen(string));
}

void response_start(struct bytes_writer *writer, int status)
{
	add(writer, "HTTP/1.1 ");
	add_number(writer, (uint64_t)status);
	add(writer, " ");
	add(writer, response_reason(status));
	add(writer, "\r\n");
}

void response_add(struct bytes_writer *writer, const char *name, const char *value)
{
	assert(grammar_is_token(grammar_bytes(name)));
	assert(grammar_is_field_value(grammar_bytes(value)));
	add(writer, name);
	add(writer, ": ");
	add(writer, value);
	add(writer, "\r\n");
}

void response_end(struct bytes_writer *writer)
{
	add(writer, "\r\n");
}
