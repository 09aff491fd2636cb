#include "proto/http/fields.h"

#include <errno.h>

#include "proto/http/grammar.h"

/* A list may come in several lines; Ward reads the first, which is never less strict. Connection
 * is not one of them: a second line could say `close`. */
static const struct {
	const char *name;
	bool is_list;
} table[HTTP_FIELD_COUNT] = {
	[HTTP_ACCEPT_ENCODING] = {"accept-encoding", true},
	[HTTP_AUTHORIZATION] = {"authorization", false},
	[HTTP_CONNECTION] = {"connection", false},
	[HTTP_CONTENT_LENGTH] = {"content-length", false},
	[HTTP_CONTENT_TYPE] = {"content-type", false},
	[HTTP_EXPECT] = {"expect", false},
	[HTTP_HOST] = {"host", false},
	[HTTP_IF_MATCH] = {"if-match", false},
	[HTTP_IF_NONE_MATCH] = {"if-none-match", true},
	[HTTP_IF_RANGE] = {"if-range", false},
	[HTTP_ORIGIN] = {"origin", false},
	[HTTP_RANGE] = {"range", false},
	[HTTP_TRANSFER_ENCODING] = {"transfer-encoding", false},
	[HTTP_WARD_ASK] = {"ward-ask", false},
};

enum http_field fields_find(struct bytes name)
{
	for (enum http_field field = 0; field < HTTP_FIELD_COUNT; field++)
		if (grammar_same_word(name, table[field].name))
			return field;
	return HTTP_FIELD_COUNT;
}

int fields_add(struct http_fields *fields, struct bytes name, struct bytes value)
{
	if (fields->lines >= HTTP_FIELDS_MAX)
		return -EMSGSIZE;
	fields->lines++;

	enum http_field field = fields_find(name);

	if (field == HTTP_FIELD_COUNT)
		return 0;
	if (fields_has(fields, field))
		return table[field].is_list ? 0 : -EBADMSG;
	fields->values[field] = value;
	return 0;
}
