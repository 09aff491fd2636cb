#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "talker.h"
#include "vault/store/ledger.h"
#include "vault/talk_door.h"

static struct talk_slot *slot_of(struct talker *house)
{
	return &house->rig->vault->talks.slots[0];
}

/* ---- no entry, no sound ---- */

static void the_chime_is_made_only_once_its_entry_is_durable(void **state)
{
	struct talker *house = talker_create();
	struct vault *vault = house->rig->vault;
	struct talk_slot *slot = slot_of(house);
	struct ipc_talk_ask ask;
	int fds[2];

	(void)state;
	talker_prepare(house->rig, &house->owner, &house->view, &ask);
	talk_door_ask(&vault->door, &ask);
	journal_commit(&vault->journal);
	/* The talk's entry is on disk; that of the chime waits for the next batch. */
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 1);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", ""), 0);
	assert_true(slot->recorded.is_waiting);
	struct ipc_speaker speaker = {.state = SPEAKER_OPEN,
				      .codec = CODEC_PCMU,
				      .clock_hz = TALKER_RATE,
				      .channels = 1,
				      .talk = slot->grant->number};

	assert_int_equal(ipc_pair(0, fds), 0);
	rig_open_end(house->rig, &house->process, fds[0], PROC_TALK);
	talks_attach(&vault->talks, 0, fds[1]);
	talks_speaker(&vault->talks, slot->camera, &speaker);
	/* All is ready, and nothing sounds. */
	assert_null(slot->cause);
	journal_commit(&vault->journal);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", "sound chime\n"), 1);
	assert_ptr_equal(slot->cause, &slot->announced);
	talker_chime(house);
	assert_ptr_equal(slot->cause, &slot->voice);
	talker_destroy(house);
}

static void a_log_that_stops_before_the_chime_s_entry_leaves_it_silent(void **state)
{
	struct talker *house = talker_create();
	struct vault *vault = house->rig->vault;
	struct ipc_talk_ask ask;
	struct ipc_done done;

	(void)state;
	talker_prepare(house->rig, &house->owner, &house->view, &ask);
	talk_door_ask(&vault->door, &ask);
	journal_commit(&vault->journal);
	house->rig->spy.sync_error = -EIO;
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NO_SPEAKER);
	talker_start_process(house);
	assert_true(house->process.is_closed);
	assert_int_equal(talker_spoken(house), 0);
	talker_destroy(house);
}

static void the_process_makes_no_more_of_it_than_a_chime_is(void **state)
{
	struct talker *house = talker_create();
	const unsigned most = TALK_CHIME_MS_MAX / 20;

	(void)state;
	talker_ask(house);
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_start_process(house);
	rig_free(rig_wait(house->rig, &house->process, IPC_SOUND));
	talker_send_format(house, CODEC_PCMU);
	/* What is said meanwhile goes nowhere. */
	talker_say(house, 0);
	assert_null(rig_take(house->rig, &house->process, IPC_FEED_FRAME));
	for (unsigned i = 0; i < most; i++)
		talker_send_block(house);
	assert_false(house->process.is_closed);
	talker_send_block(house);
	assert_true(house->process.is_closed);
	assert_int_equal(talker_spoken(house), most);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end failed\n"), 1);
	talker_destroy(house);
}

/* What comes late, all at once, is a chime still. */
static void a_busy_box_has_its_chime(void **state)
{
	struct talker *house = talker_create();

	(void)state;
	talker_ask(house);
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_start_process(house);
	rig_free(rig_wait(house->rig, &house->process, IPC_SOUND));
	talker_send_format(house, CODEC_PCMU);
	slot_of(house)->announced.start_ns -= 900 * CLOCK_NS_PER_MS;
	for (unsigned i = 0; i < 26; i++)
		talker_send_block(house);
	talker_say_made(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	assert_int_equal(talker_spoken(house), 26);
	talker_destroy(house);
}

/* ---- the black box ---- */

static void the_black_box_tells_chime_and_voice_apart(void **state)
{
	struct talker *house = talker_create();
	struct rig *rig = house->rig;
	struct talker_sounds sounds = {.count = 0};
	struct ipc_record off = {.main = RECORD_OFF};
	char entry[64];

	(void)state;
	talker_ask(house);
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_start_process(house);
	talker_send_format(house, CODEC_PCMU);
	for (unsigned i = 0; i < 5; i++)
		talker_send_block(house);
	talker_chime(house);
	assert_int_equal(rig_answer(rig, &house->talk), REFUSAL_NONE);
	for (unsigned i = 0; i < 3; i++)
		talker_send_block(house);
	talker_revoke(house);
	vault_set_record(rig->vault, &off);
	journal_commit(&rig->vault->journal);
	/* Newest first. */
	ledger_each_spoken(rig->db, 1, 0, INT64_MAX, talker_add_run, &sounds);
	assert_int_equal(sounds.count, 2);
	assert_memory_equal(sounds.list[0].sid, house->talk.id, 16);
	assert_int_equal(sounds.list[0].samples, 3 * TALKER_BLOCK);
	assert_int_equal(sounds.list[0].talk_seq, house->talk.log_seq);
	assert_memory_not_equal(sounds.list[1].sid, house->talk.id, 16);
	assert_int_equal(sounds.list[1].samples, 5 * TALKER_BLOCK);
	assert_true(sounds.list[0].start_us >= block_spoken_end_us(&sounds.list[1]));
	/* Its entry names the talk that it announced, and comes after it. */
	snprintf(entry, sizeof(entry), "grant %llu\n", (unsigned long long)house->talk.log_seq);
	assert_int_equal(rig_entries(rig, "kind speaker\n", entry), 1);
	assert_true(sounds.list[1].talk_seq > house->talk.log_seq);
	talker_destroy(house);
}

/* ---- when there is none ---- */

static void end_talk(struct talker *house)
{
	talker_revoke(house);
	rig_settle(house->rig);
	ipc_close(&house->process.channel);
	rig_clear(&house->process);
	rig_clear(&house->rig->cams[0]);
}

/* Asks again and gets so far that only a chime can be missing. */
static void begin_again(struct talker *house)
{
	talker_ask(house);
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_start_process(house);
}

static void who_has_just_talked_needs_no_second_chime(void **state)
{
	struct talker *house = talker_talking();

	(void)state;
	end_talk(house);
	begin_again(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	assert_null(rig_take(house->rig, &house->process, IPC_SOUND));
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", ""), 1);
	end_talk(house);
	/* A while later it does. */
	slot_of(house)->last_ns -= (TALK_CHIME_AGAIN_MS + 1000) * CLOCK_NS_PER_MS;
	begin_again(house);
	talker_chime(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", ""), 2);
	talker_destroy(house);
}

static void turning_it_off_is_in_the_log_and_shown(void **state)
{
	struct talker *house = talker_create();
	struct ipc_record rule = {.main = RECORD_OFF, .has_no_chime = 1};
	struct ipc_query query = {.query = QUERY_CAMERAS};
	struct rig_message *row;

	(void)state;
	vault_set_record(house->rig->vault, &rule);
	vault_set_record(house->rig->vault, &rule); /* read again, not changed */
	rig_settle(house->rig);
	assert_int_equal(rig_entries(house->rig, "kind config\n", "reason chime-off\n"), 1);
	rig_query(house->rig, &house->rig->front, &house->owner.login, &query);
	row = rig_wait(house->rig, &house->rig->front, IPC_ROW_CAMERA);
	assert_int_equal(((struct ipc_row_camera *)row->body)->has_no_chime, 1);
	rig_free(row);
	rig_clear(&house->rig->front);
	begin_again(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", ""), 0);
	rule.has_no_chime = 0;
	vault_set_record(house->rig->vault, &rule);
	rig_settle(house->rig);
	assert_int_equal(rig_entries(house->rig, "kind config\n", "reason chime-on\n"), 1);
	talker_destroy(house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chime_is_made_only_once_its_entry_is_durable),
		cmocka_unit_test(a_log_that_stops_before_the_chime_s_entry_leaves_it_silent),
		cmocka_unit_test(the_process_makes_no_more_of_it_than_a_chime_is),
		cmocka_unit_test(a_busy_box_has_its_chime),
		cmocka_unit_test(the_black_box_tells_chime_and_voice_apart),
		cmocka_unit_test(who_has_just_talked_needs_no_second_chime),
		cmocka_unit_test(turning_it_off_is_in_the_log_and_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
