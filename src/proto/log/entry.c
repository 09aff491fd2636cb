#include "proto/log/entry.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "proto/log/entry_words.h"
#include "proto/log/lines.h"
#include "proto/log/merkle.h"

static const char entry_header[] = "ward/entry/1\n";

enum { COMMITMENT_BASE64_SIZE = 44, BOOT_ID_DIGITS = 16 };

const char *entry_kind_name(enum entry_kind kind)
{
	assert(kind < ENTRY_KIND_COUNT);
	return entry_kinds[kind].name;
}

const char *entry_key_name(enum entry_key key)
{
	assert(key < ENTRY_KEY_COUNT);
	return entry_keys[key].name;
}

/* ---- building ---- */

void entry_init(struct entry *entry, enum entry_kind kind)
{
	assert(kind < ENTRY_KIND_COUNT);
	memset(entry, 0, offsetof(struct entry, body));
	entry->kind = kind;
}

static void add_value(struct entry *entry, enum entry_key key, const char *value, size_t size)
{
	assert(key < ENTRY_KEY_COUNT);
	if (entry->values[key].size || size == 0 || entry->body_size + size > ENTRY_BODY_MAX ||
	    !entry_keys[key].is_valid((struct bytes){(const uint8_t *)value, size})) {
		entry->failed = true;
		return;
	}
	memcpy(entry->body + entry->body_size, value, size);
	entry->values[key] = (struct entry_value){entry->body_size, (uint16_t)size};
	entry->body_size = (uint16_t)(entry->body_size + size);
}

void entry_add_text(struct entry *entry, enum entry_key key, const char *value)
{
	add_value(entry, key, value, strlen(value));
}

void entry_add_number(struct entry *entry, enum entry_key key, uint64_t value)
{
	char text[24];
	int size = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);

	add_value(entry, key, text, (size_t)size);
}

void entry_add_pair(struct entry *entry, enum entry_key key, uint64_t first, uint64_t second)
{
	char text[48];
	int size = snprintf(text, sizeof(text), "%llu %llu", (unsigned long long)first,
			    (unsigned long long)second);

	add_value(entry, key, text, (size_t)size);
}

void entry_add_hex(struct entry *entry, enum entry_key key, const void *data, size_t size)
{
	char digits[2 * MERKLE_HASH_SIZE + 1];
	struct text text;

	text_init(&text, digits, sizeof(digits));
	text_add_hex(&text, data, size);
	add_value(entry, key, digits, text.failed ? 0 : text.size);
}

void entry_add_tracks(struct entry *entry, unsigned tracks)
{
	char letters[16];
	struct text text;

	text_init(&text, letters, sizeof(letters));
	for (unsigned i = 0; entry_track_letters[i]; i++)
		if (tracks >> i & 1)
			text_printf(&text, text.size ? ",%c" : "%c", entry_track_letters[i]);
	add_value(entry, ENTRY_TRACKS, letters, text.size);
}

void entry_add_commitment(struct entry *entry, const char *name, const uint8_t hash[32])
{
	unsigned at = entry->commitment_count;
	struct entry_commitment *list = entry->commitments;

	if (at == ENTRY_COMMITMENTS_MAX ||
	    !entry_name_is_valid((struct bytes){(const uint8_t *)name, strlen(name)})) {
		entry->failed = true;
		return;
	}
	for (; at > 0 && strcmp(list[at - 1].name, name) >= 0; at--) {
		if (strcmp(list[at - 1].name, name) == 0)
			entry->failed = true;
		list[at] = list[at - 1];
	}
	list[at] = (struct entry_commitment){0};
	text_copy(list[at].name, sizeof(list[at].name), name);
	memcpy(list[at].hash, hash, sizeof(list[at].hash));
	entry->commitment_count++;
}

static bool keys_are_right(enum entry_kind kind, uint32_t present)
{
	const struct entry_kind_words *words = &entry_kinds[kind];

	return (present & words->needs) == words->needs &&
	       (present & ~(words->needs | words->takes)) == 0;
}

static uint32_t keys_present(const struct entry *entry)
{
	uint32_t present = 0;

	for (unsigned key = 0; key < ENTRY_KEY_COUNT; key++)
		if (entry->values[key].size)
			present |= ENTRY_KEY_BIT(key);
	return present;
}

int entry_build(const struct entry *entry, const struct entry_stamp *stamp, char *ret_text,
		size_t capacity, size_t *ret_size)
{
	char buffer[ENTRY_SIZE_MAX + 1];
	struct text text;

	if (entry->failed || !keys_are_right(entry->kind, keys_present(entry)))
		return -EINVAL;
	text_init(&text, buffer, sizeof(buffer));
	text_printf(&text, "%sseq %llu\nkind %s\ntime %llu\nmono %016llx %llu\n", entry_header,
		    (unsigned long long)stamp->seq, entry_kinds[entry->kind].name,
		    (unsigned long long)stamp->real_us, (unsigned long long)stamp->boot_id,
		    (unsigned long long)stamp->boot_ns);
	for (unsigned key = 0; key < ENTRY_KEY_COUNT; key++) {
		struct entry_value value = entry->values[key];

		if (!value.size)
			continue;
		text_printf(&text, "%s ", entry_keys[key].name);
		text_add_bytes(&text, entry->body + value.at, value.size);
		text_add(&text, "\n");
	}
	for (unsigned i = 0; i < entry->commitment_count; i++) {
		text_printf(&text, "~%s ", entry->commitments[i].name);
		text_add_base64(&text, entry->commitments[i].hash, MERKLE_HASH_SIZE);
		text_add(&text, "\n");
	}
	if (text.failed || text.size > capacity)
		return -EMSGSIZE;
	memcpy(ret_text, text.data, text.size);
	*ret_size = text.size;
	return 0;
}

/* ---- reading ---- */

/* The next line as key and value, without the space and the LF between and after them. */
static int entry_line(struct bytes *rest, struct bytes *ret_key, struct bytes *ret_value)
{
	struct bytes line;

	if (lines_next(rest, &line) < 0 || line.size == 0)
		return -EBADMSG;

	const uint8_t *space = memchr(line.data, ' ', line.size);

	if (!space || space == line.data || space + 1 == line.data + line.size)
		return -EBADMSG;
	*ret_key = (struct bytes){line.data, (size_t)(space - line.data)};
	*ret_value = (struct bytes){space + 1, line.size - ret_key->size - 1};
	return 0;
}

static bool line_is(struct bytes bytes, const char *word)
{
	return bytes.size == strlen(word) && memcmp(bytes.data, word, bytes.size) == 0;
}

static int parse_number_line(struct bytes *rest, const char *name, uint64_t *ret_number)
{
	struct bytes key, value;

	if (entry_line(rest, &key, &value) < 0 || !line_is(key, name))
		return -EBADMSG;
	return text_parse_u64((const char *)value.data, value.size, UINT64_MAX, ret_number);
}

static int parse_kind_line(struct bytes *rest, enum entry_kind *ret_kind)
{
	struct bytes key, value;

	if (entry_line(rest, &key, &value) < 0 || !line_is(key, "kind"))
		return -EBADMSG;
	for (unsigned kind = 0; kind < ENTRY_KIND_COUNT; kind++)
		if (line_is(value, entry_kinds[kind].name)) {
			*ret_kind = (enum entry_kind)kind;
			return 0;
		}
	return -EBADMSG;
}

static int parse_mono_line(struct bytes *rest, struct entry_stamp *stamp)
{
	uint8_t boot_id[BOOT_ID_DIGITS / 2];
	struct bytes key, value;

	if (entry_line(rest, &key, &value) < 0 || !line_is(key, "mono") ||
	    value.size <= BOOT_ID_DIGITS + 1 || value.data[BOOT_ID_DIGITS] != ' ' ||
	    text_parse_hex((const char *)value.data, BOOT_ID_DIGITS, boot_id, sizeof(boot_id)) < 0)
		return -EBADMSG;

	struct bytes_reader reader = bytes_read(boot_id, sizeof(boot_id));

	stamp->boot_id = bytes_get_be64(&reader);
	return text_parse_u64((const char *)value.data + BOOT_ID_DIGITS + 1,
			      value.size - BOOT_ID_DIGITS - 1, UINT64_MAX, &stamp->boot_ns);
}

static int parse_commitment(struct bytes key, struct bytes value, struct entry_view *view)
{
	struct bytes name = {key.data + 1, key.size - 1};
	unsigned count = view->commitment_count;

	if (count == ENTRY_COMMITMENTS_MAX || !entry_name_is_valid(name))
		return -EBADMSG;
	if (count > 0) {
		struct bytes last = view->commitments[count - 1].name;
		size_t size = last.size < name.size ? last.size : name.size;
		int order = memcmp(last.data, name.data, size);

		if (order > 0 || (order == 0 && last.size >= name.size))
			return -EBADMSG;
	}
	if (text_parse_base64((const char *)value.data, value.size, view->commitments[count].hash,
			      MERKLE_HASH_SIZE) < 0)
		return -EBADMSG;
	view->commitments[count].name = name;
	view->commitment_count++;
	return 0;
}

/* One line of the body. `next_key` is the first key that may still come. */
static int parse_body_line(struct bytes key, struct bytes value, unsigned *next_key,
			   struct entry_view *view)
{
	if (key.data[0] == '~')
		return parse_commitment(key, value, view);
	if (view->commitment_count)
		return -EBADMSG;
	for (unsigned at = *next_key; at < ENTRY_KEY_COUNT; at++) {
		if (!line_is(key, entry_keys[at].name))
			continue;
		if (!entry_keys[at].is_valid(value))
			return -EBADMSG;
		view->values[at] = value;
		*next_key = at + 1;
		return 0;
	}
	return -EBADMSG;
}

int entry_parse(const void *text, size_t size, struct entry_view *ret_view)
{
	struct bytes rest = {text, size}, key, value;
	struct entry_view view = {0};
	uint32_t present = 0;
	unsigned next_key = 0;

	if (size < sizeof(entry_header) || size > ENTRY_SIZE_MAX ||
	    memcmp(text, entry_header, sizeof(entry_header) - 1) != 0)
		return -EBADMSG;
	rest.data += sizeof(entry_header) - 1;
	rest.size -= sizeof(entry_header) - 1;
	if (parse_number_line(&rest, "seq", &view.stamp.seq) < 0 ||
	    parse_kind_line(&rest, &view.kind) < 0 ||
	    parse_number_line(&rest, "time", &view.stamp.real_us) < 0 ||
	    parse_mono_line(&rest, &view.stamp) < 0)
		return -EBADMSG;
	while (rest.size)
		if (entry_line(&rest, &key, &value) < 0 ||
		    parse_body_line(key, value, &next_key, &view) < 0)
			return -EBADMSG;
	for (unsigned at = 0; at < ENTRY_KEY_COUNT; at++)
		if (view.values[at].data)
			present |= ENTRY_KEY_BIT(at);
	if (!keys_are_right(view.kind, present))
		return -EBADMSG;
	*ret_view = view;
	return 0;
}
