#include "proto/http/chunked.h"

#include <errno.h>

#include "base/text.h"

enum { SIZE_DIGITS_MAX = 8 };

static int read_size(struct chunked *chunked, uint8_t c)
{
	int value = text_hex_digit(c);

	if (value >= 0) {
		if (++chunked->digits > SIZE_DIGITS_MAX)
			return -EMSGSIZE;
		chunked->left = chunked->left << 4 | (unsigned)value;
		return 0;
	}
	if (!chunked->digits)
		return -EBADMSG;
	if (c == '\r')
		chunked->state = CHUNKED_SIZE_LF;
	else if (c == ';')
		chunked->state = CHUNKED_EXTENSION;
	else
		return -EBADMSG; /* not even a space: that is how smugglers begin */
	return 0;
}

static int read_extension(struct chunked *chunked, uint8_t c)
{
	if (++chunked->line > CHUNKED_LINE_MAX)
		return -EMSGSIZE;
	if (c == '\r')
		chunked->state = CHUNKED_SIZE_LF;
	else if ((c < ' ' && c != '\t') || c == 0x7f)
		return -EBADMSG;
	return 0;
}

static int read_trailer(struct chunked *chunked, uint8_t c)
{
	if (++chunked->trailer > CHUNKED_TRAILER_MAX)
		return -EMSGSIZE;
	if (c == '\r') {
		chunked->state = CHUNKED_TRAILER_LF;
		return 0;
	}
	if ((c < ' ' && c != '\t') || c == 0x7f || (!chunked->trailer_at && c <= ' '))
		return -EBADMSG;
	chunked->trailer_at++;
	return 0;
}

static int expect(struct chunked *chunked, uint8_t c, uint8_t expected, enum chunked_state next)
{
	if (c != expected)
		return -EBADMSG;
	chunked->state = next;
	return 0;
}

/* The line with the size is over: data, or after a size of 0 the trailer. */
static int end_size(struct chunked *chunked, uint8_t c)
{
	chunked->digits = 0;
	chunked->line = 0;
	return expect(chunked, c, '\n', chunked->left ? CHUNKED_DATA : CHUNKED_TRAILER);
}

static int end_trailer_line(struct chunked *chunked, uint8_t c)
{
	bool is_empty = !chunked->trailer_at;

	chunked->trailer_at = 0;
	return expect(chunked, c, '\n', is_empty ? CHUNKED_DONE : CHUNKED_TRAILER);
}

static int step(struct chunked *chunked, uint8_t c)
{
	switch (chunked->state) {
	case CHUNKED_SIZE:
		return read_size(chunked, c);
	case CHUNKED_EXTENSION:
		return read_extension(chunked, c);
	case CHUNKED_SIZE_LF:
		return end_size(chunked, c);
	case CHUNKED_DATA_CR:
		return expect(chunked, c, '\r', CHUNKED_DATA_LF);
	case CHUNKED_DATA_LF:
		return expect(chunked, c, '\n', CHUNKED_SIZE);
	case CHUNKED_TRAILER:
		return read_trailer(chunked, c);
	case CHUNKED_TRAILER_LF:
		return end_trailer_line(chunked, c);
	case CHUNKED_DATA:
	case CHUNKED_DONE:
		break;
	}
	return -EBADMSG;
}

int chunked_next(struct chunked *chunked, struct bytes *input, struct bytes *ret_run)
{
	struct bytes run = {input->data, 0};

	while (input->size && chunked->state != CHUNKED_DATA && chunked->state != CHUNKED_DONE) {
		int r = step(chunked, *input->data);

		if (r < 0)
			return r;
		input->data++;
		input->size--;
	}
	if (chunked->state == CHUNKED_DATA) {
		run = (struct bytes){input->data,
				     input->size < chunked->left ? input->size : chunked->left};
		input->data += run.size;
		input->size -= run.size;
		chunked->left -= run.size;
		if (!chunked->left)
			chunked->state = CHUNKED_DATA_CR;
	}
	*ret_run = run;
	return 0;
}
