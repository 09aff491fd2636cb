#include "front/sound.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/mp4/mp4_flac.h"

static const char letters[] = {[G711_NONE] = '\0', [G711_ALAW] = 'a', [G711_ULAW] = 'u'};

enum g711_law sound_law(const struct ipc_row_init *row)
{
	if (strncmp(row->codecs, "alaw", sizeof(row->codecs)) == 0)
		return G711_ALAW;
	return strncmp(row->codecs, "ulaw", sizeof(row->codecs)) == 0 ? G711_ULAW : G711_NONE;
}

char sound_letter(enum g711_law law)
{
	return letters[law];
}

enum g711_law sound_law_of(char letter)
{
	for (size_t law = G711_ALAW; law < sizeof(letters); law++)
		if (letters[law] == letter)
			return (enum g711_law)law;
	return G711_NONE;
}

int sound_convert(enum g711_law law, bool is_init, uint8_t **data, size_t *size)
{
	struct bytes from = {*data, *size};
	int64_t room = is_init ? (int64_t)*size + FLAC_ENTRY_SIZE : mp4_flac_fragment_size(from);
	autofree uint8_t *made = room > 0 ? malloc((size_t)room) : NULL;
	struct bytes_writer writer = bytes_write(made, (size_t)room);

	if (!made)
		return room < 0 ? -EBADMSG : -ENOMEM;
	int r = is_init ? mp4_flac_put_init(&writer, from)
			: mp4_flac_put_fragment(&writer, from, law);

	if (r < 0)
		return r;
	free(*data);
	*size = bytes_written(&writer);
	*data = take(made);
	return 0;
}
