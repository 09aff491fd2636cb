#include "vault/door.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "ipc/sounds.h"
#include "proto/log/ask.h"
#include "vault/play/serve.h"
#include "vault/talk.h"
#include "vault/words.h"

static void refuse(struct door *door, uint64_t request, enum refusal refusal)
{
	struct ipc_refused body = {.request = request, .refusal = (uint32_t)refusal};

	ipc_send(door->grants->front, IPC_REFUSED, &body, NULL, 0);
}

/* ---- may they? ---- */

/* A device that remembers a head which this log does not contain looks at a forged or rolled back
 * log, and says so instead of showing a picture. */
enum refusal door_check_checkpoint(struct door *door, uint64_t size, const uint8_t *root)
{
	struct merkle_hash own;

	if (size == 0)
		return REFUSAL_NONE;
	if (size > log_durable_size(door->journal->log) ||
	    log_root_at(door->journal->log, size, &own) < 0 ||
	    memcmp(own.bytes, root, sizeof(own.bytes)) != 0)
		return REFUSAL_CHECKPOINT_FORK;
	return REFUSAL_NONE;
}

/* Who it is, by what right: nothing about cameras is told before. */
enum refusal door_check_who(struct door *door, const struct ipc_view_ask *ask,
			    struct who *ret_who)
{
	enum refusal refusal = credentials_find(door->credentials, &ask->credential, ret_who);

	if (refusal != REFUSAL_NONE || ret_who->via == WHO_TOKEN)
		return refusal;
	refusal = credentials_check_view(door->credentials, ret_who, ask);
	if (refusal != REFUSAL_NONE)
		return refusal;
	return door_check_checkpoint(door, ask->proof.checkpoint_size, ask->proof.checkpoint_root);
}

/* A camera one may not see does not exist. */
enum refusal door_check_camera(struct door *door, const struct who *who, const char *name,
			       struct camera **ret_camera)
{
	struct camera *camera = cameras_find(door->cameras, name);

	if (!camera)
		return REFUSAL_NOT_FOUND;
	*ret_camera = camera;
	return people_may_see(door->people, who, name) ? REFUSAL_NONE : REFUSAL_NOT_FOUND;
}

static enum refusal check_verbs(const struct who *who, uint32_t verbs)
{
	if (who->via == WHO_TOKEN && verbs == 0)
		return REFUSAL_NOT_ALLOWED; /* it is for recordings only */
	if (verbs == 0 || (verbs & ~(uint32_t)(VERB_VIEW | VERB_LISTEN)))
		return REFUSAL_BAD_REQUEST;
	return verbs & ~who->verbs ? REFUSAL_NOT_ALLOWED : REFUSAL_NONE;
}

/* What browsers cannot play is heard through transcode only; who may talk hears G.711 through it,
 * too, and Opus while somebody talks (pump.c): the talker's echo is taken out there. */
static uint32_t sound_for(const struct camera *camera, uint32_t set, bool may_talk)
{
	uint32_t codec = camera->tracks[TRACK_MIC].format.codec;

	if (!(set & TRACK_BIT(TRACK_LISTEN)))
		return set;
	if (codec == CODEC_AAC || (may_talk && codec != CODEC_OPUS))
		return set & ~TRACK_BIT(TRACK_MIC);
	return may_talk ? set : set & ~TRACK_BIT(TRACK_LISTEN);
}

static uint32_t tracks_for(const struct camera *camera, uint32_t verbs, bool may_talk)
{
	uint32_t set = 0;

	for (uint32_t i = 0; i <= TRACK_LISTEN; i++)
		if (camera->tracks[i].format.codec != CODEC_NONE &&
		    (verbs & (track_is_video(i) ? VERB_VIEW : VERB_LISTEN)))
			set |= TRACK_BIT(i);
	return sound_for(camera, set, may_talk);
}

static enum refusal check_now(struct door *door, const struct who *who, const struct camera *camera,
			      uint32_t verbs)
{
	if (!journal_has_room(door->journal))
		return REFUSAL_LOG_STOPPED;
	if (grants_of_user(door->grants, who) >= GRANTS_OF_USER_MAX)
		return REFUSAL_TOO_MANY;
	if (!cameras_is_live(camera))
		return REFUSAL_CAMERA_DOWN;
	uint32_t tracks = tracks_for(camera, verbs, false);

	if (tracks == 0 || ((verbs & VERB_VIEW) && !(tracks & TRACK_BIT(TRACK_VIDEO))))
		return REFUSAL_CAMERA_DOWN;
	return grants_can_connect(door->grants) ? REFUSAL_NONE : REFUSAL_BUSY;
}

/* ---- the entry ---- */

/* The signed request as one line (its lines joined by bars, which no camera's name holds), and the
 * signature: who opens these can check them against the key that device.add committed to. */
void door_commit_request(struct journal_draft *draft, struct text *asked, const uint8_t *signature)
{
	char hex[2 * 64 + 1];
	struct text text;

	if (asked->failed)
		return;
	for (size_t i = 0; i < asked->size; i++)
		if (asked->data[i] == '\n')
			asked->data[i] = i + 1 == asked->size ? '\0' : '|';
	journal_text(draft, "ask", asked->data);
	text_init(&text, hex, sizeof(hex));
	text_add_hex(&text, signature, 64);
	journal_text(draft, "sig", hex);
}

static void commit_view(struct journal_draft *draft, const struct grant *grant, const struct ipc_view_ask *ask)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	if (grant->sound.sound != SOUND_NONE ? credentials_sound_text(ask, &grant->sound, &text)
					     : credentials_view_text(ask, &text))
		door_commit_request(draft, &text, ask->proof.signature);
}

static void draft_open(struct journal_draft *draft, const struct grant *grant,
		       const struct ipc_view_ask *ask)
{
	const struct who *who = &grant->who;
	char cam[CAMERAS_ID_SIZE], origin[WORDS_ORIGIN_SIZE];

	journal_draft(draft, grant->kind == GRANT_TALK ? ENTRY_TALK_OPEN : ENTRY_VIEW_OPEN, who->user);
	cameras_log_id(grant->camera, cam);
	if (who->via == WHO_TOOL)
		text_copy(origin, sizeof(origin), "this box");
	else
		words_origin(&grant->origin, origin);
	entry_add_text(&draft->entry, ENTRY_CAM, cam);
	entry_add_hex(&draft->entry, ENTRY_SID, grant->sid, sizeof(grant->sid));
	entry_add_tracks(&draft->entry, words_tracks(grant->tracks));
	entry_add_text(&draft->entry, ENTRY_WHY, words_role(who->role));
	entry_add_number(&draft->entry, ENTRY_GRANT, who->right_seq);
	entry_add_pair(&draft->entry, ENTRY_ALLOW, grant->first.bytes, grant->first.seconds);
	if (who->expires_us)
		entry_add_number(&draft->entry, ENTRY_UNTIL, who->expires_us);
	if (grant->sound.sound != SOUND_NONE)
		entry_add_text(&draft->entry, ENTRY_SOUND, sounds_word(grant->sound.sound));
	journal_text(draft, "acct", who->user_name);
	journal_text(draft, who->via == WHO_TOKEN ? "token" : "device", who->device_name);
	journal_text(draft, "from", origin);
	if (who->via == WHO_DEVICE)
		commit_view(draft, grant, ask);
}

void door_remember(struct db *db, const struct who *who, const struct door_session *session)
{
	sqlite3_stmt *add = db_use(db, "INSERT INTO sessions (sid, user, camera, log_seq, token) "
				       "VALUES (?1, ?2, ?3, ?4, ?5)");

	db_bind_blob(add, 1, session->sid, 16);
	db_bind_int(add, 2, who->user);
	db_bind_int(add, 3, session->camera);
	db_bind_int(add, 4, session->seq);
	if (who->via == WHO_TOKEN)
		db_bind_blob(add, 5, who->token, sizeof(who->token));
	db_run(db, add);
}

/* The batch is on disk, and with it this view's entry; or the log has stopped. */
static void view_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct grant *grant = container_of(waiter, struct grant, opened);
	struct ipc_channel *front = grant->all->front;
	struct ipc_refused refused = {.request = grant->request, .refusal = REFUSAL_LOG_STOPPED};
	struct ipc_done done = {
		.request = grant->request, .value = grant->number, .log_seq = waiter->seq};
	bool was_revoked = grant->end == VIEW_END_REVOKED;
	bool is_answered = grant->end != VIEW_END_STOPPED; /* else the front that asked is gone */

	memcpy(done.id, grant->sid, sizeof(grant->sid));
	if (!receipt) {
		grant_drop(grant);
	} else if (grant_open(grant, receipt) == 0) {
		ipc_send(front, IPC_DONE, &done, NULL, 0);
		return;
	} else {
		refused.refusal = was_revoked ? REFUSAL_NOT_ALLOWED : REFUSAL_BUSY;
	}
	if (is_answered)
		ipc_send(front, IPC_REFUSED, &refused, NULL, 0);
}

enum refusal door_ask_entry(struct door *door, struct grant *grant, const struct ipc_view_ask *ask,
			    const struct who *who)
{
	struct journal_draft draft;
	uint64_t seq;

	grant->who = *who;
	grant->origin = ask->origin;
	grant->request = ask->request;
	grant->since_us = clock_real_us();
	grant->first = lease_first(loop_now_ns(door->grants->loop));
	memcpy(grant->dtls_fingerprint, ask->dtls_fingerprint, sizeof(grant->dtls_fingerprint));
	draft_open(&draft, grant, ask);
	int rc = journal_add(door->journal, &draft, &grant->opened, &seq);

	if (rc < 0) {
		grant_drop(grant);
		return rc == -EAGAIN ? REFUSAL_BUSY : REFUSAL_LOG_STOPPED;
	}
	door_remember(door->journal->db, who, &(struct door_session){grant->sid, grant->camera_id, seq});
	return REFUSAL_NONE;
}

static enum refusal ask_view(struct door *door, const struct ipc_view_ask *ask,
			     const struct who *who, struct camera *camera)
{
	struct grant *grant = grant_take(door->grants, camera);

	if (!grant)
		return REFUSAL_TOO_MANY;
	grant->may_talk = (who->verbs & VERB_TALK) != 0;
	grant->tracks = tracks_for(camera, ask->verbs, grant->may_talk);
	grant->opened.settled = view_settled;
	return door_ask_entry(door, grant, ask, who);
}

void door_refuse(struct door *door, uint64_t request, enum refusal refusal,
		 const struct camera *camera)
{
	deny_note(door->deny, refusal, camera);
	refuse(door, request, refusal);
}

void door_view(struct door *door, const struct ipc_view_ask *asked)
{
	struct ipc_view_ask ask = *asked;
	struct camera *camera = NULL;
	struct who who;
	enum refusal refusal = REFUSAL_BAD_REQUEST;

	if (memchr(ask.camera, '\0', sizeof(ask.camera)))
		refusal = door_check_who(door, &ask, &who);
	if (refusal == REFUSAL_NONE && who.via == WHO_TOKEN && ask.verbs == 0)
		ask.verbs = who.verbs & (VERB_VIEW | VERB_LISTEN);
	if (refusal == REFUSAL_NONE)
		refusal = door_check_camera(door, &who, ask.camera, &camera);
	if (refusal == REFUSAL_NONE)
		refusal = check_verbs(&who, ask.verbs);
	if (refusal == REFUSAL_NONE)
		refusal = check_now(door, &who, camera, ask.verbs);
	if (refusal == REFUSAL_NONE)
		refusal = ask_view(door, &ask, &who, camera);
	if (refusal != REFUSAL_NONE)
		door_refuse(door, ask.request, refusal, camera);
}

/* ---- sessions ---- */

static void session_done(struct door *door, const struct ipc_session_ask *ask,
			 const struct grant *grant)
{
	struct ipc_done done = {
		.request = ask->request, .value = grant->number, .log_seq = grant->log_seq};

	memcpy(done.id, grant->sid, sizeof(grant->sid));
	ipc_send(door->grants->front, IPC_DONE, &done, NULL, 0);
}

void door_session_check(struct door *door, const struct ipc_session_ask *ask)
{
	struct grant *grant = NULL;
	struct who who;
	enum refusal refusal = credentials_find(door->credentials, &ask->credential, &who);

	if (refusal == REFUSAL_NONE)
		grant = grants_find(door->grants, ask->sid);
	if (refusal == REFUSAL_NONE && (!grant || !people_is_own(&who, &grant->who)))
		refusal = REFUSAL_NOT_FOUND;
	if (refusal == REFUSAL_NONE)
		session_done(door, ask, grant);
	else
		refuse(door, ask->request, refusal);
}

/* A view or a play: ended by whoever has it, or by an owner. Somebody else's does not exist. */
static enum refusal end_session(struct door *door, const struct ipc_session_ask *ask)
{
	struct ipc_done done = {.request = ask->request};
	struct who who;
	enum refusal refusal = credentials_find(door->credentials, &ask->credential, &who);

	if (refusal != REFUSAL_NONE)
		return refusal;
	struct grant *grant = grants_find(door->grants, ask->sid);
	struct play *play = plays_find(door->plays, ask->sid);
	bool is_own = (grant && people_is_own(&who, &grant->who)) ||
		      (play && people_is_own(&who, &play->who));
	enum view_end end = is_own ? VIEW_END_LEFT : VIEW_END_REVOKED;

	if ((!grant && !play) || (!is_own && who.role != ROLE_OWNER))
		return REFUSAL_NOT_FOUND;
	done.log_seq = grant ? grant->log_seq : play->log_seq;
	memcpy(done.id, ask->sid, sizeof(ask->sid));
	ipc_send(door->grants->front, IPC_DONE, &done, NULL, 0);
	if (grant)
		grant_end(grant, end);
	else
		play_end(play, end);
	return REFUSAL_NONE;
}

void door_session_end(struct door *door, const struct ipc_session_ask *ask)
{
	enum refusal refusal = end_session(door, ask);

	if (refusal == REFUSAL_NONE)
		return;
	deny_note(door->deny, refusal, NULL);
	refuse(door, ask->request, refusal);
}

/* Plays that wait for an entry that will not be settled. */
static void drop_asked(struct door *door, const struct camera *camera)
{
	for (unsigned i = 0; i < PLAYS_MAX; i++) {
		struct play *play = &door->plays->table[i];

		if (play->state != PLAY_ASKED || (camera && play->camera != camera))
			continue;
		struct ipc_refused body = {.request = play->request,
					   .refusal = REFUSAL_LOG_STOPPED};

		if (play->end != VIEW_END_STOPPED)
			play_tell(play, IPC_REFUSED, &body);
		play_drop(play);
	}
}

void door_shut(struct door *door)
{
	for (unsigned i = 0; i < VIEW_MAX; i++) {
		struct grant *grant = &door->grants->table[i];

		if (grant->state == GRANT_ASKED) {
			if (grant->end != VIEW_END_STOPPED)
				grant_refuse(grant, REFUSAL_LOG_STOPPED);
			grant_drop(grant);
		}
	}
	talks_shut(door->grants->talks);
	grants_end_if(door->grants, VIEW_END_STOPPED, grant_is_any, NULL);
	drop_asked(door, NULL);
	plays_end_if(door->plays, VIEW_END_STOPPED, play_is_any, NULL);
}

void door_camera_gone(struct door *door, struct camera *camera)
{
	/* Whoever waits for an entry is settled first; a stopped log settles nobody. */
	journal_commit(door->journal);
	for (unsigned i = 0; i < VIEW_MAX; i++) {
		struct grant *grant = &door->grants->table[i];

		if (grant->state != GRANT_ASKED || grant->camera != camera)
			continue;
		grant_refuse(grant, REFUSAL_LOG_STOPPED);
		grant_drop(grant);
	}
	grants_end_if(door->grants, VIEW_END_STOPPED, grant_is_of_camera, camera);
	drop_asked(door, camera);
	plays_end_if(door->plays, VIEW_END_STOPPED, play_is_of_camera, camera);
}

void door_tool_gone(struct door *door, const struct ipc_channel *tool)
{
	plays_forget(door->plays, tool);
	grants_forget(door->grants, tool);
}

void door_front_gone(struct door *door)
{
	talks_front_gone(door->grants->talks);
	for (unsigned i = 0; i < VIEW_MAX; i++)
		if (door->grants->table[i].state == GRANT_ASKED &&
		    door->grants->table[i].asker == door->grants->front)
			grant_end(&door->grants->table[i], VIEW_END_STOPPED);
	for (unsigned i = 0; i < PLAYS_MAX; i++)
		if (door->plays->table[i].state == PLAY_ASKED &&
		    door->plays->table[i].asker == door->plays->front)
			play_end(&door->plays->table[i], VIEW_END_STOPPED);
	serve_forget(door->plays);
}
