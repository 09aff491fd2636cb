#include "conf/tree.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

struct tree_builder {
	yaml_parser_t parser;
	const char *file;
	struct mistake *mistake;
	struct tree_node *open[TREE_DEPTH_MAX]; /* mappings and lists being filled */
	unsigned depth, nodes;
	char *key; /* read, its value not yet */
	unsigned key_line;
	struct tree_node *root;
};

void tree_node_destroy(struct tree_node *node)
{
	while (node) {
		struct tree_node *next = node->next;

		tree_node_destroy(node->first);
		free(node->key);
		if (node->value)
			explicit_bzero(node->value, strlen(node->value)); /* may be a password */
		free(node->value);
		free(node);
		node = next;
	}
}

static int refuse(struct tree_builder *builder, const yaml_event_t *event, const char *why)
{
	struct mistake_place place = {builder->file, (unsigned)event->start_mark.line + 1,
				      builder->key};

	return mistake_set(builder->mistake, &place, "%s", why);
}

static bool has_key(const struct tree_node *mapping, const char *key)
{
	for (const struct tree_node *child = mapping->first; child; child = child->next)
		if (strcmp(child->key, key) == 0)
			return true;
	return false;
}

static int take_key(struct tree_builder *builder, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	if (strlen(text) != event->data.scalar.length)
		return refuse(builder, event, "a key holds a NUL byte");
	builder->key = strdup(text);
	builder->key_line = (unsigned)event->start_mark.line + 1;
	if (!builder->key)
		return -ENOMEM;
	if (has_key(builder->open[builder->depth - 1], text))
		return refuse(builder, event, "this key is here twice");
	return 0;
}

/* Hangs a new node below the innermost open one, as its last child. */
static struct tree_node *add_node(struct tree_builder *builder, const yaml_event_t *event,
				  enum tree_kind kind)
{
	struct tree_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->line = builder->key ? builder->key_line : (unsigned)event->start_mark.line + 1;
	node->key = take(builder->key);
	if (!builder->depth) {
		builder->root = node;
		return node;
	}
	struct tree_node **end = &builder->open[builder->depth - 1]->first;

	while (*end)
		end = &(*end)->next;
	*end = node;
	return node;
}

static bool wants_key(const struct tree_builder *builder)
{
	return builder->depth && builder->open[builder->depth - 1]->kind == TREE_MAPPING &&
	       !builder->key;
}

static int add_scalar(struct tree_builder *builder, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	if (event->data.scalar.anchor)
		return refuse(builder, event, "anchors (&) are not supported");
	if (wants_key(builder))
		return take_key(builder, event);
	if (strlen(text) != event->data.scalar.length)
		return refuse(builder, event, "the value holds a NUL byte");
	/* A file of comments only is one empty scalar. */
	if (!builder->depth && !*text) {
		builder->root = add_node(builder, event, TREE_MAPPING);
		return builder->root ? 0 : -ENOMEM;
	}
	if (!builder->depth)
		return refuse(builder, event, "expected \"key: value\" lines");
	struct tree_node *node = add_node(builder, event, TREE_SCALAR);

	if (!node)
		return -ENOMEM;
	node->value = strdup(text);
	return node->value ? 0 : -ENOMEM;
}

static int open_node(struct tree_builder *builder, const yaml_event_t *event, enum tree_kind kind)
{
	const yaml_char_t *anchor = kind == TREE_MAPPING ? event->data.mapping_start.anchor
							 : event->data.sequence_start.anchor;

	if (anchor)
		return refuse(builder, event, "anchors (&) are not supported");
	if (wants_key(builder))
		return refuse(builder, event, "a key must be a plain word");
	if (!builder->depth && kind == TREE_LIST)
		return refuse(builder, event, "expected \"key: value\" lines, not a list");
	if (builder->depth == TREE_DEPTH_MAX)
		return refuse(builder, event, "nested too deeply");
	struct tree_node *node = add_node(builder, event, kind);

	if (!node)
		return -ENOMEM;
	builder->open[builder->depth++] = node;
	return 0;
}

static int take_event(struct tree_builder *builder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return builder->root ? refuse(builder, event, "a second document (---)") : 0;
	case YAML_ALIAS_EVENT:
		return refuse(builder, event, "aliases (*) are not supported");
	case YAML_SCALAR_EVENT:
		return add_scalar(builder, event);
	case YAML_MAPPING_START_EVENT:
		return open_node(builder, event, TREE_MAPPING);
	case YAML_SEQUENCE_START_EVENT:
		return open_node(builder, event, TREE_LIST);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		builder->depth--;
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return 0;
}

static int report_syntax(struct tree_builder *builder)
{
	const yaml_parser_t *parser = &builder->parser;

	struct mistake_place place = {builder->file, (unsigned)parser->problem_mark.line + 1, NULL};

	return mistake_set(builder->mistake, &place, "not YAML: %s%s%s",
			   parser->context ? parser->context : "", parser->context ? ", " : "",
			   parser->problem ? parser->problem : "unreadable");
}

static int build(struct tree_builder *builder)
{
	for (bool is_over = false; !is_over;) {
		yaml_event_t event;

		if (!yaml_parser_parse(&builder->parser, &event))
			return report_syntax(builder);
		int r = builder->nodes++ < 2 * TREE_NODES_MAX
				? take_event(builder, &event)
				: refuse(builder, &event, "too many entries");

		is_over = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		if (r < 0)
			return r;
	}
	if (!builder->root)
		builder->root = calloc(1, sizeof(*builder->root));
	if (!builder->root)
		return -ENOMEM;
	builder->root->kind = TREE_MAPPING;
	return 0;
}

int tree_parse(const char *file, const char *text, size_t size, struct tree_node **ret_root,
	       struct mistake *ret_mistake)
{
	struct tree_builder builder = {.file = file, .mistake = ret_mistake};
	struct mistake_place place = {file, 0, NULL};

	if (size > TREE_TEXT_MAX)
		return mistake_set(ret_mistake, &place, "larger than %d bytes", TREE_TEXT_MAX);
	if (!yaml_parser_initialize(&builder.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&builder.parser, (const unsigned char *)text, size);
	int r = build(&builder);

	yaml_parser_delete(&builder.parser);
	free(builder.key);
	if (r < 0)
		tree_node_destroy(builder.root);
	else
		*ret_root = builder.root;
	return r;
}
