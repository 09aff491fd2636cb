#include <errno.h>
#include <stdio.h>

#include "proto/cmaf/cmaf.h"

enum {
	VISUAL_ENTRY_SIZE = 78, /* 14496-12 §12.1.3, §12.2.3: before the codec's own box */
	AUDIO_ENTRY_SIZE = 28,
	FULL_BOX_SIZE = 4,
};

/* The content of the first box of that type; -ENOENT. */
static int find_box(struct bytes within, const char type[4], struct bytes *ret_content)
{
	struct bytes_reader reader = bytes_read(within.data, within.size);

	while (bytes_left(&reader) >= 8) {
		uint32_t size = bytes_get_be32(&reader);
		const uint8_t *name = bytes_get(&reader, 4);
		const uint8_t *content = size >= 8 ? bytes_get(&reader, size - 8) : NULL;

		if (!content)
			return -EBADMSG;
		if (memcmp(name, type, 4) != 0)
			continue;
		*ret_content = (struct bytes){content, size - 8};
		return 0;
	}
	return -ENOENT;
}

static struct bytes behind(struct bytes content, size_t size)
{
	if (content.size < size)
		return (struct bytes){content.data, 0};
	return (struct bytes){content.data + size, content.size - size};
}

/* ---- RFC 6381 §3.3, 14496-15 annex E, 14496-1 §7.2.6 ---- */

static int codecs_of_avc1(struct bytes entry, char *ret_text, size_t capacity)
{
	struct bytes avcc;

	if (find_box(behind(entry, VISUAL_ENTRY_SIZE), "avcC", &avcc) < 0 || avcc.size < 4)
		return -EBADMSG;
	return snprintf(ret_text, capacity, "avc1.%02X%02X%02X", avcc.data[1], avcc.data[2],
			avcc.data[3]);
}

/* Profile, compatibility flags with their bits turned round, tier and level, and the constraint
 * bytes without those at the end that are zero. */
static int codecs_of_hvc1(struct bytes entry, char *ret_text, size_t capacity)
{
	struct bytes hvcc;
	uint32_t turned = 0;

	if (find_box(behind(entry, VISUAL_ENTRY_SIZE), "hvcC", &hvcc) < 0 || hvcc.size < 13)
		return -EBADMSG;
	const uint8_t *p = hvcc.data + 1;

	for (unsigned i = 0; i < 32; i++)
		turned |= (uint32_t)(p[1 + i / 8] >> (7 - i % 8) & 1) << i;
	int size = snprintf(ret_text, capacity, "hvc1.%u.%X.%c%u", p[0] & 0x1f, turned,
			    p[0] & 0x20 ? 'H' : 'L', p[11]);
	int last = 10;

	while (last >= 5 && p[last] == 0)
		last--;
	for (int i = 5; i <= last && size >= 0 && (size_t)size < capacity; i++)
		size += snprintf(ret_text + size, capacity - (size_t)size, ".%X", p[i]);
	return size;
}

/* The object type is the first five bits of the decoder's own config, where sample_entry.c puts it.
 */
static int codecs_of_mp4a(struct bytes entry, char *ret_text, size_t capacity)
{
	enum { SPECIFIC_INFO_AT = 2 + 3 + 2 + 13 };
	struct bytes esds;

	if (find_box(behind(entry, AUDIO_ENTRY_SIZE), "esds", &esds) < 0)
		return -EBADMSG;
	struct bytes info = behind(behind(esds, FULL_BOX_SIZE), SPECIFIC_INFO_AT);

	if (info.size < 3 || info.data[0] != 5)
		return -EBADMSG;
	return snprintf(ret_text, capacity, "mp4a.40.%u", info.data[2] >> 3);
}

static int codecs_of_opus(struct bytes entry, char *ret_text, size_t capacity)
{
	(void)entry;
	return snprintf(ret_text, capacity, "opus");
}

/* One channel has a form that players take (proto/flac). */
static int codecs_of_g711(struct bytes entry, const char *name, char *ret_text, size_t capacity)
{
	struct bytes_reader reader = bytes_read(entry.data, entry.size);

	bytes_get(&reader, 16);
	uint16_t channels = bytes_get_be16(&reader);

	bytes_get(&reader, 6);
	uint32_t hz = bytes_get_be32(&reader) >> 16;

	if (reader.failed)
		return -EBADMSG;
	return snprintf(ret_text, capacity, "%s", channels == 1 && hz > 0 && hz <= 48000 ? name : "");
}

static int codecs_of_ulaw(struct bytes entry, char *ret_text, size_t capacity)
{
	return codecs_of_g711(entry, "ulaw", ret_text, capacity);
}

static int codecs_of_alaw(struct bytes entry, char *ret_text, size_t capacity)
{
	return codecs_of_g711(entry, "alaw", ret_text, capacity);
}

int cmaf_parse_codecs(struct bytes init, char *ret_text, size_t capacity)
{
	static const char path[][4] = {{'m', 'o', 'o', 'v'}, {'t', 'r', 'a', 'k'},
				       {'m', 'd', 'i', 'a'}, {'m', 'i', 'n', 'f'},
				       {'s', 't', 'b', 'l'}, {'s', 't', 's', 'd'}};
	static const struct {
		const char *type;
		int (*codecs)(struct bytes entry, char *ret_text, size_t capacity);
	} entries[] = {{"avc1", codecs_of_avc1}, {"hvc1", codecs_of_hvc1}, {"mp4a", codecs_of_mp4a},
		       {"Opus", codecs_of_opus}, {"ulaw", codecs_of_ulaw}, {"alaw", codecs_of_alaw}};
	struct bytes at = init, entry;

	for (size_t i = 0; i < ARRAY_COUNT(path); i++)
		if (find_box(at, path[i], &at) < 0)
			return -EBADMSG;
	at = behind(at, FULL_BOX_SIZE + 4); /* and the count of entries */
	for (size_t i = 0; i < ARRAY_COUNT(entries); i++) {
		if (find_box(at, entries[i].type, &entry) < 0)
			continue;
		int size = entries[i].codecs(entry, ret_text, capacity);

		return size >= 0 && (size_t)size >= capacity ? -EMSGSIZE : size;
	}
	return -EBADMSG;
}
