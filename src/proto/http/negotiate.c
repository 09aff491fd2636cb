#include "proto/http/negotiate.h"

#include "proto/http/grammar.h"

/* "q=0", "q=0.0", "q=0.00" and so on. */
static bool is_zero_weight(struct bytes parameter)
{
	if (parameter.size < 3 || (parameter.data[0] | 0x20) != 'q' || parameter.data[1] != '=')
		return false;
	for (size_t i = 2; i < parameter.size; i++)
		if (parameter.data[i] != '0' && parameter.data[i] != '.')
			return false;
	return true;
}

bool negotiate_takes_gzip(struct bytes accept_encoding)
{
	struct bytes item, coding, parameter;

	while (grammar_next_item(&accept_encoding, ',', &item)) {
		if (!grammar_next_item(&item, ';', &coding) || !grammar_same_word(coding, "gzip"))
			continue;
		return !grammar_next_item(&item, ';', &parameter) || !is_zero_weight(parameter);
	}
	return false;
}

bool negotiate_has_etag(struct bytes if_none_match, const char *etag)
{
	struct bytes item;

	while (grammar_next_item(&if_none_match, ',', &item)) {
		if (grammar_same(item, "*"))
			return true;
		if (item.size > 2 && memcmp(item.data, "W/", 2) == 0)
			item = (struct bytes){item.data + 2, item.size - 2};
		if (grammar_same(item, etag))
			return true;
	}
	return false;
}
