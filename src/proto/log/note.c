#include "proto/log/note.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "proto/log/sha256.h"
#include "proto/log/utf8.h"

enum {
	ED25519_SIZE = 64,
	TIME_SIZE = 8,
	KEY_ID_SIZE = 4,
	KEY_ID_DIGITS = 8,
	SIGNATURE_MAX = 3072,
};

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a space */

static bool name_is_valid(const char *name, size_t size)
{
	return size > 0 && size <= NOTE_NAME_MAX && !memchr(name, '+', size) &&
	       utf8_is_valid(name, size) && !utf8_has_space(name, size);
}

static bool type_is_known(uint8_t type)
{
	return type == NOTE_KEY_ED25519 || type == NOTE_KEY_COSIGNATURE;
}

int note_key_make(const char *name, uint8_t type, const uint8_t *public_key,
		  struct note_key *ret_key)
{
	size_t name_size = strlen(name);
	struct bytes parts[] = {
		{(const uint8_t *)name, name_size},
		{(const uint8_t *)"\n", 1},
		{&type, 1},
		{public_key, NOTE_PUBLIC_KEY_SIZE},
	};
	uint8_t hash[SHA256_SIZE];

	if (!name_is_valid(name, name_size) || !type_is_known(type))
		return -EBADMSG;
	sha256_parts(parts, ARRAY_COUNT(parts), hash);

	struct bytes_reader reader = bytes_read(hash, sizeof(hash));

	memset(ret_key, 0, sizeof(*ret_key));
	memcpy(ret_key->name, name, name_size);
	ret_key->id = bytes_get_be32(&reader);
	ret_key->type = type;
	memcpy(ret_key->public_key, public_key, NOTE_PUBLIC_KEY_SIZE);
	return 0;
}

int note_key_parse(const char *vkey, size_t size, struct note_key *ret_key)
{
	const char *plus = memchr(vkey, '+', size);
	uint8_t id[KEY_ID_SIZE], material[1 + NOTE_PUBLIC_KEY_SIZE];
	char name[NOTE_NAME_MAX + 1];
	struct note_key key;

	if (!plus || plus == vkey || plus - vkey > NOTE_NAME_MAX)
		return -EBADMSG;

	size_t name_size = (size_t)(plus - vkey), rest = size - name_size - 1;

	if (rest < KEY_ID_DIGITS + 1 || plus[1 + KEY_ID_DIGITS] != '+' || memchr(vkey, '\0', size))
		return -EBADMSG;
	memcpy(name, vkey, name_size);
	name[name_size] = '\0';
	if (text_parse_hex(plus + 1, KEY_ID_DIGITS, id, sizeof(id)) < 0 ||
	    text_parse_base64(plus + 2 + KEY_ID_DIGITS, rest - KEY_ID_DIGITS - 1, material,
			      sizeof(material)) < 0 ||
	    note_key_make(name, material[0], material + 1, &key) < 0)
		return -EBADMSG;

	struct bytes_reader reader = bytes_read(id, sizeof(id));

	if (bytes_get_be32(&reader) != key.id)
		return -EBADMSG;
	*ret_key = key;
	return 0;
}

void note_key_build(const struct note_key *key, struct text *text)
{
	uint8_t material[1 + NOTE_PUBLIC_KEY_SIZE];

	material[0] = key->type;
	memcpy(material + 1, key->public_key, NOTE_PUBLIC_KEY_SIZE);
	text_printf(text, "%s+%08x+", key->name, key->id);
	text_add_base64(text, material, sizeof(material));
}

/* The bytes of canonical base64, at most SIGNATURE_MAX of them; 0 if it is not. */
static size_t decode_signature(struct bytes base64, uint8_t ret_data[SIGNATURE_MAX])
{
	const char *string = (const char *)base64.data;
	size_t size = base64.size / 4 * 3;

	if (base64.size == 0 || base64.size % 4)
		return 0;
	size -= (size_t)(string[base64.size - 1] == '=');
	size -= (size_t)(string[base64.size - 2] == '=');
	if (size > SIGNATURE_MAX || text_parse_base64(string, base64.size, ret_data, size) < 0)
		return 0;
	return size;
}

/* One line without its LF: dash, name, space, base64. */
static int parse_signature(const uint8_t *line, size_t size, struct note_signature *ret_signature)
{
	uint8_t data[SIGNATURE_MAX];

	if (size <= sizeof(dash) - 1 || memcmp(line, dash, sizeof(dash) - 1) != 0)
		return -EBADMSG;
	line += sizeof(dash) - 1;
	size -= sizeof(dash) - 1;

	const uint8_t *space = memchr(line, ' ', size);

	if (!space || !name_is_valid((const char *)line, (size_t)(space - line)))
		return -EBADMSG;

	struct bytes base64 = {space + 1, size - (size_t)(space - line) - 1};

	if (decode_signature(base64, data) <= KEY_ID_SIZE)
		return -EBADMSG;

	struct bytes_reader reader = bytes_read(data, KEY_ID_SIZE);

	*ret_signature = (struct note_signature){
		{line, (size_t)(space - line)}, base64, bytes_get_be32(&reader)};
	return 0;
}

/* Where the signatures begin: after the last blank line; 0 if there is none. */
static size_t find_signatures(const uint8_t *data, size_t size)
{
	for (size_t at = size; at >= 2; at--)
		if (data[at - 1] == '\n' && data[at - 2] == '\n')
			return at;
	return 0;
}

int note_parse(const void *data, size_t size, struct note *ret_note)
{
	const uint8_t *bytes = data, *end = bytes + size;
	struct note note = {0};

	if (size > NOTE_SIZE_MAX || !utf8_is_valid(data, size))
		return -EBADMSG;
	for (size_t i = 0; i < size; i++)
		if (bytes[i] < ' ' && bytes[i] != '\n')
			return -EBADMSG;

	size_t at = find_signatures(bytes, size);

	if (at < 2 || at == size || bytes[size - 1] != '\n')
		return -EBADMSG;
	note.text = (struct bytes){bytes, at - 1};
	for (const uint8_t *line = bytes + at; line < end;) {
		const uint8_t *line_end = memchr(line, '\n', (size_t)(end - line));

		if (note.signature_count == NOTE_SIGNATURES_MAX || !line_end ||
		    parse_signature(line, (size_t)(line_end - line),
				    &note.signatures[note.signature_count]) < 0)
			return -EBADMSG;
		note.signature_count++;
		line = line_end + 1;
	}
	*ret_note = note;
	return 0;
}

/* A witness signs a header, the time and the text (tlog-cosignature, "Ed25519 signed message"). */
static int verify_cosignature(const struct note *note, const struct note_key *key,
			      const uint8_t *data, uint64_t *ret_time_s)
{
	uint8_t message[NOTE_TEXT_MAX + 64];
	struct bytes_reader reader = bytes_read(data, TIME_SIZE);
	uint64_t time_s = bytes_get_be64(&reader);

	if (note->text.size > NOTE_TEXT_MAX || time_s > INT64_MAX)
		return -EBADMSG;

	int header = snprintf((char *)message, 64, "cosignature/v1\ntime %llu\n",
			      (unsigned long long)time_s);

	memcpy(message + header, note->text.data, note->text.size);
	if (crypto_sign_verify_detached(data + TIME_SIZE, message, (size_t)header + note->text.size,
					key->public_key) != 0)
		return -EBADMSG;
	if (ret_time_s)
		*ret_time_s = time_s;
	return 0;
}

static int verify_signature(const struct note *note, const struct note_signature *signature,
			    const struct note_key *key, uint64_t *ret_time_s)
{
	uint8_t data[SIGNATURE_MAX];
	size_t size = decode_signature(signature->base64, data) - KEY_ID_SIZE;

	if (key->type == NOTE_KEY_COSIGNATURE)
		return size == TIME_SIZE + ED25519_SIZE
			       ? verify_cosignature(note, key, data + KEY_ID_SIZE, ret_time_s)
			       : -EBADMSG;
	if (size != ED25519_SIZE ||
	    crypto_sign_verify_detached(data + KEY_ID_SIZE, note->text.data, note->text.size,
					key->public_key) != 0)
		return -EBADMSG;
	return 0;
}

int note_verify(const struct note *note, const struct note_key *key, uint64_t *ret_time_s)
{
	size_t name_size = strlen(key->name);
	uint64_t time_s = 0, newest_s = 0;
	bool found = false;

	for (unsigned i = 0; i < note->signature_count; i++) {
		const struct note_signature *signature = &note->signatures[i];

		if (signature->key_id != key->id || signature->name.size != name_size ||
		    memcmp(signature->name.data, key->name, name_size) != 0)
			continue;
		if (verify_signature(note, signature, key, &time_s) < 0)
			return -EBADMSG;
		newest_s = time_s > newest_s ? time_s : newest_s;
		found = true;
	}
	if (!found)
		return -ENOKEY;
	if (ret_time_s)
		*ret_time_s = newest_s;
	return 0;
}

void note_add_signature(struct text *text, const struct note_key *key, const uint8_t signature[64])
{
	uint8_t data[KEY_ID_SIZE + ED25519_SIZE];
	struct bytes_writer writer = bytes_write(data, sizeof(data));

	bytes_put_be32(&writer, key->id);
	bytes_put(&writer, signature, ED25519_SIZE);
	text_printf(text, "%s%s ", dash, key->name);
	text_add_base64(text, data, sizeof(data));
	text_add(text, "\n");
}
