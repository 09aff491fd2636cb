#include "proto/http/grammar.h"

#include <strings.h>

static bool is_token_char(uint8_t c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c && strchr("!#$%&'*+-.^_`|~", c);
}

bool grammar_is_token(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!is_token_char(text.data[i]))
			return false;
	return text.size > 0;
}

bool grammar_is_field_value(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if ((text.data[i] < ' ' && text.data[i] != '\t') || text.data[i] == 0x7f)
			return false;
	return true;
}

bool grammar_same_word(struct bytes text, const char *word)
{
	return strlen(word) == text.size &&
	       (!text.size || strncasecmp((const char *)text.data, word, text.size) == 0);
}

bool grammar_same(struct bytes text, const char *string)
{
	return strlen(string) == text.size &&
	       (!text.size || memcmp(text.data, string, text.size) == 0);
}

struct bytes grammar_trim(struct bytes text)
{
	while (text.size && (text.data[0] == ' ' || text.data[0] == '\t')) {
		text.data++;
		text.size--;
	}
	while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
		text.size--;
	return text;
}

bool grammar_next_item(struct bytes *rest, char separator, struct bytes *ret_item)
{
	if (!rest->size)
		return false;
	const uint8_t *end = memchr(rest->data, separator, rest->size);
	size_t size = end ? (size_t)(end - rest->data) : rest->size;
	size_t used = end ? size + 1 : size;

	*ret_item = grammar_trim((struct bytes){rest->data, size});
	rest->data += used;
	rest->size -= used;
	return true;
}

bool grammar_list_has(struct bytes list, const char *word)
{
	struct bytes item;

	while (grammar_next_item(&list, ',', &item))
		if (grammar_same_word(item, word))
			return true;
	return false;
}
