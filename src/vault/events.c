#include "vault/events.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/text.h"
#include "vault/replies.h"

_Static_assert(CAMERA_MAX <= 64, "cameras to tell about are bits of one word");

static void events_due(struct loop_timer *timer);

void events_init(struct events *events, struct loop *loop, struct credentials *credentials,
		 struct cameras *cameras)
{
	*events = (struct events){.loop = loop,
				  .credentials = credentials,
				  .cameras = cameras,
				  .timer.due = events_due};
}

void events_finish(struct events *events)
{
	loop_timer_stop(&events->timer);
}

static void free_subscriber(struct subscriber *subscriber)
{
	sodium_memzero(subscriber, sizeof(*subscriber));
}

enum refusal events_subscribe(struct events *events, struct ipc_channel *channel,
			      const struct ipc_query *query)
{
	for (unsigned i = 0; i < EVENTS_MAX; i++) {
		struct subscriber *at = &events->table[i];

		if (at->channel)
			continue;
		*at = (struct subscriber){.channel = channel,
					  .request = query->request,
					  .credential = query->credential};
		return REFUSAL_NONE;
	}
	return REFUSAL_TOO_MANY;
}

void events_unsubscribe(struct events *events, const struct ipc_channel *channel, uint64_t request)
{
	for (unsigned i = 0; i < EVENTS_MAX; i++)
		if (events->table[i].channel == channel && events->table[i].request == request)
			free_subscriber(&events->table[i]);
}

void events_forget(struct events *events, const struct ipc_channel *channel)
{
	for (unsigned i = 0; i < EVENTS_MAX; i++)
		if (events->table[i].channel == channel)
			free_subscriber(&events->table[i]);
}

/* ---- collecting ---- */

static void plan_telling(struct events *events)
{
	if (!events->timer.loop)
		loop_timer_start(events->loop, &events->timer,
				 loop_now_ns(events->loop) + EVENTS_PACE_MS * CLOCK_NS_PER_MS);
}

static void mark(struct events *events, const struct subscriber *what)
{
	bool any = false;

	for (unsigned i = 0; i < EVENTS_MAX; i++) {
		struct subscriber *at = &events->table[i];

		if (!at->channel)
			continue;
		at->sessions |= what->sessions;
		at->states |= what->states;
		at->diary |= what->diary;
		if (what->checkpoint)
			at->checkpoint = what->checkpoint;
		any = true;
	}
	if (any)
		plan_telling(events);
}

void events_sessions(struct events *events, const struct camera *camera)
{
	mark(events, &(struct subscriber){.sessions = UINT64_C(1) << camera->slot});
}

void events_camera(struct events *events, const struct camera *camera)
{
	mark(events, &(struct subscriber){.states = UINT64_C(1) << camera->slot});
}

void events_checkpoint(struct events *events, uint64_t size)
{
	mark(events, &(struct subscriber){.checkpoint = size});
}

void events_diary(struct events *events, const struct camera *camera, uint64_t id)
{
	if (id > events->newest[camera->slot])
		events->newest[camera->slot] = id;
	mark(events, &(struct subscriber){.diary = UINT64_C(1) << camera->slot});
}

/* ---- telling ---- */

static uint64_t value_of(const struct events *events, const struct camera *camera,
			 enum event_kind kind)
{
	if (kind == EVENT_SESSIONS)
		return camera->watching;
	return kind == EVENT_DIARY ? events->newest[camera->slot] : camera->state.state;
}

static void tell_cameras(struct events *events, struct subscriber *at, const struct who *who,
			 uint64_t slots, enum event_kind kind)
{
	for (uint32_t slot = 0; slot < CAMERA_MAX; slot++) {
		const struct camera *camera = cameras_at(events->cameras, slot);

		if (!(slots >> slot & 1) || !camera ||
		    !people_may_see(events->credentials->people, who, camera->name))
			continue;
		struct ipc_row_event row = {.request = at->request,
					    .kind = (uint32_t)kind,
					    .camera = camera->id,
					    .value = value_of(events, camera, kind)};

		text_copy(row.name, sizeof(row.name), camera->name);
		ipc_send(at->channel, IPC_ROW_EVENT, &row, NULL, 0);
	}
}

static void tell(struct events *events, struct subscriber *at)
{
	struct who who;

	if (credentials_find(events->credentials, &at->credential, &who) != REFUSAL_NONE) {
		reply_refused(at->channel, at->request, REFUSAL_NOT_SIGNED_IN, NULL);
		free_subscriber(at);
		return;
	}
	tell_cameras(events, at, &who, at->sessions, EVENT_SESSIONS);
	tell_cameras(events, at, &who, at->states, EVENT_CAMERA);
	/* What happened is told to whom it concerns: whoever may look back. */
	if (who.verbs & VERB_PLAY)
		tell_cameras(events, at, &who, at->diary, EVENT_DIARY);
	if (at->checkpoint) {
		struct ipc_row_event row = {
			.request = at->request, .kind = EVENT_CHECKPOINT, .value = at->checkpoint};

		ipc_send(at->channel, IPC_ROW_EVENT, &row, NULL, 0);
	}
	at->sessions = at->states = at->diary = at->checkpoint = 0;
}

static void events_due(struct loop_timer *timer)
{
	struct events *events = container_of(timer, struct events, timer);

	for (unsigned i = 0; i < EVENTS_MAX; i++) {
		struct subscriber *at = &events->table[i];

		if (at->channel && (at->sessions || at->states || at->diary || at->checkpoint))
			tell(events, at);
	}
}
