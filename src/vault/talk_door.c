#include "vault/talk_door.h"

#include <string.h>

#include <sodium.h>

#include "vault/talk.h"
#include "vault/talk_sound.h"
#include "vault/words.h"

/* Where somebody wants to talk: over a view of their own, or (WHIP) without one. */
struct talk_place {
	struct grant *view; /* NULL: without one */
	struct camera *camera;
};

/* The view that is talked over, whose fingerprint the request is signed for. */
static enum refusal find_view(struct door *door, const uint8_t sid[16], const struct who *who,
			      struct talk_place *ret_place)
{
	struct grant *view = grants_find(door->grants, sid);

	if (!view || view->kind != GRANT_VIEW || view->state != GRANT_OPEN ||
	    !people_is_own(who, &view->who))
		return REFUSAL_NOT_FOUND;
	*ret_place = (struct talk_place){view, view->camera};
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

	memcpy(result.camera, view ? view->camera->name : ask->camera, sizeof(result.camera));
	memcpy(result.dtls_fingerprint, view ? view->dtls_fingerprint : ask->dtls_fingerprint,
	       sizeof(result.dtls_fingerprint));
	return result;
}

/* Can anything be heard of who talks from there? */
static enum refusal check_way(const struct door *door, const struct talk_place *place)
{
	if (!cameras_is_live(place->camera) || (place->view && !place->view->is_connected))
		return REFUSAL_CAMERA_DOWN;
	return place->view || grants_can_connect(door->grants) ? REFUSAL_NONE : REFUSAL_BUSY;
}

static enum refusal check_now(struct door *door, const struct who *who,
			      const struct talk_place *place)
{
	if (!(who->verbs & VERB_TALK) || (place->view && !place->view->may_talk))
		return REFUSAL_NOT_ALLOWED;
	if (!journal_has_room(door->journal))
		return REFUSAL_LOG_STOPPED;
	if (grants_of_user(door->grants, who) >= GRANTS_OF_USER_MAX)
		return REFUSAL_TOO_MANY;
	return check_way(door, place);
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
			      const struct who *who, const struct talk_place *place)
{
	struct grant *grant = grant_take(door->grants, place->camera);

	if (!grant)
		return REFUSAL_TOO_MANY;
	grant->kind = GRANT_TALK;
	grant->view = place->view ? place->view : grant;
	grant->may_talk = true;
	grant->tracks = TRACK_BIT(TRACK_TALK) | TRACK_BIT(TRACK_SPEAKER);
	grant->opened.settled = talk_settled;
	talks_reserve(door->grants->talks, grant);
	return door_ask_entry(door, grant, ask, who);
}

/* Somebody talks there, or waits to. */
static enum refusal ask_turn(struct talk_slot *slot, const struct ipc_talk_ask *asked,
			     const struct talk_wait *wait)
{
	const struct who *who = &wait->who;

	if (asked->takes && (who->role != ROLE_OWNER || who->via != WHO_DEVICE))
		return REFUSAL_NOT_ALLOWED;
	if (!asked->takes && !asked->waits)
		return REFUSAL_SPEAKER_TAKEN;
	if (talk_queue_add(slot, wait, asked->takes != 0) < 0)
		return REFUSAL_TOO_MANY;
	if (asked->takes && slot->grant)
		grant_take_over(slot->grant, who);
	return REFUSAL_NONE;
}

static enum refusal ask_or_wait(struct door *door, const struct ipc_talk_ask *asked,
				const struct talk_wait *wait, const struct talk_place *place)
{
	struct talk_slot *slot = talks_slot(door->grants->talks, place->camera);

	if ((slot->grant && slot->grant != talk_sound_of(slot)) || slot->queue.count)
		return ask_turn(slot, asked, wait);
	return ask_entry(door, &wait->ask, &wait->who, place);
}

/* Who it is, by what right, and where; then whether it can be now, or must wait. */
static enum refusal ask_talk(struct door *door, const struct ipc_talk_ask *asked,
			     struct talk_place *ret_place)
{
	bool has_view = asked->camera[0] == '\0';
	struct talk_wait wait = {0};
	enum refusal refusal = REFUSAL_NONE;

	if (!memchr(asked->camera, '\0', sizeof(asked->camera)))
		return REFUSAL_BAD_REQUEST;
	if (has_view)
		refusal = credentials_find(door->credentials, &asked->credential, &wait.who);
	if (has_view && refusal == REFUSAL_NONE)
		refusal = find_view(door, asked->view, &wait.who, ret_place);
	if (refusal != REFUSAL_NONE)
		return refusal;
	wait.view = ret_place->view;
	wait.ask = signed_ask(asked, wait.view);
	refusal = door_check_who(door, &wait.ask, &wait.who);
	if (refusal == REFUSAL_NONE && !has_view)
		refusal = door_check_camera(door, &wait.who, asked->camera, &ret_place->camera);
	if (refusal == REFUSAL_NONE)
		refusal = check_now(door, &wait.who, ret_place);
	if (refusal == REFUSAL_NONE)
		refusal = ask_or_wait(door, asked, &wait, ret_place);
	sodium_memzero(&wait, sizeof(wait));
	return refusal;
}

void talk_door_ask(struct door *door, const struct ipc_talk_ask *asked)
{
	struct talk_place place = {0};
	enum refusal refusal = ask_talk(door, asked, &place);

	if (refusal != REFUSAL_NONE)
		door_refuse(door, asked->request, refusal, place.camera);
}

void talk_door_turn(struct door *door, const struct talk_wait *wait)
{
	struct talk_place place = {0};
	struct who who;
	enum refusal refusal = credentials_find(door->credentials, &wait->ask.credential, &who);

	if (refusal == REFUSAL_NONE && wait->view)
		refusal = find_view(door, wait->view->sid, &who, &place);
	else if (refusal == REFUSAL_NONE)
		refusal = door_check_camera(door, &who, wait->ask.camera, &place.camera);
	if (refusal == REFUSAL_NONE)
		refusal = check_now(door, &who, &place);
	if (refusal == REFUSAL_NONE)
		refusal = ask_entry(door, &wait->ask, &who, &place);
	if (refusal != REFUSAL_NONE)
		door_refuse(door, wait->ask.request, refusal, place.camera);
}
