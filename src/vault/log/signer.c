#include "vault/log/signer.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "proto/log/checkpoint.h"
#include "proto/log/sha256.h"
#include "vault/log/log_key.h"

static const char origin_prefix[] = "ward.local/box/";

enum { BOX_LETTERS = 12 };

struct signer {
	uint8_t *secret; /* sodium_malloc: guarded, locked, wiped */
	uint8_t public_key[NOTE_PUBLIC_KEY_SIZE];
	char box[sizeof(origin_prefix) + BOX_LETTERS]; /* the origin up to the epoch */
	uint32_t epoch;
	struct note_key key;
	char vkey[NOTE_VKEY_MAX + 1];
};

/* The prefix and the first letters of the key's hash in base32 (RFC 4648, lower case). */
static void name_box(struct signer *signer)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct bytes part = {signer->public_key, sizeof(signer->public_key)};
	size_t prefix_size = sizeof(origin_prefix) - 1;
	uint8_t hash[SHA256_SIZE];

	sha256_parts(&part, 1, hash);
	memcpy(signer->box, origin_prefix, prefix_size);
	for (unsigned i = 0; i < BOX_LETTERS; i++) {
		unsigned bit = 5 * i;
		unsigned pair = (unsigned)(hash[bit / 8] << 8 | hash[bit / 8 + 1]);

		signer->box[prefix_size + i] = letters[pair >> (11 - bit % 8) & 31];
	}
}

int signer_create(const uint8_t *seed, struct signer **ret_signer)
{
	if (sodium_init() < 0)
		return -EIO;

	struct signer *signer = calloc(1, sizeof(*signer));

	if (!signer)
		return -ENOMEM;
	signer->secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);
	if (!signer->secret) {
		free(signer);
		return -ENOMEM;
	}
	_Static_assert(crypto_sign_SEEDBYTES == LOG_SEED_SIZE, "one seed size");
	crypto_sign_seed_keypair(signer->public_key, signer->secret, seed);
	sodium_mprotect_readonly(signer->secret);
	name_box(signer);
	signer_set_epoch(signer, 1);
	*ret_signer = signer;
	return 0;
}

void signer_destroy(struct signer *signer)
{
	if (!signer)
		return;
	sodium_free(signer->secret);
	free(signer);
}

void signer_set_epoch(struct signer *signer, uint32_t epoch)
{
	char origin[NOTE_NAME_MAX + 1];
	struct text text;

	text_init(&text, origin, sizeof(origin));
	text_printf(&text, "%s/e%u", signer->box, epoch);

	int result = note_key_make(origin, NOTE_KEY_ED25519, signer->public_key, &signer->key);

	assert(result == 0 && !text.failed);
	signer->epoch = epoch;
	text_init(&text, signer->vkey, sizeof(signer->vkey));
	note_key_build(&signer->key, &text);
	assert(!text.failed);
}

uint32_t signer_epoch(const struct signer *signer)
{
	return signer->epoch;
}

const struct note_key *signer_key(const struct signer *signer)
{
	return &signer->key;
}

const char *signer_vkey(const struct signer *signer)
{
	return signer->vkey;
}

uint32_t signer_epoch_of(const struct signer *signer, struct bytes origin)
{
	size_t box_size = strlen(signer->box);
	uint64_t epoch;

	if (origin.size < box_size + 3 || memcmp(origin.data, signer->box, box_size) != 0 ||
	    memcmp(origin.data + box_size, "/e", 2) != 0 ||
	    text_parse_u64((const char *)origin.data + box_size + 2, origin.size - box_size - 2,
			   UINT32_MAX - 1, &epoch) < 0)
		return 0;
	return (uint32_t)epoch;
}

void signer_sign(const struct signer *signer, const struct merkle_head *head, struct text *text)
{
	uint8_t signature[crypto_sign_BYTES];
	size_t start = text->size;

	checkpoint_build(signer->key.name, head, text);
	crypto_sign_detached(signature, NULL, (const uint8_t *)text->data + start,
			     text->size - start, signer->secret);
	text_add(text, "\n");
	note_add_signature(text, &signer->key, signature);
}
