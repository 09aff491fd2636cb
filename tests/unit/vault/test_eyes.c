/* The house's own onlooker: its entries come before its pictures, it is shown only what the
 * configuration says, and a stay is an event. */
#include "../check.h"

#include <string.h>

#include "base/clock.h"
#include "proto/see/model.h"
#include "rig.h"
#include "vault/db.h"

enum { KEY = 5000 };

static void order(struct rig *rig, unsigned slot, enum see_level person)
{
	struct ipc_see see = {.camera = slot, .person = person, .least_height = 7};

	eyes_set_rule(&rig->vault->eyes, &see);
	rig_settle(rig);
}

static void say_state(struct rig *rig, enum eye_state state)
{
	ipc_send(&rig->eye.channel, IPC_EYE_STATE, &(struct ipc_number){state}, NULL, 0);
	rig_settle(rig);
}

static struct rig *yard_with_an_eye(void)
{
	struct rig *rig = rig_create();

	rig_add_cam(rig, 0, "yard");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	order(rig, 0, SEE_NORMAL);
	rig_add_listener(rig, 0, PROC_EYE);
	say_state(rig, EYE_LOOKING);
	return rig;
}

static uint64_t number(struct rig *rig, const char *query)
{
	return db_number(rig->db, db_use(rig->db, query));
}

/* The id that the eye knows the camera by; 0: it was told nothing. */
static uint32_t told_camera(struct rig *rig, enum see_level *ret_person)
{
	struct rig_message *message = rig_take(rig, &rig->eye, IPC_SEE);
	struct ipc_see see = {0};

	if (message) {
		memcpy(&see, message->body, sizeof(see));
		rig_free(message);
	}
	*ret_person = (enum see_level)see.person;
	return see.camera;
}

static void say(struct rig *rig, uint32_t stay, bool is_end)
{
	uint64_t now_ns = loop_now_ns(rig->loop);
	struct ipc_seen seen = {.at_ns = now_ns,
				.best_ns = is_end ? now_ns - CLOCK_NS_PER_S : now_ns,
				.best = {10, 20, 30, 100},
				.camera = rig->vault->eyes.slots[0].camera,
				.stay = stay,
				.is_end = is_end,
				.score = is_end ? 901 : 501,
				.model = MODEL_PERSON,
				.boxes = is_end ? 2 : 1,
				.path = {{1, 2, 30, 99}, {40, 2, 70, 100}}};

	ipc_send(&rig->eye.channel, IPC_SEEN, &seen, NULL, 0);
	rig_settle(rig);
}

static void pictures_come_after_their_entry(void **state)
{
	struct rig *rig = yard_with_an_eye();
	enum see_level person;

	(void)state;
	assert_int_equal(rig_entries(rig, "kind grant.create", "why system\nreason sees-people"), 1);
	assert_int_equal(rig_entries(rig, "kind view.open", "tracks v\nwhy system"), 1);
	assert_int_not_equal(told_camera(rig, &person), 0);
	assert_int_equal(person, SEE_NORMAL);
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, KEY);
	rig_free(rig_wait(rig, &rig->eye, IPC_FEED_TRACK));
	rig_free(rig_wait(rig, &rig->eye, IPC_FEED_FRAME));
	ipc_close(&rig->eye.channel);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind view.close", "used 5000 "), 1);
	rig_destroy(rig);
}

static void an_eye_that_cannot_see_is_shown_nothing(void **state)
{
	struct rig *rig = rig_create();

	(void)state;
	rig_add_cam(rig, 0, "yard");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	order(rig, 0, SEE_NORMAL);
	rig_add_listener(rig, 0, PROC_EYE);
	assert_int_equal(rig->vault->eyes.state, EYE_STARTING);
	say_state(rig, EYE_NO_RUNTIME);
	assert_int_equal(rig->vault->eyes.state, EYE_NO_RUNTIME);
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, KEY);
	assert_null(rig_take(rig, &rig->eye, IPC_FEED_FRAME));
	assert_int_equal(rig_entries(rig, "kind view.open", ""), 0);
	rig_destroy(rig);
}

static void cameras_that_do_not_ask_are_not_shown(void **state)
{
	struct rig *rig = yard_with_an_eye();

	(void)state;
	rig_add_cam(rig, 1, "bath");
	rig_send_track(rig, 1, TRACK_VIDEO, CODEC_H264);
	rig_send_frame(rig, 1, TRACK_VIDEO, 1, true, KEY);
	assert_null(rig_take(rig, &rig->eye, IPC_FEED_FRAME));
	/* Sound of one that asks is not for it either. */
	rig_send_track(rig, 0, TRACK_MIC, CODEC_PCMU);
	rig_send_frame(rig, 0, TRACK_MIC, 1, true, 160);
	assert_null(rig_take(rig, &rig->eye, IPC_FEED_FRAME));
	assert_int_equal(rig_entries(rig, "kind view.open", ""), 1);
	rig_destroy(rig);
}

static void off_is_off(void **state)
{
	struct rig *rig = yard_with_an_eye();
	enum see_level person;

	(void)state;
	say(rig, 1, false);
	rig_clear(&rig->eye);
	order(rig, 0, SEE_OFF);
	assert_int_not_equal(told_camera(rig, &person), 0);
	assert_int_equal(person, SEE_OFF);
	assert_int_equal(rig_entries(rig, "kind view.close", "end stopped"), 1);
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE end_us IS NULL"), 0);
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, KEY);
	assert_null(rig_take(rig, &rig->eye, IPC_FEED_FRAME));
	order(rig, 0, SEE_HIGH);
	assert_int_equal(rig_entries(rig, "kind view.open", "why system"), 2);
	rig_destroy(rig);
}

static void an_animal_is_an_event_that_says_which(void **state)
{
	struct rig *rig = rig_create();
	struct ipc_see see = {.animals = SEE_LOW};

	(void)state;
	rig_add_cam(rig, 0, "yard");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	eyes_set_rule(&rig->vault->eyes, &see);
	rig_add_listener(rig, 0, PROC_EYE);
	say_state(rig, EYE_LOOKING);
	assert_int_equal(rig_entries(rig, "kind grant.create", "why system\nreason sees-animals"), 1);
	struct ipc_seen seen = {.at_ns = loop_now_ns(rig->loop),
				.camera = rig->vault->eyes.slots[0].camera,
				.stay = 1,
				.score = 701,
				.kind = SEEN_DOG,
				.model = MODEL_PERSON,
				.boxes = 1,
				.path = {{1, 2, 30, 99}}};

	ipc_send(&rig->eye.channel, IPC_SEEN, &seen, NULL, 0);
	rig_settle(rig);
	assert_int_equal(number(rig, "SELECT kind FROM events WHERE note = 'dog 1,2,30,99'"),
			 DIARY_ANIMAL);
	/* In the end it was a cat after all. */
	seen.kind = SEEN_CAT;
	seen.is_end = 1;
	ipc_send(&rig->eye.channel, IPC_SEEN, &seen, NULL, 0);
	rig_settle(rig);
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE note = 'cat 1,2,30,99'"), 1);
	seen.kind = SEEN_KIND_COUNT;
	ipc_send(&rig->eye.channel, IPC_SEEN, &seen, NULL, 0);
	rig_settle(rig);
	assert_int_equal(rig->vault->eyes.state, EYE_OFF);
	rig_destroy(rig);
}

static void the_smaller_picture_is_taken_when_it_comes(void **state)
{
	struct rig *rig = yard_with_an_eye();

	(void)state;
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, KEY);
	rig_settle(rig);
	rig_send_track(rig, 0, TRACK_SUB, CODEC_H264);
	rig_clear(&rig->eye);
	rig_send_frame(rig, 0, TRACK_VIDEO, 2, true, KEY);
	assert_null(rig_take(rig, &rig->eye, IPC_FEED_FRAME));
	rig_send_frame(rig, 0, TRACK_SUB, 1, true, 700);
	struct rig_message *frame = rig_wait(rig, &rig->eye, IPC_FEED_FRAME);

	assert_int_equal(((const struct ipc_frame *)(const void *)frame->body)->track, TRACK_SUB);
	rig_free(frame);
	assert_int_equal(rig_entries(rig, "kind view.open", "why system"), 1);
	rig_destroy(rig);
}

static void a_stay_is_an_event_that_is_completed_at_its_end(void **state)
{
	struct rig *rig = yard_with_an_eye();

	(void)state;
	say(rig, 1, false);
	say(rig, 2, false);
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE kind = 3 AND end_us IS NULL "
				     "AND score = 500 AND note = '1,2,30,99'"),
			 2);
	say(rig, 1, true);
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE end_us IS NOT NULL AND "
				     "score = 900 AND note = '1,2,30,99 40,2,70,100' AND "
				     "source LIKE 'nanodet%'"),
			 1);
	/* Its best picture was a second before its end. */
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE picture_us = end_us - 960000 "
				     "AND picture_box = 0x0a141e64"),
			 1);
	say(rig, 1, true); /* nothing to end */
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE end_us IS NULL"), 1);
	ipc_close(&rig->eye.channel);
	rig_settle(rig);
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE end_us IS NULL"), 0);
	rig_destroy(rig);
}

/* A taken-over eye can lie about people, and that within bounds. */
static void a_mad_eye_fills_nothing(void **state)
{
	struct rig *rig = yard_with_an_eye();
	uint64_t now_ns = loop_now_ns(rig->loop);
	struct ipc_seen liar = {.at_ns = now_ns,
				.best_ns = now_ns + 7200 * CLOCK_NS_PER_S,
				.camera = rig->vault->eyes.slots[0].camera,
				.stay = 500,
				.model = MODEL_PERSON};

	(void)state;
	/* A best picture at another time altogether is none. */
	ipc_send(&rig->eye.channel, IPC_SEEN, &liar, NULL, 0);
	rig_settle(rig);
	assert_int_equal(number(rig, "SELECT count(*) FROM events WHERE picture_us IS NULL"), 1);
	for (uint32_t stay = 1; stay < 100; stay++) {
		say(rig, stay, false);
		say(rig, stay, true);
	}
	assert_in_range(number(rig, "SELECT count(*) FROM events"), EYES_EVENTS_A_MINUTE,
			2 * EYES_EVENTS_A_MINUTE);
	say(rig, 0, false); /* no stay has this number */
	assert_true(rig->eye.is_closed);
	assert_int_equal(rig_entries(rig, "kind view.close", "end stopped"), 1);
	rig_destroy(rig);
}

static void a_clean_stop_closes_it(void **state)
{
	struct rig *rig = yard_with_an_eye();

	(void)state;
	rig_restart(rig, true);
	assert_int_equal(rig_entries(rig, "kind view.close", "end stopped"), 1);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_come_after_their_entry),
		cmocka_unit_test(an_eye_that_cannot_see_is_shown_nothing),
		cmocka_unit_test(cameras_that_do_not_ask_are_not_shown),
		cmocka_unit_test(off_is_off),
		cmocka_unit_test(an_animal_is_an_event_that_says_which),
		cmocka_unit_test(the_smaller_picture_is_taken_when_it_comes),
		cmocka_unit_test(a_stay_is_an_event_that_is_completed_at_its_end),
		cmocka_unit_test(a_mad_eye_fills_nothing),
		cmocka_unit_test(a_clean_stop_closes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
