#include "tools/entry_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "proto/log/commitment.h"
#include "proto/log/entry.h"
#include "tools/show.h"

/* ---- openings ---- */

struct opening {
	struct bytes name, value;
	uint8_t salt[COMMITMENT_SALT_SIZE];
};

/* Takes the first line off `rest`. */
static int next_opening(struct bytes *rest, struct opening *ret_opening)
{
	const uint8_t *end = memchr(rest->data, '\n', rest->size);
	size_t size = end ? (size_t)(end - rest->data) : rest->size;
	const uint8_t *line = rest->data, *space = memchr(line, ' ', size);
	size_t name = space ? (size_t)(space - line) : size;
	size_t value_at = name + 1 + 2 * COMMITMENT_SALT_SIZE + 1;

	if (value_at > size || name > ENTRY_NAME_MAX || line[value_at - 1] != ' ' ||
	    text_parse_hex((const char *)line + name + 1, 2 * COMMITMENT_SALT_SIZE, ret_opening->salt,
			   sizeof(ret_opening->salt)) < 0)
		return -EBADMSG;
	ret_opening->name = (struct bytes){line, name};
	ret_opening->value = (struct bytes){line + value_at, size - value_at};
	*rest = (struct bytes){line + size + (end ? 1 : 0), rest->size - size - (end ? 1 : 0)};
	return 0;
}

static bool fits(const struct entry_view *view, const struct opening *opening)
{
	char name[ENTRY_NAME_MAX + 1] = {0};
	uint8_t hash[32];

	memcpy(name, opening->name.data, opening->name.size);
	commitment_hash(name, opening->salt, opening->value.data, opening->value.size, hash);
	for (unsigned i = 0; i < view->commitment_count; i++) {
		const struct entry_view_commitment *commitment = &view->commitments[i];

		if (commitment->name.size == opening->name.size &&
		    memcmp(commitment->name.data, name, opening->name.size) == 0)
			return memcmp(commitment->hash, hash, sizeof(hash)) == 0;
	}
	return false;
}

/* ---- as JSON ---- */

static json_t *opened_values(const struct entry_view *view, struct bytes openings)
{
	json_t *values = json_object();

	while (openings.size) {
		struct opening opening;

		if (next_opening(&openings, &opening) < 0 || !fits(view, &opening)) {
			json_decref(values);
			return NULL;
		}
		char name[ENTRY_NAME_MAX + 1] = {0};

		memcpy(name, opening.name.data, opening.name.size);
		json_object_set_new(values, name,
				    json_stringn((const char *)opening.value.data, opening.value.size));
	}
	return values;
}

json_t *entry_words_json(struct bytes text, struct bytes openings)
{
	struct entry_view view;

	if (entry_parse(text.data, text.size, &view) < 0)
		return NULL;

	json_t *opened = opened_values(&view, openings);

	if (!opened)
		return NULL;

	json_t *object = json_pack("{s:I, s:s, s:I}", "seq", (json_int_t)view.stamp.seq, "kind",
				   entry_kind_name(view.kind), "time", (json_int_t)view.stamp.real_us);

	for (enum entry_key key = 0; key < ENTRY_KEY_COUNT; key++)
		if (view.values[key].data)
			json_object_set_new(object, entry_key_name(key),
					    json_stringn((const char *)view.values[key].data,
							 view.values[key].size));
	json_object_set_new(object, "opened", opened);
	json_object_set_new(object, "text", json_stringn((const char *)text.data, text.size));
	return object;
}

/* ---- in words ---- */

/* Values that only a verifier wants to see. */
static const char *const quiet[] = {"seq", "kind", "time", "text", "opened", "sid", "key", "head"};

static bool is_quiet(const char *key)
{
	for (size_t i = 0; i < ARRAY_COUNT(quiet); i++)
		if (strcmp(key, quiet[i]) == 0)
			return true;
	return false;
}

/* Nobody's terminal is steered by a name that somebody chose. */
static void print_safe(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

int entry_words_print(struct bytes text, struct bytes openings)
{
	json_t *object = entry_words_json(text, openings), *value;
	char time[SHOW_TIME_SIZE];
	const char *key;

	if (!object)
		return -EBADMSG;
	printf("%6lld  %s  %-13s", json_integer_value(json_object_get(object, "seq")),
	       show_time((uint64_t)json_integer_value(json_object_get(object, "time")), time),
	       json_string_value(json_object_get(object, "kind")));
	json_object_foreach(json_object_get(object, "opened"), key, value)
	{
		if (strcmp(key, "sig") == 0)
			continue;
		printf("  %s=", key);
		print_safe(json_string_value(value) ? json_string_value(value) : "");
	}
	json_object_foreach(object, key, value)
		if (!is_quiet(key))
			printf("  %s %s", key, json_string_value(value));
	putchar('\n');
	json_decref(object);
	return 0;
}
