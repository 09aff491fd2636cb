#include "proto/age/age.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "proto/age/bech32.h"

enum {
	FILE_KEY_SIZE = 16,
	NONCE_SIZE = 16,
	WRAPPED_SIZE = FILE_KEY_SIZE + AGE_TAG_SIZE,
	BASE64_32 = 43
};

static const char line_version[] = "age-encryption.org/v1\n-> X25519 ";
static const char line_mac[] = "\n---";

/* RFC 5869 with one block of output. */
static void hkdf(const uint8_t *secret, size_t secret_size, struct bytes salt, const char *info,
		 uint8_t ret_key[AGE_KEY_SIZE])
{
	crypto_auth_hmacsha256_state state;
	uint8_t extracted[crypto_auth_hmacsha256_BYTES];
	const uint8_t one = 1;

	crypto_auth_hmacsha256_init(&state, salt.data, salt.size);
	crypto_auth_hmacsha256_update(&state, secret, secret_size);
	crypto_auth_hmacsha256_final(&state, extracted);
	crypto_auth_hmacsha256_init(&state, extracted, sizeof(extracted));
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)info, strlen(info));
	crypto_auth_hmacsha256_update(&state, &one, 1);
	crypto_auth_hmacsha256_final(&state, ret_key);
	sodium_memzero(extracted, sizeof(extracted));
	sodium_memzero(&state, sizeof(state));
}

void age_make_key(uint8_t ret_secret[AGE_KEY_SIZE], uint8_t ret_public[AGE_KEY_SIZE])
{
	randombytes_buf(ret_secret, AGE_KEY_SIZE);
	age_public_of(ret_secret, ret_public);
}

void age_public_of(const uint8_t secret_key[AGE_KEY_SIZE], uint8_t ret_public[AGE_KEY_SIZE])
{
	int error = crypto_scalarmult_base(ret_public, secret_key);

	assert(error == 0);
}

size_t age_sealed_size(size_t size)
{
	size_t chunks = size ? (size + AGE_CHUNK_SIZE - 1) / AGE_CHUNK_SIZE : 1;

	return AGE_HEADER_SIZE + size + chunks * AGE_TAG_SIZE;
}

size_t age_plain_size(size_t size)
{
	enum { SEALED_CHUNK = AGE_CHUNK_SIZE + AGE_TAG_SIZE };
	size_t payload = size > AGE_HEADER_SIZE ? size - AGE_HEADER_SIZE : 0;
	size_t tags = (payload + SEALED_CHUNK - 1) / SEALED_CHUNK * AGE_TAG_SIZE;

	return payload > tags ? payload - tags : 0;
}

/* ---- header ---- */

/* The key that wraps the file key (age, "X25519 recipient stanza"). */
static int wrap_key(const uint8_t secret[AGE_KEY_SIZE], const uint8_t other[AGE_KEY_SIZE],
		    const uint8_t salt[2 * AGE_KEY_SIZE], uint8_t ret_key[AGE_KEY_SIZE])
{
	uint8_t shared[AGE_KEY_SIZE];

	if (crypto_scalarmult(shared, secret, other) != 0)
		return -EINVAL;
	hkdf(shared, sizeof(shared), (struct bytes){salt, 2 * AGE_KEY_SIZE},
	     "age-encryption.org/v1/X25519", ret_key);
	sodium_memzero(shared, sizeof(shared));
	return 0;
}

static void put_base64(struct bytes_writer *writer, const void *data, size_t size)
{
	char text[64];
	size_t text_size =
		sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);

	assert(text_size <= sizeof(text));
	sodium_bin2base64(text, text_size, data, size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	bytes_put(writer, text, text_size - 1);
}

static void header_mac(const uint8_t file_key[FILE_KEY_SIZE], struct bytes header,
		       uint8_t ret_mac[crypto_auth_hmacsha256_BYTES])
{
	uint8_t key[AGE_KEY_SIZE];

	hkdf(file_key, FILE_KEY_SIZE, (struct bytes){(const uint8_t *)"", 0}, "header", key);
	crypto_auth_hmacsha256(ret_mac, header.data, header.size, key);
	sodium_memzero(key, sizeof(key));
}

static int put_header(struct bytes_writer *out, const uint8_t file_key[FILE_KEY_SIZE],
		      const uint8_t public_key[AGE_KEY_SIZE])
{
	static const uint8_t no_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
	uint8_t secret[AGE_KEY_SIZE], salt[2 * AGE_KEY_SIZE], key[AGE_KEY_SIZE];
	uint8_t wrapped[WRAPPED_SIZE], mac[crypto_auth_hmacsha256_BYTES];

	age_make_key(secret, salt);
	memcpy(salt + AGE_KEY_SIZE, public_key, AGE_KEY_SIZE);
	int error = wrap_key(secret, public_key, salt, key);

	sodium_memzero(secret, sizeof(secret));
	if (error < 0)
		return error;
	crypto_aead_chacha20poly1305_ietf_encrypt(wrapped, NULL, file_key, FILE_KEY_SIZE, NULL, 0,
						  NULL, no_nonce, key);
	sodium_memzero(key, sizeof(key));
	bytes_put(out, line_version, sizeof(line_version) - 1);
	put_base64(out, salt, AGE_KEY_SIZE);
	bytes_put_u8(out, '\n');
	put_base64(out, wrapped, sizeof(wrapped));
	bytes_put(out, line_mac, sizeof(line_mac) - 1);
	header_mac(file_key, (struct bytes){out->start, bytes_written(out)}, mac);
	bytes_put_u8(out, ' ');
	put_base64(out, mac, sizeof(mac));
	bytes_put_u8(out, '\n');
	return 0;
}

/* ---- sealing ---- */

int age_seal_begin(struct age_sealer *sealer, const uint8_t public_key[AGE_KEY_SIZE], void *room,
		   size_t room_size)
{
	uint8_t file_key[FILE_KEY_SIZE], nonce[NONCE_SIZE];

	*sealer = (struct age_sealer){.out = bytes_write(room, room_size)};
	randombytes_buf(file_key, sizeof(file_key));
	int error = put_header(&sealer->out, file_key, public_key);

	randombytes_buf(nonce, sizeof(nonce));
	bytes_put(&sealer->out, nonce, sizeof(nonce));
	hkdf(file_key, sizeof(file_key), (struct bytes){nonce, sizeof(nonce)}, "payload",
	     sealer->key);
	sodium_memzero(file_key, sizeof(file_key));
	return error;
}

/* STREAM's nonce: an 11-byte counter and a byte that marks the last chunk. */
static void chunk_nonce(uint64_t chunk, uint8_t is_last, uint8_t ret_nonce[12])
{
	struct bytes_writer writer = bytes_write(ret_nonce, 12);

	bytes_put_be24(&writer, 0);
	bytes_put_be64(&writer, chunk);
	bytes_put_u8(&writer, is_last);
}

/* Encrypts the running chunk where it lies. */
static void seal_chunk(struct age_sealer *sealer, uint8_t is_last)
{
	uint8_t nonce[12];
	uint8_t *tag = bytes_reserve(&sealer->out, AGE_TAG_SIZE);

	if (!tag)
		return;
	uint8_t *data = tag - sealer->pending;

	chunk_nonce(sealer->chunk++, is_last, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt_detached(data, tag, NULL, data, sealer->pending,
							   NULL, 0, NULL, nonce, sealer->key);
	sealer->pending = 0;
}

void age_seal_add(struct age_sealer *sealer, const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size > 0 && !sealer->out.failed) {
		size_t room = AGE_CHUNK_SIZE - sealer->pending;

		if (room == 0) { /* more follows, so this was not the last */
			seal_chunk(sealer, 0);
			continue;
		}
		if (room > size)
			room = size;
		bytes_put(&sealer->out, at, room);
		sealer->pending += room;
		at += room;
		size -= room;
	}
}

int age_seal_end(struct age_sealer *sealer, size_t *ret_size)
{
	if (!sealer->out.failed)
		seal_chunk(sealer, 1);
	sodium_memzero(sealer->key, sizeof(sealer->key));
	if (sealer->out.failed)
		return -ENOBUFS;
	*ret_size = bytes_written(&sealer->out);
	return 0;
}

/* ---- opening ---- */

static int get_literal(struct bytes_reader *reader, const char *literal)
{
	size_t size = strlen(literal);
	const uint8_t *at = bytes_get(reader, size);

	return at && memcmp(at, literal, size) == 0 ? 0 : -EBADMSG;
}

/* Canonical only. The decoder takes some bytes over 127 for letters, so what it made is written
 * again and compared. */
static int get_base64(struct bytes_reader *reader, uint8_t ret_data[32])
{
	const uint8_t *at = bytes_get(reader, BASE64_32);
	char again[BASE64_32 + 1];
	size_t size = 0;

	if (!at || sodium_base642bin(ret_data, 32, (const char *)at, BASE64_32, NULL, &size, NULL,
				     sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
		return -EBADMSG;
	if (size != 32)
		return -EBADMSG;
	sodium_bin2base64(again, sizeof(again), ret_data, size,
			  sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	return memcmp(again, at, BASE64_32) == 0 ? 0 : -EBADMSG;
}

/* Only what age_seal makes: one X25519 stanza, no grease. */
static int open_header(struct bytes_reader *reader, const uint8_t secret_key[AGE_KEY_SIZE],
		       uint8_t ret_file_key[FILE_KEY_SIZE])
{
	static const uint8_t no_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];
	const uint8_t *start = reader->at;
	uint8_t salt[2 * AGE_KEY_SIZE], wrapped[WRAPPED_SIZE], key[AGE_KEY_SIZE], given[32],
		mac[32];

	if (get_literal(reader, line_version) < 0 || get_base64(reader, salt) < 0 ||
	    get_literal(reader, "\n") < 0 || get_base64(reader, wrapped) < 0 ||
	    get_literal(reader, line_mac) < 0)
		return -EBADMSG;

	struct bytes header = {start, (size_t)(reader->at - start)};

	if (get_literal(reader, " ") < 0 || get_base64(reader, given) < 0 ||
	    get_literal(reader, "\n") < 0)
		return -EBADMSG;
	age_public_of(secret_key, salt + AGE_KEY_SIZE);
	if (wrap_key(secret_key, salt, salt, key) < 0)
		return -EBADMSG;
	int wrong = crypto_aead_chacha20poly1305_ietf_decrypt(
		ret_file_key, NULL, NULL, wrapped, sizeof(wrapped), NULL, 0, no_nonce, key);

	sodium_memzero(key, sizeof(key));
	if (wrong)
		return -EACCES;
	header_mac(ret_file_key, header, mac);
	return sodium_memcmp(mac, given, sizeof(mac)) == 0 ? 0 : -EBADMSG;
}

/* One chunk of `sealed` bytes, tag included. */
static int open_chunk(struct bytes_reader *reader, size_t sealed, const uint8_t nonce[12],
		      const uint8_t key[AGE_KEY_SIZE], uint8_t *ret_data)
{
	const uint8_t *data = bytes_get(reader, sealed);

	if (!data || crypto_aead_chacha20poly1305_ietf_decrypt(ret_data, NULL, NULL, data, sealed,
							       NULL, 0, nonce, key) != 0)
		return -EBADMSG;
	return 0;
}

static int open_chunks(struct bytes_reader *reader, const uint8_t key[AGE_KEY_SIZE],
		       uint8_t *ret_data, size_t *ret_size)
{
	size_t size = 0;

	for (uint64_t chunk = 0;; chunk++) {
		size_t sealed = bytes_left(reader);
		uint8_t is_last = sealed <= AGE_CHUNK_SIZE + AGE_TAG_SIZE, nonce[12];

		if (!is_last)
			sealed = AGE_CHUNK_SIZE + AGE_TAG_SIZE;
		if (sealed < AGE_TAG_SIZE || (sealed == AGE_TAG_SIZE && chunk > 0))
			return -EBADMSG;
		chunk_nonce(chunk, is_last, nonce);
		if (open_chunk(reader, sealed, nonce, key, ret_data + size) < 0)
			return -EBADMSG;
		size += sealed - AGE_TAG_SIZE;
		if (is_last)
			break;
	}
	*ret_size = size;
	return 0;
}

/* The key of the file's chunks; the reader stands before the first one. */
static int open_key(struct bytes_reader *reader, const uint8_t secret_key[AGE_KEY_SIZE],
		    uint8_t ret_key[AGE_KEY_SIZE])
{
	uint8_t file_key[FILE_KEY_SIZE];
	int error = open_header(reader, secret_key, file_key);

	if (error < 0)
		return error;

	const uint8_t *nonce = bytes_get(reader, NONCE_SIZE);

	if (nonce)
		hkdf(file_key, sizeof(file_key), (struct bytes){nonce, NONCE_SIZE}, "payload",
		     ret_key);
	sodium_memzero(file_key, sizeof(file_key));
	return nonce ? 0 : -EBADMSG;
}

int age_open(const uint8_t secret_key[AGE_KEY_SIZE], const void *data, size_t size,
	     uint8_t *ret_data, size_t *ret_size)
{
	struct bytes_reader reader = bytes_read(data, size);
	uint8_t key[AGE_KEY_SIZE];
	int error = open_key(&reader, secret_key, key);

	if (error < 0)
		return error;
	error = open_chunks(&reader, key, ret_data, ret_size);
	sodium_memzero(key, sizeof(key));
	return error;
}

int age_open_start(const uint8_t secret_key[AGE_KEY_SIZE], const void *data, size_t file_size,
		   uint8_t *ret_data, size_t *ret_size)
{
	size_t size = file_size < AGE_START_SIZE ? file_size : (size_t)AGE_START_SIZE;
	struct bytes_reader reader = bytes_read(data, size);
	uint8_t key[AGE_KEY_SIZE], nonce[12];
	int error = open_key(&reader, secret_key, key);

	if (error < 0)
		return error;

	size_t sealed = bytes_left(&reader);

	chunk_nonce(0, file_size <= AGE_START_SIZE, nonce);
	error = sealed < AGE_TAG_SIZE ? -EBADMSG
				      : open_chunk(&reader, sealed, nonce, key, ret_data);
	sodium_memzero(key, sizeof(key));
	if (error == 0)
		*ret_size = sealed - AGE_TAG_SIZE;
	return error;
}

void age_print_secret(const uint8_t secret_key[AGE_KEY_SIZE], char ret_text[AGE_TEXT_SIZE])
{
	bech32_print("age-secret-key-", secret_key, ret_text, AGE_TEXT_SIZE);
	for (char *c = ret_text; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
}

void age_print_public(const uint8_t public_key[AGE_KEY_SIZE], char ret_text[AGE_TEXT_SIZE])
{
	bech32_print("age", public_key, ret_text, AGE_TEXT_SIZE);
}

int age_parse_public(const char *text, size_t size, uint8_t ret_key[AGE_KEY_SIZE])
{
	return bech32_parse("age", text, size, ret_key);
}
