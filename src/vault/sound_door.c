#include "vault/sound_door.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vault/replies.h"
#include "vault/sight.h"
#include "vault/talk.h"
#include "vault/talk_sound.h"
#include "vault/tools.h"
#include "vault/words.h"

/* One request being answered. */
struct sounding {
	struct door *door;
	struct ipc_channel *asker;
	const struct ipc_sound_ask *ask;
	struct who who;
	struct camera *camera;
};

static struct talk_slot *slot_of(const struct sounding *sounding)
{
	return talks_slot(sounding->door->grants->talks, sounding->camera);
}

static enum refusal done(const struct sounding *sounding, uint64_t value)
{
	struct ipc_done body = {.request = sounding->ask->request, .value = value};

	ipc_send(sounding->asker, IPC_DONE, &body, NULL, 0);
	return REFUSAL_NONE;
}

/* ---- what plays ---- */

static enum refusal show(struct sounding *sounding)
{
	const struct grant *grant = talk_sound_of(slot_of(sounding));
	struct ipc_row_session session;
	struct sight_session seen;

	if (!grant)
		return done(sounding, 0);
	sight_view(grant, &seen);
	sight_session_row(&sounding->who, &seen,
			  sight_of_session(sounding->door->people, &sounding->who, &seen), &session);
	struct ipc_row_sound row = {.request = sounding->ask->request,
				    .log_seq = session.log_seq,
				    .since_us = grant->since_us,
				    .until_us = grant->who.expires_us,
				    .sound = grant->sound.sound,
				    .volume = grant->sound.volume,
				    .is_mine = session.is_mine,
				    .waits = slot_of(sounding)->held == grant};

	memcpy(row.sid, session.sid, sizeof(row.sid));
	memcpy(row.user, session.user, sizeof(row.user));
	memcpy(row.device, session.device, sizeof(row.device));
	ipc_send(sounding->asker, IPC_ROW_SOUND, &row, NULL, 0);
	return done(sounding, 1);
}

/* ---- its end ---- */

static enum refusal stop(struct sounding *sounding)
{
	struct grant *grant = talk_sound_of(slot_of(sounding));

	if (grant)
		grant_stop(grant, &sounding->who);
	return done(sounding, grant != NULL);
}

/* ---- its beginning ---- */

/* The batch is on disk, and with it this sound's entry; or the log has stopped. */
static void sound_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct grant *grant = container_of(waiter, struct grant, opened);

	if (receipt) {
		talk_open(grant->all->talks, grant, receipt);
		return;
	}
	grant_refuse(grant, REFUSAL_LOG_STOPPED);
	grant_drop(grant);
}

/* Whoever has the box has the right; the log says when it was used. */
static int add_tool_right(struct sounding *sounding)
{
	struct journal_draft draft;
	char cam[CAMERAS_ID_SIZE];

	cameras_log_id(sounding->camera, cam);
	journal_draft(&draft, ENTRY_GRANT_CREATE, PERSON_HOUSE);
	entry_add_text(&draft.entry, ENTRY_CAM, cam);
	entry_add_text(&draft.entry, ENTRY_WHY, words_role(sounding->who.role));
	entry_add_text(&draft.entry, ENTRY_REASON, "sound");
	journal_text(&draft, "acct", sounding->who.user_name);
	return journal_add(sounding->door->journal, &draft, NULL, &sounding->who.right_seq);
}

/* What the device has signed, as of a view. */
static struct ipc_view_ask signed_ask(const struct ipc_sound_ask *ask)
{
	struct ipc_view_ask result = {.request = ask->request,
				      .credential = ask->credential,
				      .origin = ask->origin,
				      .verbs = VERB_TALK,
				      .proof = ask->proof};

	memcpy(result.camera, ask->camera, sizeof(result.camera));
	return result;
}

static bool is_well_formed(const struct ipc_sound *sound)
{
	return sound->sound > SOUND_CHIME && sound->sound < SOUND_COUNT && sound->seconds <= SOUND_SECONDS_MAX &&
	       sound->volume >= 1 && sound->volume <= SOUND_VOLUME_MAX;
}

/* A person who talks goes first; what played before gives way. */
static enum refusal check_now(const struct sounding *sounding)
{
	const struct talk_slot *slot = slot_of(sounding);
	const struct grant *playing = talk_sound_of(slot);

	if (!is_well_formed(&sounding->ask->sound))
		return REFUSAL_BAD_REQUEST;
	if (!journal_has_room(sounding->door->journal))
		return REFUSAL_LOG_STOPPED;
	if (grants_of_user(sounding->door->grants, &sounding->who) >= GRANTS_OF_USER_MAX)
		return REFUSAL_TOO_MANY;
	if (!cameras_is_live(sounding->camera))
		return REFUSAL_CAMERA_DOWN;
	if (playing && playing->state != GRANT_OPEN)
		return REFUSAL_BUSY;
	return (slot->grant && slot->grant != playing) || slot->queue.count ? REFUSAL_SPEAKER_TAKEN : REFUSAL_NONE;
}

static enum refusal check_signed(const struct sounding *sounding)
{
	const struct ipc_proof *proof = &sounding->ask->proof;
	struct ipc_view_ask ask = signed_ask(sounding->ask);

	if (sounding->who.via != WHO_DEVICE)
		return REFUSAL_NONE;
	enum refusal refusal = credentials_check_sound(sounding->door->credentials, &sounding->who, &ask,
						       &sounding->ask->sound);

	return refusal != REFUSAL_NONE
		       ? refusal
		       : door_check_checkpoint(sounding->door, proof->checkpoint_size, proof->checkpoint_root);
}

/* Its time is a bound on the session, which the entry names. */
static void set_end(struct grant *grant, struct who *who)
{
	uint32_t seconds = grant->sound.seconds ? grant->sound.seconds : SOUND_SECONDS_MAX;
	uint64_t until_us = clock_real_us() + seconds * UINT64_C(1000000);

	if (!who->expires_us || who->expires_us > until_us)
		who->expires_us = until_us;
}

static enum refusal ask_entry(struct sounding *sounding)
{
	struct door *door = sounding->door;
	struct ipc_view_ask ask = signed_ask(sounding->ask);
	struct grant *grant = grant_take(door->grants, sounding->camera);

	if (!grant)
		return REFUSAL_TOO_MANY;
	grant->kind = GRANT_TALK;
	grant->tracks = TRACK_BIT(TRACK_SPEAKER);
	grant->sound = sounding->ask->sound;
	grant->asker = sounding->asker;
	grant->opened.settled = sound_settled;
	set_end(grant, &sounding->who);
	talks_reserve(door->grants->talks, grant);
	return door_ask_entry(door, grant, &ask, &sounding->who);
}

static enum refusal play(struct sounding *sounding)
{
	enum refusal refusal = check_signed(sounding);

	if (refusal == REFUSAL_NONE)
		refusal = check_now(sounding);
	if (refusal != REFUSAL_NONE)
		return refusal;
	struct grant *playing = talk_sound_of(slot_of(sounding));

	if (playing)
		grant_stop(playing, &sounding->who);
	if (sounding->who.via == WHO_TOOL && add_tool_right(sounding) < 0)
		return REFUSAL_LOG_STOPPED;
	return ask_entry(sounding);
}

/* ---- who may ---- */

static enum refusal (*const orders[SOUND_ORDER_COUNT])(struct sounding *sounding) = {
	[SOUND_SHOW] = show, [SOUND_PLAY] = play, [SOUND_STOP] = stop};

static enum refusal decide(struct sounding *sounding)
{
	const struct ipc_sound_ask *ask = sounding->ask;
	enum refusal refusal = REFUSAL_NONE;

	if (sounding->asker->peer == PROC_TOOL)
		tools_who(sounding->asker, &sounding->who);
	else
		refusal = credentials_find(sounding->door->credentials, &ask->credential, &sounding->who);
	if (refusal == REFUSAL_NONE)
		refusal = door_check_camera(sounding->door, &sounding->who, ask->camera, &sounding->camera);
	if (refusal == REFUSAL_NONE && !(sounding->who.verbs & VERB_TALK))
		refusal = REFUSAL_NOT_ALLOWED;
	return refusal != REFUSAL_NONE ? refusal : orders[ask->order](sounding);
}

void sound_door_answer(struct door *door, struct ipc_channel *asker, const struct ipc_sound_ask *ask)
{
	struct sounding sounding = {.door = door, .asker = asker, .ask = ask};
	enum refusal refusal = REFUSAL_BAD_REQUEST;

	if (ask->order < SOUND_ORDER_COUNT && memchr(ask->camera, '\0', sizeof(ask->camera)))
		refusal = decide(&sounding);
	if (refusal == REFUSAL_NONE)
		return;
	deny_note(door->deny, refusal, sounding.camera);
	reply_refused(asker, ask->request, refusal, NULL);
}
