#include "proto/http/media_type.h"

#include "base/attr.h"
#include "proto/http/grammar.h"

static const struct {
	const char *ending, *type;
	bool shrinks;
} types[] = {
	{".html", "text/html; charset=utf-8", true},
	{".js", "text/javascript; charset=utf-8", true},
	{".mjs", "text/javascript; charset=utf-8", true},
	{".css", "text/css; charset=utf-8", true},
	{".json", "application/json", true},
	{".webmanifest", "application/manifest+json", true},
	{".svg", "image/svg+xml", true},
	{".txt", "text/plain; charset=utf-8", true},
	{".png", "image/png", false},
	{".jpg", "image/jpeg", false},
	{".webp", "image/webp", false},
	{".ico", "image/x-icon", false},
	{".woff2", "font/woff2", false},
	{".wasm", "application/wasm", true},
	{".opus", "audio/ogg", false},
	{".wav", "audio/wav", false},
};

bool media_type_is(struct bytes value, const char *type)
{
	struct bytes word;

	return grammar_next_item(&value, ';', &word) && grammar_same_word(word, type);
}

const char *media_type_of_file(const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
		size_t ending = strlen(types[i].ending);

		if (size > ending && strcmp(name + size - ending, types[i].ending) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

bool media_type_shrinks(const char *type)
{
	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		if (types[i].shrinks && strcmp(types[i].type, type) == 0)
			return true;
	return false;
}
