#include "../check.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "player.h"
#include "proto/log/ask.h"

/* ---- a house with recordings ---- */

struct rig *player_house(struct rig_device *ret_owner)
{
	struct rig *rig = rig_create();

	rig_add_cam(rig, 0, "porch");
	rig_add_cam(rig, 1, "nursery");
	rig_record(rig, 0);
	rig_record(rig, 1);
	rig_add_person(rig, "ann", ROLE_OWNER, "", ret_owner);
	return rig;
}

uint64_t player_soon_us(int seconds)
{
	return clock_real_us() + (uint64_t)((int64_t)seconds * 1000000);
}

/* ---- asking ---- */

void player_sign(const struct rig_device *device, struct ipc_play_ask *ask)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	assert_true(credentials_play_text(ask, &text));
	rig_sign_text(device, &text, &ask->proof);
}

struct ipc_play_ask player_prepare(struct rig *rig, const struct rig_device *device,
				   const char *camera)
{
	struct ipc_view_ask view;
	struct ipc_play_ask ask = {.from_us = player_soon_us(-60),
				   .to_us = player_soon_us(60),
				   .tracks = TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_MIC)};

	rig_prepare(rig, device, camera, VERB_VIEW, &view);
	ask.request = view.request;
	ask.credential = view.credential;
	memcpy(ask.camera, view.camera, sizeof(ask.camera));
	memcpy(ask.proof.nonce, view.proof.nonce, sizeof(ask.proof.nonce));
	player_sign(device, &ask);
	return ask;
}

enum refusal player_try_ask(struct rig *rig, const struct ipc_play_ask *ask, struct ipc_done *done)
{
	ipc_send(&rig->front.channel, IPC_PLAY_ASK, ask, NULL, 0);
	return rig_answer(rig, done);
}

struct play *player_begin(struct rig *rig, const struct rig_device *device, const char *camera,
			  struct ipc_play_read *ret_ask)
{
	struct ipc_play_ask ask = player_prepare(rig, device, camera);
	struct ipc_done done;

	assert_int_equal(player_try_ask(rig, &ask, &done), REFUSAL_NONE);
	*ret_ask = (struct ipc_play_read){.credential = device->login};
	memcpy(ret_ask->sid, done.id, sizeof(ret_ask->sid));
	struct play *play = plays_find(&rig->vault->plays, ret_ask->sid);

	assert_non_null(play);
	assert_int_equal(play->log_seq, done.log_seq);
	assert_true(done.log_seq < log_durable_size(rig->log));
	return play;
}

struct player_list player_list(struct rig *rig, const struct ipc_play_read *like)
{
	struct ipc_play_read ask = *like;
	struct player_list list = {0};
	struct ipc_done done;

	ask.request = ++rig->request;
	ask.what = PLAY_SEGMENTS;
	ask.from_us = 1;
	ask.to_us = INT64_MAX;
	ipc_send(&rig->front.channel, IPC_PLAY_READ, &ask, NULL, 0);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NONE);
	struct rig_message *init = rig_take(rig, &rig->front, IPC_ROW_INIT);
	struct rig_message *rows = rig_take(rig, &rig->front, IPC_SEGMENTS);

	assert_non_null(init);
	assert_non_null(rows);
	memcpy(&list.init, init->body, sizeof(list.init));
	list.count = ((struct ipc_segments *)(void *)rows->body)->count;
	assert_true(list.count <= ARRAY_COUNT(list.segments));
	assert_int_equal(rows->tail_size, list.count * sizeof(list.segments[0]));
	memcpy(list.segments, rows->tail, rows->tail_size);
	rig_free(init);
	rig_free(rows);
	return list;
}

void player_ask_piece(struct rig *rig, const struct ipc_play_read *like,
		      const struct ipc_segment *segment)
{
	struct ipc_play_read ask = *like;

	ask.request = ++rig->request;
	ask.what = PLAY_FRAGMENT;
	ask.track = segment->track;
	ask.epoch_us = segment->epoch_us;
	ask.number = segment->number;
	ipc_send(&rig->front.channel, IPC_PLAY_READ, &ask, NULL, 0);
}

uint64_t player_take_piece(struct rig *rig)
{
	static uint8_t room[1 << 20];
	struct rig_message *data = rig_wait(rig, &rig->front, IPC_PLAY_DATA);
	uint64_t size = ((struct ipc_play_data *)(void *)data->body)->size;

	assert_int_equal(read(data->fd, room, sizeof(room)), size);
	assert_memory_equal(room + 4, "free", 4);
	rig_free(data);
	return size;
}

enum refusal player_refused(struct rig *rig, const struct ipc_play_read *ask,
			    const struct ipc_segment *segment)
{
	struct ipc_done done;

	player_ask_piece(rig, ask, segment);
	return rig_answer(rig, &done);
}
