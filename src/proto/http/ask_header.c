#include "proto/http/ask_header.h"

#include <errno.h>

#include "base/text.h"
#include "proto/http/grammar.h"

/* The value of the next `name=value`, which must be that name. */
static int next_value(struct bytes *rest, const char *name, struct bytes *ret_value)
{
	struct bytes value, key;

	if (!grammar_next_item(rest, ';', &value) || !grammar_next_item(&value, '=', &key) ||
	    !grammar_same(key, name))
		return -EBADMSG;
	*ret_value = value;
	return 0;
}

static int next_hex(struct bytes *rest, const char *name, void *ret_data, size_t size)
{
	struct bytes value;
	int r = next_value(rest, name, &value);

	return r < 0 ? r : text_parse_hex((const char *)value.data, value.size, ret_data, size);
}

static int next_checkpoint(struct bytes *rest, struct ask_header *ask)
{
	struct bytes size, root;

	if (next_value(rest, "size", &size) < 0 || next_value(rest, "root", &root) < 0)
		return -EBADMSG;
	if (text_parse_u64((const char *)size.data, size.size, INT64_MAX, &ask->checkpoint_size) <
	    0)
		return -EBADMSG;
	if (!ask->checkpoint_size)
		return grammar_same(root, "-") ? 0 : -EBADMSG;
	return text_parse_base64((const char *)root.data, root.size, ask->checkpoint_root,
				 sizeof(ask->checkpoint_root));
}

int ask_header_parse(struct bytes value, struct ask_header *ret_ask)
{
	struct ask_header ask = {0};

	if (next_hex(&value, "nonce", ask.nonce, sizeof(ask.nonce)) < 0 ||
	    next_checkpoint(&value, &ask) < 0 ||
	    next_hex(&value, "signature", ask.signature, sizeof(ask.signature)) < 0 || value.size)
		return -EBADMSG;
	*ret_ask = ask;
	return 0;
}
