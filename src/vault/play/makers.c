#include "vault/play/makers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"

static void maker_due(struct loop_timer *timer);

int makers_init(struct makers *makers, struct loop *loop, struct ipc_channel *warden,
		const struct makers_listener *listener)
{
	*makers = (struct makers){.loop = loop, .warden = warden, .listener = *listener};
	makers->table = calloc(CAMERA_MAX, sizeof(*makers->table));
	if (!makers->table)
		return -ENOMEM;
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		makers->table[i].all = makers;
		makers->table[i].slot = i;
		makers->table[i].timer.due = maker_due;
	}
	return 0;
}

void makers_finish(struct makers *makers)
{
	for (uint32_t i = 0; makers->table && i < CAMERA_MAX; i++) {
		ipc_close(&makers->table[i].channel);
		loop_timer_stop(&makers->table[i].timer);
	}
	free(makers->table);
	makers->table = NULL;
}

static void set_timer(struct maker *maker, uint64_t ms)
{
	struct loop *loop = maker->all->loop;

	loop_timer_start(loop, &maker->timer, loop_now_ns(loop) + ms * CLOCK_NS_PER_MS);
}

static void ask_warden(struct maker *maker, enum ipc_type type)
{
	struct ipc_number body = {maker->slot};

	ipc_send(maker->all->warden, type, &body, NULL, 0);
}

/* The picture that was being made is there, or (empty) is not to be had. */
static void settle(struct maker *maker, struct bytes jpeg)
{
	const struct makers_listener *listener = &maker->all->listener;
	uint64_t number = maker->number;

	maker->number = 0;
	if (number)
		listener->made(listener->context, number, jpeg);
	listener->ready(listener->context);
}

static void end(struct maker *maker)
{
	ipc_close(&maker->channel);
	loop_timer_stop(&maker->timer);
	settle(maker, (struct bytes){0});
}

static void maker_due(struct loop_timer *timer)
{
	struct maker *maker = container_of(timer, struct maker, timer);

	if (!ipc_is_open(&maker->channel)) {
		maker->all->listener.ready(maker->all->listener.context);
		return;
	}
	if (maker->number) {
		diag_warn("the thumbnails of camera slot %u: one picture takes too long; it is "
			  "given up",
			  maker->slot);
		ask_warden(maker, IPC_THUMB_STUCK);
	}
	end(maker);
}

static void maker_closed(struct ipc_channel *channel)
{
	end(channel->owner);
}

static void maker_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct maker *maker = channel->owner;
	const struct ipc_thumb *thumb = message->body;

	if (message->type != IPC_THUMB || thumb->number != maker->number || !maker->number) {
		diag_warn("the maker of thumbnails in slot %u sent what it may not and was closed",
			  maker->slot);
		end(maker);
		return;
	}
	set_timer(maker, MAKERS_IDLE_MS);
	settle(maker, (struct bytes){message->tail, message->tail_size});
}

bool makers_is_ready(struct makers *makers, uint32_t slot)
{
	struct maker *maker = &makers->table[slot];

	if (ipc_is_open(&maker->channel))
		return maker->number == 0;
	if (!maker->timer.loop) {
		ask_warden(maker, IPC_THUMB_WANT);
		set_timer(maker, MAKERS_ASK_MS);
	}
	return false;
}

uint64_t makers_make(struct makers *makers, uint32_t slot, const struct makers_source *source)
{
	struct maker *maker = &makers->table[slot];
	struct ipc_thumb_ask ask = {.number = ++makers->last_number, .size = source->size};

	assert(ipc_is_open(&maker->channel) && maker->number == 0);
	maker->number = ask.number;
	set_timer(maker, MAKERS_LIMIT_MS);
	ipc_send_fd(&maker->channel, IPC_THUMB_ASK, &ask, source->init.data, source->init.size,
		    source->fragment);
	return ask.number;
}

void makers_attach(struct makers *makers, uint32_t slot, int fd)
{
	autoclose int owned = fd;

	if (slot >= CAMERA_MAX)
		return;
	struct maker *maker = &makers->table[slot];

	end(maker);
	if (ipc_open(&maker->channel, makers->loop, owned, PROC_VAULT, PROC_THUMB, maker_received,
		     maker_closed, maker) < 0)
		return;
	take_fd(owned);
	set_timer(maker, MAKERS_IDLE_MS);
	makers->listener.ready(makers->listener.context);
}

void makers_forget(struct makers *makers, uint32_t slot)
{
	end(&makers->table[slot]);
}
