/* Sounds that a camera's speaker plays: white noise, lullabies, and silence again. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ipc/messages_sound.h"
#include "ipc/sounds.h"
#include "tools/command.h"
#include "tools/show.h"
#include "tools/talk.h"

enum { VOLUME = 50 };

static enum exit_code usage(const char *what, const char *which)
{
	fprintf(stderr, "ward: %s%s%s\n", what, which ? ": " : "", which ? which : "");
	return EXIT_USAGE;
}

static enum exit_code ask(const struct invocation *invocation, struct ipc_sound_ask *body, talk_row_fn *row,
			  void *context)
{
	autotalk talk = NULL;

	if (!text_copy(body->camera, sizeof(body->camera), invocation->arguments[0]))
		return usage("that name is too long", invocation->arguments[0]);
	if (talk_open_or_explain(invocation, &talk) < 0)
		return EXIT_UNREACHABLE;
	return talk_ask(talk, &(struct talk_question){
				      .type = IPC_SOUND_ASK, .body = body, .row = row, .context = context});
}

static void keep_done(const struct ipc_message *message, void *context)
{
	if (message->type == IPC_DONE)
		memcpy(context, message->body, sizeof(struct ipc_done));
}

/* ---- playing ---- */

static enum exit_code read_sound(const struct invocation *invocation, struct ipc_sound *sound)
{
	const char *word = invocation->arguments[1], *length = invocation->values[FLAG_FOR],
		   *volume = invocation->values[FLAG_VOLUME];
	uint64_t seconds = 0, loudness = VOLUME;

	sound->sound = sounds_find((struct bytes){(const uint8_t *)word, strlen(word)});
	if (sound->sound <= SOUND_CHIME)
		return usage("the sounds are white, pink, brown, rain, heartbeat, shush, wiegenlied, twinkle and "
			     "frere-jacques, not",
			     word);
	if (length && (show_parse_duration(length, &seconds) < 0 || seconds == 0 || seconds > SOUND_SECONDS_MAX))
		return usage("--for is a number with s, m or h, as 30m, and 12h at most", NULL);
	if (volume && (text_parse_u64(volume, strlen(volume), SOUND_VOLUME_MAX, &loudness) < 0 || loudness == 0))
		return usage("--volume is a number from 1 to 100, not", volume);
	sound->seconds = (uint32_t)seconds;
	sound->volume = (uint32_t)loudness;
	return EXIT_DONE;
}

enum exit_code sound_play_command(const struct invocation *invocation)
{
	struct ipc_sound_ask body = {.order = SOUND_PLAY};
	struct ipc_done done = {0};
	enum exit_code result = read_sound(invocation, &body.sound);

	if (result == EXIT_DONE)
		result = ask(invocation, &body, keep_done, &done);
	if (result == EXIT_DONE)
		printf("%s plays: %s. Entry %llu in the log says so.\n", body.camera, invocation->arguments[1],
		       (unsigned long long)done.log_seq);
	return result;
}

/* ---- silence ---- */

enum exit_code sound_stop_command(const struct invocation *invocation)
{
	struct ipc_sound_ask body = {.order = SOUND_STOP};
	struct ipc_done done = {0};
	enum exit_code result = ask(invocation, &body, keep_done, &done);

	if (result == EXIT_DONE)
		printf(done.value ? "%s is silent.\n" : "%s played nothing.\n", body.camera);
	return result == EXIT_DONE && !done.value ? EXIT_NO : result;
}

/* ---- what plays ---- */

static void add_sound(const struct ipc_message *message, void *context)
{
	const struct ipc_row_sound *row = message->body;

	if (message->type == IPC_ROW_SOUND)
		json_array_append_new(context,
				      json_pack("{s:s, s:i, s:I, s:I, s:b, s:s, s:s, s:I}", "sound",
						sounds_word(row->sound), "volume", (int)row->volume, "since",
						(json_int_t)row->since_us, "until", (json_int_t)row->until_us,
						"waits", (int)row->waits, "user", row->user, "device", row->device,
						"seq", (json_int_t)row->log_seq));
}

static void print_sound(const char *camera, const json_t *sound)
{
	uint64_t until_us = (uint64_t)json_integer_value(json_object_get(sound, "until"));
	char until[SHOW_TIME_SIZE];

	printf("%s plays: %s, until %s. %s began it.%s\n", camera,
	       json_string_value(json_object_get(sound, "sound")), show_time(until_us, until),
	       json_string_value(json_object_get(sound, "user")),
	       json_is_true(json_object_get(sound, "waits")) ? " Somebody talks: it goes on after." : "");
}

enum exit_code sound_show_command(const struct invocation *invocation)
{
	struct ipc_sound_ask body = {.order = SOUND_SHOW};
	json_t *list = json_array();
	enum exit_code result = ask(invocation, &body, add_sound, list);
	bool is_silent = json_array_size(list) == 0;

	if (result == EXIT_DONE && invocation->values[FLAG_JSON]) {
		show_json(list);
		return is_silent ? EXIT_NO : EXIT_DONE;
	}
	if (result == EXIT_DONE && is_silent)
		printf("%s plays nothing.\n", body.camera);
	else if (result == EXIT_DONE)
		print_sound(body.camera, json_array_get(list, 0));
	json_decref(list);
	return result == EXIT_DONE && is_silent ? EXIT_NO : result;
}
