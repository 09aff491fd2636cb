#include "vault/talk_door.h"

#include <string.h>

#include "base/clock.h"
#include "vault/talk.h"
#include "vault/talk_sound.h"
#include "vault/words.h"

/* The view that is talked over, whose fingerprint the request is signed for. */
static enum refusal find_view(struct door *door, const uint8_t sid[16], const struct who *who,
			      struct grant **ret_view)
{
	struct grant *view = grants_find(door->grants, sid);

	if (!view || view->kind != GRANT_VIEW || view->state != GRANT_OPEN ||
	    !people_is_own(who, &view->who))
		return REFUSAL_NOT_FOUND;
	*ret_view = view;
	return REFUSAL_NONE;
}

/* What the device has signed, as a view's request is. */
static struct ipc_view_ask signed_ask(const struct ipc_talk_ask *ask, const struct grant *view)
{
	struct ipc_view_ask result = {.credential = ask->credential,
				      .origin = ask->origin,
				      .verbs = VERB_TALK | (ask->takes ? VERB_TAKE : 0U),
				      .proof = ask->proof,
				      .request = ask->request};

	memcpy(result.camera, view->camera->name, sizeof(result.camera));
	memcpy(result.dtls_fingerprint, view->dtls_fingerprint, sizeof(result.dtls_fingerprint));
	return result;
}

static enum refusal check_now(struct door *door, const struct who *who, const struct grant *view)
{
	if (!(who->verbs & VERB_TALK) || !view->may_talk)
		return REFUSAL_NOT_ALLOWED;
	if (!journal_has_room(door->journal))
		return REFUSAL_LOG_STOPPED;
	if (grants_of_user(door->grants, who) >= GRANTS_OF_USER_MAX)
		return REFUSAL_TOO_MANY;
	return view->is_connected && cameras_is_live(view->camera) ? REFUSAL_NONE : REFUSAL_CAMERA_DOWN;
}

/* The batch is on disk, and with it this talk's entry; or the log has stopped. */
static void talk_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct grant *grant = container_of(waiter, struct grant, opened);
	struct ipc_refused refused = {.request = grant->request, .refusal = REFUSAL_LOG_STOPPED};

	if (receipt) {
		talk_open(grant->all->talks, grant, receipt);
		return;
	}
	if (grant->end != VIEW_END_STOPPED)
		ipc_send(grant->all->front, IPC_REFUSED, &refused, NULL, 0);
	grant_drop(grant);
}

static enum refusal ask_entry(struct door *door, const struct ipc_view_ask *ask,
			      const struct who *who, struct grant *view)
{
	struct grant *grant = grant_take(door->grants, view->camera);

	if (!grant)
		return REFUSAL_TOO_MANY;
	grant->kind = GRANT_TALK;
	grant->view = view;
	grant->tracks = TRACK_BIT(TRACK_TALK) | TRACK_BIT(TRACK_SPEAKER);
	grant->opened.settled = talk_settled;
	talks_reserve(door->grants->talks, grant);
	return door_ask_entry(door, grant, ask, who);
}

/* Somebody talks there, or waits to. */
static enum refusal ask_turn(struct talk_slot *slot, const struct ipc_view_ask *ask,
			     const struct who *who, const struct ipc_talk_ask *asked,
			     struct grant *view)
{
	if (asked->takes && (who->role != ROLE_OWNER || who->via != WHO_DEVICE))
		return REFUSAL_NOT_ALLOWED;
	if (!asked->takes && !asked->waits)
		return REFUSAL_SPEAKER_TAKEN;
	if (talk_queue_add(slot, ask, view, asked->takes != 0) < 0)
		return REFUSAL_TOO_MANY;
	if (asked->takes && slot->grant)
		grant_take_over(slot->grant, who);
	return REFUSAL_NONE;
}

static enum refusal ask_or_wait(struct door *door, const struct ipc_view_ask *ask,
				const struct who *who, const struct ipc_talk_ask *asked,
				struct grant *view)
{
	struct talk_slot *slot = talks_slot(door->grants->talks, view->camera);

	if ((slot->grant && slot->grant != talk_sound_of(slot)) || slot->queue.count)
		return ask_turn(slot, ask, who, asked, view);
	return ask_entry(door, ask, who, view);
}

void talk_door_ask(struct door *door, const struct ipc_talk_ask *asked)
{
	struct grant *view = NULL;
	struct who who;
	enum refusal refusal = credentials_find(door->credentials, &asked->credential, &who);

	if (refusal == REFUSAL_NONE)
		refusal = find_view(door, asked->view, &who, &view);
	if (refusal == REFUSAL_NONE) {
		struct ipc_view_ask ask = signed_ask(asked, view);

		refusal = door_check_who(door, &ask, &who);
		if (refusal == REFUSAL_NONE)
			refusal = check_now(door, &who, view);
		if (refusal == REFUSAL_NONE)
			refusal = ask_or_wait(door, &ask, &who, asked, view);
	}
	if (refusal != REFUSAL_NONE)
		door_refuse(door, asked->request, refusal, view ? view->camera : NULL);
}

void talk_door_turn(struct door *door, const struct talk_wait *wait)
{
	struct grant *view = NULL;
	struct who who;
	enum refusal refusal = credentials_find(door->credentials, &wait->ask.credential, &who);

	if (refusal == REFUSAL_NONE)
		refusal = find_view(door, wait->view->sid, &who, &view);
	if (refusal == REFUSAL_NONE)
		refusal = check_now(door, &who, view);
	if (refusal == REFUSAL_NONE)
		refusal = ask_entry(door, &wait->ask, &who, view);
	if (refusal != REFUSAL_NONE)
		door_refuse(door, wait->ask.request, refusal, view ? view->camera : NULL);
}
