#include "../check.h"

#include <string.h>

#include "base/clock.h"
#include "rig.h"

static struct camera *camera_at(struct rig *rig, unsigned slot)
{
	return cameras_at(&rig->vault->cameras, slot);
}

/* The first cam is cut off; the second does not notice. */
static void assert_only_first_is_cut_off(struct rig *rig)
{
	rig_settle(rig);
	assert_true(rig->cams[0].is_closed);
	assert_int_equal(camera_at(rig, 0)->state.state, CAM_DOWN);
	assert_false(rig->cams[1].is_closed);
	const struct gop *gop = &camera_at(rig, 1)->tracks[TRACK_VIDEO].gop;
	uint64_t next = gop->next;

	rig_send_frame(rig, 1, TRACK_VIDEO, next, true, 100);
	assert_int_equal(gop->next, next + 1);
}

/* Its successor is taken in as if nothing had happened. */
static void bring_first_back(struct rig *rig)
{
	rig_add_cam(rig, 0, "porch");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 5000);
	assert_false(rig->cams[0].is_closed);
}

static void send_piece(struct rig *rig, const struct ipc_frame *piece, size_t size)
{
	static uint8_t bytes[IPC_TAIL_MAX];

	ipc_send(&rig->cams[0].channel, IPC_FRAME, piece, bytes, size);
}

static void hostile_pieces_cost_only_their_sender(void **state)
{
	static const struct {
		struct ipc_frame piece;
		size_t size;
	} bad[] = {
		{{.frame = 2, .track = 99, .size = 10, .config = 1}, 10},
		{{.frame = 2, .track = TRACK_LISTEN, .size = 10, .config = 1}, 10},
		{{.frame = 2, .track = TRACK_MIC, .size = 10, .config = 1},
		 10}, /* no such track yet */
		{{.frame = 1, .track = TRACK_VIDEO, .size = 10, .config = 1}, 10}, /* not above */
		{{.frame = 2, .track = TRACK_VIDEO, .size = 0, .config = 1}, 10},
		{{.frame = 2, .track = TRACK_VIDEO, .size = FRAME_SIZE_MAX + 1, .config = 1}, 2000},
		{{.frame = 2, .track = TRACK_VIDEO, .size = UINT32_MAX, .config = 1}, 2000},
		{{.frame = 2, .track = TRACK_VIDEO, .size = 10, .config = 1}, 11},
		{{.frame = 2, .track = TRACK_VIDEO, .size = 5000, .offset = 4000, .config = 1},
		 1000},
		{{.frame = 2, .track = TRACK_VIDEO, .size = 5000, .config = 1}, 1023}, /* a crumb */
		{{.frame = 2, .track = TRACK_VIDEO, .size = 10, .config = 7}, 10},
		{{.frame = 2, .track = TRACK_VIDEO, .size = 10, .flags = 0x80, .config = 1}, 10},
		{{.frame = 2, .track = TRACK_VIDEO, .size = 10, .offset = UINT32_MAX, .config = 1},
		 10},
	};

	struct rig *rig = rig_house();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		send_piece(rig, &bad[i].piece, bad[i].size);
		assert_only_first_is_cut_off(rig);
		bring_first_back(rig);
	}
	rig_destroy(rig);
}

static void hostile_tracks_cost_only_their_sender(void **state)
{
	static const struct ipc_track bad[] = {
		{.track = 99, .codec = CODEC_H264, .config = 2},
		{.track = TRACK_LISTEN, .codec = CODEC_OPUS, .config = 2},
		{.track = TRACK_VIDEO, .codec = CODEC_AAC, .config = 2},
		{.track = TRACK_MIC, .codec = CODEC_H264, .config = 2},
		{.track = TRACK_VIDEO, .codec = 77, .config = 2},
		{.track = TRACK_VIDEO, .codec = CODEC_H264, .config = 2, .width = 1u << 30},
		{.track = TRACK_MIC, .codec = CODEC_AAC, .config = 2, .channels = 1000},
	};

	struct rig *rig = rig_house();

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		ipc_send(&rig->cams[0].channel, IPC_TRACK, &bad[i], NULL, 0);
		assert_only_first_is_cut_off(rig);
		bring_first_back(rig);
	}
	rig_destroy(rig);
}

static void state_without_an_end_is_refused(void **state)
{
	struct rig *rig = rig_house();
	struct ipc_cam_state bad = {.state = CAM_LIVE};

	(void)state;
	memset(bad.reason, 'x', sizeof(bad.reason));
	ipc_send(&rig->cams[0].channel, IPC_CAM_STATE, &bad, NULL, 0);
	assert_only_first_is_cut_off(rig);
	rig_destroy(rig);
}

static void flood_is_cut_off(void **state)
{
	struct rig *rig = rig_house();
	struct ipc_cam_state say = {.state = CAM_LIVE};

	(void)state;
	for (int i = 0; i < 4 * CAMERAS_MESSAGES_A_SECOND && !rig->cams[0].is_closed; i++) {
		ipc_send(&rig->cams[0].channel, IPC_CAM_STATE, &say, NULL, 0);
		if (i % 64 == 0)
			assert_int_equal(loop_turn(rig->loop, 0), 0);
	}
	assert_only_first_is_cut_off(rig);
	rig_destroy(rig);
}

/* Begun again and again and never completed: no number, no memory beyond one frame. */
static void frame_without_an_end_is_nothing(void **state)
{
	struct rig *rig = rig_house();
	struct ipc_frame piece = {
		.track = TRACK_VIDEO, .size = FRAME_SIZE_MAX, .config = 1, .flags = FRAME_KEY};

	(void)state;
	for (piece.frame = 2; piece.frame < 50; piece.frame++) {
		send_piece(rig, &piece, 2000);
		rig_settle(rig);
	}
	assert_false(rig->cams[0].is_closed);
	struct gop *gop = &camera_at(rig, 0)->tracks[TRACK_VIDEO].gop;

	assert_int_equal(gop->next, 2);
	assert_int_equal(gop->key, 1);
	/* An honest frame afterwards is kept, and says that something is missing. */
	rig_send_frame(rig, 0, TRACK_VIDEO, 60, true, 100);
	assert_int_equal(gop->next, 3);
	assert_true(gop_find(gop, 2)->flags & FRAME_AFTER_GAP);
	rig_destroy(rig);
}

static void group_without_key_frames_is_bounded(void **state)
{
	struct rig *rig = rig_house();
	struct gop *gop = &camera_at(rig, 0)->tracks[TRACK_VIDEO].gop;

	(void)state;
	for (uint64_t i = 2; i < 30; i++)
		rig_send_frame(rig, 0, TRACK_VIDEO, i, false, 1000000);
	assert_true(gop->arenas[0].size + gop->arenas[1].size <= GOP_SIZE_MAX);
	assert_true(gop->dropped > 0);
	uint64_t next = gop->next;

	rig_send_frame(rig, 0, TRACK_VIDEO, 30, false, 10); /* would fit, but cannot be decoded */
	assert_int_equal(gop->next, next);
	rig_send_frame(rig, 0, TRACK_VIDEO, 31, true, 1000);
	assert_int_equal(gop->key, next);
	assert_true(gop_find(gop, next)->flags & FRAME_AFTER_GAP);
	rig_destroy(rig);
}

/* The cam's process is started again while somebody watches: numbers go on, the view goes on. */
static void view_survives_its_cam(void **state)
{
	struct rig *rig = rig_house();
	struct rig_device owner;
	struct rig_view view;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &owner);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 1);
	ipc_close(&rig->cams[0].channel);
	rig_settle(rig);
	assert_int_equal(camera_at(rig, 0)->state.state, CAM_CONNECTING);
	rig_add_cam(rig, 0, "porch");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, false, 100); /* before a key frame: of no use */
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 0);
	rig_send_frame(rig, 0, TRACK_VIDEO, 2, true, 100);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 1);
	assert_false(view.end.is_closed);
	rig_close_view(&view);
	rig_destroy(rig);
}

/* The newest that this cam heard: 1 calm, 0 not, -1 nothing new. */
static int heard_calm(struct rig *rig, unsigned slot)
{
	struct rig_message *message;
	uint64_t calm = 0;
	int heard = -1;

	while ((message = rig_take(rig, &rig->cams[slot], IPC_CAM_CALM))) {
		memcpy(&calm, message->body, sizeof(calm));
		heard = (int)calm;
		rig_free(message);
	}
	return heard;
}

/* From the question on, before there is an entry or a grant, until the last viewer has gone. */
static void only_a_camera_nobody_watches_is_calm(void **state)
{
	struct rig *rig = rig_house();
	struct rig_device owner;
	struct rig_view one, two;
	struct ipc_view_ask ask;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &owner);
	assert_int_equal(heard_calm(rig, 0), 1);
	assert_int_equal(heard_calm(rig, 1), 1);
	rig_view(rig, &owner, "porch", VERB_VIEW, &one);
	assert_int_equal(heard_calm(rig, 0), 0);
	rig_view(rig, &owner, "porch", VERB_VIEW, &two);
	rig_close_view(&one);
	assert_int_equal(heard_calm(rig, 0), -1);
	/* Its successor learns that somebody watches. */
	ipc_close(&rig->cams[0].channel);
	rig_settle(rig);
	rig_add_cam(rig, 0, "porch");
	assert_int_equal(heard_calm(rig, 0), -1); /* as a cam begins */
	rig_close_view(&two);
	assert_int_equal(heard_calm(rig, 0), 1);
	/* A question that comes to nothing does not keep it awake. */
	rig_prepare(rig, &owner, "nursery", VERB_VIEW, &ask);
	ask.proof.signature[0] ^= 1;
	rig_ask(rig, &ask);
	assert_int_equal(heard_calm(rig, 1), -1);
	rig_destroy(rig);
}

/* Other parameter sets: frames of the old ones are not let out any more. */
static void changed_track_starts_at_a_key_frame(void **state)
{
	struct rig *rig = rig_house();
	struct rig_device owner;
	struct rig_view view;
	struct ipc_track changed = {.track = TRACK_VIDEO,
				    .codec = CODEC_H264,
				    .config = 1,
				    .width = 640,
				    .height = 480};

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &owner);
	rig_view(rig, &owner, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 1);
	rig_clear(&rig->rtc);
	ipc_send(&rig->cams[0].channel, IPC_TRACK, &changed, "other", 5);
	rig_send_frame(rig, 0, TRACK_VIDEO, 2, false, 100);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 0);
	rig_send_frame(rig, 0, TRACK_VIDEO, 3, true, 100);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 1);
	/* rtc heard of the change before the first frame that needs it. */
	assert_int_equal(rig->rtc.first->type, IPC_FEED_TRACK);
	rig_close_view(&view);
	rig_destroy(rig);
}

static void camera_ids_are_never_used_again(void **state)
{
	struct rig *rig = rig_house();
	uint32_t porch = camera_at(rig, 0)->id, nursery = camera_at(rig, 1)->id;

	(void)state;
	assert_int_not_equal(porch, nursery);
	vault_remove_camera(rig->vault, 0);
	rig_settle(rig);
	rig_add_cam(rig, 0, "garage");
	assert_true(camera_at(rig, 0)->id > nursery);
	rig_restart(rig, true);
	rig_add_cam(rig, 2, "porch");
	assert_int_equal(camera_at(rig, 2)->id, porch);
	assert_int_equal(rig_entries(rig, "kind config\n", "reason camera\n"), 3);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_pieces_cost_only_their_sender),
		cmocka_unit_test(hostile_tracks_cost_only_their_sender),
		cmocka_unit_test(state_without_an_end_is_refused),
		cmocka_unit_test(flood_is_cut_off),
		cmocka_unit_test(frame_without_an_end_is_nothing),
		cmocka_unit_test(group_without_key_frames_is_bounded),
		cmocka_unit_test(view_survives_its_cam),
		cmocka_unit_test(only_a_camera_nobody_watches_is_calm),
		cmocka_unit_test(changed_track_starts_at_a_key_frame),
		cmocka_unit_test(camera_ids_are_never_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
