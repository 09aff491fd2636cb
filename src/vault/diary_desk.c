#include "vault/diary_desk.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "proto/log/utf8.h"
#include "vault/clips.h"
#include "vault/spoken.h"

/* One request being answered. */
struct ordering {
	struct diary_desk *desk;
	struct ipc_channel *channel;
	const struct ipc_diary_ask *ask;
	struct who who;
	struct camera *camera; /* NULL: of a list: all */
	unsigned sent;
	char text[DIARY_NOTE_MAX + 1];
};

static enum refusal done(struct ordering *ordering, uint64_t value)
{
	struct ipc_done body = {.request = ordering->ask->request, .value = value};

	ipc_send(ordering->channel, IPC_DONE, &body, NULL, 0);
	return REFUSAL_NONE;
}

/* ---- lists ---- */

static void send_row(struct ordering *ordering, struct ipc_row_diary *row, const char *text)
{
	row->request = ordering->ask->request;
	row->camera = ordering->camera->id;
	text_copy(row->camera_name, sizeof(row->camera_name), ordering->camera->name);
	ipc_send(ordering->channel, IPC_ROW_DIARY, row, text, strlen(text));
}

static void send_event(void *context, const struct diary_event *event)
{
	struct ipc_row_diary row = {.id = event->id,
				    .kind = event->kind,
				    .score = event->score,
				    .from_us = event->start_us,
				    .to_us = event->end_us,
				    .picture_us = event->picture_us,
				    .face = event->face};

	memcpy(row.picture_box, event->picture_box, sizeof(row.picture_box));
	memcpy(row.who, event->who, sizeof(row.who));
	memcpy(row.source, event->source, sizeof(row.source));
	send_row(context, &row, event->note);
}

static void send_clip(void *context, const struct clip *clip)
{
	struct ipc_row_diary row = {.id = clip->id, .from_us = clip->from_us, .to_us = clip->to_us};

	send_row(context, &row, clip->name);
}

static void send_spoken(void *context, const struct ipc_row_spoken *spoken)
{
	struct ordering *ordering = context;
	struct ipc_row_spoken row = *spoken;

	row.request = ordering->ask->request;
	ipc_send(ordering->channel, IPC_ROW_SPOKEN, &row, NULL, 0);
}

static unsigned list_spoken(struct ordering *ordering, unsigned limit)
{
	struct spoken_query query = {.people = ordering->desk->people,
				     .who = &ordering->who,
				     .camera = ordering->camera->id,
				     .from_us = ordering->ask->from_us,
				     .to_us = ordering->ask->to_us,
				     .limit = limit};

	return spoken_list(&query, send_spoken, ordering);
}

static void list_camera(struct ordering *ordering)
{
	struct diary_desk *desk = ordering->desk;
	const struct ipc_diary_ask *ask = ordering->ask;
	unsigned limit = DIARY_ROWS_MAX - ordering->sent;

	if (ask->order == SPOKEN_LIST)
		ordering->sent += list_spoken(ordering, limit);
	else
		ordering->sent += ask->order == DIARY_LIST
					  ? diary_list(desk->diary, ordering->camera, ask->from_us,
						       ask->to_us, limit, send_event, ordering)
					  : clips_list(desk->people, ordering->camera->id, ask->from_us,
						       ask->to_us, limit, send_clip, ordering);
}

static enum refusal list(struct ordering *ordering)
{
	struct diary_desk *desk = ordering->desk;

	if (ordering->camera) {
		list_camera(ordering);
		return done(ordering, 0);
	}
	for (uint32_t slot = 0; slot < CAMERA_MAX; slot++) {
		ordering->camera = cameras_at(desk->cameras, slot);
		if (ordering->camera && ordering->sent < DIARY_ROWS_MAX &&
		    people_may_see(desk->people, &ordering->who, ordering->camera->name))
			list_camera(ordering);
	}
	return done(ordering, 0);
}

/* ---- events ---- */

/* A bucket for each source: who says too much is not heard for a while, and the others are. */
static bool may_say_more(struct diary_desk *desk, const struct who *who)
{
	const uint64_t pace_ns = DIARY_PACE_MS * CLOCK_NS_PER_MS;
	uint64_t now_ns = loop_now_ns(desk->diary->loop), key = who->user;
	struct diary_source *source = &desk->sources[0];

	if (who->via == WHO_TOKEN)
		memcpy(&key, who->token, sizeof(key));
	for (unsigned i = 0; i < DIARY_SOURCES_MAX && source->key != key; i++)
		if (desk->sources[i].key == key || desk->sources[i].until_ns < source->until_ns)
			source = &desk->sources[i];
	if (source->key != key || source->until_ns < now_ns)
		*source = (struct diary_source){key, now_ns};
	if (source->until_ns + pace_ns > now_ns + DIARY_BURST * pace_ns)
		return false;
	source->until_ns += pace_ns;
	return true;
}

static enum refusal begin_event(struct ordering *ordering)
{
	const struct ipc_diary_ask *ask = ordering->ask;
	struct diary *diary = ordering->desk->diary;
	uint64_t now_us = diary->clock->real_us(diary->clock->context), id;
	struct diary_event event = {.kind = ask->kind,
				    .start_us = ask->from_us ? ask->from_us : now_us,
				    .end_us = ask->to_us};

	if (!may_say_more(ordering->desk, &ordering->who))
		return REFUSAL_TOO_MANY;
	text_copy(event.source, sizeof(event.source),
		  ordering->who.via == WHO_TOOL ? "command" : "api");
	text_copy(event.note, sizeof(event.note), ordering->text);
	int rc = diary_begin(diary, ordering->camera, &event, &id);

	return rc < 0 ? reply_refusal_of(rc) : done(ordering, id);
}

static enum refusal end_event(struct ordering *ordering)
{
	const struct ipc_diary_ask *ask = ordering->ask;

	if (!may_say_more(ordering->desk, &ordering->who))
		return REFUSAL_TOO_MANY;
	int rc = diary_end(ordering->desk->diary, ordering->camera, ask->id, ask->to_us);

	return rc < 0 ? reply_refusal_of(rc) : done(ordering, ask->id);
}

/* ---- clips ---- */

/* Answered when the entry is on disk. */
static enum refusal change_clips(struct ordering *ordering, bool keeps)
{
	struct diary_desk *desk = ordering->desk;
	const struct ipc_diary_ask *ask = ordering->ask;
	struct clip clip = {.from_us = ask->from_us, .to_us = ask->to_us};
	struct reply *reply = reply_take(desk->replies, ordering->channel, ask->request);
	int rc;

	if (!reply)
		return REFUSAL_BUSY;
	reply->done.value = ask->id;
	if (!keeps)
		rc = clips_release(desk->people, &ordering->who, ordering->camera->id, ask->id,
				   &reply->waiter);
	else if (!text_copy(clip.name, sizeof(clip.name), ordering->text))
		rc = -EINVAL;
	else
		rc = clips_keep(desk->people, &ordering->who, ordering->camera->id, &clip,
				&reply->waiter, &reply->done.value);
	if (rc < 0)
		reply_drop(desk->replies, reply);
	return reply_refusal_of(rc);
}

static enum refusal keep_clip(struct ordering *ordering)
{
	return change_clips(ordering, true);
}

static enum refusal release_clip(struct ordering *ordering)
{
	return change_clips(ordering, false);
}

/* ---- who may ---- */

static const struct {
	enum refusal (*carry_out)(struct ordering *ordering);
	uint32_t verb;
	bool needs_camera;
	bool is_of_household; /* an owner or a member in person */
} orders[DIARY_ORDER_COUNT] = {
	[DIARY_LIST] = {list, VERB_PLAY, false, false},
	[DIARY_BEGIN] = {begin_event, VERB_MARK, true, false},
	[DIARY_END] = {end_event, VERB_MARK, true, false},
	[CLIP_LIST] = {list, VERB_PLAY, false, false},
	[CLIP_KEEP] = {keep_clip, VERB_PLAY, true, true},
	[CLIP_RELEASE] = {release_clip, VERB_PLAY, true, true},
	[SPOKEN_LIST] = {list, VERB_PLAY, true, false},
};

static bool is_allowed(const struct ordering *ordering)
{
	const struct who *who = &ordering->who;
	uint32_t order = ordering->ask->order;

	if (who->via == WHO_TOOL)
		return true;
	if (orders[order].is_of_household && who->role != ROLE_OWNER && who->role != ROLE_MEMBER)
		return false;
	return (who->verbs & orders[order].verb) != 0;
}

/* A camera that one may not see is no camera. */
static enum refusal find_camera(struct ordering *ordering)
{
	const char *name = ordering->ask->camera;

	if (!name[0])
		return orders[ordering->ask->order].needs_camera ? REFUSAL_BAD_REQUEST
								 : REFUSAL_NONE;
	for (uint32_t slot = 0; slot < CAMERA_MAX && !ordering->camera; slot++) {
		struct camera *camera = cameras_at(ordering->desk->cameras, slot);

		if (camera && strcmp(camera->name, name) == 0)
			ordering->camera = camera;
	}
	return ordering->camera && people_may_see(ordering->desk->people, &ordering->who, name)
		       ? REFUSAL_NONE
		       : REFUSAL_NOT_FOUND;
}

static bool is_text(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)data[i] < ' ' || data[i] == 0x7f)
			return false;
	return utf8_is_valid(data, size);
}

static bool is_well_formed(const struct ipc_diary_ask *ask, const struct ipc_message *message)
{
	return ask->order < DIARY_ORDER_COUNT && memchr(ask->camera, '\0', sizeof(ask->camera)) &&
	       message->tail_size <= DIARY_NOTE_MAX &&
	       is_text((const char *)message->tail, message->tail_size) &&
	       ask->from_us <= INT64_MAX && ask->to_us <= INT64_MAX && ask->id <= INT64_MAX;
}

static enum refusal decide(struct ordering *ordering)
{
	struct diary_desk *desk = ordering->desk;
	enum refusal refusal = REFUSAL_NONE;

	/* The local socket let only root and the box's own user in. */
	if (ordering->channel->peer == PROC_TOOL)
		people_who_is_tool(&ordering->who);
	else
		refusal = credentials_find(desk->credentials, &ordering->ask->credential,
					   &ordering->who);
	if (refusal == REFUSAL_NONE)
		refusal = find_camera(ordering);
	if (refusal == REFUSAL_NONE && !is_allowed(ordering))
		refusal = REFUSAL_NOT_ALLOWED;
	if (refusal == REFUSAL_NONE)
		return orders[ordering->ask->order].carry_out(ordering);
	if (refusal != REFUSAL_BAD_REQUEST)
		deny_note(desk->deny, refusal,
			  refusal == REFUSAL_NOT_ALLOWED ? ordering->camera : NULL);
	return refusal;
}

void diary_desk_answer(struct diary_desk *desk, struct ipc_channel *channel,
		       const struct ipc_message *message)
{
	const struct ipc_diary_ask *ask = message->body;
	struct ordering ordering = {.desk = desk, .channel = channel, .ask = ask};
	enum refusal refusal = REFUSAL_BAD_REQUEST;

	if (is_well_formed(ask, message)) {
		memcpy(ordering.text, message->tail, message->tail_size);
		refusal = decide(&ordering);
	}
	if (refusal != REFUSAL_NONE)
		reply_refused(channel, ask->request, refusal, NULL);
}
