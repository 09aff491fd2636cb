#include "../check.h"

#include <string.h>

#include "talker.h"
#include "vault/store/ledger.h"
#include "vault/talk_door.h"

/* ---- the way through ---- */

static void the_entry_is_durable_before_the_speaker_hears_of_it(void **state)
{
	struct talker *house = talker_create();
	struct talker_order seen;

	(void)state;
	rig_settle(house->rig);
	talker_watch_order(house, &seen);
	talker_ask(house);
	house->rig->spy.before_sync = NULL;
	assert_true(seen.syncs > 0);
	assert_false(seen.was_out);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", "tracks s,t\n"), 1);
	talker_destroy(house);
}

static void what_is_said_reaches_the_speaker_as_it_was_made(void **state)
{
	struct talker *house = talker_talking();
	struct rig_message *message;

	(void)state;
	message = rig_wait(house->rig, &house->view.end, IPC_TALK);
	assert_int_equal(((struct ipc_talk *)message->body)->is_open, 1);
	rig_free(message);
	message = rig_wait(house->rig, &house->process, IPC_FEED_TRACK);
	assert_int_equal(((struct ipc_track *)message->body)->track, TRACK_SPEAKER);
	assert_int_equal(((struct ipc_track *)message->body)->codec, CODEC_PCMU);
	rig_free(message);
	talker_say(house, 0);
	message = rig_wait(house->rig, &house->process, IPC_FEED_FRAME);
	assert_int_equal(((struct ipc_frame *)message->body)->track, TRACK_TALK);
	assert_memory_equal(message->tail, "opus", 4);
	rig_free(message);
	talker_send_format(house, CODEC_PCMU);
	for (unsigned i = 0; i < 3; i++) {
		talker_send_block(house);
		message = rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAK);
		assert_int_equal(((struct ipc_speak *)message->body)->talk, house->number);
		assert_int_equal(((struct ipc_speak *)message->body)->sample, i * TALKER_BLOCK);
		assert_int_equal(((struct ipc_speak *)message->body)->samples, TALKER_BLOCK);
		assert_int_equal(message->tail_size, TALKER_BLOCK);
		assert_int_equal(message->tail[TALKER_BLOCK - 1], i + 1);
		rig_free(message);
	}
	talker_revoke(house);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "used 480 "), 1);
	talker_destroy(house);
}

static void without_a_talk_nothing_is_heard(void **state)
{
	struct talker *house = talker_create();

	(void)state;
	talker_say(house, 0);
	talker_start_process(house);
	assert_true(house->process.is_closed);
	assert_int_equal(talker_spoken(house), 0);
	/* Asked for, but the camera has not opened. */
	talker_ask(house);
	talker_say(house, 960);
	assert_int_equal(talker_spoken(house), 0);
	talker_destroy(house);
}

/* A process that makes more sound than time passes gets a second of it out. */
static void the_speaker_never_runs_ahead_of_the_clock(void **state)
{
	struct talker *house = talker_talking();
	unsigned count;

	(void)state;
	talker_send_format(house, CODEC_PCMU);
	for (unsigned i = 0; i < 200; i++)
		talker_send_block(house);
	count = talker_spoken(house);
	assert_in_range(count, 50, 190);
	/* What was kept back is not in the black box either. */
	const struct block *block = &house->rig->vault->store.recorders[0]->block;
	struct talker_sounds sounds = {.count = 0};

	for (size_t i = 0; i < block->spoken_count; i++)
		talker_add_run(&sounds, &block->spoken[i]);
	assert_int_equal(sounds.count, 1);
	assert_int_equal(sounds.list[0].samples, count * TALKER_BLOCK);
	talker_destroy(house);
}

/* ---- the black box ---- */

/* As if the block's time were over. */
static void end_block(struct talker *house)
{
	struct ipc_record off = {.main = RECORD_OFF};

	vault_set_record(house->rig->vault, &off);
	journal_commit(&house->rig->vault->journal);
}

static bool ask_spoken(struct talker *house, const struct ipc_credential *credential,
		       struct ipc_row_spoken *ret_row)
{
	struct ipc_diary_ask ask = {.request = ++house->rig->request,
				    .credential = *credential,
				    .camera = "porch",
				    .order = SPOKEN_LIST,
				    .to_us = INT64_MAX};
	struct ipc_done done;

	ipc_send(&house->rig->front.channel, IPC_DIARY_ASK, &ask, NULL, 0);
	if (rig_answer(house->rig, &done) != REFUSAL_NONE)
		return false;
	struct rig_message *message = rig_take(house->rig, &house->rig->front, IPC_ROW_SPOKEN);

	assert_non_null(message);
	memcpy(ret_row, message->body, sizeof(*ret_row));
	rig_free(message);
	return true;
}

static void what_the_speaker_was_given_is_recorded_with_whose_it_was(void **state)
{
	struct talker *house = talker_talking();
	struct talker_sounds sounds = {.count = 0};
	struct ipc_row_spoken row;
	struct ipc_credential program;
	struct rig_device member, guest;

	(void)state;
	talker_send_format(house, CODEC_PCMU);
	for (unsigned i = 0; i < 3; i++)
		talker_send_block(house);
	talker_revoke(house);
	end_block(house);
	ledger_each_spoken(house->rig->db, 1, 0, INT64_MAX, talker_add_run, &sounds);
	assert_int_equal(sounds.count, 1);
	assert_int_equal(sounds.list[0].samples, 3 * TALKER_BLOCK);
	assert_int_equal(sounds.list[0].hz, TALKER_RATE);
	assert_int_equal(sounds.list[0].talk_seq, house->talk.log_seq);
	assert_memory_equal(sounds.list[0].sid, house->talk.id, sizeof(sounds.list[0].sid));
	assert_int_equal(rig_entries(house->rig, "kind media\n", "cam c1\n"), 1);

	rig_add_person(house->rig, "kim", ROLE_MEMBER, "", &member);
	rig_add_person(house->rig, "joe", ROLE_GUEST, "", &guest);
	rig_add_token(house->rig, "ann", "porch", VERB_PLAY, &program, NULL);
	assert_true(ask_spoken(house, &house->owner.login, &row));
	assert_string_equal(row.user, "ann");
	assert_true(row.is_mine);
	assert_int_equal(row.log_seq, house->talk.log_seq);
	assert_int_equal(row.sound_us, 60000);
	assert_true(ask_spoken(house, &member.login, &row));
	assert_string_equal(row.user, "ann");
	assert_false(row.is_mine);
	/* A program may look back, and is not told whom it hears. */
	assert_true(ask_spoken(house, &program, &row));
	assert_string_equal(row.user, "someone");
	assert_int_equal(row.log_seq, 0);
	assert_false(ask_spoken(house, &guest.login, &row));
	talker_destroy(house);
}

/* ---- its end ---- */

static void revoking_silences_at_once(void **state)
{
	struct talker *house = talker_talking();
	struct rig_message *message;

	(void)state;
	talker_send_format(house, CODEC_PCMU);
	talker_send_block(house);
	assert_int_equal(talker_spoken(house), 1);
	talker_revoke(house);
	message = rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE);
	assert_int_equal(((struct ipc_number *)message->body)->value, house->number);
	rig_free(message);
	rig_settle(house->rig);
	assert_true(house->process.is_closed);
	rig_free(rig_wait(house->rig, &house->view.end, IPC_TALK));
	message = rig_wait(house->rig, &house->view.end, IPC_TALK);
	assert_int_equal(((struct ipc_talk *)message->body)->is_open, 0);
	rig_free(message);
	talker_say(house, 960);
	assert_int_equal(talker_spoken(house), 0);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end revoked\n"), 1);
	assert_false(house->view.end.is_closed); /* the view goes on */
	talker_destroy(house);
}

static void a_talk_ends_with_its_view(void **state)
{
	struct talker *house = talker_talking();

	(void)state;
	rig_close_view(&house->view);
	rig_settle(house->rig);
	rig_free(rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE));
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end stopped\n"), 1);
	assert_int_equal(house->rig->vault->grants.open, 0);
	talker_destroy(house);
}

static void a_camera_that_does_not_take_it_ends_it(void **state)
{
	struct talker *house = talker_create();
	struct ipc_done done;

	(void)state;
	talker_ask(house);
	talker_tell_speaker(house, SPEAKER_REFUSED);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NO_SPEAKER);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end failed\n"), 1);
	/* And the next try is a new one. */
	talker_ask(house);
	talker_start_process(house);
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_chime(house);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NONE);
	talker_destroy(house);
}

static void a_process_that_dies_or_misbehaves_ends_it(void **state)
{
	struct talker *house = talker_talking();

	(void)state;
	ipc_close(&house->process.channel);
	rig_settle(house->rig);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end failed\n"), 1);
	talker_destroy(house);
	house = talker_talking();
	talker_send_format(house, CODEC_AAC); /* not what the camera takes */
	assert_true(house->process.is_closed);
	assert_int_equal(talker_spoken(house), 0);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end failed\n"), 1);
	talker_destroy(house);
}

static void a_camera_s_process_that_dies_ends_it(void **state)
{
	struct talker *house = talker_talking();

	(void)state;
	ipc_close(&house->rig->cams[0].channel);
	rig_settle(house->rig);
	assert_true(house->process.is_closed);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end failed\n"), 1);
	talker_destroy(house);
}

static void revoked_while_the_entry_is_on_its_way(void **state)
{
	struct talker *house = talker_create();
	struct ipc_talk_ask ask;
	struct ipc_done done;

	(void)state;
	talker_prepare(house->rig, &house->owner, &house->view, &ask);
	talk_door_ask(&house->rig->vault->door, &ask);
	grants_end_if(&house->rig->vault->grants, VIEW_END_REVOKED, grant_is_any, NULL);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NOT_ALLOWED);
	rig_settle(house->rig);
	assert_null(rig_take(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN));
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "used 0 "), 1);
	talker_destroy(house);
}

/* ---- who may ---- */

static enum refusal answer_to(struct talker *house, const struct ipc_talk_ask *ask)
{
	struct ipc_done done;

	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, ask, NULL, 0);
	return rig_answer(house->rig, &done);
}

static void one_speaks_at_a_time(void **state)
{
	struct talker *house = talker_talking();
	struct rig_device member;
	struct rig_view view;
	struct ipc_talk_ask ask;

	(void)state;
	rig_add_person(house->rig, "kim", ROLE_MEMBER, "", &member);
	rig_view(house->rig, &member, "porch", VERB_VIEW, &view);
	rig_connect(house->rig, &view, VIEW_FULL, false);
	talker_prepare(house->rig, &member, &view, &ask);
	assert_int_equal(answer_to(house, &ask), REFUSAL_SPEAKER_TAKEN);
	/* What the other says meanwhile goes nowhere. */
	struct ipc_talk_frame frame = {.grant = view.open.grant};

	ipc_send(&view.end.channel, IPC_TALK_FRAME, &frame, "opus", 4);
	rig_settle(house->rig);
	assert_null(rig_take(house->rig, &house->process, IPC_FEED_FRAME));
	rig_close_view(&view);
	talker_destroy(house);
}

static void guests_and_strangers_are_refused(void **state)
{
	struct talker *house = talker_create();
	struct rig_device guest;
	struct rig_view view;
	struct ipc_talk_ask ask;

	(void)state;
	rig_add_person(house->rig, "joe", ROLE_GUEST, "", &guest);
	rig_view(house->rig, &guest, "porch", VERB_VIEW, &view);
	rig_connect(house->rig, &view, VIEW_FULL, false);
	assert_int_equal(view.open.may_talk, 0);
	assert_int_equal(house->view.open.may_talk, 1);
	talker_prepare(house->rig, &guest, &view, &ask);
	assert_int_equal(answer_to(house, &ask), REFUSAL_NOT_ALLOWED);
	/* Over somebody else's view. */
	talker_prepare(house->rig, &guest, &house->view, &ask);
	assert_int_equal(answer_to(house, &ask), REFUSAL_NOT_FOUND);
	/* Not signed, or signed for something else. */
	talker_prepare(house->rig, &house->owner, &house->view, &ask);
	ask.proof.is_signed = 0;
	assert_int_equal(answer_to(house, &ask), REFUSAL_BAD_SIGNATURE);
	talker_prepare(house->rig, &house->owner, &house->view, &ask);
	ask.proof.signature[3] ^= 1;
	assert_int_equal(answer_to(house, &ask), REFUSAL_BAD_SIGNATURE);
	ask.credential.secret[0] ^= 1;
	assert_int_equal(answer_to(house, &ask), REFUSAL_NOT_SIGNED_IN);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 0);
	assert_null(rig_take(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN));
	rig_close_view(&view);
	talker_destroy(house);
}

static void a_view_that_is_not_connected_is_not_talked_over(void **state)
{
	struct talker *house = talker_create();
	struct rig_view view;
	struct ipc_talk_ask ask;

	(void)state;
	rig_view(house->rig, &house->owner, "porch", VERB_VIEW, &view);
	talker_prepare(house->rig, &house->owner, &view, &ask);
	assert_int_equal(answer_to(house, &ask), REFUSAL_CAMERA_DOWN);
	rig_close_view(&view);
	talker_destroy(house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_entry_is_durable_before_the_speaker_hears_of_it),
		cmocka_unit_test(what_is_said_reaches_the_speaker_as_it_was_made),
		cmocka_unit_test(without_a_talk_nothing_is_heard),
		cmocka_unit_test(the_speaker_never_runs_ahead_of_the_clock),
		cmocka_unit_test(what_the_speaker_was_given_is_recorded_with_whose_it_was),
		cmocka_unit_test(revoking_silences_at_once),
		cmocka_unit_test(a_talk_ends_with_its_view),
		cmocka_unit_test(a_camera_that_does_not_take_it_ends_it),
		cmocka_unit_test(a_process_that_dies_or_misbehaves_ends_it),
		cmocka_unit_test(a_camera_s_process_that_dies_ends_it),
		cmocka_unit_test(revoked_while_the_entry_is_on_its_way),
		cmocka_unit_test(one_speaks_at_a_time),
		cmocka_unit_test(guests_and_strangers_are_refused),
		cmocka_unit_test(a_view_that_is_not_connected_is_not_talked_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
