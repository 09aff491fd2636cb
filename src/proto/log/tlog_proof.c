#include "proto/log/tlog_proof.h"

#include <errno.h>
#include <string.h>

#include "proto/log/checkpoint.h"
#include "proto/log/lines.h"

static const char proof_header[] = "c2sp.org/tlog-proof@v1", extra_key[] = "extra ",
		  index_key[] = "index ";

enum { EXTRA_MAX = 4096 };

void tlog_proof_build(const struct tlog_proof *proof, struct text *text)
{
	text_printf(text, "%s\n%s%llu\n", proof_header, index_key,
		    (unsigned long long)proof->index);
	for (unsigned i = 0; i < proof->hash_count; i++) {
		text_add_base64(text, proof->hashes[i].bytes, MERKLE_HASH_SIZE);
		text_add(text, "\n");
	}
	text_add(text, "\n");
	text_add_bytes(text, proof->note.data, proof->note.size);
}

/* What follows `key` on the line; data NULL if the line begins with something else. */
static struct bytes value_after(struct bytes line, const char *key)
{
	size_t size = strlen(key);

	if (line.size < size || memcmp(line.data, key, size) != 0)
		return (struct bytes){NULL, 0};
	return (struct bytes){line.data + size, line.size - size};
}

static bool extra_is_base64(struct bytes value)
{
	uint8_t data[EXTRA_MAX];
	size_t size = value.size / 4 * 3;

	if (value.size == 0)
		return true;
	if (value.size % 4)
		return false;
	size -= (size_t)(value.data[value.size - 1] == '=');
	size -= (size_t)(value.data[value.size - 2] == '=');
	return size <= EXTRA_MAX &&
	       text_parse_base64((const char *)value.data, value.size, data, size) == 0;
}

/* The proof_header, the optional extra line, and the index. */
static int parse_proof_start(struct bytes *rest, uint64_t *ret_index)
{
	struct bytes line;

	if (lines_next(rest, &line) < 0 || line.size != sizeof(proof_header) - 1 ||
	    memcmp(line.data, proof_header, line.size) != 0 || lines_next(rest, &line) < 0)
		return -EBADMSG;

	struct bytes value = value_after(line, extra_key);

	if (value.data && (!extra_is_base64(value) || lines_next(rest, &line) < 0))
		return -EBADMSG;
	value = value_after(line, index_key);
	if (!value.data)
		return -EBADMSG;
	return text_parse_u64((const char *)value.data, value.size, INT64_MAX, ret_index);
}

int tlog_proof_parse(const void *data, size_t size, struct tlog_proof *ret_proof)
{
	struct bytes rest = {data, size}, line;
	struct tlog_proof proof = {0};

	if (size > TLOG_PROOF_SIZE_MAX || parse_proof_start(&rest, &proof.index) < 0 ||
	    lines_next(&rest, &line) < 0)
		return -EBADMSG;
	while (line.size) {
		if (proof.hash_count == TLOG_PROOF_HASHES_MAX ||
		    text_parse_base64((const char *)line.data, line.size,
				      proof.hashes[proof.hash_count].bytes, MERKLE_HASH_SIZE) < 0 ||
		    lines_next(&rest, &line) < 0)
			return -EBADMSG;
		proof.hash_count++;
	}
	if (rest.size == 0)
		return -EBADMSG;
	proof.note = rest;
	*ret_proof = proof;
	return 0;
}

int tlog_proof_verify(const struct tlog_proof *proof, const struct merkle_hash *leaf,
		      const struct note_key *key)
{
	struct checkpoint checkpoint;
	int result = checkpoint_open(proof->note.data, proof->note.size, key, &checkpoint);

	if (result < 0)
		return result;
	return merkle_check_inclusion(proof->index, checkpoint.head.size, leaf, proof->hashes,
				      proof->hash_count, &checkpoint.head.root);
}
