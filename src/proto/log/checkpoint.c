#include "proto/log/checkpoint.h"

#include <errno.h>
#include <string.h>

#include "proto/log/lines.h"

int checkpoint_parse(struct bytes text, struct checkpoint *ret_checkpoint)
{
	struct bytes origin, size, root;
	struct checkpoint checkpoint = {0};

	if (lines_next(&text, &origin) < 0 || lines_next(&text, &size) < 0 ||
	    lines_next(&text, &root) < 0 || origin.size == 0 || text.size != 0)
		return -EBADMSG;
	if (text_parse_u64((const char *)size.data, size.size, INT64_MAX, &checkpoint.head.size) <
		    0 ||
	    text_parse_base64((const char *)root.data, root.size, checkpoint.head.root.bytes,
			      MERKLE_HASH_SIZE) < 0)
		return -EBADMSG;
	checkpoint.origin = origin;
	*ret_checkpoint = checkpoint;
	return 0;
}

void checkpoint_build(const char *origin, const struct merkle_head *head, struct text *text)
{
	text_printf(text, "%s\n%llu\n", origin, (unsigned long long)head->size);
	text_add_base64(text, head->root.bytes, MERKLE_HASH_SIZE);
	text_add(text, "\n");
}

int checkpoint_open(const void *data, size_t size, const struct note_key *key,
		    struct checkpoint *ret_checkpoint)
{
	struct checkpoint checkpoint;
	struct note note;

	if (note_parse(data, size, &note) < 0 || checkpoint_parse(note.text, &checkpoint) < 0)
		return -EBADMSG;
	if (checkpoint.origin.size != strlen(key->name) ||
	    memcmp(checkpoint.origin.data, key->name, checkpoint.origin.size) != 0)
		return -ENOKEY;

	int result = note_verify(&note, key, NULL);

	if (result == 0)
		*ret_checkpoint = checkpoint;
	return result;
}
