#include "vault/ears.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/diag.h"
#include "vault/words.h"

static void try_again(struct loop_timer *timer);

int ears_init(struct ears *ears, const struct ears *like)
{
	*ears = *like;
	ears->slots = calloc(CAMERA_MAX, sizeof(*ears->slots));
	if (!ears->slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		ears->slots[i].all = ears;
		ears->slots[i].slot = i;
		ears->slots[i].again.due = try_again;
	}
	return 0;
}

static struct track *mic_of(const struct ear_slot *slot)
{
	struct camera *camera = cameras_at(slot->all->cameras, slot->slot);

	return camera ? &camera->tracks[TRACK_MIC] : NULL;
}

static void plan_again(struct ear_slot *slot)
{
	loop_timer_start(slot->all->loop, &slot->again,
			 loop_now_ns(slot->all->loop) + EARS_AGAIN_MS * CLOCK_NS_PER_MS);
}

/* ---- entries ---- */

static void draft_about(struct journal_draft *draft, enum entry_kind kind,
			const struct ear_slot *slot)
{
	char cam[CAMERAS_ID_SIZE];
	struct camera named = {.id = slot->camera};

	cameras_log_id(&named, cam);
	journal_draft(draft, kind, PERSON_HOUSE);
	entry_add_text(&draft->entry, ENTRY_CAM, cam);
}

static void draft_session(struct journal_draft *draft, enum entry_kind kind,
			  const struct ear_slot *slot)
{
	draft_about(draft, kind, slot);
	entry_add_hex(&draft->entry, ENTRY_SID, slot->sid, sizeof(slot->sid));
}

static void add_used(struct journal_draft *draft, const struct ear_slot *slot)
{
	uint64_t ns = loop_now_ns(slot->all->loop) - slot->lease.start_ns;

	entry_add_pair(&draft->entry, ENTRY_USED, slot->lease.used_bytes,
		       (ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S);
}

static void add_allowance(struct journal_draft *draft, struct ear_slot *slot)
{
	slot->allowance = (struct lease_allowance){EARS_ALLOW_BYTES, EARS_ALLOW_S,
						   loop_now_ns(slot->all->loop)};
	entry_add_pair(&draft->entry, ENTRY_ALLOW, EARS_ALLOW_BYTES, EARS_ALLOW_S);
}

static void feed_ear(struct ear_slot *slot)
{
	struct track *mic = mic_of(slot);

	if (mic && !slot->cursor.feed)
		feed_want(&slot->feed, &slot->cursor, mic);
}

static void open_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct ear_slot *slot = container_of(waiter, struct ear_slot, opened);

	if (!receipt || slot->state != EAR_ASKED)
		return;
	slot->state = EAR_OPEN;
	slot->lease = (struct lease){0};
	lease_add(&slot->lease, &slot->allowance);
	feed_ear(slot);
}

/* The right, and its use. The house gives it, by its configuration. */
static void ask_entry(struct ear_slot *slot)
{
	struct journal *journal = slot->all->journal;
	struct journal_draft right, opening;
	uint64_t seq;

	draft_about(&right, ENTRY_GRANT_CREATE, slot);
	entry_add_tracks(&right.entry, ENTRY_TRACK_MICROPHONE);
	entry_add_text(&right.entry, ENTRY_WHY, "system");
	entry_add_text(&right.entry, ENTRY_REASON, "hears-crying");
	if (journal_add(journal, &right, NULL, &seq) < 0)
		return;
	randombytes_buf(slot->sid, sizeof(slot->sid));
	draft_session(&opening, ENTRY_VIEW_OPEN, slot);
	entry_add_tracks(&opening.entry, ENTRY_TRACK_MICROPHONE);
	entry_add_text(&opening.entry, ENTRY_WHY, "system");
	entry_add_number(&opening.entry, ENTRY_GRANT, seq);
	add_allowance(&opening, slot);
	journal_text(&opening, "acct", "Ward itself");
	journal_text(&opening, "device", "hears crying");
	journal_text(&opening, "from", "this box");
	slot->opened.settled = open_settled;
	slot->state = EAR_ASKED;
	if (journal_add(journal, &opening, &slot->opened, &seq) < 0)
		slot->state = EAR_CLOSED;
}

static void open_view(struct ear_slot *slot)
{
	struct camera *camera = cameras_at(slot->all->cameras, slot->slot);

	if (!camera || slot->state != EAR_CLOSED || !ipc_is_open(&slot->channel) ||
	    camera->tracks[TRACK_MIC].format.codec == CODEC_NONE)
		return;
	slot->camera = camera->id;
	if (journal_has_room(slot->all->journal))
		ask_entry(slot);
	if (slot->state == EAR_CLOSED)
		plan_again(slot);
}

static void tick_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct ear_slot *slot = container_of(waiter, struct ear_slot, ticked);

	if (!receipt || slot->state != EAR_OPEN)
		return;
	lease_add(&slot->lease, &slot->allowance);
	feed_ear(slot);
}

static void renew(struct ear_slot *slot)
{
	struct journal_draft draft;
	uint64_t seq;

	if (slot->ticked.is_waiting || !journal_has_room(slot->all->journal))
		return;
	draft_session(&draft, ENTRY_VIEW_TICK, slot);
	add_allowance(&draft, slot);
	add_used(&draft, slot);
	slot->ticked.settled = tick_settled;
	/* A full batch: the next frame asks again. */
	if (journal_add(slot->all->journal, &draft, &slot->ticked, &seq) < 0)
		slot->ticked.is_waiting = false;
}

static void record_end(struct ear_slot *slot)
{
	struct journal_draft draft;
	uint64_t seq;

	draft_session(&draft, ENTRY_VIEW_CLOSE, slot);
	add_used(&draft, slot);
	entry_add_text(&draft.entry, ENTRY_END, words_end(VIEW_END_STOPPED));
	if (journal_add(slot->all->journal, &draft, NULL, &seq) == -EAGAIN)
		plan_again(slot);
	else
		slot->state = EAR_CLOSED;
}

/* An entry did not fit: the one of the end first. */
static void try_again(struct loop_timer *timer)
{
	struct ear_slot *slot = container_of(timer, struct ear_slot, again);

	if (slot->state == EAR_ENDING)
		record_end(slot);
	open_view(slot);
}

/* ---- what it hears ---- */

static void end_event(struct ear_slot *slot, uint64_t end_us)
{
	struct camera *camera = cameras_at(slot->all->cameras, slot->slot);

	/* The diary ends what lasts too long by itself: then there is none any more. */
	if (camera && slot->event && diary_end(slot->all->diary, camera, slot->event, end_us) < 0)
		diag_info("an episode of crying had ended already");
	slot->event = 0;
}

static void begin_event(struct ear_slot *slot, const struct ipc_heard *heard, uint64_t start_us)
{
	struct camera *camera = cameras_at(slot->all->cameras, slot->slot);
	struct diary_event event = {.kind = DIARY_CRY, .start_us = start_us};

	event.score = heard->score > DIARY_SCORE_MAX + 1 ? DIARY_SCORE_MAX + 1 : heard->score;
	snprintf(event.source, sizeof(event.source), "ward-cry %u", heard->version);
	snprintf(event.note, sizeof(event.note), "%d dBFS", heard->level_cdb / 100);
	if (!camera || diary_begin(slot->all->diary, camera, &event, &slot->event) < 0)
		diag_warn("crying was heard and cannot be noted");
}

/* Wall time of a moment on Ward's clock; nonsense is now. */
static uint64_t wall_us(const struct ear_slot *slot, uint64_t at_ns)
{
	uint64_t now_ns = loop_now_ns(slot->all->loop);
	uint64_t behind_ns = now_ns > at_ns ? now_ns - at_ns : 0;

	if (behind_ns > EARS_BEHIND_S_MAX * CLOCK_NS_PER_S)
		behind_ns = 0;
	return clock_real_us() - behind_ns / CLOCK_NS_PER_US;
}

static void ear_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct ear_slot *slot = channel->owner;
	const struct ipc_heard *heard = message->body;

	if (message->type != IPC_HEARD || slot->state != EAR_OPEN)
		return;
	uint64_t at_us = wall_us(slot, heard->at_ns);

	end_event(slot, at_us);
	if (!heard->is_end)
		begin_event(slot, heard, at_us);
}

/* ---- the process ---- */

static void end_view(struct ear_slot *slot)
{
	struct journal *journal = slot->all->journal;

	end_event(slot, 0);
	feed_forget(&slot->cursor);
	log_waiter_cancel(journal->log, &slot->opened);
	log_waiter_cancel(journal->log, &slot->ticked);
	if (slot->state == EAR_ASKED) {
		/* Its entry may be durable all the same: nothing was fed. */
		slot->lease = (struct lease){.start_ns = loop_now_ns(slot->all->loop)};
		slot->state = EAR_OPEN;
	}
	if (slot->state != EAR_OPEN)
		return;
	slot->state = EAR_ENDING;
	record_end(slot);
}

static void end_slot(struct ear_slot *slot)
{
	end_view(slot);
	feed_stop(&slot->feed);
	ipc_close(&slot->channel);
}

static void ear_closed(struct ipc_channel *channel)
{
	end_slot(channel->owner);
}

static void ear_hangs(void *context)
{
	struct ear_slot *slot = context;

	diag_warn("the ear of camera slot %u hangs and was closed", slot->slot);
	end_slot(slot);
}

void ears_attach(struct ears *ears, uint32_t number, int fd)
{
	autoclose int owned = fd;

	if (number >= CAMERA_MAX)
		return;
	struct ear_slot *slot = &ears->slots[number];
	struct feed_listener listener = {.hung = ear_hangs, .context = slot};

	end_slot(slot);
	if (ipc_open(&slot->channel, ears->loop, owned, PROC_VAULT, PROC_EAR, ear_received,
		     ear_closed, slot) < 0)
		return;
	take_fd(owned);
	if (feed_start(&slot->feed, ears->loop, &slot->channel, &listener) < 0) {
		end_slot(slot);
		return;
	}
	open_view(slot);
}

void ears_mic_changed(struct ears *ears, const struct camera *camera)
{
	struct ear_slot *slot = &ears->slots[camera->slot];

	if (camera->tracks[TRACK_MIC].format.codec == CODEC_NONE)
		end_event(slot, 0);
	open_view(slot);
}

/* A frame is counted when it comes: one that an ear that lags never gets is counted all the same.
 * After a time without allowance the ear goes on with what comes then. */
void ears_mic_frame(struct ears *ears, const struct camera *camera)
{
	struct ear_slot *slot = &ears->slots[camera->slot];
	const struct gop *gop = &camera->tracks[TRACK_MIC].gop;
	const struct gop_frame *frame = gop_find(gop, gop->next - 1);
	uint64_t now_ns = loop_now_ns(ears->loop);

	if (slot->state != EAR_OPEN || !frame)
		return;
	if (lease_is_low(&slot->lease, now_ns))
		renew(slot);
	if (!lease_may(&slot->lease, now_ns, frame->size)) {
		feed_forget(&slot->cursor);
		return;
	}
	lease_use(&slot->lease, frame->size);
	feed_run(&slot->feed);
}

void ears_forget(struct ears *ears, const struct camera *camera)
{
	end_slot(&ears->slots[camera->slot]);
}

void ears_stop(struct ears *ears)
{
	for (uint32_t i = 0; i < CAMERA_MAX; i++) {
		if (ears->slots[i].state == EAR_ENDING)
			record_end(&ears->slots[i]);
		end_slot(&ears->slots[i]);
		loop_timer_stop(&ears->slots[i].again);
	}
}

void ears_finish(struct ears *ears)
{
	for (uint32_t i = 0; ears->slots && i < CAMERA_MAX; i++) {
		feed_forget(&ears->slots[i].cursor);
		feed_stop(&ears->slots[i].feed);
		ipc_close(&ears->slots[i].channel);
		loop_timer_stop(&ears->slots[i].again);
	}
	free(ears->slots);
	ears->slots = NULL;
}
