/* An answer, whichever version of HTTP carries it. A handler fills it once; the transport takes
 * the head when it is ready and the body as fast as the peer reads. */
#ifndef FRONT_REPLY_H
#define FRONT_REPLY_H

#include "base/attr.h"
#include "base/bytes.h"

enum {
	REPLY_FIELDS_MAX = 8,
	REPLY_TEXT_MAX = 768,         /* bytes of the values of those fields */
	REPLY_STREAM_MAX = 16 * 1024, /* unread bytes of a stream before its reader is too slow */
};

struct reply_field {
	const char *name, *value;
};

struct reply {
	int status;
	const char *type; /* NULL: none */
	bool may_be_kept; /* Cache-Control: no-cache instead of no-store */
	bool is_ready;
	bool is_stream;   /* of unknown length */
	bool is_over;     /* a stream's end is in its body */
	bool has_no_body; /* HEAD, 204, 304: the length counts, the bytes stay */
	size_t field_count;
	struct reply_field fields[REPLY_FIELDS_MAX];
	size_t text_size;
	char text[REPLY_TEXT_MAX];
	struct bytes body; /* what is left to take */
	uint64_t body_size;
	uint64_t body_later; /* bytes that follow in more pieces, once `body` is taken */
	char length[24];     /* body_size in digits, once the head is made */
	uint8_t *owned;      /* what `body` points into, if it is ours to free */
};

typedef void reply_field_fn(void *context, const char *name, const char *value);

/* Adds a field; the value is copied. Asserts that it fits. */
void reply_add(struct reply *reply, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);

/* Sets a body that stays the caller's (it must outlive the connection) or is taken over. */
void reply_set_body(struct reply *reply, struct bytes body);
void reply_take_body(struct reply *reply, uint8_t *body, size_t size);

/* The next piece of a body whose size was known from the start: takes its memory over. The one
 * before is taken. */
void reply_take_piece(struct reply *reply, uint8_t *data, struct bytes piece);

/* Appends to a stream. -EMSGSIZE if its reader is too slow, -ENOMEM. */
NODISCARD int reply_append(struct reply *reply, const void *data, size_t size);

/* Every field of the head but the status, the same for each version; `date` is its Date. What is
 * passed stays in place as long as the reply and the date do. */
void reply_each_field(struct reply *reply, bool is_https_only, const char *date,
		      reply_field_fn *each, void *context);

/* Moves up to `size` bytes of the body; 0: none now. */
size_t reply_take(struct reply *reply, void *to, size_t size);

/* Nothing is left to take, and nothing will come. */
static inline bool reply_is_taken(const struct reply *reply)
{
	return reply->is_ready && !reply->body.size && !reply->body_later &&
	       (!reply->is_stream || reply->is_over);
}

void reply_finish(struct reply *reply);

#endif
