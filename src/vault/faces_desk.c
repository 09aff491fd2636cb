#include "vault/faces_desk.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/text.h"
#include "vault/eyes.h"

/* One request being answered. */
struct asking {
	struct faces_desk *desk;
	struct ipc_channel *channel;
	const struct ipc_face_ask *ask;
	struct bytes picture;
	struct who who;
	struct camera *camera; /* FACE_CORRECT */
};

/* ---- the list ---- */

static void send_row(void *context, struct ipc_row_face *row)
{
	struct asking *asking = context;

	row->request = asking->ask->request;
	for (uint32_t slot = 0; slot < CAMERA_MAX; slot++) {
		const struct camera *camera = cameras_at(asking->desk->cameras, slot);

		if (camera && row->camera == camera->id)
			text_copy(row->camera_name, sizeof(row->camera_name), camera->name);
	}
	/* Where somebody was whom no camera of one's own saw is nobody's business. */
	if (!row->camera_name[0] ||
	    !people_may_see(asking->desk->people, &asking->who, row->camera_name)) {
		row->camera = 0;
		row->event = row->event_us = 0;
		row->camera_name[0] = '\0';
	}
	ipc_send(asking->channel, IPC_ROW_FACE, row, NULL, 0);
}

static enum refusal list(struct asking *asking)
{
	struct ipc_done done = {.request = asking->ask->request,
				.value = asking->desk->eyes->faces_state};

	faces_list(asking->desk->faces, send_row, asking);
	ipc_send(asking->channel, IPC_DONE, &done, NULL, 0);
	return REFUSAL_NONE;
}

/* ---- changes: answered when their entry is on disk ---- */

static int change(struct asking *asking, const struct faces_change *order, uint64_t *ret_face)
{
	const struct ipc_face_ask *ask = asking->ask;
	struct faces *faces = asking->desk->faces;

	if (ask->order == FACE_NAME)
		return faces_name(faces, order, ask->id, ask->name, ask->consent, ret_face);
	if (ask->order == FACE_CORRECT)
		return faces_correct(faces, order, asking->camera->id, ask->id, ret_face);
	*ret_face = ask->id;
	return faces_erase(faces, order, ask->id);
}

static enum refusal make_change(struct asking *asking)
{
	struct replies *replies = asking->desk->replies;
	struct reply *reply = reply_take(replies, asking->channel, asking->ask->request);

	if (!reply)
		return REFUSAL_BUSY;
	struct faces_change order = {&asking->who, &reply->waiter};
	int rc = change(asking, &order, &reply->done.value);

	if (rc < 0)
		reply_drop(replies, reply);
	return reply_refusal_of(rc);
}

/* ---- a picture that is sent in ---- */

static void end_pending(struct faces_desk *desk)
{
	loop_timer_stop(&desk->pending.timer);
	desk->pending.number = 0;
	desk->pending.channel = NULL;
	sodium_memzero(&desk->pending.ask, sizeof(desk->pending.ask));
}

static void refuse_pending(struct faces_desk *desk, enum refusal refusal)
{
	if (desk->pending.channel)
		reply_refused(desk->pending.channel, desk->pending.ask.request, refusal, NULL);
	end_pending(desk);
}

static void look_overdue(struct loop_timer *timer)
{
	struct faces_pending *pending = container_of(timer, struct faces_pending, timer);

	refuse_pending(container_of(pending, struct faces_desk, pending), REFUSAL_BUSY);
}

static enum refusal look(struct asking *asking)
{
	struct faces_desk *desk = asking->desk;
	struct ipc_face_look ask = {.number = ++desk->newest};

	if (asking->picture.size == 0)
		return REFUSAL_BAD_REQUEST;
	if (desk->eyes->faces_state != EYE_LOOKING) {
		reply_refused(asking->channel, asking->ask->request, REFUSAL_BUSY,
			      "faces are not known now: a camera needs `see: {faces: on}`, and `ward "
			      "status` says whether anything is missing");
		return REFUSAL_NONE;
	}
	if (desk->pending.number)
		return REFUSAL_BUSY;
	desk->pending.number = ask.number;
	desk->pending.channel = asking->channel;
	desk->pending.ask = *asking->ask;
	desk->pending.timer.due = look_overdue;
	loop_timer_start(desk->faces->loop, &desk->pending.timer,
			 loop_now_ns(desk->faces->loop) + FACES_LOOK_S * CLOCK_NS_PER_S);
	ipc_send(&desk->eyes->channel, IPC_FACE_LOOK, &ask, asking->picture.data,
		 asking->picture.size);
	return REFUSAL_NONE;
}

static enum refusal refusal_of_look(int error)
{
	if (error == -EMLINK)
		return REFUSAL_MANY_FACES;
	return error == -EBADMSG ? REFUSAL_NO_PICTURE : REFUSAL_NO_FACE;
}

static enum refusal add(struct faces_desk *desk, const struct faces_seen *seen)
{
	struct faces_pending *pending = &desk->pending;
	struct who who;
	enum refusal refusal = REFUSAL_NONE;

	/* Rights may have ended in the meantime. */
	if (pending->channel->peer == PROC_TOOL)
		people_who_is_tool(&who);
	else
		refusal = credentials_find(desk->credentials, &pending->ask.credential, &who);
	if (refusal != REFUSAL_NONE)
		return refusal;
	struct reply *reply = reply_take(desk->replies, pending->channel, pending->ask.request);

	if (!reply)
		return REFUSAL_BUSY;
	struct faces_change order = {&who, &reply->waiter};
	int rc = faces_add(desk->faces, &order, seen, pending->ask.name, pending->ask.consent,
			   &reply->done.value);

	if (rc < 0)
		reply_drop(desk->replies, reply);
	return reply_refusal_of(rc);
}

void faces_desk_looked(struct faces_desk *desk, const struct ipc_message *message)
{
	const struct ipc_face_look *look = message->body;
	struct faces_seen seen = {.quality = look->quality,
				  .at_us = desk->faces->clock->real_us(desk->faces->clock->context)};

	if (desk->pending.number == 0 || look->number != desk->pending.number)
		return;
	if (look->quality == 0 || look->quality > 1000 || message->tail_size != sizeof(seen.print) ||
	    !print_is_valid((const struct print *)message->tail)) {
		refuse_pending(desk, refusal_of_look(look->error));
		return;
	}
	memcpy(&seen.print, message->tail, sizeof(seen.print));
	enum refusal refusal = add(desk, &seen);

	sodium_memzero(&seen, sizeof(seen));
	if (refusal == REFUSAL_NONE)
		end_pending(desk);
	else
		refuse_pending(desk, refusal);
}

void faces_desk_eye_gone(struct faces_desk *desk)
{
	if (desk->pending.number)
		refuse_pending(desk, REFUSAL_BUSY);
}

void faces_desk_forget(struct faces_desk *desk, const struct ipc_channel *channel)
{
	if (desk->pending.channel == channel)
		end_pending(desk);
}

/* ---- who may ---- */

static enum refusal find_camera(struct asking *asking)
{
	const char *name = asking->ask->camera;

	for (uint32_t slot = 0; slot < CAMERA_MAX && !asking->camera; slot++) {
		struct camera *camera = cameras_at(asking->desk->cameras, slot);

		if (camera && strcmp(camera->name, name) == 0)
			asking->camera = camera;
	}
	return asking->camera && people_may_see(asking->desk->people, &asking->who, name)
		       ? REFUSAL_NONE
		       : REFUSAL_NOT_FOUND;
}

static enum refusal check_who(struct asking *asking)
{
	struct faces_desk *desk = asking->desk;

	/* The local socket let only root and the box's own user in. */
	if (asking->channel->peer == PROC_TOOL) {
		people_who_is_tool(&asking->who);
		return REFUSAL_NONE;
	}
	enum refusal refusal =
		credentials_find(desk->credentials, &asking->ask->credential, &asking->who);

	if (refusal != REFUSAL_NONE)
		return refusal;
	return asking->who.via == WHO_DEVICE && asking->who.role == ROLE_OWNER ? REFUSAL_NONE
									       : REFUSAL_NOT_ALLOWED;
}

static bool is_well_formed(const struct ipc_face_ask *ask)
{
	return ask->order < FACE_ORDER_COUNT && memchr(ask->camera, '\0', sizeof(ask->camera)) &&
	       memchr(ask->name, '\0', sizeof(ask->name)) &&
	       memchr(ask->consent, '\0', sizeof(ask->consent)) && ask->id <= INT64_MAX;
}

static enum refusal decide(struct asking *asking)
{
	static enum refusal (*const orders[FACE_ORDER_COUNT])(struct asking *asking) = {
		[FACE_LIST] = list,         [FACE_NAME] = make_change, [FACE_ADD] = look,
		[FACE_CORRECT] = make_change, [FACE_ERASE] = make_change,
	};
	enum refusal refusal = check_who(asking);

	if (refusal == REFUSAL_NONE && asking->ask->order == FACE_CORRECT)
		refusal = find_camera(asking);
	if (refusal != REFUSAL_NONE) {
		deny_note(asking->desk->deny, refusal, NULL);
		return refusal;
	}
	return orders[asking->ask->order](asking);
}

void faces_desk_answer(struct faces_desk *desk, struct ipc_channel *channel,
		       const struct ipc_message *message)
{
	struct asking asking = {.desk = desk,
				.channel = channel,
				.ask = message->body,
				.picture = {message->tail, message->tail_size}};
	enum refusal refusal =
		is_well_formed(asking.ask) ? decide(&asking) : REFUSAL_BAD_REQUEST;

	if (refusal != REFUSAL_NONE)
		reply_refused(channel, asking.ask->request, refusal, NULL);
}

void faces_desk_finish(struct faces_desk *desk)
{
	end_pending(desk);
}
