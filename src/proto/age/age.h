/* One file of the age v1 format (C2SP age) for one X25519 recipient: what `age -d` opens. A sealer
 * encrypts as it goes, in 64 KiB chunks (STREAM), into memory the caller sized with
 * age_sealed_size; the plaintext is read once and never copied whole. */
#ifndef PROTO_AGE_AGE_H
#define PROTO_AGE_AGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

enum {
	AGE_KEY_SIZE = 32,
	AGE_CHUNK_SIZE = 64 * 1024,
	AGE_TAG_SIZE = 16,
	AGE_HEADER_SIZE = 184, /* bytes of the header for one X25519 recipient, with the nonce */
	AGE_START_SIZE = AGE_HEADER_SIZE + AGE_CHUNK_SIZE + AGE_TAG_SIZE,
	AGE_TEXT_SIZE = 80, /* "AGE-SECRET-KEY-1..." or "age1..." with its NUL */
};

struct age_sealer {
	struct bytes_writer out; /* borrowed from the caller */
	uint8_t key[AGE_KEY_SIZE];
	uint64_t chunk;
	size_t pending; /* plaintext of the running chunk, already in place in `out` */
};

/* A fresh key pair; the secret half is the caller's to wipe. */
void age_make_key(uint8_t ret_secret[AGE_KEY_SIZE], uint8_t ret_public[AGE_KEY_SIZE]);

/* The public half of a secret key. */
void age_public_of(const uint8_t secret_key[AGE_KEY_SIZE], uint8_t ret_public[AGE_KEY_SIZE]);

/* Exactly what a plaintext of `size` bytes becomes. */
size_t age_sealed_size(size_t size);
/* ... and what such a file of `size` bytes holds; 0 also for one that is too short. */
size_t age_plain_size(size_t size);

/* begin, add as often as needed, end: 0 or -ENOBUFS if the room was too small, -EINVAL for a public
 * key of low order. The key is wiped by end, also on failure. */
NODISCARD int age_seal_begin(struct age_sealer *sealer, const uint8_t public_key[AGE_KEY_SIZE],
			     void *room, size_t room_size);
void age_seal_add(struct age_sealer *sealer, const void *data, size_t size);
NODISCARD int age_seal_end(struct age_sealer *sealer, size_t *ret_size);

/* Opens a whole file sealed for the secret key's public half. `ret_data` has `size` bytes of room.
 * -EBADMSG: not such a file, cut, or changed anywhere; -EACCES: for another key. */
NODISCARD int age_open(const uint8_t secret_key[AGE_KEY_SIZE], const void *data, size_t size,
		       uint8_t *ret_data, size_t *ret_size);

/* Opens the first chunk only, for a look at what a file begins with. `data` is a file of
 * `file_size` bytes, of which the first AGE_START_SIZE are enough; `ret_data` has AGE_CHUNK_SIZE
 * bytes of room. Errors as above: what comes after the chunk was not looked at. */
NODISCARD int age_open_start(const uint8_t secret_key[AGE_KEY_SIZE], const void *data,
			     size_t file_size, uint8_t *ret_data, size_t *ret_size);

/* "AGE-SECRET-KEY-1...", Bech32 (BIP 173) in capitals; "age1...". */
void age_print_secret(const uint8_t secret_key[AGE_KEY_SIZE], char ret_text[AGE_TEXT_SIZE]);
void age_print_public(const uint8_t public_key[AGE_KEY_SIZE], char ret_text[AGE_TEXT_SIZE]);
/* -EBADMSG: not "age1...". */
NODISCARD int age_parse_public(const char *text, size_t size, uint8_t ret_key[AGE_KEY_SIZE]);

#endif
