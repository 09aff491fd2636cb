#include "../check.h"

#include <stddef.h>
#include <string.h>

#include "talker.h"

/* Processes that were taken over. */

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Anything, or a request by the owner's login with anything behind it. */
static void fill(uint8_t *body, size_t size, const struct talker *house, uint32_t *random)
{
	for (size_t i = 0; i < size; i++)
		body[i] = (uint8_t)(next_random(random) % 4 ? 0 : next_random(random));
	if (next_random(random) % 2 && size > 8 + sizeof(house->owner.login))
		memcpy(body + 8, &house->owner.login, sizeof(house->owner.login));
}

static void send_all_of_front(struct talker *house, uint32_t *random)
{
	struct rig_end *end = &house->rig->front;

	for (unsigned type = 0; type < IPC_TYPE_COUNT; type++) {
		const struct ipc_rule *rule = ipc_rule_of((enum ipc_type)type);
		uint8_t body[1024];

		if (!(rule->from & PROC_BIT(PROC_FRONT)) || !(rule->to & PROC_BIT(PROC_VAULT)) ||
		    rule->fds || rule->body_size > sizeof(body))
			continue;
		fill(body, rule->body_size, house, random);
		ipc_send(&end->channel, (enum ipc_type)type, body, "opus", rule->tail_max ? 4 : 0);
	}
	rig_settle(house->rig);
	rig_clear(end);
}

/* Over a view the certificate is the view's; without one (WHIP) there is none to name. Whether it is signed is no
 * part of what is, nor the root of a log of no size. */
static bool has_meaning(size_t at, bool has_view)
{
	if (at < offsetof(struct ipc_talk_ask, dtls_fingerprint))
		return has_view;
	if (at < offsetof(struct ipc_talk_ask, takes))
		return !has_view;
	return !(at >= offsetof(struct ipc_talk_ask, proof.is_signed) &&
		 at < offsetof(struct ipc_talk_ask, proof.nonce)) &&
	       !(at >= offsetof(struct ipc_talk_ask, proof.checkpoint_root) &&
		 at < offsetof(struct ipc_talk_ask, proof.signature));
}

/* The real request of the owner's phone, with one bit of it changed: a front that wants more than it was asked. */
static void send_forged(struct talker *house, bool has_view, uint32_t *random)
{
	struct ipc_talk_ask ask;
	uint8_t *bytes = (uint8_t *)&ask;

	talker_prepare(house->rig, &house->owner, &house->view, &ask);
	if (!has_view) {
		memcpy(ask.camera, "porch", sizeof("porch"));
		memcpy(ask.dtls_fingerprint, house->view.open.dtls_fingerprint, sizeof(ask.dtls_fingerprint));
		memset(ask.view, 0, sizeof(ask.view));
	}
	size_t at = offsetof(struct ipc_talk_ask, view) +
		    next_random(random) % (sizeof(ask) - offsetof(struct ipc_talk_ask, view));

	if (!has_meaning(at, has_view))
		return;
	bytes[at] ^= (uint8_t)(1U << next_random(random) % 8);
	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &ask, NULL, 0);
	rig_settle(house->rig);
}

static void whoever_is_taken_over_opens_no_speaker_without_an_entry(void **state)
{
	struct talker *house = talker_create();
	uint32_t random = 20261122;

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		send_all_of_front(house, &random);
		send_forged(house, true, &random);
		send_forged(house, false, &random);
		talker_say(house, next_random(&random) % 100000); /* rtc; anything else from it ends the vault */
	}
	assert_false(house->view.end.is_closed);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 0);
	assert_null(rig_take(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN));
	assert_int_equal(talker_spoken(house), 0);
	/* And the honest request still works. */
	talker_ask(house);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 1);
	talker_destroy(house);
}

/* A talk's process that was taken over, at each step before its sound is wanted: it says that it has made the
 * chime, that it codes, and sends sound. */
static void push(struct talker *house)
{
	talker_send_format(house, CODEC_PCMU);
	if (!house->process.is_closed)
		talker_send_block(house);
	if (!house->process.is_closed)
		talker_say_made(house);
}

static void a_process_that_does_not_wait_is_silent(void **state)
{
	struct talker *house = talker_create();
	struct ipc_done done;

	(void)state;
	/* Before the camera is open. */
	talker_ask(house);
	talker_start_process(house);
	push(house);
	assert_true(house->process.is_closed);
	assert_int_equal(rig_answer(house->rig, &done), REFUSAL_NO_SPEAKER);
	assert_int_equal(talker_spoken(house), 0);
	/* Instead of the chime: the entry stands, and says what it was. */
	talker_ask(house);
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_start_process(house);
	rig_free(rig_wait(house->rig, &house->process, IPC_SOUND));
	talker_say_made(house);
	talker_say_made(house); /* once is enough */
	assert_true(house->process.is_closed);
	assert_int_equal(talker_spoken(house), 0);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", ""), 2);
	talker_destroy(house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_is_taken_over_opens_no_speaker_without_an_entry),
		cmocka_unit_test(a_process_that_does_not_wait_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
