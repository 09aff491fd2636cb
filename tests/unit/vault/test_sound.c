/* Sounds that Ward plays through a camera's speaker: no entry, no sound; who may; their time; and that
 * whoever wants to be heard is, at once. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "proto/log/ask.h"
#include "talker.h"
#include "vault/sound_door.h"
#include "vault/talk_sound.h"

static struct talk_slot *slot_of(struct talker *house)
{
	return &house->rig->vault->talks.slots[0];
}

static void prepare(struct talker *house, const struct rig_device *device, enum sound_order order,
		    struct ipc_sound_ask *ret_ask)
{
	struct ipc_view_ask view;
	struct text text;
	char buffer[ASK_TEXT_SIZE_MAX];

	rig_prepare(house->rig, device, "porch", VERB_TALK, &view);
	*ret_ask = (struct ipc_sound_ask){.request = view.request,
					  .credential = view.credential,
					  .order = (uint32_t)order,
					  .sound = {.sound = SOUND_WHITE, .seconds = 1800, .volume = 40},
					  .proof = view.proof};
	memcpy(ret_ask->camera, view.camera, sizeof(ret_ask->camera));
	text_init(&text, buffer, sizeof(buffer));
	assert_true(credentials_sound_text(&view, &ret_ask->sound, &text));
	rig_sign_text(device, &text, &ret_ask->proof);
}

static void send_ask(struct talker *house, const struct ipc_sound_ask *ask)
{
	ipc_send(&house->rig->front.channel, IPC_SOUND_ASK, ask, NULL, 0);
}

static enum refusal answer_to(struct talker *house, const struct ipc_sound_ask *ask)
{
	struct ipc_done done;

	send_ask(house, ask);
	return rig_answer(house->rig, &done);
}

/* The speaker and a process are asked for; both come. */
static void let_open(struct talker *house)
{
	struct rig_message *open = rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN);

	house->number = ((struct ipc_number *)open->body)->value;
	rig_free(open);
	rig_free(rig_wait(house->rig, &house->rig->warden, IPC_TALK_WANT));
	if (ipc_is_open(&house->process.channel))
		ipc_close(&house->process.channel);
	rig_clear(&house->process);
	house->process = (struct rig_end){.count = 0};
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_start_process(house);
}

static struct ipc_sound sound_asked(struct talker *house)
{
	struct rig_message *message = rig_wait(house->rig, &house->process, IPC_SOUND);
	struct ipc_sound sound = *(struct ipc_sound *)(void *)message->body;

	rig_free(message);
	return sound;
}

static struct talker *playing(void)
{
	struct talker *house = talker_create();
	struct ipc_sound_ask ask;

	prepare(house, &house->owner, SOUND_PLAY, &ask);
	send_ask(house, &ask);
	let_open(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	struct ipc_sound sound = sound_asked(house);

	assert_int_equal(sound.sound, SOUND_WHITE);
	assert_in_range(sound.seconds, 1790, 1800);
	assert_int_equal(sound.volume, 40);
	talker_send_format(house, CODEC_PCMU);
	talker_send_block(house);
	assert_int_equal(talker_spoken(house), 1);
	return house;
}

/* ---- no entry, no sound ---- */

static void its_entries_are_durable_before_it_sounds(void **state)
{
	struct talker *house = talker_create();
	struct talker_order seen;
	struct ipc_sound_ask ask;

	(void)state;
	prepare(house, &house->owner, SOUND_PLAY, &ask);
	rig_settle(house->rig);
	talker_watch_order(house, &seen);
	sound_door_answer(&house->rig->vault->door, &house->rig->vault->front, &ask);
	journal_commit(&house->rig->vault->journal);
	assert_true(seen.syncs > 0);
	assert_false(seen.was_out);
	house->rig->spy.before_sync = NULL;
	/* The talk's entry is on disk; that of the sound waits for the next batch. */
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", "sound white\n"), 1);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", "tracks s\n"), 1);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", "\nuntil "), 1);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", ""), 0);
	assert_null(slot_of(house)->cause);
	let_open(house);
	assert_int_equal(sound_asked(house).sound, SOUND_WHITE);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", "sound white\n"), 1);
	talker_destroy(house);
}

static void a_log_that_stops_leaves_it_silent(void **state)
{
	struct talker *house = talker_create();
	struct ipc_sound_ask ask;

	(void)state;
	prepare(house, &house->owner, SOUND_PLAY, &ask);
	house->rig->spy.sync_error = -EIO;
	assert_int_equal(answer_to(house, &ask), REFUSAL_LOG_STOPPED);
	assert_null(rig_take(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN));
	talker_destroy(house);

	house = playing();
	prepare(house, &house->owner, SOUND_SHOW, &ask);
	house->rig->spy.sync_error = -EIO;
	grant_renew(slot_of(house)->grant);
	rig_settle(house->rig);
	assert_null(talk_sound_of(slot_of(house)));
	assert_true(house->process.is_closed);
	talker_destroy(house);
}

/* ---- its time ---- */

static void it_lasts_longer_than_a_chime_and_ends_when_it_is_made(void **state)
{
	struct talker *house = playing();

	(void)state;
	for (unsigned second = 0; second < 3; second++) {
		slot_of(house)->announced.start_ns -= CLOCK_NS_PER_S;
		for (unsigned i = 0; i < 50; i++)
			talker_send_block(house);
	}
	assert_true(talker_spoken(house) > 2 * TALK_CHIME_MS_MAX / 20);
	assert_false(house->process.is_closed);
	talker_say_made(house);
	rig_free(rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE));
	assert_true(house->process.is_closed);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end expired\n"), 1);
	talker_destroy(house);
}

/* Whatever its process does. */
static void the_vault_ends_it_when_its_time_is_over(void **state)
{
	struct talker *house = playing();
	struct grants *grants = &house->rig->vault->grants;

	(void)state;
	grants->timer.due(&grants->timer);
	assert_non_null(slot_of(house)->grant);
	slot_of(house)->grant->who.expires_us = clock_real_us() - 1;
	grants->timer.due(&grants->timer);
	assert_null(slot_of(house)->grant);
	rig_free(rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE));
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end expired\n"), 1);
	talker_destroy(house);
}

static void until_stopped_is_bounded_too(void **state)
{
	struct talker *house = talker_create();
	struct ipc_sound_ask ask;
	struct ipc_view_ask view = {.verbs = VERB_TALK};
	struct text text;
	char buffer[ASK_TEXT_SIZE_MAX];

	(void)state;
	prepare(house, &house->owner, SOUND_PLAY, &ask);
	ask.sound.seconds = 0;
	memcpy(view.camera, ask.camera, sizeof(view.camera));
	view.proof = ask.proof;
	text_init(&text, buffer, sizeof(buffer));
	assert_true(credentials_sound_text(&view, &ask.sound, &text));
	rig_sign_text(&house->owner, &text, &ask.proof);
	send_ask(house, &ask);
	let_open(house);
	assert_in_range(sound_asked(house).seconds, SOUND_SECONDS_MAX - 10, SOUND_SECONDS_MAX);
	talker_destroy(house);
}

/* ---- a person goes first ---- */

/* What was played before goes on when the room is quiet again. */
static void let_go_on(struct talker *house)
{
	struct talk_slot *slot = slot_of(house);

	rig_settle(house->rig);
	rig_clear(&house->rig->cams[0]);
	rig_clear(&house->rig->warden);
	slot->timer.due(&slot->timer);
}

static void whoever_talks_is_heard_at_once_and_it_goes_on_after(void **state)
{
	struct talker *house = playing();
	struct grant *sound = slot_of(house)->grant;
	struct ipc_talk_ask ask;
	struct ipc_sound_ask show;

	(void)state;
	talker_prepare(house->rig, &house->owner, &house->view, &ask);
	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &ask, NULL, 0);
	rig_free(rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE));
	rig_settle(house->rig);
	assert_true(house->process.is_closed);
	assert_ptr_equal(slot_of(house)->held, sound);
	let_open(house);
	talker_chime(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	/* Told as what it is, and nobody starts another meanwhile. */
	prepare(house, &house->owner, SOUND_SHOW, &show);
	assert_int_equal(answer_to(house, &show), REFUSAL_NONE);
	struct rig_message *row = rig_wait(house->rig, &house->rig->front, IPC_ROW_SOUND);

	assert_int_equal(((struct ipc_row_sound *)(void *)row->body)->waits, 1);
	rig_free(row);
	prepare(house, &house->owner, SOUND_PLAY, &show);
	assert_int_equal(answer_to(house, &show), REFUSAL_SPEAKER_TAKEN);
	talker_revoke(house);
	let_go_on(house);
	assert_ptr_equal(slot_of(house)->grant, sound);
	assert_null(slot_of(house)->held);
	let_open(house);
	assert_int_equal(sound_asked(house).sound, SOUND_WHITE);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", "sound white\n"), 1);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", "sound white\n"), 2);
	talker_destroy(house);
}

static void what_was_taken_back_meanwhile_does_not_go_on(void **state)
{
	struct talker *house = playing();
	struct ipc_talk_ask ask;
	struct ipc_done sound = house->talk;

	(void)state;
	talker_prepare(house->rig, &house->owner, &house->view, &ask);
	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &ask, NULL, 0);
	let_open(house);
	talker_chime(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	struct ipc_done talk = house->talk;

	house->talk = sound;
	talker_revoke(house);
	assert_null(slot_of(house)->held);
	house->talk = talk;
	talker_revoke(house);
	let_go_on(house);
	assert_null(slot_of(house)->grant);
	assert_null(rig_take(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN));
	talker_destroy(house);
}

static void it_waits_for_a_process_or_a_camera_that_comes_back(void **state)
{
	struct talker *house = playing();
	struct grant *sound = slot_of(house)->grant;

	(void)state;
	for (unsigned i = 0; i < TALK_INTERRUPTIONS_MAX; i++) {
		ipc_close(&house->process.channel);
		rig_settle(house->rig);
		assert_ptr_equal(slot_of(house)->held, sound);
		assert_ptr_equal(talk_sound_of(slot_of(house)), sound);
		let_go_on(house);
		let_open(house);
		assert_int_equal(sound_asked(house).sound, SOUND_WHITE);
	}
	ipc_close(&house->process.channel);
	rig_settle(house->rig);
	assert_null(talk_sound_of(slot_of(house)));
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end failed\n"), 1);
	talker_destroy(house);

	house = playing();
	ipc_close(&house->rig->cams[0].channel);
	rig_settle(house->rig);
	assert_non_null(slot_of(house)->held);
	let_go_on(house);
	assert_null(slot_of(house)->grant);
	assert_non_null(slot_of(house)->held);
	talker_destroy(house);
}

/* ---- its end ---- */

static void revoking_silences_at_once(void **state)
{
	struct talker *house = playing();

	(void)state;
	talker_revoke(house);
	rig_free(rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE));
	rig_settle(house->rig);
	assert_true(house->process.is_closed);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end revoked\n"), 1);
	talker_destroy(house);
}

static void whoever_may_talk_may_stop_it_or_play_another(void **state)
{
	struct talker *house = playing();
	struct rig_device member;
	struct ipc_sound_ask ask;
	struct ipc_done done;

	(void)state;
	rig_add_person(house->rig, "kim", ROLE_MEMBER, "", &member);
	prepare(house, &member, SOUND_PLAY, &ask);
	send_ask(house, &ask);
	let_open(house);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NONE);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "why member\n"), 1);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "reason silenced\n"), 1);
	prepare(house, &member, SOUND_STOP, &ask);
	assert_int_equal(answer_to(house, &ask), REFUSAL_NONE);
	assert_null(slot_of(house)->grant);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end left\n"), 1);
	/* Nothing to stop is no error. */
	prepare(house, &member, SOUND_STOP, &ask);
	send_ask(house, &ask);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NONE);
	assert_int_equal(done.value, 0);
	talker_destroy(house);
}

/* ---- who may ---- */

static void only_who_may_talk_and_asked_for_this(void **state)
{
	struct talker *house = talker_create();
	struct rig_device guest;
	struct ipc_sound_ask ask;

	(void)state;
	rig_add_person(house->rig, "joe", ROLE_GUEST, "", &guest);
	for (enum sound_order order = SOUND_SHOW; order < SOUND_ORDER_COUNT; order++) {
		prepare(house, &guest, order, &ask);
		assert_int_equal(answer_to(house, &ask), REFUSAL_NOT_ALLOWED);
		ask.camera[0] = 'x';
		assert_int_equal(answer_to(house, &ask), REFUSAL_NOT_FOUND);
	}
	prepare(house, &house->owner, SOUND_PLAY, &ask);
	ask.proof.is_signed = 0;
	assert_int_equal(answer_to(house, &ask), REFUSAL_BAD_SIGNATURE);
	/* Signed for another sound, another time, another loudness. */
	for (unsigned i = 0; i < 3; i++) {
		prepare(house, &house->owner, SOUND_PLAY, &ask);
		(&ask.sound.sound)[i]++;
		assert_int_equal(answer_to(house, &ask), REFUSAL_BAD_SIGNATURE);
	}
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 0);
	talker_destroy(house);
}

static void a_program_needs_the_verb_and_no_signature(void **state)
{
	struct talker *house = talker_create();
	struct ipc_credential viewer, talker;
	struct ipc_sound_ask ask = {.camera = "porch", .order = SOUND_PLAY,
				    .sound = {.sound = SOUND_RAIN, .seconds = 60, .volume = 100}};
	struct ipc_done done;

	(void)state;
	rig_add_token(house->rig, "ann", "porch", VERB_VIEW, &viewer, NULL);
	rig_add_token(house->rig, "ann", "porch", VERB_TALK, &talker, NULL);
	ask.credential = viewer;
	ask.request = ++house->rig->request;
	assert_int_equal(answer_to(house, &ask), REFUSAL_NOT_ALLOWED);
	ask.credential = talker;
	static const struct ipc_sound wrong[] = {{SOUND_NONE, 60, 50, 0}, {SOUND_CHIME, 60, 50, 0}, {SOUND_COUNT, 60, 50, 0},
						 {SOUND_RAIN, SOUND_SECONDS_MAX + 1, 50, 0}, {SOUND_RAIN, 60, 0, 0},
						 {SOUND_RAIN, 60, 101, 0}};

	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		struct ipc_sound_ask bad = ask;

		bad.sound = wrong[i];
		bad.request = ++house->rig->request;
		assert_int_equal(answer_to(house, &bad), REFUSAL_BAD_REQUEST);
	}
	ask.request = ++house->rig->request;
	send_ask(house, &ask);
	let_open(house);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NONE);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", "sound rain\n"), 1);
	talker_destroy(house);
}

static void it_goes_on_without_who_asked(void **state)
{
	struct talker *house = talker_create();
	struct vault *vault = house->rig->vault;
	struct ipc_sound_ask ask;

	(void)state;
	prepare(house, &house->owner, SOUND_PLAY, &ask);
	sound_door_answer(&vault->door, &vault->front, &ask);
	/* As of a command that was ended. */
	grants_forget(&vault->grants, &vault->front);
	let_open(house);
	assert_int_equal(sound_asked(house).sound, SOUND_WHITE);
	assert_null(rig_take(house->rig, &house->rig->front, IPC_DONE));
	talker_destroy(house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_entries_are_durable_before_it_sounds),
		cmocka_unit_test(a_log_that_stops_leaves_it_silent),
		cmocka_unit_test(it_lasts_longer_than_a_chime_and_ends_when_it_is_made),
		cmocka_unit_test(the_vault_ends_it_when_its_time_is_over),
		cmocka_unit_test(until_stopped_is_bounded_too),
		cmocka_unit_test(whoever_talks_is_heard_at_once_and_it_goes_on_after),
		cmocka_unit_test(what_was_taken_back_meanwhile_does_not_go_on),
		cmocka_unit_test(it_waits_for_a_process_or_a_camera_that_comes_back),
		cmocka_unit_test(revoking_silences_at_once),
		cmocka_unit_test(whoever_may_talk_may_stop_it_or_play_another),
		cmocka_unit_test(only_who_may_talk_and_asked_for_this),
		cmocka_unit_test(a_program_needs_the_verb_and_no_signature),
		cmocka_unit_test(it_goes_on_without_who_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
