#include "vault/play/makers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"

static void maker_due(struct loop_timer *timer);

/* ---- the kinds ---- */

static void ask_thumb(struct ipc_channel *channel, uint64_t number,
		      const struct makers_source *source)
{
	struct ipc_thumb_ask ask = {.number = number, .size = source->size};

	ipc_send_fd(channel, IPC_THUMB_ASK, &ask, source->init.data, source->init.size,
		    source->fragment);
}

static void ask_conversion(struct ipc_channel *channel, uint64_t number,
			   const struct makers_source *source)
{
	struct ipc_convert_ask ask = {
		.number = number, .size = source->size, .what = source->what};

	ipc_send_fd(channel, IPC_CONVERT_ASK, &ask, source->init.data, source->init.size,
		    source->fragment);
}

const struct makers_kind makers_of_thumbs = {
	.peer = PROC_THUMB,
	.want = IPC_THUMB_WANT,
	.stuck = IPC_THUMB_STUCK,
	.answer = IPC_THUMB,
	.ask = ask_thumb,
	.name = "thumbnails",
	.limit_ms = 3000,
	.busy_max = CAMERA_MAX,
};

/* Two at once: each takes what it gets of a processor for as long as somebody watches. */
const struct makers_kind makers_of_h264 = {
	.peer = PROC_CONVERT,
	.want = IPC_CONVERT_WANT,
	.stuck = IPC_CONVERT_STUCK,
	.answer = IPC_CONVERTED,
	.ask = ask_conversion,
	.name = "conversions",
	.limit_ms = 20000,
	.busy_max = 2,
};

/* ---- the table ---- */

int makers_init(struct makers *makers)
{
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

/* The piece that was being made is there, or (NULL) is not to be had. */
static void settle(struct maker *maker, const struct ipc_message *answer)
{
	const struct makers_listener *listener = &maker->all->listener;
	uint64_t number = maker->number;

	maker->number = 0;
	if (number) {
		maker->all->busy--;
		listener->made(listener->context, number, answer);
	}
	listener->ready(listener->context);
}

static void end(struct maker *maker)
{
	ipc_close(&maker->channel);
	loop_timer_stop(&maker->timer);
	settle(maker, NULL);
}

static void maker_due(struct loop_timer *timer)
{
	struct maker *maker = container_of(timer, struct maker, timer);

	if (!ipc_is_open(&maker->channel)) {
		maker->all->listener.ready(maker->all->listener.context);
		return;
	}
	if (maker->number) {
		diag_warn("the %s of camera slot %u: one takes too long; it is given up",
			  maker->all->kind->name, maker->slot);
		ask_warden(maker, maker->all->kind->stuck);
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
	const struct makers_kind *kind = maker->all->kind;
	uint64_t number; /* every answer begins with it */

	memcpy(&number, message->body, sizeof(number));
	if (message->type != kind->answer || number != maker->number || !maker->number) {
		diag_warn("the maker of %s in slot %u sent what it may not and was closed",
			  kind->name, maker->slot);
		end(maker);
		return;
	}
	set_timer(maker, MAKERS_IDLE_MS);
	settle(maker, message);
}

bool makers_is_ready(struct makers *makers, uint32_t slot)
{
	struct maker *maker = &makers->table[slot];

	if (ipc_is_open(&maker->channel))
		return maker->number == 0 && makers->busy < makers->kind->busy_max;
	if (!maker->timer.loop) {
		ask_warden(maker, makers->kind->want);
		set_timer(maker, MAKERS_ASK_MS);
	}
	return false;
}

uint64_t makers_make(struct makers *makers, uint32_t slot, const struct makers_source *source)
{
	struct maker *maker = &makers->table[slot];

	assert(ipc_is_open(&maker->channel) && maker->number == 0);
	maker->number = ++makers->last_number;
	makers->busy++;
	set_timer(maker, makers->kind->limit_ms);
	makers->kind->ask(&maker->channel, maker->number, source);
	return makers->last_number;
}

void makers_attach(struct makers *makers, uint32_t slot, int fd)
{
	autoclose int owned = fd;

	if (slot >= CAMERA_MAX)
		return;
	struct maker *maker = &makers->table[slot];

	end(maker);
	if (ipc_open(&maker->channel, makers->loop, owned, PROC_VAULT, makers->kind->peer, maker_received,
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
