#include "vault/talk_queue.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "vault/talk.h"
#include "vault/talk_door.h"

static struct talk_slot *slot_of(struct talk_queue *queue)
{
	return container_of(queue, struct talk_slot, queue);
}

static void plan(struct talk_queue *queue)
{
	struct loop *loop = slot_of(queue)->all->loop;
	uint64_t at_ns = slot_of(queue)->grant ? UINT64_MAX : 0;

	for (unsigned i = 0; i < queue->count; i++)
		if (queue->list[i].until_ns < at_ns)
			at_ns = queue->list[i].until_ns;
	if (queue->count)
		loop_timer_start(loop, &queue->turn, at_ns);
	else
		loop_timer_stop(&queue->turn);
}

/* It holds a credential: nothing of it stays behind. */
static void take_out(struct talk_queue *queue, unsigned index)
{
	struct talk_wait *list = queue->list;

	queue->count--;
	memmove(&list[index], &list[index + 1], (queue->count - index) * sizeof(*list));
	sodium_memzero(&list[queue->count], sizeof(*list));
}

static void refuse(struct talk_queue *queue, unsigned index, enum refusal refusal)
{
	struct ipc_refused body = {.request = queue->list[index].ask.request,
				   .refusal = (uint32_t)refusal};

	take_out(queue, index);
	ipc_send(slot_of(queue)->all->grants->front, IPC_REFUSED, &body, NULL, 0);
}

static void refuse_late(struct talk_queue *queue, uint64_t now_ns)
{
	for (unsigned i = queue->count; i-- > 0;)
		if (queue->list[i].until_ns <= now_ns)
			refuse(queue, i, REFUSAL_SPEAKER_TAKEN);
}

static void turn_due(struct loop_timer *timer)
{
	struct talk_queue *queue = container_of(timer, struct talk_queue, turn);
	struct talk_slot *slot = slot_of(queue);

	refuse_late(queue, loop_now_ns(slot->all->loop));
	while (queue->count && !slot->grant) {
		struct talk_wait wait = queue->list[0];

		take_out(queue, 0);
		talk_door_turn(slot->all->door, &wait);
		sodium_memzero(&wait, sizeof(wait));
	}
	plan(queue);
}

void talk_queue_init(struct talk_queue *queue)
{
	queue->turn.due = turn_due;
}

void talk_queue_finish(struct talk_queue *queue)
{
	loop_timer_stop(&queue->turn);
	sodium_memzero(queue->list, sizeof(queue->list));
	queue->count = 0;
}

static bool is_waiting(const struct talk_queue *queue, const struct who *who)
{
	for (unsigned i = 0; i < queue->count; i++)
		if (people_is_own(&queue->list[i].who, who))
			return true;
	return false;
}

int talk_queue_add(struct talk_slot *slot, const struct talk_wait *wait, bool is_first)
{
	struct talk_queue *queue = &slot->queue;
	unsigned at = is_first ? 0 : queue->count;

	if (queue->count == TALK_QUEUE_MAX || is_waiting(queue, &wait->who))
		return -EBUSY;
	memmove(&queue->list[at + 1], &queue->list[at],
		(queue->count - at) * sizeof(queue->list[0]));
	queue->list[at] = *wait;
	queue->list[at].until_ns = loop_now_ns(slot->all->loop) + TALK_WAIT_MS * CLOCK_NS_PER_MS;
	queue->count++;
	plan(queue);
	return 0;
}

void talk_queue_wake(struct talk_slot *slot)
{
	plan(&slot->queue);
}

void talk_queue_refuse(struct talk_slot *slot, const struct grant *view, enum refusal refusal)
{
	struct talk_queue *queue = &slot->queue;

	for (unsigned i = queue->count; i-- > 0;)
		if (!view || queue->list[i].view == view)
			refuse(queue, i, refusal);
	plan(queue);
}

void talk_queue_clear(struct talk_slot *slot)
{
	talk_queue_finish(&slot->queue);
}

bool talk_queue_forget(struct talk_slot *slot, uint64_t request)
{
	struct talk_queue *queue = &slot->queue;

	for (unsigned i = 0; i < queue->count; i++) {
		if (queue->list[i].ask.request != request)
			continue;
		/* Told all the same: the front then has no question open. */
		refuse(queue, i, REFUSAL_SPEAKER_TAKEN);
		plan(queue);
		return true;
	}
	return false;
}
