#include "tools/entry_words.h"

#include <errno.h>
#include <inttypes.h>
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

/* What an entry says, with {key} for a value of it; a value that nobody opened is "(sealed)". A kind without
 * a line here is shown by its name alone. */
static const char *const sentences[ENTRY_KIND_COUNT] = {
	[ENTRY_GENESIS] = "the log begins",
	[ENTRY_BOOT] = "Ward starts ({version})",
	[ENTRY_SHUTDOWN] = "Ward stops",
	[ENTRY_HEARTBEAT] = "Ward is up",
	[ENTRY_CONFIG] = "the configuration changes: {reason} {name}",
	[ENTRY_USER_ADD] = "{acct} is added as {why}",
	[ENTRY_USER_REMOVE] = "{acct} is removed",
	[ENTRY_DEVICE_ADD] = "{acct} pairs \"{device}\"",
	[ENTRY_DEVICE_REMOVE] = "\"{device}\" of {acct} is removed",
	[ENTRY_GRANT_CREATE] = "{acct} is given a {reason}",
	[ENTRY_GRANT_REVOKE] = "a right of {acct} is taken back (entry {grant})",
	[ENTRY_VIEW_OPEN] = "{acct} ({why}) opens {cam}, {tracks}, on \"{device}\" from {from}",
	[ENTRY_VIEW_TICK] = "{cam} is still open: {used} so far",
	[ENTRY_VIEW_CLOSE] = "{cam} is closed: {end}, after {used}",
	[ENTRY_PLAY_OPEN] = "{acct} ({why}) plays what {cam} recorded, {tracks}, on \"{device}\" from {from}",
	[ENTRY_PLAY_TICK] = "what {cam} recorded is still played: {used} so far",
	[ENTRY_PLAY_CLOSE] = "what {cam} recorded is played no more: {end}, after {used}",
	[ENTRY_EXPORT] = "{acct} ({why}) saves a part of what {cam} recorded, {tracks}",
	[ENTRY_TALK_OPEN] = "{acct} ({why}) talks at {cam}, on \"{device}\" from {from}",
	[ENTRY_TALK_TICK] = "somebody still talks at {cam}: {used} so far",
	[ENTRY_TALK_CLOSE] = "the talk at {cam} is over: {end}, after {used}",
	[ENTRY_SPEAKER] = "{cam} sounds: {sound}, for {acct} (entry {grant})",
	[ENTRY_MEDIA] = "{cam}: ten seconds are recorded",
	[ENTRY_ERASE] = "{cam}: recordings are erased ({reason})",
	[ENTRY_DENY] = "{count} times refused: {reason}",
};

/* Values that read better than they stand in the entry. */
static bool print_special(const char *key, const char *value)
{
	uint64_t bytes = 0, seconds = 0;

	if (strcmp(key, "tracks") == 0) {
		bool sees = strchr(value, 'v'), hears = strchr(value, 'm');

		fputs(sees && hears ? "picture and sound" : sees ? "picture" : "sound", stdout);
		return true;
	}
	if (strcmp(key, "used") == 0 && sscanf(value, "%" SCNu64 " %" SCNu64, &bytes, &seconds) == 2) {
		printf("%" PRIu64 " s and %.1f MB", seconds, (double)bytes / 1e6);
		return true;
	}
	return false;
}

/* Nobody's terminal is steered by a name that somebody chose. */
static void print_safe(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void print_value(const json_t *entry, const char *key)
{
	const json_t *value = json_object_get(entry, key);

	if (!value)
		value = json_object_get(json_object_get(entry, "opened"), key);
	const char *text = json_string_value(value);

	if (!text)
		fputs("(sealed)", stdout);
	else if (!print_special(key, text))
		print_safe(text);
}

static void print_sentence(const char *sentence, const json_t *entry)
{
	char key[ENTRY_NAME_MAX + 1];

	while (*sentence) {
		size_t size = strcspn(sentence, "{");
		int used = 0;

		printf("%.*s", (int)size, sentence);
		sentence += size;
		if (sscanf(sentence, "{%16[a-z0-9]}%n", key, &used) != 1 || used == 0)
			return;
		print_value(entry, key);
		sentence += used;
	}
}

/* A talk that nobody speaks in is a sound that is played. */
static const char *sentence_of(const struct entry_view *view)
{
	if (view->kind == ENTRY_TALK_OPEN && view->values[ENTRY_SOUND].data)
		return "{acct} ({why}) has {cam} play: {sound}, on \"{device}\" from {from}";
	return sentences[view->kind] ? sentences[view->kind] : "";
}

int entry_words_print(struct bytes text, struct bytes openings)
{
	json_t *object = entry_words_json(text, openings);
	struct entry_view view;
	char time[SHOW_TIME_SIZE];

	if (!object || entry_parse(text.data, text.size, &view) < 0) {
		json_decref(object);
		return -EBADMSG;
	}
	printf("%6" PRIu64 "  %s  %-13s ", view.stamp.seq, show_time(view.stamp.real_us, time),
	       entry_kind_name(view.kind));
	print_sentence(sentence_of(&view), object);
	putchar('\n');
	json_decref(object);
	return 0;
}
