/* Lines of words from a file of test vectors; `#` begins a comment line. */
#ifndef UNIT_LOG_VECTOR_FILE_H
#define UNIT_LOG_VECTOR_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "proto/log/merkle.h"
#include "unit/check.h"

enum { VECTOR_WORDS_MAX = 80, VECTOR_LINE_MAX = 8192 };

struct vector_file {
	FILE *file;
	char line[VECTOR_LINE_MAX];
	unsigned count;
	char *words[VECTOR_WORDS_MAX];
};

static inline void vector_open(struct vector_file *vectors, const char *name)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", VECTOR_DIRECTORY, name);
	vectors->file = fopen(path, "re");
	assert_non_null(vectors->file);
}

/* False at the end, where it closes the file. */
static inline bool vector_next(struct vector_file *vectors)
{
	do {
		if (!fgets(vectors->line, sizeof(vectors->line), vectors->file)) {
			fclose(vectors->file);
			return false;
		}
	} while (vectors->line[0] == '#');
	vectors->count = 0;

	char *rest = vectors->line, *word;

	while ((word = strsep(&rest, " \n")) && vectors->count < VECTOR_WORDS_MAX)
		if (*word)
			vectors->words[vectors->count++] = word;
	return true;
}

/* Bytes of base64; -1 if it is not. */
static inline int vector_base64(const char *word, uint8_t *data, size_t capacity)
{
	size_t size = strlen(word), decoded = size / 4 * 3;

	if (size < 4 || size % 4)
		return -1;
	decoded -= (size_t)(word[size - 1] == '=');
	decoded -= (size_t)(word[size - 2] == '=');
	if (decoded > capacity || text_parse_base64(word, size, data, decoded) < 0)
		return -1;
	return (int)decoded;
}

static inline bool vector_hash(const char *word, struct merkle_hash *hash)
{
	return text_parse_base64(word, strlen(word), hash->bytes, sizeof(hash->bytes)) == 0;
}

#endif
