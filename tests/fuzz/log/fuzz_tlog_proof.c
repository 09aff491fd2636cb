/* A proof without extra data is what its parts build again; any proof can be put to the check. */
#include <assert.h>
#include <string.h>

#include "proto/log/tlog_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char peter[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static char again[TLOG_PROOF_SIZE_MAX + 1];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct merkle_hash leaf = {{0}};
	struct tlog_proof proof;
	struct note_key key;
	struct text text;
	int bad = note_key_parse(peter, strlen(peter), &key);

	assert(bad == 0);
	if (tlog_proof_parse(data, size, &proof) < 0)
		return 0;
	assert(proof.note.size > 0 && proof.note.data + proof.note.size == data + size);
	(void)!tlog_proof_verify(&proof, &leaf, &key);
	(void)!merkle_check_inclusion(proof.index, proof.index + size, &leaf, proof.hashes,
				      proof.hash_count, &leaf);
	(void)!merkle_check_consistency(&(struct merkle_head){proof.index, leaf},
					&(struct merkle_head){proof.index + size, leaf},
					proof.hashes, proof.hash_count);
	text_init(&text, again, sizeof(again));
	tlog_proof_build(&proof, &text);
	assert(!text.failed && text.size <= size);
	if (!memmem(data, size, "\nextra ", 7))
		assert(text.size == size && memcmp(again, data, size) == 0);
	return 0;
}
