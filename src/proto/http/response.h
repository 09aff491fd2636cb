/* The head of an HTTP/1.1 answer: RFC 9112 §4. */
#ifndef PROTO_HTTP_RESPONSE_H
#define PROTO_HTTP_RESPONSE_H

#include "base/attr.h"
#include "base/bytes.h"

enum { HTTP_RESPONSE_HEAD_MAX = 4096 };

/* "Not Found"; empty for a status that Ward does not give. */
const char *response_reason(int status);

void response_start(struct bytes_writer *writer, int status);
/* Names and values are Ward's own; asserts that they hold nothing that ends a line. */
void response_add(struct bytes_writer *writer, const char *name, const char *value);
void response_end(struct bytes_writer *writer);

#endif
