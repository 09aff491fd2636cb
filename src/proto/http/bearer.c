#include "proto/http/bearer.h"

#include <errno.h>

#include "base/text.h"
#include "proto/http/grammar.h"

int bearer_parse(struct bytes value, struct http_bearer *ret_bearer)
{
	static const char scheme[] = "bearer", mark[] = "ward_";
	struct http_bearer bearer = {0};
	struct bytes word;

	if (!grammar_next_item(&value, ' ', &word) || !grammar_same_word(word, scheme))
		return -EBADMSG;
	value = grammar_trim(value);
	if (value.size >= strlen(mark) && memcmp(value.data, mark, strlen(mark)) == 0) {
		bearer.is_token = true;
		value = (struct bytes){value.data + strlen(mark), value.size - strlen(mark)};
	}
	if (text_parse_hex((const char *)value.data, value.size, bearer.secret,
			   sizeof(bearer.secret)) < 0)
		return -EBADMSG;
	*ret_bearer = bearer;
	return 0;
}
