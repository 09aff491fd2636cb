/* Zones that an owner draws: who may, what the eye is told of them, and that the configuration comes first. */
#include "../check.h"

#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "vault/db.h"
#include "vault/zones.h"

static struct ipc_zones_ask about(const struct rig_device *device, bool is_change)
{
	struct ipc_zones_ask ask = {
		.credential = device->login,
		.is_change = is_change,
		.rule = {.sizes = {3, 4},
			 .excludes = 2,
			 .least_height = 20,
			 .dwell_ms = 5000,
			 .points = {{0, 0}, {5000, 0}, {5000, 10000}, {1, 2}, {3, 4}, {5, 6}, {7, 8}}},
		.names = {"Garden", ""}};

	snprintf(ask.camera, sizeof(ask.camera), "yard");
	return ask;
}

static enum refusal send_ask(struct rig *rig, struct ipc_zones_ask *ask)
{
	struct ipc_done done;

	ask->request = ++rig->request;
	ipc_send(&rig->front.channel, IPC_ZONES_ASK, ask, NULL, 0);
	return rig_answer(rig, &done);
}

static struct ipc_row_zones show(struct rig *rig, const struct rig_device *device)
{
	struct ipc_zones_ask ask = about(device, false);
	struct ipc_row_zones row;

	ask.request = ++rig->request;
	ipc_send(&rig->front.channel, IPC_ZONES_ASK, &ask, NULL, 0);
	struct rig_message *message = rig_wait(rig, &rig->front, IPC_ROW_ZONES);

	memcpy(&row, message->body, sizeof(row));
	rig_free(message);
	return row;
}

/* What the eye is told last of the camera. */
static struct ipc_see told(struct rig *rig)
{
	struct ipc_see see = {0};
	struct rig_message *message;

	while ((message = rig_take(rig, &rig->eye, IPC_SEE))) {
		memcpy(&see, message->body, sizeof(see));
		rig_free(message);
	}
	return see;
}

static void configure(struct rig *rig, uint32_t least_height)
{
	struct ipc_see see = {.person = SEE_NORMAL, .least_height = least_height};

	eyes_set_rule(&rig->vault->eyes, &see);
	rig_settle(rig);
}

static void look(struct rig *rig)
{
	configure(rig, 0);
	rig_add_listener(rig, 0, PROC_EYE);
	ipc_send(&rig->eye.channel, IPC_EYE_STATE, &(struct ipc_number){EYE_LOOKING}, NULL, 0);
	rig_settle(rig);
}

static struct rig *yard(struct rig_device *owner)
{
	struct rig *rig = rig_create();

	rig_add_person(rig, "ann", ROLE_OWNER, "", owner);
	rig_add_cam(rig, 0, "yard");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	look(rig);
	return rig;
}

static void what_is_drawn_counts_at_once_and_after_a_restart(void **state)
{
	struct rig_device ann;
	struct rig *rig = yard(&ann);
	struct ipc_zones_ask ask = about(&ann, true);
	struct ipc_see see = told(rig);

	(void)state;
	assert_int_equal(see.sizes[0], 0);
	assert_int_equal(send_ask(rig, &ask), REFUSAL_NONE);
	see = told(rig);
	assert_int_equal(see.person, SEE_NORMAL);
	assert_int_equal(see.least_height, 20);
	assert_int_equal(see.dwell_ms, 5000);
	assert_memory_equal(see.points, ask.rule.points, sizeof(see.points));
	assert_memory_equal(see.sizes, ask.rule.sizes, sizeof(see.sizes));
	assert_int_equal(see.excludes, 2);
	assert_int_equal(rig_entries(rig, "kind config", "reason zones-drawn"), 1);
	assert_int_equal(rig_entries(rig, "kind config", "why owner"), 1);
	struct ipc_row_zones row = show(rig, &ann);

	assert_false(row.is_fixed);
	assert_int_not_equal(row.log_seq, 0);
	assert_int_equal(row.rule.person, SEE_NORMAL);
	assert_string_equal(row.names[0], "Garden");
	assert_memory_equal(row.rule.points, ask.rule.points, sizeof(row.rule.points));
	rig_restart(rig, false);
	rig_add_cam(rig, 0, "yard");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	look(rig);
	see = told(rig);
	assert_int_equal(see.dwell_ms, 5000);
	assert_memory_equal(see.points, ask.rule.points, sizeof(see.points));
	rig_destroy(rig);
}

static void the_configuration_comes_first(void **state)
{
	struct rig_device ann;
	struct rig *rig = yard(&ann);
	struct ipc_zones_ask ask = about(&ann, true);

	(void)state;
	assert_int_equal(send_ask(rig, &ask), REFUSAL_NONE);
	configure(rig, 7);
	assert_int_equal(told(rig).least_height, 7);
	assert_int_equal(told(rig).sizes[0], 0);
	struct ipc_row_zones row = show(rig, &ann);

	assert_true(row.is_fixed);
	assert_int_equal(row.rule.least_height, 7);
	assert_int_equal(row.rule.sizes[0], 0);
	assert_int_equal(send_ask(rig, &ask), REFUSAL_NOT_ALLOWED);
	configure(rig, 0); /* what was drawn was not forgotten */
	assert_int_equal(told(rig).sizes[1], 4);
	rig_destroy(rig);
}

static void only_an_owner_draws(void **state)
{
	struct rig_device ann, bob, carl;
	struct rig *rig = yard(&ann);
	struct ipc_zones_ask ask;

	(void)state;
	rig_add_cam(rig, 1, "attic");
	rig_add_person(rig, "bob", ROLE_MEMBER, "", &bob);
	rig_add_person(rig, "carl", ROLE_GUEST, "attic", &carl);
	for (int is_change = 0; is_change < 2; is_change++) {
		ask = about(&bob, is_change);
		assert_int_equal(send_ask(rig, &ask), REFUSAL_NOT_ALLOWED);
		ask = about(&carl, is_change);
		assert_int_equal(send_ask(rig, &ask), REFUSAL_NOT_FOUND);
		ask.credential.secret[0] ^= 1;
		assert_int_equal(send_ask(rig, &ask), REFUSAL_NOT_SIGNED_IN);
	}
	ask = about(&ann, true);
	snprintf(ask.camera, sizeof(ask.camera), "cellar");
	assert_int_equal(send_ask(rig, &ask), REFUSAL_NOT_FOUND);
	assert_int_equal(rig_entries(rig, "kind config", "reason zones-drawn"), 0);
	rig_destroy(rig);
}

static void what_no_hand_draws_is_refused(void **state)
{
	struct rig_device ann;
	struct rig *rig = yard(&ann);
	struct ipc_zones_ask bad[8];

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		bad[i] = about(&ann, true);
	bad[0].rule.sizes[1] = 2;
	bad[1].rule.sizes[7] = SEE_POINTS_MAX;
	bad[2].rule.sizes[0] = 0; /* a zone behind none */
	bad[3].rule.points[6].y = SEE_SCALE + 1;
	bad[4].rule.least_height = 101;
	bad[5].rule.dwell_ms = ZONES_DWELL_MS_MAX + 1;
	snprintf(bad[6].names[2], ZONE_NAME_SIZE, "of no zone");
	memset(bad[7].names[1], 'a', ZONE_NAME_SIZE);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(send_ask(rig, &bad[i]), REFUSAL_BAD_REQUEST);
	memset(bad[7].camera, 'a', sizeof(bad[7].camera));
	assert_int_equal(send_ask(rig, &bad[7]), REFUSAL_BAD_REQUEST);
	assert_int_equal(db_number(rig->db, db_use(rig->db, "SELECT count(*) FROM zones")), 0);
	/* Drawn often, they do not fill the database. */
	for (unsigned i = 0; i < 3 * ZONES_KEPT; i++) {
		struct ipc_zones_ask ask = about(&ann, true);

		ask.rule.least_height = i;
		assert_int_equal(send_ask(rig, &ask), REFUSAL_NONE);
	}
	assert_int_equal(db_number(rig->db, db_use(rig->db, "SELECT count(*) FROM zones")),
			 ZONES_KEPT);
	assert_int_equal(show(rig, &ann).rule.least_height, 3 * ZONES_KEPT - 1);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_drawn_counts_at_once_and_after_a_restart),
		cmocka_unit_test(the_configuration_comes_first),
		cmocka_unit_test(only_an_owner_draws),
		cmocka_unit_test(what_no_hand_draws_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
