#include "front/reply.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* What every answer says, page or API: nothing may be embedded, sniffed, framed, or loaded from
 * anywhere but here; the camera of the viewer's own device is never asked for. */
static const struct reply_field strict_fields[] = {
	{"content-security-policy",
	 "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
	 "media-src 'self' blob: mediastream:; connect-src 'self'; manifest-src 'self'; "
	 "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	{"x-content-type-options", "nosniff"},
	{"referrer-policy", "no-referrer"},
	{"permissions-policy", "camera=(), geolocation=(), microphone=(self)"},
	{"cross-origin-opener-policy", "same-origin"},
	{"cross-origin-resource-policy", "same-origin"},
};

/* Only under a name that has no plain HTTP: on localhost it would lock the newcomer out. */
static const struct reply_field https_fields[] = {
	{"strict-transport-security", "max-age=31536000"},
};

void reply_add(struct reply *reply, const char *name, const char *format, ...)
{
	size_t left = sizeof(reply->text) - reply->text_size;
	char *value = reply->text + reply->text_size;
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(value, left, format, arguments);

	va_end(arguments);
	assert(size >= 0 && (size_t)size < left && reply->field_count < REPLY_FIELDS_MAX);
	reply->text_size += (size_t)size + 1;
	reply->fields[reply->field_count++] = (struct reply_field){name, value};
}

void reply_set_body(struct reply *reply, struct bytes body)
{
	assert(!reply->owned);
	reply->body = body;
	reply->body_size = body.size;
}

void reply_take_body(struct reply *reply, uint8_t *body, size_t size)
{
	reply_set_body(reply, (struct bytes){body, size});
	reply->owned = body;
}

void reply_take_piece(struct reply *reply, uint8_t *data, struct bytes piece)
{
	assert(!reply->body.size && piece.size <= reply->body_later);
	free(reply->owned);
	reply->owned = data;
	reply->body = piece;
	reply->body_later -= piece.size;
}

int reply_append(struct reply *reply, const void *data, size_t size)
{
	if (!reply->owned) {
		reply->owned = malloc(REPLY_STREAM_MAX);
		if (!reply->owned)
			return -ENOMEM;
		reply->body = (struct bytes){reply->owned, 0};
	}
	if (reply->body.data != reply->owned) {
		memmove(reply->owned, reply->body.data, reply->body.size);
		reply->body.data = reply->owned;
	}
	if (size > REPLY_STREAM_MAX - reply->body.size)
		return -EMSGSIZE;
	memcpy(reply->owned + reply->body.size, data, size);
	reply->body.size += size;
	return 0;
}

static void each_of(const struct reply_field *fields, size_t count, reply_field_fn *each,
		    void *context)
{
	for (size_t i = 0; i < count; i++)
		each(context, fields[i].name, fields[i].value);
}

void reply_each_field(struct reply *reply, bool is_https_only, const char *date,
		      reply_field_fn *each, void *context)
{
	each(context, "date", date);
	if (reply->type)
		each(context, "content-type", reply->type);
	each(context, "cache-control", reply->may_be_kept ? "no-cache" : "no-store");
	each_of(reply->fields, reply->field_count, each, context);
	each_of(strict_fields, ARRAY_COUNT(strict_fields), each, context);
	if (is_https_only)
		each_of(https_fields, ARRAY_COUNT(https_fields), each, context);
	if (reply->is_stream || reply->status == 204 || reply->status == 304)
		return;
	snprintf(reply->length, sizeof(reply->length), "%llu",
		 (unsigned long long)reply->body_size);
	each(context, "content-length", reply->length);
}

size_t reply_take(struct reply *reply, void *to, size_t size)
{
	if (size > reply->body.size)
		size = reply->body.size;
	if (size)
		memcpy(to, reply->body.data, size);
	reply->body.data += size;
	reply->body.size -= size;
	return size;
}

void reply_finish(struct reply *reply)
{
	free(reply->owned);
	*reply = (struct reply){0};
}
