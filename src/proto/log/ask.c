#include "proto/log/ask.h"

#include <string.h>

#include "ipc/messages.h"

bool ask_name_is_valid(const char *name)
{
	size_t size = strlen(name);

	if (size == 0 || size > ASK_NAME_SIZE_MAX)
		return false;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)name[i] < 0x20 || (unsigned char)name[i] == 0x7f)
			return false;
	return true;
}

static void add_name(struct text *text, const char *key, const char *name)
{
	if (!ask_name_is_valid(name))
		text->failed = true;
	text_printf(text, "%s %s\n", key, name);
}

static void add_hex(struct text *text, const char *key, const uint8_t *data, size_t size)
{
	text_printf(text, "%s ", key);
	text_add_hex(text, data, size);
	text_add(text, "\n");
}

void ask_build_pair(struct text *text, const uint8_t secret[ASK_SECRET_SIZE],
		    const uint8_t key[ASK_KEY_SIZE], const char *name)
{
	text_add(text, "ward/pair/1\n");
	add_hex(text, "secret", secret, ASK_SECRET_SIZE);
	add_hex(text, "key", key, ASK_KEY_SIZE);
	add_name(text, "name", name);
}

void ask_build_login(struct text *text, const uint8_t nonce[ASK_NONCE_SIZE])
{
	text_add(text, "ward/login/1\n");
	add_hex(text, "nonce", nonce, ASK_NONCE_SIZE);
}

/* The order of the words is the table's, whatever order the page asked in. */
static void add_verbs(struct text *text, uint32_t verbs)
{
	static const struct {
		uint32_t verb;
		const char *word;
	} words[] = {{VERB_VIEW, "view"}, {VERB_LISTEN, "listen"}, {VERB_PLAY, "play"}, {VERB_TALK, "talk"}, {VERB_TAKE, "take"}};
	const char *before = "verbs ";

	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (!(verbs & words[i].verb))
			continue;
		text_printf(text, "%s%s", before, words[i].word);
		before = ",";
	}
	if (*before != ',')
		text->failed = true;
	text_add(text, "\n");
}

static void add_checkpoint(struct text *text, uint64_t size, const uint8_t *root)
{
	text_printf(text, "checkpoint %llu ", (unsigned long long)size);
	if (size == 0)
		text_add(text, "-");
	else
		text_add_base64(text, root, 32);
	text_add(text, "\n");
}

void ask_build_view(struct text *text, const struct ask_view *ask)
{
	text_add(text, "ward/ask/1\n");
	add_name(text, "camera", ask->camera);
	add_verbs(text, ask->verbs);
	add_hex(text, "fingerprint", ask->fingerprint, 32);
	add_hex(text, "nonce", ask->nonce, ASK_NONCE_SIZE);
	add_checkpoint(text, ask->checkpoint_size, ask->checkpoint_root);
}

void ask_build_play(struct text *text, const struct ask_play *ask)
{
	text_add(text, "ward/ask/1\n");
	add_name(text, "camera", ask->camera);
	add_verbs(text, VERB_PLAY);
	text_printf(text, "span %llu %llu\n", (unsigned long long)ask->from_us,
		    (unsigned long long)ask->to_us);
	add_hex(text, "nonce", ask->nonce, ASK_NONCE_SIZE);
	add_checkpoint(text, ask->checkpoint_size, ask->checkpoint_root);
}

void ask_build_sound(struct text *text, const struct ask_sound *ask)
{
	text_add(text, "ward/ask/1\n");
	add_name(text, "camera", ask->camera);
	add_verbs(text, VERB_TALK);
	text_printf(text, "sound %s %u %u\n", ask->sound, ask->seconds, ask->volume);
	add_hex(text, "nonce", ask->nonce, ASK_NONCE_SIZE);
	add_checkpoint(text, ask->checkpoint_size, ask->checkpoint_root);
}

const char *ask_key_order(uint32_t order)
{
	static const char *const words[KEY_ORDER_COUNT] = {[KEY_ADD] = "add",
							   [KEY_REMOVE] = "remove",
							   [KEY_PRIVATE] = "private",
							   [KEY_WINDOW] = "window",
							   [KEY_LOCK] = "lock"};

	return order < KEY_ORDER_COUNT ? words[order] : NULL;
}

void ask_build_keys(struct text *text, const struct ask_keys *ask)
{
	const char *word = ask_key_order(ask->order);

	if (!word) {
		text->failed = true;
		return;
	}
	text_printf(text, "ward/keys/1\norder %s\n", word);
	if (ask->order == KEY_ADD || ask->order == KEY_REMOVE)
		add_name(text, "name", ask->name);
	if (ask->order == KEY_ADD)
		text_printf(text, "key %s\n", ask->key);
	if (ask->order == KEY_WINDOW)
		text_printf(text, "days %llu\n", (unsigned long long)ask->days);
	if (ask->order == KEY_LOCK)
		text_printf(text, "lose %s\n", ask->may_lose ? "yes" : "no");
	add_hex(text, "nonce", ask->nonce, ASK_NONCE_SIZE);
	add_checkpoint(text, ask->checkpoint_size, ask->checkpoint_root);
}
