/* RTSP/1.0 messages (RFC 2326): requests and responses, parsed where they lie and built into the
 * caller's memory. Cameras are sloppy, so the parser takes bare LF, blanks around colons, folded
 * headers, and a response without CSeq; it never takes more than the maxima below. */
#ifndef PROTO_RTSP_MESSAGE_H
#define PROTO_RTSP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "proto/rtsp/slice.h"

enum {
	RTSP_HEAD_SIZE_MAX = 16 * 1024, /* start line and headers */
	RTSP_BODY_SIZE_MAX = 64 * 1024,
	RTSP_MESSAGE_SIZE_MAX = RTSP_HEAD_SIZE_MAX + RTSP_BODY_SIZE_MAX,
	RTSP_HEADERS_MAX = 64,
};

enum rtsp_method {
	RTSP_OTHER, /* a method that Ward does not know */
	RTSP_OPTIONS,
	RTSP_DESCRIBE,
	RTSP_ANNOUNCE,
	RTSP_SETUP,
	RTSP_PLAY,
	RTSP_PAUSE,
	RTSP_TEARDOWN,
	RTSP_GET_PARAMETER,
	RTSP_SET_PARAMETER,
	RTSP_REDIRECT,
	RTSP_RECORD,
	RTSP_METHOD_COUNT
};

struct rtsp_header {
	struct slice name, value; /* value without blanks around it; a folded one keeps its CRLF */
};

/* All slices point into the parsed bytes. */
struct rtsp_message {
	bool is_request;
	enum rtsp_method method; /* request */
	struct slice uri;        /* request */
	uint32_t status;         /* response: 100..999 */
	struct slice reason;     /* response */
	bool has_cseq;
	uint32_t cseq;
	struct rtsp_header headers[RTSP_HEADERS_MAX];
	size_t header_count;
	struct slice body;
};

/* Parses the message at the start of `data` (RFC 2326 §4, §6, §7). Returns the bytes it takes,
 * -EAGAIN if more are needed, -EBADMSG, or -EMSGSIZE if it is or would be over a maximum. On
 * failure `*ret_message` holds nothing of use. */
NODISCARD int rtsp_message_parse(const char *data, size_t size, struct rtsp_message *ret_message);

/* The first header of that name, NULL if there is none. */
const struct slice *rtsp_message_header(const struct rtsp_message *message, const char *name);

/* RFC 2326 §10: "OPTIONS", ...; NULL for RTSP_OTHER. */
const char *rtsp_method_name(enum rtsp_method method);
/* The usual words for a status code (RFC 2326 §7.1.1). */
const char *rtsp_status_reason(uint32_t status);

/* Building: start, then headers, then end (which adds the empty line and a body). What does not
 * fit marks `text` as failed. CR and LF in a value would start another header: they are left out,
 * so outside text cannot add one. */
void rtsp_build_request(struct text *text, enum rtsp_method method, const char *uri, uint32_t cseq);
void rtsp_build_response(struct text *text, uint32_t status, uint32_t cseq);
void rtsp_build_header(struct text *text, const char *name, const char *value);
void rtsp_build_end(struct text *text, const char *content_type, const void *body,
		    size_t body_size);

#endif
