#include "proto/rtsp/rtsp_message.h"

#include <errno.h>
#include <string.h>

static const char *const method_names[RTSP_METHOD_COUNT] = {
	[RTSP_OPTIONS] = "OPTIONS",
	[RTSP_DESCRIBE] = "DESCRIBE",
	[RTSP_ANNOUNCE] = "ANNOUNCE",
	[RTSP_SETUP] = "SETUP",
	[RTSP_PLAY] = "PLAY",
	[RTSP_PAUSE] = "PAUSE",
	[RTSP_TEARDOWN] = "TEARDOWN",
	[RTSP_GET_PARAMETER] = "GET_PARAMETER",
	[RTSP_SET_PARAMETER] = "SET_PARAMETER",
	[RTSP_REDIRECT] = "REDIRECT",
	[RTSP_RECORD] = "RECORD",
};

static const struct {
	uint32_t status;
	const char *reason;
} status_reasons[] = {
	{100, "Continue"},
	{200, "OK"},
	{301, "Moved Permanently"},
	{302, "Moved Temporarily"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{453, "Not Enough Bandwidth"},
	{454, "Session Not Found"},
	{455, "Method Not Valid in This State"},
	{459, "Aggregate Operation Not Allowed"},
	{461, "Unsupported Transport"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{505, "RTSP Version Not Supported"},
	{551, "Option Not Supported"},
};

const char *rtsp_method_name(enum rtsp_method method)
{
	return method < RTSP_METHOD_COUNT ? method_names[method] : NULL;
}

const char *rtsp_status_reason(uint32_t status)
{
	for (size_t i = 0; i < ARRAY_COUNT(status_reasons); i++)
		if (status_reasons[i].status == status)
			return status_reasons[i].reason;
	return "Unknown";
}

/* Where the head ends: after the first empty line. 0: not yet within `size`. */
static size_t find_head_end(const char *data, size_t size)
{
	const char *at = data, *end = data + size;

	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at++;
		if (at < end && *at == '\n')
			return (size_t)(at + 1 - data);
		if (at + 1 < end && at[0] == '\r' && at[1] == '\n')
			return (size_t)(at + 2 - data);
	}
	return 0;
}

static int parse_response_line(struct slice line, struct rtsp_message *message)
{
	slice_cut_word(&line);
	struct slice status = slice_cut_word(&line);

	message->is_request = false;
	message->reason = slice_trim(line);
	if (slice_parse_u32(status, 999, &message->status) < 0 || message->status < 100)
		return -EBADMSG;
	return 0;
}

static int parse_request_line(struct slice line, struct rtsp_message *message)
{
	struct slice method = slice_cut_word(&line);

	message->is_request = true;
	message->uri = slice_cut_word(&line);
	if (message->uri.size == 0 || !slice_starts(slice_trim(line), "RTSP/"))
		return -EBADMSG;
	for (enum rtsp_method i = RTSP_OPTIONS; i < RTSP_METHOD_COUNT; i++)
		if (slice_equals(method, method_names[i]))
			message->method = i;
	return 0;
}

static int add_header(struct rtsp_message *message, struct slice line)
{
	bool is_folded = line.data[0] == ' ' || line.data[0] == '\t';

	if (is_folded && message->header_count > 0) {
		struct slice *value = &message->headers[message->header_count - 1].value;

		value->size = (size_t)(line.data + line.size - value->data);
		*value = slice_trim(*value);
		return 0;
	}
	if (!memchr(line.data, ':', line.size))
		return 0; /* some cameras put a stray line here; it says nothing */
	if (message->header_count == RTSP_HEADERS_MAX)
		return -EMSGSIZE;
	struct rtsp_header *header = &message->headers[message->header_count++];

	header->name = slice_trim(slice_cut(&line, ':'));
	header->value = slice_trim(line);
	return 0;
}

static int parse_head(struct slice head, struct rtsp_message *message)
{
	struct slice line;
	int rc = -EBADMSG;

	if (slice_cut_line(&head, &line))
		rc = slice_starts(line, "RTSP/") ? parse_response_line(line, message)
						 : parse_request_line(line, message);
	while (rc == 0 && slice_cut_line(&head, &line))
		if (line.size)
			rc = add_header(message, line);
	return rc;
}

int rtsp_message_parse(const char *data, size_t size, struct rtsp_message *ret_message)
{
	size_t scan = size < RTSP_HEAD_SIZE_MAX ? size : RTSP_HEAD_SIZE_MAX;
	size_t head_size = find_head_end(data, scan);
	uint32_t body_size = 0;

	if (head_size == 0)
		return size < RTSP_HEAD_SIZE_MAX ? -EAGAIN : -EMSGSIZE;
	memset(ret_message, 0, sizeof(*ret_message));
	int rc = parse_head((struct slice){data, head_size}, ret_message);

	if (rc < 0)
		return rc;
	const struct slice *cseq = rtsp_message_header(ret_message, "CSeq");
	const struct slice *length = rtsp_message_header(ret_message, "Content-Length");

	ret_message->has_cseq = cseq && slice_parse_u32(*cseq, UINT32_MAX, &ret_message->cseq) == 0;
	if (length && slice_parse_u32(*length, UINT32_MAX, &body_size) < 0)
		return -EBADMSG;
	if (body_size > RTSP_BODY_SIZE_MAX)
		return -EMSGSIZE;
	if (size - head_size < body_size)
		return -EAGAIN;
	ret_message->body = (struct slice){data + head_size, body_size};
	return (int)(head_size + body_size);
}

const struct slice *rtsp_message_header(const struct rtsp_message *message, const char *name)
{
	for (size_t i = 0; i < message->header_count; i++)
		if (slice_equals(message->headers[i].name, name))
			return &message->headers[i].value;
	return NULL;
}

static void add_clean(struct text *text, const char *string)
{
	while (*string) {
		size_t clean = strcspn(string, "\r\n");

		text_add_bytes(text, string, clean);
		string += clean;
		string += strspn(string, "\r\n");
	}
}

void rtsp_build_request(struct text *text, enum rtsp_method method, const char *uri, uint32_t cseq)
{
	text_printf(text, "%s ", method_names[method]);
	add_clean(text, uri);
	text_printf(text, " RTSP/1.0\r\nCSeq: %u\r\n", cseq);
}

void rtsp_build_response(struct text *text, uint32_t status, uint32_t cseq)
{
	text_printf(text, "RTSP/1.0 %u %s\r\nCSeq: %u\r\n", status, rtsp_status_reason(status),
		    cseq);
}

void rtsp_build_header(struct text *text, const char *name, const char *value)
{
	add_clean(text, name);
	text_add(text, ": ");
	add_clean(text, value);
	text_add(text, "\r\n");
}

void rtsp_build_end(struct text *text, const char *content_type, const void *body, size_t body_size)
{
	if (body_size) {
		rtsp_build_header(text, "Content-Type", content_type);
		text_printf(text, "Content-Length: %zu\r\n", body_size);
	}
	text_add(text, "\r\n");
	if (body_size)
		text_add_bytes(text, body, body_size);
}
