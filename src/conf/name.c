#include "conf/name.h"

#include <stdint.h>
#include <string.h>

#include "ipc/messages.h"

const char name_rule[] = "expected 1 to 63 bytes: letters, digits, space, - _ . ; starting with "
			 "a letter or digit and not ending in a space or dot";

/* The next character of UTF-8 (RFC 3629, shortest form only); 0 if it is broken. */
static uint32_t next_character(const unsigned char **at)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *p = *at;
	unsigned more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0 ? 1 : 0;
	uint32_t character = more ? p[0] & (0x3fU >> more) : p[0];

	if ((p[0] & 0xc0) == 0x80 || p[0] >= 0xf8)
		return 0;
	for (unsigned i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (p[i] & 0x3fU);
	}
	*at += 1 + more;
	if (character < least[more] || character > 0x10ffff)
		return 0;
	return character;
}

static bool is_ascii_allowed(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == ' ' || c == '-' || c == '_' || c == '.';
}

/* Ranges of Unicode that hold no letters: controls, odd spaces, invisible and turning marks,
 * surrogates, private use, specials, tags. */
static bool is_wide_allowed(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} refused[] = {
		{0x80, 0xbf},     {0x34f, 0x34f},   {0x61c, 0x61c},   {0x115f, 0x1160},
		{0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x206f},
		{0x3000, 0x3000}, {0x3164, 0x3164}, {0xd800, 0xf8ff}, {0xfe00, 0xfe0f},
		{0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xffff}, {0xe0000, 0x10ffff},
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (c >= refused[i].first && c <= refused[i].last)
			return false;
	return true;
}

bool name_is_valid(const char *name)
{
	size_t size = strnlen(name, NAME_SIZE);

	if (size == 0 || size >= NAME_SIZE || strchr(" .-", name[0]))
		return false;
	if (name[size - 1] == ' ' || name[size - 1] == '.')
		return false;
	for (const unsigned char *at = (const unsigned char *)name; *at;) {
		uint32_t character = next_character(&at);

		if (character < 0x80 ? !is_ascii_allowed(character) : !is_wide_allowed(character))
			return false;
	}
	return true;
}
