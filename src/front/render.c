#include "front/render.h"

#include <errno.h>

#include "base/text.h"
#include "proto/http/media_type.h"

enum { RENDER_SID_SIZE = 16, RENDER_HEX_MAX = 64, RENDER_TEXT_MAX = 8192 };

void render_reply(struct exchange *exchange, int status, json_t *take_value)
{
	size_t flags = JSON_COMPACT;
	size_t size = take_value ? json_dumpb(take_value, NULL, 0, flags) : 0;
	uint8_t *body = size ? malloc(size) : NULL;

	if (body)
		json_dumpb(take_value, (char *)body, size, flags);
	json_decref(take_value);
	exchange->reply.type = "application/json";
	if (body) {
		reply_take_body(&exchange->reply, body, size);
		exchange_reply(exchange, status);
	} else {
		exchange->reply.type = NULL;
		exchange_reply(exchange, 503);
	}
}

/* The length of the UTF-8 character at the front, or 0 (RFC 3629; surrogates and overlong forms
 * are left to jansson, which refuses them). */
static size_t char_size(const uint8_t *at, size_t left)
{
	size_t size = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

	if (at[0] >= 0x80 && (at[0] < 0xc2 || at[0] > 0xf4))
		return 0;
	if (size > left)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

json_t *render_text(const char *data, size_t size)
{
	char copy[RENDER_TEXT_MAX];
	size_t at = 0;

	size = strnlen(data, size < sizeof(copy) ? size : sizeof(copy));
	memcpy(copy, data, size);
	while (at < size) {
		size_t step = char_size((const uint8_t *)copy + at, size - at);

		if (!step || (step == 1 && ((uint8_t)copy[at] < ' ' || copy[at] == 0x7f) &&
			      copy[at] != '\n' && copy[at] != '\t')) {
			copy[at] = '?';
			step = 1;
		}
		at += step;
	}
	json_t *string = json_stringn(copy, size);

	return string ? string : json_string("?");
}

json_t *render_hex(const void *data, size_t size)
{
	char hex[2 * RENDER_HEX_MAX + 1];
	struct text text;

	text_init(&text, hex, sizeof(hex));
	text_add_hex(&text, data, size);
	return json_stringn(text.data, text.size);
}

json_t *render_base64(const void *data, size_t size)
{
	char base64[2 * RENDER_HEX_MAX + 1];
	struct text text;

	text_init(&text, base64, sizeof(base64));
	text_add_base64(&text, data, size);
	return json_stringn(text.data, text.size);
}

void render_begun(struct exchange *exchange, const struct ipc_done *done)
{
	render_reply(exchange, 201,
		     json_pack("{s:o, s:I}", "sid", render_hex(done->id, RENDER_SID_SIZE), "seq",
			       (json_int_t)done->log_seq));
}

const char *render_role(uint32_t role)
{
	static const char *const words[ROLE_COUNT] = {
		[ROLE_NONE] = "none",
		[ROLE_OWNER] = "owner",
		[ROLE_MEMBER] = "member",
		[ROLE_GUEST] = "guest",
		[ROLE_INTEGRATION] = "integration",
	};

	return role < ROLE_COUNT ? words[role] : "none";
}

int render_read_body(struct exchange *exchange, json_t **ret_object)
{
	struct bytes type = exchange->request.fields.values[HTTP_CONTENT_TYPE];

	if (type.data && !media_type_is(type, "application/json")) {
		exchange_fail(exchange, PROBLEM_WRONG_TYPE);
		return -EBADMSG;
	}
	json_t *object = exchange->body_size
				 ? json_loadb((const char *)exchange->body, exchange->body_size,
					      JSON_REJECT_DUPLICATES, NULL)
				 : NULL;

	if (!json_is_object(object)) {
		json_decref(object);
		exchange_fail(exchange, PROBLEM_BAD_REQUEST);
		return -EBADMSG;
	}
	*ret_object = object;
	return 0;
}

int render_read_hex(const json_t *object, const char *key, void *ret_data, size_t size)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return -EBADMSG;
	return text_parse_hex(json_string_value(value), json_string_length(value), ret_data, size);
}

int render_read_name(const json_t *object, const char *key, char *ret_name, size_t size)
{
	const json_t *value = json_object_get(object, key);
	size_t length = json_string_length(value);
	const char *name = json_string_value(value);

	if (!name || !length || length >= size)
		return -EBADMSG;
	for (size_t i = 0; i < length; i++)
		if ((uint8_t)name[i] < ' ' || name[i] == 0x7f)
			return -EBADMSG;
	memcpy(ret_name, name, length);
	ret_name[length] = '\0';
	return 0;
}
