/* JSON out and in. Text from outside is made valid UTF-8; numbers stay exact below 2^53. */
#ifndef FRONT_RENDER_H
#define FRONT_RENDER_H

#include <jansson.h>

#include "base/attr.h"
#include "front/exchange.h"

/* Answers with the value, whose reference is taken; NULL (no memory) becomes a 503. */
void render_reply(struct exchange *exchange, int status, json_t *take_value);

/* 201 {sid, seq}: a session that began. */
void render_begun(struct exchange *exchange, const struct ipc_done *done);

/* A JSON string of `size` bytes at most, ended by a NUL before. Bytes that are no UTF-8, and
 * controls other than LF and tab, become '?'. */
json_t *render_text(const char *data, size_t size);
json_t *render_hex(const void *data, size_t size);
json_t *render_base64(const void *data, size_t size);

/* "owner", "member", ... */
const char *render_role(uint32_t role);

/* The request's body as a JSON object without doubled keys; refuses the exchange if it is none.
 * The caller owns the reference. */
NODISCARD int render_read_body(struct exchange *exchange, json_t **ret_object);
/* A member that is exactly `size` bytes of hex. 0 or -EBADMSG. */
NODISCARD int render_read_hex(const json_t *object, const char *key, void *ret_data, size_t size);
/* A member that is a name: 1 to `size` - 1 bytes, no controls. 0 or -EBADMSG. */
NODISCARD int render_read_name(const json_t *object, const char *key, char *ret_name, size_t size);

#endif
