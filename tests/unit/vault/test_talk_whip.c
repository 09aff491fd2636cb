/* A talk without a view: a program's token, and a connection of its own (WHIP). */
#include "../check.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "talker.h"
#include "vault/talk.h"

struct program {
	struct ipc_credential token;
	char id[17];
	struct rig_end end; /* rtc's end of the talk's descriptor */
	struct ipc_grant_open open;
};

static void bring(struct talker *house, struct program *program, uint32_t verbs)
{
	*program = (struct program){0};
	rig_add_token(house->rig, "ann", "porch", verbs, &program->token, program->id);
}

/* The request's number. */
static uint64_t ask(struct talker *house, const struct program *program, const char *camera, bool waits)
{
	struct ipc_talk_ask talk = {
		.request = ++house->rig->request, .credential = program->token, .waits = waits};

	snprintf(talk.camera, sizeof(talk.camera), "%s", camera);
	memset(talk.dtls_fingerprint, 0x77, sizeof(talk.dtls_fingerprint));
	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &talk, NULL, 0);
	rig_settle(house->rig);
	return talk.request;
}

static enum refusal answer(struct talker *house)
{
	return rig_answer(house->rig, &house->talk);
}

/* The camera hears of it, and rtc is given the way in. */
static void connect_talk(struct talker *house, struct program *program)
{
	struct rig_message *message = rig_wait(house->rig, &house->rig->rtc, IPC_GRANT_OPEN);

	memcpy(&program->open, message->body, sizeof(program->open));
	rig_open_end(house->rig, &program->end, message->fd, PROC_RTC);
	message->fd = -1;
	rig_free(message);
	message = rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN);
	house->number = ((struct ipc_number *)message->body)->value;
	rig_free(message);
}

static void let_talk(struct talker *house, struct program *program)
{
	connect_talk(house, program);
	ipc_close(&house->process.channel);
	rig_clear(&house->process);
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_start_process(house);
	talker_chime(house);
	assert_int_equal(answer(house), REFUSAL_NONE);
}

static void say(struct talker *house, struct program *program, uint64_t sample)
{
	struct ipc_talk_frame frame = {.grant = program->open.grant, .sample = sample};

	ipc_send(&program->end.channel, IPC_TALK_FRAME, &frame, "opus", 4);
	rig_settle(house->rig);
}

static unsigned heard_by_process(struct talker *house)
{
	struct rig_message *message;
	unsigned count = 0;

	while ((message = rig_take(house->rig, &house->process, IPC_FEED_FRAME))) {
		rig_free(message);
		count++;
	}
	return count;
}

static void finish(struct talker *house, struct program *program)
{
	ipc_close(&program->end.channel);
	rig_clear(&program->end);
	talker_destroy(house);
}

static void a_token_talks_without_a_view(void **state)
{
	struct talker *house = talker_create();
	struct program program;
	uint8_t print[32];

	(void)state;
	bring(house, &program, VERB_TALK);
	ask(house, &program, "porch", false);
	let_talk(house, &program);
	/* rtc may take a voice from that certificate, and is given nothing to send. */
	memset(print, 0x77, sizeof(print));
	assert_memory_equal(program.open.dtls_fingerprint, print, sizeof(print));
	assert_int_equal(program.open.tracks, 0);
	assert_int_equal(program.open.may_talk, 1);
	assert_int_equal(house->talk.value, program.open.grant);
	assert_memory_equal(house->talk.id, program.open.sid, sizeof(program.open.sid));
	struct rig_message *message = rig_wait(house->rig, &program.end, IPC_TALK);

	assert_int_equal(((struct ipc_talk *)message->body)->is_open, 1);
	rig_free(message);
	/* Reports are taken, and bring it no picture. */
	struct ipc_view_report report = {.grant = program.open.grant, .is_connected = 1, .wants_key = 1};

	ipc_send(&program.end.channel, IPC_VIEW_REPORT, &report, NULL, 0);
	rig_settle(house->rig);
	rig_send_frame(house->rig, 0, TRACK_VIDEO, 2, true, 5000);
	assert_null(rig_take(house->rig, &house->rig->rtc, IPC_RELEASES));
	say(house, &program, 0);
	assert_int_equal(heard_by_process(house), 1);
	talker_send_format(house, CODEC_PCMU);
	talker_send_block(house);
	assert_int_equal(talker_spoken(house), 1);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", "why integration\n"), 1);
	assert_int_equal(rig_entries(house->rig, "kind speaker\n", ""), 1);
	/* What comes over somebody's view meanwhile goes nowhere. */
	talker_say(house, 960);
	assert_int_equal(heard_by_process(house), 0);
	finish(house, &program);
}

static void nothing_opens_for_who_may_not(void **state)
{
	struct talker *house = talker_create();
	struct program sees, talks;

	(void)state;
	bring(house, &sees, VERB_VIEW | VERB_LISTEN);
	bring(house, &talks, VERB_TALK);
	ask(house, &sees, "porch", false);
	assert_int_equal(answer(house), REFUSAL_NOT_ALLOWED);
	ask(house, &talks, "nursery", false);
	assert_int_equal(answer(house), REFUSAL_NOT_FOUND);
	/* A device signs, or is refused. */
	struct ipc_talk_ask unsigned_ask = {.request = ++house->rig->request,
					    .credential = house->owner.login,
					    .camera = "porch"};

	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &unsigned_ask, NULL, 0);
	assert_int_equal(answer(house), REFUSAL_BAD_SIGNATURE);
	ipc_close(&house->rig->rtc.channel);
	rig_settle(house->rig);
	ask(house, &talks, "porch", false);
	assert_int_equal(answer(house), REFUSAL_BUSY);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 0);
	assert_null(rig_take(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN));
	talker_destroy(house);
}

static void revoking_the_token_silences_at_once(void **state)
{
	struct talker *house = talker_create();
	struct program program;

	(void)state;
	bring(house, &program, VERB_TALK);
	ask(house, &program, "porch", false);
	let_talk(house, &program);
	talker_send_format(house, CODEC_PCMU);
	talker_send_block(house);
	assert_int_equal(talker_spoken(house), 1);
	rig_order(house->rig, ADMIN_REVOKE, program.id, ROLE_NONE, "");
	rig_free(rig_wait(house->rig, &house->rig->warden, IPC_DONE));
	rig_free(rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE));
	rig_settle(house->rig);
	assert_true(program.end.is_closed);
	assert_true(house->process.is_closed);
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end revoked\n"), 1);
	ask(house, &program, "porch", false);
	assert_int_equal(answer(house), REFUSAL_NOT_SIGNED_IN);
	finish(house, &program);
}

/* rtc's word, or its death: the speaker is free, and nothing of it lasts. */
static void it_ends_with_its_connection(void **state)
{
	struct talker *house = talker_create();
	struct program program;
	struct ipc_grant_end left = {.end = VIEW_END_LEFT};

	(void)state;
	bring(house, &program, VERB_TALK);
	ask(house, &program, "porch", false);
	let_talk(house, &program);
	left.grant = program.open.grant;
	ipc_send(&program.end.channel, IPC_GRANT_END, &left, NULL, 0);
	rig_free(rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE));
	assert_int_equal(rig_entries(house->rig, "kind talk.close\n", "end left\n"), 1);
	ipc_close(&program.end.channel);
	rig_clear(&program.end);
	/* Before it is heard: its asker is told. */
	ask(house, &program, "porch", false);
	connect_talk(house, &program);
	ipc_close(&program.end.channel);
	assert_int_equal(answer(house), REFUSAL_NO_SPEAKER);
	assert_int_equal(house->rig->vault->grants.open, 1); /* the view */
	finish(house, &program);
}

static void it_waits_its_turn_as_anybody(void **state)
{
	struct talker *house = talker_talking();
	struct program first, second;

	(void)state;
	bring(house, &first, VERB_TALK);
	bring(house, &second, VERB_TALK);
	ask(house, &first, "porch", false);
	assert_int_equal(answer(house), REFUSAL_SPEAKER_TAKEN);
	ask(house, &first, "porch", true);
	ask(house, &first, "porch", true); /* once is enough */
	assert_int_equal(answer(house), REFUSAL_TOO_MANY);
	ask(house, &second, "porch", true);
	rig_clear(&house->rig->cams[0]);
	talker_revoke(house);
	let_talk(house, &first);
	/* Taken back while it waited. */
	rig_order(house->rig, ADMIN_REVOKE, second.id, ROLE_NONE, "");
	rig_free(rig_wait(house->rig, &house->rig->warden, IPC_DONE));
	talker_revoke(house);
	assert_int_equal(answer(house), REFUSAL_NOT_SIGNED_IN);
	assert_int_equal(rig_entries(house->rig, "kind talk.open\n", ""), 2);
	finish(house, &first);
}

static void an_owner_takes_over_from_it_and_not_it_from_an_owner(void **state)
{
	struct talker *house = talker_create();
	struct program program;
	struct ipc_view_ask signed_ask;
	struct ipc_talk_ask take = {.takes = 1};

	(void)state;
	bring(house, &program, VERB_TALK);
	ask(house, &program, "porch", false);
	let_talk(house, &program);
	rig_prepare(house->rig, &house->owner, "porch", VERB_TALK | VERB_TAKE, &signed_ask);
	take.request = signed_ask.request;
	take.credential = signed_ask.credential;
	take.proof = signed_ask.proof;
	memcpy(take.view, house->view.done.id, sizeof(take.view));
	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &take, NULL, 0);
	rig_free(rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_CLOSE));
	assert_true(program.end.is_closed);
	assert_int_equal(rig_entries(house->rig, "end revoked\n", "reason taken-over\n"), 1);
	rig_free(rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN));
	take = (struct ipc_talk_ask){.request = ++house->rig->request,
				     .credential = program.token,
				     .camera = "porch",
				     .takes = 1};
	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &take, NULL, 0);
	assert_int_equal(answer(house), REFUSAL_NOT_ALLOWED);
	finish(house, &program);
}

/* One that is always a little ahead loses a packet now and then, and is not silenced. */
static void a_fast_clock_is_heard_on(void **state)
{
	enum { SECOND = 48000 };
	struct talker *house = talker_create();
	struct program program;

	(void)state;
	bring(house, &program, VERB_TALK);
	ask(house, &program, "porch", false);
	let_talk(house, &program);
	say(house, &program, 10 * SECOND);
	assert_int_equal(heard_by_process(house), 0);
	say(house, &program, 10 * SECOND + SECOND / 50);
	assert_int_equal(heard_by_process(house), 1);
	/* As fast as it can: no more than a second beyond the time that has passed. */
	uint64_t start_ns = house->rig->vault->talks.slots[0].voice.start_ns, heard = 1;

	for (uint64_t i = 0; i < 500; i++) {
		say(house, &program, 20 * SECOND + i * SECOND / 50);
		heard += heard_by_process(house);
	}
	uint64_t passed_ms = (loop_now_ns(house->rig->loop) - start_ns) / CLOCK_NS_PER_MS;

	assert_in_range(heard * 20, 20, passed_ms + TALK_AHEAD_MS);
	/* Whoever makes up times gets nothing else for it. */
	say(house, &program, 0);
	assert_int_equal(heard_by_process(house), 0);
	say(house, &program, UINT64_MAX);
	assert_int_equal(heard_by_process(house), 0);
	finish(house, &program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_talks_without_a_view),
		cmocka_unit_test(nothing_opens_for_who_may_not),
		cmocka_unit_test(revoking_the_token_silences_at_once),
		cmocka_unit_test(it_ends_with_its_connection),
		cmocka_unit_test(it_waits_its_turn_as_anybody),
		cmocka_unit_test(an_owner_takes_over_from_it_and_not_it_from_an_owner),
		cmocka_unit_test(a_fast_clock_is_heard_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
