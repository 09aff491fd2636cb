/* Neighbours that were taken over: a front, a cam, a transcode, a maker of thumbnails and a converter that send
 * whatever the message table lets through. The front even holds a valid login and its device's key.
 * Whatever they say, the vault stays up, every frame that leaves is covered by an entry (the pump asserts it), and
 * cams spoil only themselves.
 *
 * Input: records of u8 what (sender, message, whether it is signed), u8 size of the tail, body,
 * tail. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "../../unit/vault/rig.h"
#include "base/clock.h"
#include "proto/log/ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIGNED = 0x80, RECORDS_MAX = 32, TURNS_EVERY = 8, MESSAGES = 22 };

static struct rig *house;
static struct rig_device owner;
static struct rig_view view;
static uint64_t recorded_us; /* the epoch in which something is */
static uint64_t moment_us;   /* of its first picture */

static void connect_all(void)
{
	rig_add_cam(house, 0, "porch");
	rig_send_track(house, 0, TRACK_VIDEO, CODEC_H264);
	rig_send_track(house, 0, TRACK_MIC, CODEC_AAC);
	rig_send_frame(house, 0, TRACK_VIDEO, 1, true, 2000);
}

static void open_view(void)
{
	rig_clear(&house->front);
	rig_clear(&house->rtc);
	rig_close_view(&view);
	view = (struct rig_view){0};
	view.end.last = &view.end.first;
	rig_view(house, &owner, "porch", VERB_VIEW | VERB_LISTEN, &view);
	rig_connect(house, &view, VIEW_FULL, false);
}

static void leave(void)
{
	rig_destroy(house);
}

static void start(void)
{
	house = rig_create();
	rig_add_cam(house, 0, "porch");
	rig_record(house, 0);
	recorded_us = db_number(house->db, db_use(house->db, "SELECT start_us FROM epochs"));
	moment_us = db_number(house->db, db_use(house->db, "SELECT start_us FROM blocks"));
	connect_all();
	rig_add_person(house, "ann", ROLE_OWNER, "", &owner);
	open_view();
	atexit(leave);
}

static void make_play_credible(struct ipc_play_ask *ask)
{
	struct ipc_view_ask good;
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	rig_clear(&house->front);
	rig_prepare(house, &owner, "porch", VERB_VIEW, &good);
	ask->credential = owner.login;
	memcpy(ask->proof.nonce, good.proof.nonce, sizeof(ask->proof.nonce));
	memcpy(ask->camera, good.camera, sizeof(ask->camera));
	ask->proof.checkpoint_size = 0;
	if (ask->request & 1) { /* a time of which there is something */
		ask->from_us = 1 + clock_real_us() - PLAY_LENGTH_US_MAX / 2;
		ask->to_us = ask->from_us + PLAY_LENGTH_US_MAX / 2 + 1;
		ask->tracks |= 1;
		ask->tracks &= READER_TRACKS;
	}
	ask->proof.is_signed = 1;
	text_init(&text, buffer, sizeof(buffer));
	if (credentials_play_text(ask, &text))
		crypto_sign_detached(ask->proof.signature, NULL, (const uint8_t *)text.data,
				     text.size, owner.secret_key);
}

/* Bodies that carry a credential get a good one, and a view its signature. */
static void make_credible(enum ipc_type type, uint8_t *body)
{
	if (type == IPC_TIMELINE_ASK) {
		((struct ipc_timeline_ask *)(void *)body)->credential = owner.login;
	} else if (type == IPC_PLAY_READ) {
		struct ipc_play_read *read = (struct ipc_play_read *)(void *)body;

		read->credential = owner.login;
		memcpy(read->sid, house->vault->plays.table[0].sid, sizeof(read->sid));
		read->what %= PLAY_WHAT_COUNT;
		if (read->request & 1) { /* a piece that there is */
			read->track = TRACK_VIDEO;
			read->epoch_us = recorded_us;
			read->number &= 3;
			read->from_us = moment_us;
		}
	} else if (type == IPC_PLAY_ASK) {
		make_play_credible((struct ipc_play_ask *)(void *)body);
	} else if (type == IPC_ZONES_ASK) {
		((struct ipc_zones_ask *)(void *)body)->credential = owner.login;
	} else if (type == IPC_QUERY) {
		((struct ipc_query *)(void *)body)->credential = owner.login;
	} else if (type == IPC_SESSION_END || type == IPC_SESSION_CHECK) {
		((struct ipc_session_ask *)(void *)body)->credential = owner.login;
	} else if (type == IPC_VIEW_ASK) {
		struct ipc_view_ask *ask = (struct ipc_view_ask *)(void *)body;
		struct ipc_view_ask good;
		char buffer[ASK_TEXT_SIZE_MAX];
		struct text text;

		rig_clear(&house->front);
		rig_prepare(house, &owner, "porch", VERB_VIEW, &good);
		ask->credential = owner.login;
		memcpy(ask->proof.nonce, good.proof.nonce, sizeof(ask->proof.nonce));
		ask->camera[NAME_SIZE - 1] = '\0';
		text_init(&text, buffer, sizeof(buffer));
		if (credentials_view_text(ask, &text))
			rig_sign(&owner, ask);
	}
}

static struct ipc_channel *front(void)
{
	return &house->front.channel;
}

static struct ipc_channel *cam(void)
{
	return &house->cams[0].channel;
}

static struct ipc_channel *transcode(void)
{
	return &house->transcode.channel;
}

static struct ipc_channel *thumb(void)
{
	return &house->thumb.channel;
}

static struct ipc_channel *convert(void)
{
	return &house->convert.channel;
}

static const struct {
	enum ipc_type type;
	struct ipc_channel *(*sender)(void);
} messages[MESSAGES] = {
	{IPC_QUERY, front},         {IPC_QUERY_STOP, front},   {IPC_VIEW_ASK, front},
	{IPC_SESSION_END, front},   {IPC_PAIR_ASK, front},     {IPC_LOGIN_ASK, front},
	{IPC_NONCE_ASK, front},     {IPC_FRAME, cam},          {IPC_TRACK, cam},
	{IPC_CAM_STATE, cam},       {IPC_FRAME, cam},          {IPC_FRAME, transcode},
	{IPC_TRACK, transcode},     {IPC_FRAME, cam},          {IPC_QUERY, front},
	{IPC_SESSION_CHECK, front}, {IPC_TIMELINE_ASK, front}, {IPC_PLAY_ASK, front},
	{IPC_PLAY_READ, front},     {IPC_THUMB, thumb},        {IPC_ZONES_ASK, front},
	{IPC_CONVERTED, convert},
};

/* A record's body and tail, padded with zeros; the number of bytes used. */
static size_t send_record(const uint8_t *data, size_t size)
{
	_Alignas(8) uint8_t body[1024] = {0};
	uint8_t tail[256] = {0};
	unsigned what = (data[0] & 31) % MESSAGES;
	const struct ipc_rule *rule = ipc_rule_of(messages[what].type);
	size_t tail_size = data[1] < rule->tail_max ? data[1] : rule->tail_max, at = 2;
	size_t body_size = size - at < rule->body_size ? size - at : rule->body_size;

	memcpy(body, data + at, body_size);
	at += body_size;
	if (tail_size) {
		size_t have = size - at < tail_size ? size - at : tail_size;

		memcpy(tail, data + at, have);
		at += have;
	}
	if (data[0] & SIGNED)
		make_credible(messages[what].type, body);
	if (ipc_is_open(messages[what].sender()))
		ipc_send(messages[what].sender(), messages[what].type, body, tail, tail_size);
	return at;
}

static void tidy_up(void)
{
	assert(!journal_stopped(&house->vault->journal));
	assert(ipc_is_open(&house->front.channel));
	if (house->vault->plays.open > PLAYS_OF_USER_MAX / 2) {
		plays_end_if(&house->vault->plays, VIEW_END_REVOKED, play_is_any, NULL);
		rig_settle(house);
	}
	rig_clear(&house->front);
	rig_clear(&house->rtc);
	rig_clear(&house->cams[0]);
	if (!ipc_is_open(&house->cams[0].channel))
		connect_all();
	if (view.end.is_closed || house->vault->grants.open > GRANTS_OF_USER_MAX / 2) {
		grants_end_if(&house->vault->grants, VIEW_END_REVOKED, grant_is_any, NULL);
		rig_settle(house);
		open_view();
	}
	rig_clear(&house->warden);
	if (!ipc_is_open(&house->transcode.channel))
		rig_add_listener(house, 0, PROC_TRANSCODE);
	if (!ipc_is_open(&house->thumb.channel))
		rig_add_listener(house, 0, PROC_THUMB);
	rig_clear(&house->thumb);
	if (!ipc_is_open(&house->convert.channel))
		rig_add_listener(house, 0, PROC_CONVERT);
	rig_clear(&house->convert);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned inputs;

	if (!house)
		start();
	for (unsigned records = 0; size >= 2 && records < RECORDS_MAX; records++) {
		size_t used = send_record(data, size);

		data += used;
		size -= used;
	}
	assert(loop_turn(house->loop, 0) == 0);
	rig_clear(&view.end);
	if (++inputs % TURNS_EVERY == 0)
		tidy_up();
	return 0;
}
