#include "../check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rig.h"

static struct rig *house(struct rig_device *ret_owner)
{
	struct rig *rig = rig_create();

	rig_add_cam(rig, 0, "porch");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	rig_add_person(rig, "ann", ROLE_OWNER, "", ret_owner);
	return rig;
}

/* The releases of one track since the last look, as a list of frame numbers. */
static size_t released_frames(struct rig *rig, struct rig_view *view, enum media_track track,
			      uint64_t *ret_frames, size_t max)
{
	size_t count = 0;

	rig_settle(rig);
	for (struct rig_message *at = view->end.first; at; at = at->next) {
		const struct ipc_release *release = (const struct ipc_release *)at->body;

		if (at->type != IPC_RELEASES || release->track != (uint32_t)track)
			continue;
		for (uint64_t i = 0; i < release->count && count < max; i++)
			ret_frames[count++] = release->first + i;
	}
	rig_clear(&view->end);
	return count;
}

static void viewer_starts_at_the_newest_key_frame(void **state)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct rig_view view;
	uint64_t frames[16];

	(void)state;
	for (uint64_t i = 1; i <= 10; i++)
		rig_send_frame(rig, 0, TRACK_VIDEO, i, i == 1 || i == 6, 1000);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	/* Fed at once, released only when the viewer is there. */
	assert_int_equal(released_frames(rig, &view, TRACK_VIDEO, frames, 16), 0);
	rig_connect(rig, &view, VIEW_FULL, false);
	assert_int_equal(released_frames(rig, &view, TRACK_VIDEO, frames, 16), 5);
	assert_int_equal(frames[0], 6);
	assert_int_equal(frames[4], 10);
	rig_send_frame(rig, 0, TRACK_VIDEO, 11, false, 1000);
	assert_int_equal(released_frames(rig, &view, TRACK_VIDEO, frames, 16), 1);
	assert_int_equal(frames[0], 11);
	/* It lost the picture: from the key frame again. */
	rig_connect(rig, &view, VIEW_FULL, true);
	assert_int_equal(released_frames(rig, &view, TRACK_VIDEO, frames, 16), 6);
	assert_int_equal(frames[0], 6);
	/* But not again at once. */
	rig_connect(rig, &view, VIEW_FULL, true);
	assert_int_equal(released_frames(rig, &view, TRACK_VIDEO, frames, 16), 0);
	rig_close_view(&view);
	rig_destroy(rig);
}

/* However many watch, each frame crosses to rtc once, whole, and with its bytes. */
static void each_frame_is_fed_once(void **state)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct rig_view views[3];
	uint32_t sizes[4] = {0};
	unsigned firsts[4] = {0};

	(void)state;
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 200000); /* several pieces */
	for (unsigned i = 0; i < 3; i++) {
		rig_view(rig, &owner, "porch", VERB_VIEW, &views[i]);
		rig_connect(rig, &views[i], VIEW_FULL, false);
	}
	rig_send_frame(rig, 0, TRACK_VIDEO, 2, false, 3000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rig_released(rig, &views[i], TRACK_VIDEO), 2);
	for (struct rig_message *at = rig->rtc.first; at; at = at->next) {
		const struct ipc_frame *frame = (const struct ipc_frame *)at->body;

		if (at->type != IPC_FEED_FRAME)
			continue;
		assert_in_range(frame->frame, 1, 2);
		assert_int_equal(frame->offset, sizes[frame->frame]);
		firsts[frame->frame] += frame->offset == 0;
		sizes[frame->frame] += (uint32_t)at->tail_size;
		assert_int_equal(at->tail[0], frame->frame);
		assert_int_equal(at->tail[at->tail_size - 1], frame->frame);
	}
	assert_int_equal(firsts[1], 1);
	assert_int_equal(firsts[2], 1);
	assert_int_equal(sizes[1], 200000);
	assert_int_equal(sizes[2], 3000);
	for (unsigned i = 0; i < 3; i++)
		rig_close_view(&views[i]);
	rig_settle(rig);
	/* Nobody watches any more: nothing crosses. */
	rig_clear(&rig->rtc);
	rig_send_frame(rig, 0, TRACK_VIDEO, 3, false, 3000);
	assert_null(rig_take(rig, &rig->rtc, IPC_FEED_FRAME));
	rig_destroy(rig);
}

static void levels_choose_what_is_released(void **state)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct rig_view view;
	uint64_t frames[16];

	(void)state;
	rig_send_track(rig, 0, TRACK_SUB, CODEC_H264);
	rig_send_track(rig, 0, TRACK_MIC, CODEC_OPUS);
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 1000);
	rig_send_frame(rig, 0, TRACK_SUB, 1, true, 100);
	rig_view(rig, &owner, "porch", VERB_VIEW | VERB_LISTEN, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 1);
	/* Down: the smaller picture, from its key frame, at once; the big one stops. */
	rig_connect(rig, &view, VIEW_SUB, false);
	rig_send_frame(rig, 0, TRACK_SUB, 2, false, 100);
	rig_send_frame(rig, 0, TRACK_VIDEO, 2, false, 1000);
	for (struct rig_message *at = view.end.first; at; at = at->next)
		assert_int_equal(((struct ipc_release *)at->body)->track, TRACK_SUB);
	assert_int_equal(released_frames(rig, &view, TRACK_SUB, frames, 16), 2);
	assert_int_equal(frames[0], 1);
	/* Up: the small one goes on until the big one has a key frame. */
	rig_connect(rig, &view, VIEW_FULL, false);
	rig_send_frame(rig, 0, TRACK_VIDEO, 3, false, 1000);
	rig_send_frame(rig, 0, TRACK_SUB, 3, false, 100);
	assert_int_equal(rig_released(rig, &view, TRACK_SUB), 1);
	rig_send_frame(rig, 0, TRACK_VIDEO, 4, true, 1000);
	assert_int_equal(released_frames(rig, &view, TRACK_VIDEO, frames, 16), 1);
	assert_int_equal(frames[0], 4);
	rig_send_frame(rig, 0, TRACK_SUB, 4, false, 100);
	assert_int_equal(rig_released(rig, &view, TRACK_SUB), 0);
	/* Key frames only, of the smaller picture; then sound only. */
	rig_connect(rig, &view, VIEW_KEYS, false);
	rig_send_frame(rig, 0, TRACK_VIDEO, 5, true, 1000);
	rig_send_frame(rig, 0, TRACK_SUB, 5, false, 100);
	rig_send_frame(rig, 0, TRACK_SUB, 6, true, 100);
	rig_send_frame(rig, 0, TRACK_SUB, 7, false, 100);
	size_t count = released_frames(rig, &view, TRACK_SUB, frames, 16);

	assert_true(count >= 1);
	assert_int_equal(frames[count - 1], 6);
	rig_connect(rig, &view, VIEW_SOUND, false);
	rig_send_frame(rig, 0, TRACK_VIDEO, 8, true, 1000);
	rig_send_frame(rig, 0, TRACK_MIC, 1, true, 50);
	rig_send_frame(rig, 0, TRACK_MIC, 2, true, 50);
	for (struct rig_message *at = view.end.first; at; at = at->next)
		assert_int_equal(((struct ipc_release *)at->body)->track, TRACK_MIC);
	assert_int_equal(rig_released(rig, &view, TRACK_MIC), 2);
	rig_close_view(&view);
	rig_destroy(rig);
}

/* ---- the allowance ---- */

/* What the log, as far as it is durable, allows this session; each `allow` line adds. */
static uint64_t allowed_by_log(struct rig *rig, const char *sid)
{
	char text[ENTRY_SIZE_MAX + 1];
	uint64_t sum = 0;
	size_t size;

	for (uint64_t i = 0; log_read_entry(rig->log, i, text, &size) == 0; i++) {
		text[size] = '\0';
		const char *allow = strstr(text, "\nallow ");

		if (strstr(text, sid) && allow)
			sum += strtoull(allow + 7, NULL, 10);
	}
	return sum;
}

static uint64_t seed_state;

static uint64_t seeded_next(uint64_t below)
{
	seed_state ^= seed_state << 13;
	seed_state ^= seed_state >> 7;
	seed_state ^= seed_state << 17;
	return seed_state % below;
}

enum { RUN_FRAMES = 60 };

/* Random frames, sizes, levels and cries for a key frame: at every moment the sum of what was let
 * out is at most what durable entries allow. */
static void run_seed(uint64_t seed)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct rig_view view;
	uint32_t sizes[RUN_FRAMES + 2] = {0};
	uint64_t released = 0, frames[512];
	char sid[64];
	struct text text;

	seed_state = seed * 0x9e3779b97f4a7c15 + 1;
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, sizes[1] = 1000);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	text_init(&text, sid, sizeof(sid));
	text_add(&text, "\nsid ");
	text_add_hex(&text, view.done.id, 16);
	rig_connect(rig, &view, VIEW_FULL, false);
	for (uint64_t i = 2; i <= RUN_FRAMES; i++) {
		sizes[i] = (uint32_t)(1 + seeded_next(1000000));
		rig_send_frame(rig, 0, TRACK_VIDEO, i, seeded_next(5) == 0, sizes[i]);
		if (seeded_next(6) == 0)
			rig_connect(rig, &view, seeded_next(3) ? VIEW_FULL : VIEW_KEYS,
				    seeded_next(2));
		size_t count = released_frames(rig, &view, TRACK_VIDEO, frames, 512);

		for (size_t f = 0; f < count; f++)
			released += sizes[frames[f]];
		assert_true(released <= allowed_by_log(rig, sid));
	}
	/* It is renewed, not starved. */
	assert_true(released > LEASE_FIRST_BYTES);
	assert_true(rig_entries(rig, "kind view.tick\n", sid + 1) >= 1);
	rig_close_view(&view);
	rig_settle(rig);
	char used[64];

	snprintf(used, sizeof(used), "\nused %llu ", (unsigned long long)released);
	assert_int_equal(rig_entries(rig, "kind view.close\n", used), 1);
	rig_destroy(rig);
}

static void allowance_is_never_exceeded(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		run_seed(seed);
}

/* The log can say nothing more: what is left of the allowance flows, and not one frame after it. */
static void nothing_flows_past_the_allowance(void **state)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct rig_view view;
	uint64_t released = 0;

	(void)state;
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 1000000);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	/* As if the disk took no batch for a while. */
	rig->vault->grants.table[0].ticked.is_waiting = true;
	for (uint64_t i = 2; i <= 20; i++)
		rig_send_frame(rig, 0, TRACK_VIDEO, i, i % 4 == 0, 1000000);
	released = rig_released(rig, &view, TRACK_VIDEO);
	assert_int_equal(released, LEASE_FIRST_BYTES / 1000000);
	assert_int_equal(rig->vault->grants.table[0].lease.used_bytes, LEASE_FIRST_BYTES);
	/* Its entry is durable again: on, from the newest key frame. */
	rig->vault->grants.table[0].ticked.is_waiting = false;
	rig_send_frame(rig, 0, TRACK_VIDEO, 21, false, 1000);
	assert_true(rig_released(rig, &view, TRACK_VIDEO) >= 1);
	rig_close_view(&view);
	rig_destroy(rig);
}

/* ---- slow and gone readers ---- */

static void many_viewers_of_a_frame_cost_one_message(void **state)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct rig_view views[20];
	const unsigned count = sizeof(views) / sizeof(views[0]);

	(void)state;
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 100);
	for (unsigned i = 0; i < count; i++) {
		rig_view(rig, &owner, "porch", VERB_VIEW, &views[i]);
		rig_connect(rig, &views[i], VIEW_FULL, false);
		assert_int_equal(rig_released(rig, &views[i], TRACK_VIDEO), 1);
	}
	rig->release_messages = 0;
	rig_send_frame(rig, 0, TRACK_VIDEO, 2, false, 100);
	rig_settle(rig);
	assert_int_equal(rig->release_messages, 1);
	/* Who has left is in the next one no more. */
	rig_close_view(&views[0]);
	rig_settle(rig);
	rig_send_frame(rig, 0, TRACK_VIDEO, 3, false, 100);
	for (unsigned i = 1; i < count; i++) {
		assert_int_equal(rig_released(rig, &views[i], TRACK_VIDEO), 2);
		rig_close_view(&views[i]);
	}
	rig_destroy(rig);
}

/* rtc reads nothing for a while: the camera goes on, memory is bounded, and afterwards rtc gets
 * whole frames only, from the newest key frame. */
static void hung_rtc_gets_whole_frames_later(void **state)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct rig_view view;
	uint32_t received = 0, size = 0;
	uint64_t number = 0;

	(void)state;
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 100000);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	rig_settle(rig);
	loop_remove(&rig->rtc.channel.watch);
	for (uint64_t i = 2; i <= 200; i++)
		rig_send_frame(rig, 0, TRACK_VIDEO, i, i % 10 == 0, 200000);
	for (unsigned i = 0; i < 2; i++)
		assert_true(
			rig->vault->cameras.slots[0]->tracks[TRACK_VIDEO].gop.arenas[i].capacity <=
			GOP_SIZE_MAX);
	rig_clear(&rig->rtc);
	assert_int_equal(loop_add(rig->loop, &rig->rtc.channel.watch, EPOLLIN), 0);
	for (int i = 0; i < 40; i++)
		assert_int_equal(loop_turn(rig->loop, 3), 0);
	for (struct rig_message *at = rig->rtc.first; at; at = at->next) {
		const struct ipc_frame *piece = (const struct ipc_frame *)at->body;

		if (at->type != IPC_FEED_FRAME)
			continue;
		if (piece->offset == 0) {
			assert_int_equal(received, size); /* the one before is whole */
			assert_true(piece->frame > number);
			if (number && piece->frame != number + 1)
				assert_true(piece->flags & FRAME_KEY);
			number = piece->frame;
			size = piece->size;
			received = 0;
		}
		assert_int_equal(piece->frame, number);
		received += (uint32_t)at->tail_size;
	}
	assert_int_equal(received, size);
	assert_int_equal(number, 200);
	rig_close_view(&view);
	rig_destroy(rig);
}

/* Nothing taken for seconds: views end, new ones wait; when it reads again all is well. */
static void hung_rtc_loses_its_views_and_comes_back(void **state)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct ipc_view_ask ask;
	struct ipc_done done;
	struct rig_view view;

	(void)state;
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 100000);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	loop_remove(&rig->rtc.channel.watch);
	for (uint64_t i = 2; i <= 20; i++)
		rig_send_frame(rig, 0, TRACK_VIDEO, i, i % 10 == 0, 200000);
	assert_true(feed_is_blocked(&rig->vault->feed));
	rig->vault->feed.hung.due(&rig->vault->feed.hung); /* as after five seconds */
	rig_settle(rig);
	assert_true(view.end.is_closed);
	rig_prepare(rig, &owner, "porch", VERB_VIEW, &ask);
	rig_ask(rig, &ask);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_BUSY);
	assert_int_equal(loop_add(rig->loop, &rig->rtc.channel.watch, EPOLLIN), 0);
	for (int i = 0; i < 40; i++)
		assert_int_equal(loop_turn(rig->loop, 3), 0);
	rig_close_view(&view);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	rig_send_frame(rig, 0, TRACK_VIDEO, 21, true, 100);
	assert_true(rig_released(rig, &view, TRACK_VIDEO) >= 1);
	rig_close_view(&view);
	rig_destroy(rig);
}

static void dead_rtc_ends_its_views_and_a_new_one_starts_afresh(void **state)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct rig_view view;

	(void)state;
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 1000);
	rig_send_frame(rig, 0, TRACK_VIDEO, 2, false, 1000);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 2);
	rig_restart_rtc(rig);
	assert_true(view.end.is_closed);
	assert_int_equal(rig_entries(rig, "kind view.close\n", "end stopped\n"), 1);
	rig_close_view(&view);
	/* The new process has nothing: the track is told and the group fed from its key frame. */
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 2);
	rig_free(rig_wait(rig, &rig->rtc, IPC_FEED_TRACK));
	struct rig_message *first = rig_wait(rig, &rig->rtc, IPC_FEED_FRAME);

	assert_int_equal(((struct ipc_frame *)first->body)->frame, 1);
	rig_free(first);
	rig_close_view(&view);
	rig_destroy(rig);
}

/* ---- sound through transcode ---- */

static void transcode_runs_only_while_somebody_listens(void **state)
{
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct rig_view view;
	struct ipc_track opus = {
		.track = TRACK_LISTEN, .codec = CODEC_OPUS, .config = 1, .clock_hz = 48000};
	struct ipc_frame frame = {
		.frame = 1, .track = TRACK_LISTEN, .size = 5, .config = 1, .flags = FRAME_KEY};

	(void)state;
	rig_send_track(rig, 0, TRACK_MIC, CODEC_AAC);
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 1000);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view); /* looks, does not listen */
	assert_null(rig_take(rig, &rig->warden, IPC_TRANSCODE_WANT));
	rig_close_view(&view);
	rig_view(rig, &owner, "porch", VERB_LISTEN, &view);
	assert_int_equal(view.open.tracks, TRACK_BIT(TRACK_LISTEN));
	rig_free(rig_wait(rig, &rig->warden, IPC_TRANSCODE_WANT));
	rig_add_listener(rig, 0, PROC_TRANSCODE);
	rig_connect(rig, &view, VIEW_FULL, false);
	rig_send_frame(rig, 0, TRACK_MIC, 1, true, 300);
	rig_free(rig_wait(rig, &rig->transcode, IPC_FEED_TRACK));
	rig_free(rig_wait(rig, &rig->transcode, IPC_FEED_FRAME));
	ipc_send(&rig->transcode.channel, IPC_TRACK, &opus, NULL, 0);
	ipc_send(&rig->transcode.channel, IPC_FRAME, &frame, "opus!", 5);
	rig_settle(rig);
	frame.frame = 2;
	ipc_send(&rig->transcode.channel, IPC_FRAME, &frame, "opus!", 5);
	assert_int_equal(rig_released(rig, &view, TRACK_LISTEN), 2);
	rig_close_view(&view);
	rig_settle(rig);
	assert_true(rig->transcode.is_closed);
	rig_destroy(rig);
}

/* What transcode is fed of a microphone's frame and a speaker's: a set of tracks. */
static uint32_t fed_to_transcode(struct rig *rig, uint64_t number)
{
	struct track *speaker = &cameras_at(&rig->vault->cameras, 0)->tracks[TRACK_SPEAKER];
	struct ipc_frame frame = {
		.frame = number, .track = TRACK_SPEAKER, .size = 5, .config = 1, .flags = FRAME_KEY};
	struct rig_message *message;
	uint32_t set = 0;

	assert_int_equal(track_take_piece(speaker, &frame, (const uint8_t *)"hello", 5), number);
	rig_add_listener(rig, 0, PROC_TRANSCODE);
	rig_send_frame(rig, 0, TRACK_MIC, number, true, 300);
	rig_settle(rig);
	while ((message = rig_take(rig, &rig->transcode, IPC_FEED_TRACK))) {
		set |= TRACK_BIT(((struct ipc_track *)message->body)->track);
		rig_free(message);
	}
	rig_clear(&rig->transcode);
	return set;
}

/* Whoever wants it so hears a camera as it comes, also while its speaker says something. */
static void an_echo_may_stay(void **state)
{
	static const struct ipc_track pcmu = {.track = TRACK_SPEAKER,
					      .codec = CODEC_PCMU,
					      .config = 1,
					      .clock_hz = 8000,
					      .channels = 1};
	struct ipc_record rule = {.keeps_echo = 1};
	struct rig_device owner;
	struct rig *rig = house(&owner);
	struct track *speaker = &cameras_at(&rig->vault->cameras, 0)->tracks[TRACK_SPEAKER];
	struct rig_view view;

	(void)state;
	rig_send_track(rig, 0, TRACK_MIC, CODEC_AAC);
	assert_true(track_take_format(speaker, &pcmu, NULL, 0) >= 0);
	vault_set_record(rig->vault, &rule);
	rig_view(rig, &owner, "porch", VERB_LISTEN, &view);
	assert_int_equal(fed_to_transcode(rig, 1), TRACK_BIT(TRACK_MIC));
	rule.keeps_echo = 0;
	vault_set_record(rig->vault, &rule);
	rig_settle(rig);
	assert_true(rig->transcode.is_closed);
	assert_int_equal(fed_to_transcode(rig, 2), TRACK_BIT(TRACK_MIC) | TRACK_BIT(TRACK_SPEAKER));
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(viewer_starts_at_the_newest_key_frame),
		cmocka_unit_test(each_frame_is_fed_once),
		cmocka_unit_test(levels_choose_what_is_released),
		cmocka_unit_test(allowance_is_never_exceeded),
		cmocka_unit_test(nothing_flows_past_the_allowance),
		cmocka_unit_test(many_viewers_of_a_frame_cost_one_message),
		cmocka_unit_test(hung_rtc_gets_whole_frames_later),
		cmocka_unit_test(hung_rtc_loses_its_views_and_comes_back),
		cmocka_unit_test(dead_rtc_ends_its_views_and_a_new_one_starts_afresh),
		cmocka_unit_test(transcode_runs_only_while_somebody_listens),
		cmocka_unit_test(an_echo_may_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
