#include "../check.h"

#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "talker.h"

struct talker *talker_create(void)
{
	static struct talker house;
	struct rig *rig = rig_create();

	house = (struct talker){.rig = rig};
	rig_add_cam(rig, 0, "porch");
	rig_send_track(rig, 0, TRACK_VIDEO, CODEC_H264);
	rig_send_frame(rig, 0, TRACK_VIDEO, 1, true, 5000);
	rig_add_person(rig, "ann", ROLE_OWNER, "", &house.owner);
	rig_view(rig, &house.owner, "porch", VERB_VIEW, &house.view);
	rig_connect(rig, &house.view, VIEW_FULL, false);
	rig_clear(&rig->cams[0]);
	return &house;
}

void talker_destroy(struct talker *house)
{
	ipc_close(&house->process.channel);
	rig_clear(&house->process);
	rig_close_view(&house->view);
	rig_destroy(house->rig);
}

/* Signed as a view's request is, with the verb `talk` and the view's certificate. */
void talker_prepare(struct rig *rig, const struct rig_device *device, const struct rig_view *view,
		    struct ipc_talk_ask *ret_ask)
{
	struct ipc_view_ask ask;

	rig_prepare(rig, device, "porch", VERB_TALK, &ask);
	*ret_ask = (struct ipc_talk_ask){
		.request = ask.request, .credential = ask.credential, .proof = ask.proof};
	memcpy(ret_ask->view, view->done.id, sizeof(ret_ask->view));
}

void talker_ask(struct talker *house)
{
	struct ipc_talk_ask ask;

	talker_prepare(house->rig, &house->owner, &house->view, &ask);
	ipc_send(&house->rig->front.channel, IPC_TALK_ASK, &ask, NULL, 0);
	struct rig_message *open = rig_wait(house->rig, &house->rig->cams[0], IPC_SPEAKER_OPEN);

	house->number = ((struct ipc_number *)open->body)->value;
	rig_free(open);
	rig_free(rig_wait(house->rig, &house->rig->warden, IPC_TALK_WANT));
}

void talker_tell_speaker(struct talker *house, enum speaker_state state)
{
	struct ipc_speaker speaker = {.state = (uint32_t)state,
				      .codec = CODEC_PCMU,
				      .clock_hz = TALKER_RATE,
				      .channels = 1,
				      .talk = house->number};

	ipc_send(&house->rig->cams[0].channel, IPC_SPEAKER, &speaker, NULL, 0);
	rig_settle(house->rig);
}

void talker_start_process(struct talker *house)
{
	struct ipc_peer peer = {.kind = PROC_TALK};
	int fds[2];

	assert_int_equal(ipc_pair(0, fds), 0);
	rig_open_end(house->rig, &house->process, fds[0], PROC_TALK);
	vault_add_peer(house->rig->vault, &peer, fds[1]);
	rig_settle(house->rig);
}

void talker_say_made(struct talker *house)
{
	ipc_send(&house->process.channel, IPC_SOUND_MADE, &(struct ipc_number){0}, NULL, 0);
	rig_settle(house->rig);
}

void talker_chime(struct talker *house)
{
	struct rig_message *message = rig_wait(house->rig, &house->process, IPC_SOUND);

	assert_int_equal(((struct ipc_sound *)message->body)->sound, SOUND_CHIME);
	rig_free(message);
	talker_say_made(house);
}

struct talker *talker_talking(void)
{
	struct talker *house = talker_create();

	talker_ask(house);
	talker_tell_speaker(house, SPEAKER_OPEN);
	talker_start_process(house);
	talker_chime(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	return house;
}

void talker_say(struct talker *house, uint64_t sample)
{
	struct ipc_talk_frame frame = {.grant = house->view.open.grant, .sample = sample};

	ipc_send(&house->view.end.channel, IPC_TALK_FRAME, &frame, "opus", 4);
	rig_settle(house->rig);
}

void talker_send_format(struct talker *house, enum media_codec codec)
{
	struct ipc_track format = {.track = TRACK_SPEAKER,
				   .codec = (uint32_t)codec,
				   .config = 1,
				   .clock_hz = TALKER_RATE,
				   .channels = 1};

	ipc_send(&house->process.channel, IPC_TRACK, &format, NULL, 0);
	rig_settle(house->rig);
}

void talker_send_block(struct talker *house)
{
	uint8_t block[TALKER_BLOCK];
	struct ipc_frame frame = {.frame = ++house->frame,
				  .keep_from = house->frame,
				  .pts_ns = house->frame,
				  .track = TRACK_SPEAKER,
				  .size = TALKER_BLOCK,
				  .flags = FRAME_KEY,
				  .config = 1};

	memset(block, (int)house->frame, sizeof(block));
	ipc_send(&house->process.channel, IPC_FRAME, &frame, block, sizeof(block));
	rig_settle(house->rig);
}

unsigned talker_spoken(struct talker *house)
{
	struct rig_message *message;
	unsigned count = 0;

	while ((message = rig_take(house->rig, &house->rig->cams[0], IPC_SPEAK))) {
		rig_free(message);
		count++;
	}
	return count;
}

void talker_revoke(struct talker *house)
{
	char sid[33];
	struct text text;

	text_init(&text, sid, sizeof(sid));
	text_add_hex(&text, house->talk.id, 16);
	rig_order(house->rig, ADMIN_REVOKE, sid, ROLE_NONE, "");
	rig_free(rig_wait(house->rig, &house->rig->warden, IPC_DONE));
}

bool talker_add_run(void *context, const struct block_spoken *spoken)
{
	struct talker_sounds *sounds = context;
	struct block_spoken *last = sounds->count ? &sounds->list[sounds->count - 1] : NULL;

	if (spoken->run != RUN_SOUND)
		return true;
	if (last && memcmp(last->sid, spoken->sid, sizeof(last->sid)) == 0) {
		last->samples += spoken->samples;
		last->start_us = spoken->start_us;
		return true;
	}
	assert_true(sounds->count < ARRAY_COUNT(sounds->list));
	sounds->list[sounds->count++] = *spoken;
	return true;
}

static void look_at_cam(void *context)
{
	struct talker_order *order = context;
	uint8_t byte;

	if (recv(order->house->rig->cams[0].channel.watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		order->was_out = true;
	order->syncs++;
}

void talker_watch_order(struct talker *house, struct talker_order *ret_order)
{
	*ret_order = (struct talker_order){.house = house};
	house->rig->spy.before_sync = look_at_cam;
	house->rig->spy.context = ret_order;
}
