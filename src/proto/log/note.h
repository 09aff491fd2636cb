/* Signed notes (c2sp.org/signed-note) with Ed25519 keys, and the timestamped cosignatures of
 * witnesses (c2sp.org/tlog-cosignature). */
#ifndef PROTO_LOG_NOTE_H
#define PROTO_LOG_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/text.h"

enum {
	NOTE_NAME_MAX = 127,      /* bytes of a key's name */
	NOTE_SIGNATURES_MAX = 32, /* the specification asks for at least 16 */
	NOTE_SIZE_MAX = 32768,
	NOTE_TEXT_MAX = 4096, /* of a note that a witness cosigned */
	NOTE_KEY_ED25519 = 0x01,
	NOTE_KEY_COSIGNATURE = 0x04,
	NOTE_PUBLIC_KEY_SIZE = 32,
	NOTE_VKEY_MAX = NOTE_NAME_MAX + 1 + 8 + 1 + 44,
};

struct note_key {
	char name[NOTE_NAME_MAX + 1];
	uint32_t id;
	uint8_t type; /* NOTE_KEY_ED25519 or NOTE_KEY_COSIGNATURE */
	uint8_t public_key[NOTE_PUBLIC_KEY_SIZE];
};

/* Fills in the key and its id: SHA-256(name || LF || type || public key)[:4]. -EBADMSG if the name
 * is empty, too long, or has a space or a plus in it. */
NODISCARD int note_key_make(const char *name, uint8_t type, const uint8_t *public_key,
			    struct note_key *ret_key);
/* `name+id+base64(type || public key)`; -EBADMSG also if the id is not the key's. */
NODISCARD int note_key_parse(const char *vkey, size_t size, struct note_key *ret_key);
void note_key_build(const struct note_key *key, struct text *text);

struct note_signature {
	struct bytes name;
	struct bytes base64; /* canonical; decodes to the key's id and at least one byte */
	uint32_t key_id;
};

struct note {
	struct bytes text; /* with its last LF */
	unsigned signature_count;
	struct note_signature signatures[NOTE_SIGNATURES_MAX];
};

/* Splits at the last blank line. The note points into `data`. 0, or -EBADMSG. */
NODISCARD int note_parse(const void *data, size_t size, struct note *ret_note);

/* 0 if the key signed, -ENOKEY if there is no signature by it, -EBADMSG if there is one that does
 * not verify: the note must then be rejected, whoever else signed. `ret_time_s` (may be NULL) is
 * when a witness cosigned. */
NODISCARD int note_verify(const struct note *note, const struct note_key *key,
			  uint64_t *ret_time_s);

/* Adds one signature line for a raw Ed25519 signature over the text. */
void note_add_signature(struct text *text, const struct note_key *key, const uint8_t signature[64]);

#endif
