/* Recordings leave through the door: who may, what is written before, and how much. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/text.h"
#include "player.h"

/* ---- the entry comes first ---- */

struct order_seen {
	struct rig *rig;
	unsigned syncs;
	bool is_out;
};

static void look_at_front(void *context)
{
	struct order_seen *seen = context;
	uint8_t byte;

	if (recv(seen->rig->front.channel.watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		seen->is_out = true;
	seen->syncs++;
}

static void watch_syncs(struct rig *rig, struct order_seen *seen)
{
	rig_settle(rig);
	rig_clear(&rig->front);
	*seen = (struct order_seen){.rig = rig};
	rig->spy.before_sync = look_at_front;
	rig->spy.context = seen;
}

static void entry_is_durable_before_anything_is_out(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct order_seen seen;
	struct ipc_play_read read;
	struct ipc_play_ask ask = player_prepare(rig, &ann, "porch");
	struct ipc_done done;

	(void)state;
	watch_syncs(rig, &seen);
	assert_int_equal(player_try_ask(rig, &ask, &done), REFUSAL_NONE);
	assert_true(seen.syncs >= 1);
	assert_false(seen.is_out);
	rig->spy.before_sync = NULL;
	assert_int_equal(rig_entries(rig, "kind play.open\n", "tracks v,m\n"), 1);
	assert_int_equal(rig_entries(rig, "kind play.open\n", "\nspan "), 1);

	read = (struct ipc_play_read){.credential = ann.login};
	memcpy(read.sid, done.id, sizeof(read.sid));
	struct player_list found = player_list(rig, &read);
	uint64_t total = 0;

	assert_int_equal(found.count, FRAMES / KEY_EVERY);
	assert_string_equal(found.init.codecs, "avc1.42C01F");
	for (unsigned i = 0; i < found.count; i++) {
		assert_int_equal(found.segments[i].init, found.init.number);
		player_ask_piece(rig, &read, &found.segments[i]);
		uint64_t size = player_take_piece(rig);

		assert_int_equal(size, found.segments[i].bytes);
		assert_true(size > KEY_EVERY * FRAME_SIZE);
		total += size;
	}
	char used[64], sent[64];

	snprintf(used, sizeof(used), "used %llu ", (unsigned long long)total);
	snprintf(sent, sizeof(sent), "\nspan %llu %llu\n",
		 (unsigned long long)found.segments[0].start_us,
		 (unsigned long long)found.segments[found.count - 1].end_us);
	plays_end_if(&rig->vault->plays, VIEW_END_LEFT, play_is_any, NULL);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind play.close\n", used), 1);
	assert_int_equal(rig_entries(rig, "kind play.close\n", sent), 1);
	rig_destroy(rig);
}

static void nothing_flows_past_the_allowance(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read;
	struct play *play = player_begin(rig, &ann, "porch", &read);
	struct player_list found = player_list(rig, &read);
	struct order_seen seen;

	(void)state;
	play->lease.used_bytes = play->lease.allowed_bytes - 10;
	watch_syncs(rig, &seen);
	player_ask_piece(rig, &read, &found.segments[0]);
	assert_true(player_take_piece(rig) > 10);
	assert_true(seen.syncs >= 1);
	assert_false(seen.is_out);
	rig->spy.before_sync = NULL;
	assert_int_equal(rig_entries(rig, "kind play.tick\n", "allow "), 1);
	assert_true(play->lease.used_bytes <= play->lease.allowed_bytes);

	/* Its time is over as well: again an entry first. */
	play->lease.until_ns = 1;
	player_ask_piece(rig, &read, &found.segments[1]);
	player_take_piece(rig);
	assert_int_equal(rig_entries(rig, "kind play.tick\n", "allow "), 2);
	rig_destroy(rig);
}

static void a_log_that_fails_shows_nothing(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read;
	struct play *play = player_begin(rig, &ann, "porch", &read);
	struct player_list found = player_list(rig, &read);
	struct ipc_play_ask ask = player_prepare(rig, &ann, "porch");
	struct ipc_done done;

	(void)state;
	play->lease.used_bytes = play->lease.allowed_bytes;
	rig->spy.sync_error = -EIO;
	assert_int_equal(player_refused(rig, &read, &found.segments[0]), REFUSAL_NOT_FOUND);
	assert_int_equal(rig->vault->plays.open, 0);
	assert_int_equal(player_try_ask(rig, &ask, &done), REFUSAL_LOG_STOPPED);
	assert_null(rig_take(rig, &rig->front, IPC_PLAY_DATA));
	rig_destroy(rig);
}

/* ---- who may ---- */

static void only_who_has_the_right_plays(void **state)
{
	static const struct {
		const char *name, *cameras;
		enum role role;
		enum refusal porch, nursery;
	} people[] = {
		{"member", "", ROLE_MEMBER, REFUSAL_NONE, REFUSAL_NONE},
		{"neighbour", "porch", ROLE_MEMBER, REFUSAL_NONE, REFUSAL_NOT_FOUND},
		{"guest", "porch", ROLE_GUEST, REFUSAL_NOT_ALLOWED, REFUSAL_NOT_FOUND},
	};
	struct rig_device ann, device;
	struct rig *rig = player_house(&ann);
	struct ipc_done done;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(people); i++) {
		rig_add_person(rig, people[i].name, people[i].role, people[i].cameras, &device);
		struct ipc_play_ask ask = player_prepare(rig, &device, "porch");

		assert_int_equal(player_try_ask(rig, &ask, &done), people[i].porch);
		ask = player_prepare(rig, &device, "nursery");
		assert_int_equal(player_try_ask(rig, &ask, &done), people[i].nursery);

		struct ipc_timeline_ask when = {.request = ++rig->request,
						.credential = device.login,
						.camera = "porch",
						.from_us = 1,
						.to_us = player_soon_us(60)};

		ipc_send(&rig->front.channel, IPC_TIMELINE_ASK, &when, NULL, 0);
		assert_int_equal(rig_answer(rig, &done), people[i].porch);
	}
	rig_destroy(rig);
}

static void tokens_need_the_verb(void **state)
{
	static const struct {
		uint32_t verbs;
		enum refusal refusal;
	} tokens[] = {{VERB_VIEW | VERB_LISTEN, REFUSAL_NOT_ALLOWED}, {VERB_PLAY, REFUSAL_NONE}};
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_done done;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(tokens); i++) {
		struct ipc_play_ask ask = {.request = ++rig->request,
					   .camera = "porch",
					   .from_us = player_soon_us(-60),
					   .to_us = player_soon_us(60),
					   .tracks = READER_TRACKS};

		rig_add_token(rig, "ann", "porch", tokens[i].verbs, &ask.credential, NULL);
		assert_int_equal(player_try_ask(rig, &ask, &done), tokens[i].refusal);
	}
	assert_int_equal(rig_entries(rig, "kind play.open\n", "why integration\n"), 1);
	rig_destroy(rig);
}

static void the_signature_covers_what_is_played(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_ask ask = player_prepare(rig, &ann, "porch"), spoilt = ask;
	struct ipc_done done;

	(void)state;
	spoilt.from_us--;
	assert_int_equal(player_try_ask(rig, &spoilt, &done), REFUSAL_BAD_SIGNATURE);
	spoilt = ask;
	text_copy(spoilt.camera, sizeof(spoilt.camera), "nursery");
	assert_int_equal(player_try_ask(rig, &spoilt, &done), REFUSAL_BAD_SIGNATURE);
	spoilt = ask;
	spoilt.proof.is_signed = 0;
	assert_int_equal(player_try_ask(rig, &spoilt, &done), REFUSAL_BAD_SIGNATURE);
	assert_int_equal(player_try_ask(rig, &ask, &done), REFUSAL_NONE);
	assert_int_equal(player_try_ask(rig, &ask, &done), REFUSAL_STALE_NONCE);
	spoilt = player_prepare(rig, &ann, "porch");
	spoilt.proof.checkpoint_size = 1;
	player_sign(&ann, &spoilt);
	assert_int_equal(player_try_ask(rig, &spoilt, &done), REFUSAL_CHECKPOINT_FORK);
	rig_destroy(rig);
}

static void senseless_spans_are_refused(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	const struct {
		uint64_t from_us, to_us;
		uint32_t tracks;
		enum refusal refusal;
	} asks[] = {
		{5, 5, READER_TRACKS, REFUSAL_BAD_REQUEST},
		{6, 5, READER_TRACKS, REFUSAL_BAD_REQUEST},
		{1, UINT64_MAX, READER_TRACKS, REFUSAL_BAD_REQUEST},
		{1, PLAY_LENGTH_US_MAX + 2, READER_TRACKS, REFUSAL_BAD_REQUEST},
		{1, 5, 0, REFUSAL_BAD_REQUEST},
		{1, 5, TRACK_BIT(TRACK_LISTEN), REFUSAL_BAD_REQUEST},
		{1, 5, READER_TRACKS, REFUSAL_NOT_FOUND},
	};
	struct ipc_done done;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(asks); i++) {
		struct ipc_play_ask ask = player_prepare(rig, &ann, "porch");

		ask.from_us = asks[i].from_us;
		ask.to_us = asks[i].to_us;
		ask.tracks = asks[i].tracks;
		player_sign(&ann, &ask);
		assert_int_equal(player_try_ask(rig, &ask, &done), asks[i].refusal);
	}
	assert_int_equal(rig_entries(rig, "kind play.open\n", ""), 0);
	rig_destroy(rig);
}

static void one_may_not_play_without_end(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read;
	struct ipc_done done;

	(void)state;
	for (unsigned i = 0; i < PLAYS_OF_USER_MAX; i++)
		player_begin(rig, &ann, "porch", &read);
	struct ipc_play_ask ask = player_prepare(rig, &ann, "porch");

	assert_int_equal(player_try_ask(rig, &ask, &done), REFUSAL_TOO_MANY);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_is_durable_before_anything_is_out),
		cmocka_unit_test(nothing_flows_past_the_allowance),
		cmocka_unit_test(a_log_that_fails_shows_nothing),
		cmocka_unit_test(only_who_has_the_right_plays),
		cmocka_unit_test(tokens_need_the_verb),
		cmocka_unit_test(the_signature_covers_what_is_played),
		cmocka_unit_test(senseless_spans_are_refused),
		cmocka_unit_test(one_may_not_play_without_end),
	};

	return cmocka_run_group_tests_name("play", tests, NULL, NULL);
}
