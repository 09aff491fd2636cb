/* A request's head as HTTP/2 brings it, field by field: RFC 9113 §8.3. Fields that Ward reads are
 * kept, the others counted and forgotten. nghttp2 has checked their syntax and order. */
#ifndef FRONT_HTTP2_HEAD_H
#define FRONT_HTTP2_HEAD_H

#include "base/attr.h"
#include "proto/http/request.h"

enum { HTTP2_TEXT_MAX = 4096 /* bytes of the fields that Ward reads */ };

struct http2_head {
	int error;   /* the first thing wrong with it */
	size_t size; /* as RFC 9113 §6.5.2 counts it */
	size_t text_size;
	uint8_t text[HTTP2_TEXT_MAX]; /* what the request borrows from */
};

void http2_head_begin(struct http2_head *head);
void http2_head_add(struct http2_head *head, struct http_request *request, struct bytes name,
		    struct bytes value);
/* What a version 1.1 head is checked for by its parser, and nghttp2 leaves to us. 0 or a negative
 * errno as request_parse gives it. */
NODISCARD int http2_head_end(const struct http2_head *head, struct http_request *request);
/* Wipes the text. */
void http2_head_forget(struct http2_head *head);

#endif
