/* YAML (libyaml) as a small tree of scalars, mappings and lists, each with its line. Kept plain:
 * no anchors, aliases, tags, second documents or doubled keys, and every size has a maximum. */
#ifndef CONF_TREE_H
#define CONF_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "conf/mistake.h"

enum {
	TREE_TEXT_MAX = 256 * 1024, /* bytes of a file */
	TREE_NODES_MAX = 2048,
	TREE_DEPTH_MAX = 6,
};

enum tree_kind { TREE_SCALAR, TREE_MAPPING, TREE_LIST };

struct tree_node {
	enum tree_kind kind;
	unsigned line;                  /* of the key, or of the value in a list; from 1 */
	char *key;                      /* NULL in a list and at the root */
	char *value;                    /* scalars only */
	struct tree_node *first, *next; /* children; the next child of the same parent */
};

/* The root is always a mapping; an empty text is an empty one. `file` names the text in errors.
 * 0, -EBADMSG with `ret_mistake` filled in, or -ENOMEM. */
NODISCARD int tree_parse(const char *file, const char *text, size_t size,
			 struct tree_node **ret_root, struct mistake *ret_mistake);
void tree_node_destroy(struct tree_node *node);
AUTO_DEFINE(tree_node)

#endif
