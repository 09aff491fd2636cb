#include <assert.h>
#include <stdlib.h>

#include "proto/http/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says in how large pieces the rest comes; the body must not depend on it. */
static int read_in_pieces(const uint8_t *data, size_t size, size_t piece, uint64_t *ret_sum)
{
	struct chunked chunked = {0};
	size_t at = 0;

	*ret_sum = 0;
	while (at < size && chunked.state != CHUNKED_DONE) {
		struct bytes input = {data + at, piece < size - at ? piece : size - at}, run;
		size_t had = input.size;
		int r = chunked_next(&chunked, &input, &run);

		if (r < 0)
			return r;
		assert(run.size <= had && input.size <= had);
		for (size_t i = 0; i < run.size; i++)
			*ret_sum = *ret_sum * 31 + run.data[i];
		at += had - input.size;
	}
	return chunked.state == CHUNKED_DONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t whole, pieces;

	if (!size)
		return 0;
	size_t piece = data[0] % 16 + 1;
	int a = read_in_pieces(data + 1, size - 1, size, &whole);
	int b = read_in_pieces(data + 1, size - 1, piece, &pieces);

	if (a != b || (a >= 0 && whole != pieces))
		abort();
	return 0;
}
