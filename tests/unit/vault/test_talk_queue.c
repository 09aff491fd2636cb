#include "../check.h"

#include <errno.h>
#include <string.h>

#include "talker.h"
#include "vault/talk_door.h"

/* Somebody else with an open view of the same camera. */
struct other {
	struct rig_device device;
	struct rig_view view;
};

static void bring(struct talker *house, struct other *other, const char *name, enum role role)
{
	rig_add_person(house->rig, name, role, "", &other->device);
	rig_view(house->rig, &other->device, "porch", VERB_VIEW, &other->view);
	rig_connect(house->rig, &other->view, VIEW_FULL, false);
}

/* The request's number. */
static uint64_t ask(struct talker *house, const struct other *other, bool waits, bool takes)
{
	struct ipc_view_ask view;
	struct ipc_talk_ask talk;

	rig_prepare(house->rig, &other->device, "porch", VERB_TALK | (takes ? VERB_TAKE : 0U), &view);
	talk = (struct ipc_talk_ask){.request = view.request,
				     .credential = view.credential,
				     .proof = view.proof,
				     .waits = waits,
				     .takes = takes};
	memcpy(talk.view, other->view.done.id, sizeof(talk.view));
	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &talk, NULL, 0);
	rig_settle(house->rig);
	return talk.request;
}

static bool is_answered(struct talker *house)
{
	struct rig_message *message = rig_take(house->rig, &house->rig->front, IPC_REFUSED);

	if (message)
		rig_free(message);
	return message != NULL;
}

static struct talk_slot *slot_of(struct talker *house)
{
	return &house->rig->vault->talks.slots[0];
}

/* The camera hears of the next talk, and the talk runs. */
static void let_talk(struct talker *house)
{
	struct rig_message *open = rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN);

	house->number = ((struct ipc_number *)open->body)->value;
	rig_free(open);
	ipc_close(&house->process.channel);
	rig_clear(&house->process);
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_start_process(house);
	talker_chime(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
}

static void who_waits_gets_the_turn(void **state)
{
	struct talker *house = talker_talking();
	struct other kim, lea;

	(void)state;
	bring(house, &kim, "kim", ROLE_MEMBER);
	bring(house, &lea, "lea", ROLE_MEMBER);
	ask(house, &kim, true, false);
	ask(house, &lea, true, false);
	assert_false(is_answered(house));
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 1);
	talker_revoke(house);
	let_talk(house);
	assert_ptr_equal(slot_of(house)->grant->view,
			 grants_find(&house->rig->vault->grants, kim.view.done.id));
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 2);
	/* First come, first served; and nobody gets in between. */
	assert_int_equal(slot_of(house)->queue.count, 1);
	talker_revoke(house);
	let_talk(house);
	assert_ptr_equal(slot_of(house)->grant->view,
			 grants_find(&house->rig->vault->grants, lea.view.done.id));
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "reason "), 0);
	rig_close_view(&kim.view);
	rig_close_view(&lea.view);
	talker_destroy(house);
}

static void an_owner_takes_over_and_the_log_says_so(void **state)
{
	struct talker *house = talker_talking();
	struct other kim, olga;
	struct rig_message *message;
	struct ipc_done done;

	(void)state;
	bring(house, &kim, "kim", ROLE_MEMBER);
	bring(house, &olga, "olga", ROLE_OWNER);
	ask(house, &kim, false, true); /* who is no owner does not */
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NOT_ALLOWED);
	assert_false(house->process.is_closed);
	ask(house, &kim, true, false);
	rig_clear(&house->rig->cams[0]);
	ask(house, &olga, false, true);
	/* Silence at once, and then the owner: before whoever waits. */
	message = rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE);
	assert_int_equal(((struct ipc_number *)message->body)->value, house->number);
	rig_free(message);
	assert_true(house->process.is_closed);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "why owner\n"), 1);
	assert_int_equal(rig_entries(house->rig, "end revoked\n", "reason taken-over\n"), 1);
	let_talk(house);
	assert_ptr_equal(slot_of(house)->grant->view,
			 grants_find(&house->rig->vault->grants, olga.view.done.id));
	assert_int_equal(slot_of(house)->queue.count, 1);
	rig_close_view(&kim.view);
	rig_close_view(&olga.view);
	talker_destroy(house);
}

/* The signature covers that it is taken: a front that was taken over cannot make a request into more. */
static void taking_over_is_signed(void **state)
{
	struct talker *house = talker_talking();
	struct other olga;
	struct ipc_talk_ask talk;
	struct ipc_done done;

	(void)state;
	bring(house, &olga, "olga", ROLE_OWNER);
	talker_prepare(house->rig, &olga.device, &olga.view, &talk);
	talk.takes = 1;
	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &talk, NULL, 0);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_BAD_SIGNATURE);
	assert_false(house->process.is_closed);
	rig_close_view(&olga.view);
	talker_destroy(house);
}

static void the_queue_is_short_and_each_waits_once(void **state)
{
	static const char *const names[TALK_QUEUE_MAX + 1] = {"a", "b", "c", "d", "e"};
	struct talker *house = talker_talking();
	struct other others[TALK_QUEUE_MAX + 1];
	struct ipc_done done;

	(void)state;
	for (unsigned i = 0; i <= TALK_QUEUE_MAX; i++)
		bring(house, &others[i], names[i], ROLE_MEMBER);
	ask(house, &others[0], true, false);
	ask(house, &others[0], true, false);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_TOO_MANY);
	for (unsigned i = 1; i < TALK_QUEUE_MAX; i++)
		ask(house, &others[i], true, false);
	assert_false(is_answered(house));
	ask(house, &others[TALK_QUEUE_MAX], true, false);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_TOO_MANY);
	for (unsigned i = 0; i <= TALK_QUEUE_MAX; i++)
		rig_close_view(&others[i].view);
	talker_destroy(house);
}

static void waiting_has_an_end(void **state)
{
	struct talker *house = talker_talking();
	struct talk_slot *slot = slot_of(house);
	struct other kim, lea;
	struct ipc_done done;

	(void)state;
	bring(house, &kim, "kim", ROLE_MEMBER);
	bring(house, &lea, "lea", ROLE_MEMBER);
	/* Too long. */
	ask(house, &kim, true, false);
	slot->queue.list[0].until_ns = 0;
	talk_queue_wake(slot);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_SPEAKER_TAKEN);
	/* The phone has gone: the front says so, or the view ends. */
	struct ipc_request stop = {ask(house, &kim, true, false)};

	ipc_send(&house->rig->front.channel, IPC_QUERY_STOP, &stop, NULL, 0);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_SPEAKER_TAKEN);
	ask(house, &lea, true, false);
	rig_close_view(&lea.view);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NOT_FOUND);
	/* Taken back while waiting. */
	ask(house, &kim, true, false);
	rig_order(house->rig, ADMIN_USER_REMOVE, "kim", ROLE_NONE, "");
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NOT_ALLOWED);
	assert_int_equal(slot->queue.count, 0);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 1);
	rig_close_view(&kim.view);
	talker_destroy(house);
}

static void a_log_that_stops_gives_nobody_a_turn(void **state)
{
	struct talker *house = talker_talking();
	struct other kim;
	struct ipc_done done;

	(void)state;
	bring(house, &kim, "kim", ROLE_MEMBER);
	ask(house, &kim, true, false);
	house->rig->spy.sync_error = -EIO;
	grant_renew(slot_of(house)->grant);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_LOG_STOPPED);
	rig_settle(house->rig);
	assert_true(house->process.is_closed);
	assert_null(rig_take(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN));
	rig_close_view(&kim.view);
	talker_destroy(house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_gets_the_turn),
		cmocka_unit_test(an_owner_takes_over_and_the_log_says_so),
		cmocka_unit_test(taking_over_is_signed),
		cmocka_unit_test(the_queue_is_short_and_each_waits_once),
		cmocka_unit_test(waiting_has_an_end),
		cmocka_unit_test(a_log_that_stops_gives_nobody_a_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
