/* The house's own listener: its entries come before its sound, and what it hears is an event. */
#include "../check.h"

#include <string.h>

#include "base/clock.h"
#include "rig.h"
#include "talker.h"
#include "vault/db.h"

enum { FRAME = 160 };

static struct rig *nursery_with_an_ear(void)
{
	struct rig *rig = rig_create();

	rig_add_cam(rig, 0, "nursery");
	rig_send_track(rig, 0, TRACK_MIC, CODEC_PCMU);
	rig_add_listener(rig, 0, PROC_EAR);
	return rig;
}

/* The newest event, as the database has it. */
struct event {
	uint64_t count; /* of all */
	uint64_t kind, score, start_us, end_us;
	char source[NAME_SIZE], note[64];
};

static struct event newest(struct rig *rig)
{
	struct event event = {
		.count = db_number(rig->db, db_use(rig->db, "SELECT count(*) FROM events"))};
	sqlite3_stmt *row =
		db_use(rig->db, "SELECT kind, score, start_us, ifnull(end_us, 0), source, note "
				"FROM events ORDER BY id DESC LIMIT 1");

	if (!db_step(rig->db, row))
		return event;
	event.kind = db_int(row, 0);
	event.score = db_int(row, 1);
	event.start_us = db_int(row, 2);
	event.end_us = db_int(row, 3);
	db_copy_text(row, 4, event.source, sizeof(event.source));
	db_copy_text(row, 5, event.note, sizeof(event.note));
	assert_false(db_step(rig->db, row));
	return event;
}

static void say(struct rig *rig, bool is_end, uint64_t behind_ms)
{
	struct ipc_heard heard = {.at_ns = loop_now_ns(rig->loop) - behind_ms * CLOCK_NS_PER_MS,
				  .kind = DIARY_CRY,
				  .is_end = is_end,
				  .score = 951,
				  .level_cdb = -2345,
				  .version = 7};

	ipc_send(&rig->ear.channel, IPC_HEARD, &heard, NULL, 0);
	rig_settle(rig);
}

static void sound_comes_after_its_entry(void **state)
{
	struct rig *rig = nursery_with_an_ear();

	(void)state;
	assert_int_equal(rig_entries(rig, "kind grant.create", "why system\nreason hears-sounds"),
			 1);
	assert_int_equal(rig_entries(rig, "kind view.open", "tracks m,s\nwhy system"), 1);
	assert_int_equal(rig_entries(rig, "kind view.open", "allow 134217728 3600"), 1);
	rig_send_frame(rig, 0, TRACK_MIC, 1, true, FRAME);
	rig_free(rig_wait(rig, &rig->ear, IPC_FEED_TRACK));
	rig_free(rig_wait(rig, &rig->ear, IPC_FEED_FRAME));
	ipc_close(&rig->ear.channel);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind view.close", "used 160 "), 1);
	assert_int_equal(rig_entries(rig, "kind view.close", "end stopped"), 1);
	rig_destroy(rig);
}

static void without_a_microphone_it_waits(void **state)
{
	struct rig *rig = rig_create();

	(void)state;
	rig_add_listener(rig, 0, PROC_EAR); /* before there is a camera at all */
	rig_add_cam(rig, 0, "nursery");
	assert_int_equal(rig_entries(rig, "kind view.open", ""), 0);
	rig_send_track(rig, 0, TRACK_MIC, CODEC_AAC);
	assert_int_equal(rig_entries(rig, "kind view.open", "why system"), 1);
	rig_send_frame(rig, 0, TRACK_MIC, 1, true, FRAME);
	rig_free(rig_wait(rig, &rig->ear, IPC_FEED_FRAME));
	rig_destroy(rig);
}

static void pictures_are_not_for_it(void **state)
{
	struct rig *rig = nursery_with_an_ear();

	(void)state;
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 5000);
	rig_send_frame(rig, 0, TRACK_MIC, 1, true, FRAME);
	struct rig_message *frame = rig_wait(rig, &rig->ear, IPC_FEED_FRAME);

	assert_int_equal(((const struct ipc_frame *)(const void *)frame->body)->track, TRACK_MIC);
	rig_free(frame);
	assert_null(rig_take(rig, &rig->ear, IPC_FEED_FRAME));
	rig_destroy(rig);
}

static void what_the_speaker_is_given_comes_along(void **state)
{
	struct talker *house = talker_talking();
	struct rig *rig = house->rig;

	(void)state;
	rig_send_track(rig, 0, TRACK_MIC, CODEC_PCMU);
	rig_add_listener(rig, 0, PROC_EAR);
	assert_int_equal(rig_entries(rig, "kind view.open", "tracks m,s\nwhy system"), 1);
	talker_send_format(house, CODEC_PCMU);
	talker_send_block(house);
	struct rig_message *track = rig_wait(rig, &rig->ear, IPC_FEED_TRACK);

	assert_int_equal(((const struct ipc_track *)(const void *)track->body)->track,
			 TRACK_SPEAKER);
	rig_free(track);
	struct rig_message *frame = rig_wait(rig, &rig->ear, IPC_FEED_FRAME);

	assert_int_equal(((const struct ipc_frame *)(const void *)frame->body)->track,
			 TRACK_SPEAKER);
	assert_int_equal(frame->tail_size, TALKER_BLOCK);
	rig_free(frame);
	ipc_close(&rig->ear.channel);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind view.close", "used 160 "), 1);
	talker_destroy(house);
}

static void what_it_hears_is_an_event(void **state)
{
	struct rig *rig = nursery_with_an_ear();

	(void)state;
	say(rig, false, 2000);
	struct event event = newest(rig);
	uint64_t now_us = clock_real_us();

	assert_int_equal(event.kind, DIARY_CRY);
	assert_int_equal(event.score, 950);
	assert_string_equal(event.source, "ward-cry 7");
	assert_string_equal(event.note, "-23 dBFS");
	assert_int_equal(event.end_us, 0);
	assert_in_range(now_us - event.start_us, 2000000, 60000000);
	say(rig, true, 500);
	event = newest(rig);
	assert_in_range(event.end_us - event.start_us, 1000000, 60000000);
	say(rig, true, 0); /* nothing to end */
	assert_int_equal(newest(rig).end_us, event.end_us);
	assert_int_equal(event.count, 1);
	rig_destroy(rig);
}

static void hear_kind(struct rig *rig, uint32_t kind, bool is_end)
{
	struct ipc_heard heard = {.at_ns = loop_now_ns(rig->loop),
				  .kind = kind,
				  .is_end = is_end,
				  .level_cdb = -1250,
				  .version = 1};

	ipc_send(&rig->ear.channel, IPC_HEARD, &heard, NULL, 0);
	rig_settle(rig);
}

static void noise_and_alarms_are_events_beside_it(void **state)
{
	static const struct {
		uint32_t kind;
		const char *source, *note;
	} rows[] = {{DIARY_NOISE, "ward-noise 1", "-12 dBFS"},
		    {DIARY_SMOKE, "ward-alarm 1", "-12 dBFS"},
		    {DIARY_ALARM, "ward-alarm 1", "carbon monoxide, -12 dBFS"}};
	struct rig *rig = nursery_with_an_ear();

	(void)state;
	say(rig, false, 0);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		hear_kind(rig, rows[i].kind, false);
		struct event event = newest(rig);

		assert_int_equal(event.count, i + 2);
		assert_int_equal(event.kind, rows[i].kind);
		assert_string_equal(event.source, rows[i].source);
		assert_string_equal(event.note, rows[i].note);
		assert_int_equal(event.end_us, 0);
		hear_kind(rig, rows[i].kind, true);
		assert_int_not_equal(newest(rig).end_us, 0);
	}
	hear_kind(rig, DIARY_PERSON, false); /* an ear sees nobody */
	assert_int_equal(newest(rig).count, 4);
	assert_int_equal(
		db_number(rig->db,
			  db_use(rig->db, "SELECT count(*) FROM events WHERE end_us IS NULL")),
		1);
	ipc_close(&rig->ear.channel);
	rig_settle(rig);
	assert_int_equal(
		db_number(rig->db,
			  db_use(rig->db, "SELECT count(*) FROM events WHERE end_us IS NULL")),
		0);
	rig_destroy(rig);
}

static void an_event_ends_with_its_ear_and_with_the_sound(void **state)
{
	struct rig *rig = nursery_with_an_ear();

	(void)state;
	say(rig, false, 0);
	assert_int_equal(newest(rig).end_us, 0);
	rig_send_track(rig, 0, TRACK_MIC, CODEC_NONE);
	assert_int_not_equal(newest(rig).end_us, 0);
	rig_send_track(rig, 0, TRACK_MIC, CODEC_PCMA);
	say(rig, false, 0);
	assert_int_equal(newest(rig).end_us, 0);
	ipc_close(&rig->ear.channel);
	rig_settle(rig);
	assert_int_not_equal(newest(rig).end_us, 0);
	assert_int_equal(newest(rig).count, 2);
	rig_destroy(rig);
}

static void nonsense_times_are_now(void **state)
{
	struct rig *rig = nursery_with_an_ear();
	uint64_t before_us = clock_real_us();

	(void)state;
	say(rig, false, 3600 * 1000);
	assert_true(newest(rig).start_us >= before_us);
	rig_destroy(rig);
}

static void a_view_that_runs_low_is_renewed(void **state)
{
	struct rig *rig = nursery_with_an_ear();

	(void)state;
	/* As after hours of sound: no camera may send that much at once. */
	rig->vault->ears.slots[0].view.lease.used_bytes = EARS_ALLOW_BYTES / 2 + 1;
	assert_int_equal(rig_entries(rig, "kind view.tick", "why system"), 0);
	rig_send_frame(rig, 0, TRACK_MIC, 1, true, FRAME);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind view.tick", "allow 134217728 3600"), 1);
	rig_destroy(rig);
}

static void a_clean_stop_closes_it(void **state)
{
	struct rig *rig = nursery_with_an_ear();

	(void)state;
	rig_restart(rig, true);
	assert_int_equal(rig_entries(rig, "kind view.close", "end stopped"), 1);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_comes_after_its_entry),
		cmocka_unit_test(without_a_microphone_it_waits),
		cmocka_unit_test(pictures_are_not_for_it),
		cmocka_unit_test(what_the_speaker_is_given_comes_along),
		cmocka_unit_test(what_it_hears_is_an_event),
		cmocka_unit_test(noise_and_alarms_are_events_beside_it),
		cmocka_unit_test(an_event_ends_with_its_ear_and_with_the_sound),
		cmocka_unit_test(nonsense_times_are_now),
		cmocka_unit_test(a_view_that_runs_low_is_renewed),
		cmocka_unit_test(a_clean_stop_closes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
