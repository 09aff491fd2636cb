#include "vault/desk.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/diag.h"
#include "base/text.h"
#include "proto/log/ask.h"
#include "vault/enroll.h"
#include "vault/play/play_door.h"
#include "vault/play/serve.h"
#include "vault/sound_door.h"
#include "vault/vault.h"

/* ---- signing in ---- */

static void take_nonce_ask(struct vault *vault, struct ipc_channel *channel,
			   const struct ipc_message *message)
{
	const struct ipc_request *ask = message->body;
	struct ipc_done done = {.request = ask->request};

	credentials_issue_nonce(&vault->credentials, done.id);
	ipc_send(channel, IPC_DONE, &done, NULL, 0);
}

static void take_login_ask(struct vault *vault, struct ipc_channel *channel,
			   const struct ipc_message *message)
{
	const struct ipc_login_ask *ask = message->body;
	struct ipc_done done = {.request = ask->request, .value = LOGIN_LIFE_S};
	enum refusal refusal = credentials_sign_in(&vault->credentials, ask, done.id);

	if (refusal == REFUSAL_NONE) {
		ipc_send(channel, IPC_DONE, &done, NULL, 0);
		sodium_memzero(&done, sizeof(done));
		return;
	}
	deny_note(&vault->deny, refusal, NULL);
	reply_refused(channel, ask->request, refusal, NULL);
}

static enum refusal enroll(struct vault *vault, const struct ipc_pair_ask *ask, const char *name,
			   struct reply *reply)
{
	struct enroll_device device = {.secret = ask->secret, .key = ask->key, .name = name};

	switch (enroll_add_device(&vault->people, &device, &reply->waiter, reply->done.id)) {
	case 0:
		return REFUSAL_NONE;
	case -ENOENT:
		return REFUSAL_LINK_USED;
	case -EEXIST:
		return REFUSAL_BAD_REQUEST;
	case -EMSGSIZE:
		return REFUSAL_TOO_MANY;
	case -EAGAIN:
		return REFUSAL_BUSY;
	default:
		return REFUSAL_LOG_STOPPED;
	}
}

/* What the new device will know: whose it is, and the key that signs the log. It holds only with
 * the IPC_DONE that follows once the entry is on disk. */
static void introduce(struct vault *vault, struct ipc_channel *channel, const struct reply *reply)
{
	struct ipc_row_user row = {.request = reply->done.request};
	struct ipc_bytes bytes = {.request = reply->done.request};
	const char *vkey = log_vkey(vault->journal.log);
	uint8_t key[32];
	struct who who;

	if (people_find_device(&vault->people, reply->done.id, &who, key) < 0)
		return;
	row.role = (uint32_t)who.role;
	row.all_cameras = who.all_cameras;
	text_copy(row.name, sizeof(row.name), who.user_name);
	text_copy(row.device, sizeof(row.device), who.device_name);
	ipc_send(channel, IPC_ROW_USER, &row, NULL, 0);
	ipc_send(channel, IPC_BYTES, &bytes, vkey, strlen(vkey));
}

/* The device is told that it is paired when that is in the log. */
static enum refusal pair(struct vault *vault, struct ipc_channel *channel,
			 const struct ipc_message *message)
{
	const struct ipc_pair_ask *ask = message->body;
	char name[NAME_SIZE] = "";

	if (message->tail_size >= sizeof(name) || memchr(message->tail, '\0', message->tail_size))
		return REFUSAL_BAD_REQUEST;
	memcpy(name, message->tail, message->tail_size);
	if (!ask_name_is_valid(name))
		return REFUSAL_BAD_REQUEST;
	if (credentials_check_pair(ask, name) < 0)
		return REFUSAL_BAD_SIGNATURE;
	struct reply *reply = reply_take(&vault->replies, channel, ask->request);

	if (!reply)
		return REFUSAL_BUSY;
	enum refusal refusal = enroll(vault, ask, name, reply);

	if (refusal == REFUSAL_NONE)
		introduce(vault, channel, reply);
	else
		reply_drop(&vault->replies, reply);
	return refusal;
}

static void take_pair_ask(struct vault *vault, struct ipc_channel *channel,
			  const struct ipc_message *message)
{
	const struct ipc_pair_ask *ask = message->body;
	enum refusal refusal = pair(vault, channel, message);

	if (refusal == REFUSAL_NONE)
		return;
	deny_note(&vault->deny, refusal, NULL);
	reply_refused(channel, ask->request, refusal, NULL);
}

/* ---- views, questions, orders ---- */

static void take_view_ask(struct vault *vault, struct ipc_channel *channel,
			  const struct ipc_message *message)
{
	(void)channel;
	door_view(&vault->door, message->body);
}

static void take_timeline_ask(struct vault *vault, struct ipc_channel *channel,
			      const struct ipc_message *message)
{
	(void)channel;
	play_door_timeline(&vault->door, message->body);
}

static void take_play_ask(struct vault *vault, struct ipc_channel *channel,
			  const struct ipc_message *message)
{
	play_door_open(&vault->door, channel, message->body);
}

static void take_play_read(struct vault *vault, struct ipc_channel *channel,
			   const struct ipc_message *message)
{
	play_door_read(&vault->door, channel, message->body);
}

static void take_talk_ask(struct vault *vault, struct ipc_channel *channel,
			  const struct ipc_message *message)
{
	(void)channel;
	talk_door_ask(&vault->door, message->body);
}

static void take_sound_ask(struct vault *vault, struct ipc_channel *channel,
			   const struct ipc_message *message)
{
	sound_door_answer(&vault->door, channel, message->body);
}

static void take_session_check(struct vault *vault, struct ipc_channel *channel,
			       const struct ipc_message *message)
{
	(void)channel;
	door_session_check(&vault->door, message->body);
}

static void take_session_end(struct vault *vault, struct ipc_channel *channel,
			     const struct ipc_message *message)
{
	(void)channel;
	door_session_end(&vault->door, message->body);
}

static void take_query(struct vault *vault, struct ipc_channel *channel,
		       const struct ipc_message *message)
{
	query_answer(&vault->query, channel, message->body);
}

static void take_query_stop(struct vault *vault, struct ipc_channel *channel,
			    const struct ipc_message *message)
{
	const struct ipc_request *ask = message->body;

	events_unsubscribe(&vault->events, channel, ask->request);
	if (channel->peer == PROC_FRONT)
		talks_forget(&vault->talks, ask->request);
	if (ask->request)
		query_log_forget(&vault->query_log, channel, ask->request);
	serve_cancel(&vault->plays, channel, ask->request);
}

static void take_diary_ask(struct vault *vault, struct ipc_channel *channel,
			   const struct ipc_message *message)
{
	diary_desk_answer(&vault->diary_desk, channel, message);
}

static void take_face_ask(struct vault *vault, struct ipc_channel *channel,
			  const struct ipc_message *message)
{
	faces_desk_answer(&vault->faces_desk, channel, message);
}

static void take_key_ask(struct vault *vault, struct ipc_channel *channel,
			 const struct ipc_message *message)
{
	keys_desk_answer(&vault->keys_desk, channel, message->body);
}

static void take_zones_ask(struct vault *vault, struct ipc_channel *channel,
			   const struct ipc_message *message)
{
	zones_desk_answer(&vault->zones_desk, channel, message->body);
}

static void take_admin(struct vault *vault, struct ipc_channel *channel,
		       const struct ipc_message *message)
{
	admin_order(&vault->admin, channel, message);
}

static const struct {
	enum ipc_type type;
	void (*handle)(struct vault *vault, struct ipc_channel *channel,
		       const struct ipc_message *message);
} handlers[] = {
	{IPC_NONCE_ASK, take_nonce_ask},       {IPC_LOGIN_ASK, take_login_ask},
	{IPC_PAIR_ASK, take_pair_ask},         {IPC_VIEW_ASK, take_view_ask},
	{IPC_TIMELINE_ASK, take_timeline_ask}, {IPC_PLAY_ASK, take_play_ask},
	{IPC_PLAY_READ, take_play_read},       {IPC_SESSION_CHECK, take_session_check},
	{IPC_SESSION_END, take_session_end},   {IPC_QUERY, take_query},
	{IPC_QUERY_STOP, take_query_stop},     {IPC_DIARY_ASK, take_diary_ask},
	{IPC_TALK_ASK, take_talk_ask},         {IPC_KEY_ASK, take_key_ask},
	{IPC_ADMIN, take_admin},               {IPC_ZONES_ASK, take_zones_ask},
	{IPC_FACE_ASK, take_face_ask},         {IPC_SOUND_ASK, take_sound_ask},
};

void desk_received(struct ipc_channel *channel, struct ipc_message *message)
{
	for (size_t i = 0; i < ARRAY_COUNT(handlers); i++) {
		if (handlers[i].type != message->type)
			continue;
		handlers[i].handle(channel->owner, channel, message);
		return;
	}
	fatal("a request of type %u has no handler", (unsigned)message->type);
}
