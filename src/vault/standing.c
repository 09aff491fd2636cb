#include "vault/standing.h"

#include <errno.h>

#include <sodium.h>

#include "base/clock.h"
#include "vault/words.h"

static void try_again(struct loop_timer *timer);

void standing_init(struct standing *view, const struct standing *like)
{
	*view = *like;
	view->again.due = try_again;
}

static struct track *track_at(const struct standing *view, enum media_track number)
{
	struct camera *camera = cameras_at(view->cameras, view->slot);

	return camera ? &camera->tracks[number] : NULL;
}

static struct track *track_of(const struct standing *view)
{
	return track_at(view, view->track);
}

static void plan_again(struct standing *view)
{
	loop_timer_start(view->loop, &view->again,
			 loop_now_ns(view->loop) + STANDING_AGAIN_MS * CLOCK_NS_PER_MS);
}

/* ---- entries ---- */

static void draft_about(struct journal_draft *draft, enum entry_kind kind,
			const struct standing *view)
{
	char cam[CAMERAS_ID_SIZE];
	struct camera named = {.id = view->camera};

	cameras_log_id(&named, cam);
	journal_draft(draft, kind, PERSON_HOUSE);
	entry_add_text(&draft->entry, ENTRY_CAM, cam);
}

static void draft_session(struct journal_draft *draft, enum entry_kind kind,
			  const struct standing *view)
{
	draft_about(draft, kind, view);
	entry_add_hex(&draft->entry, ENTRY_SID, view->sid, sizeof(view->sid));
}

static void add_used(struct journal_draft *draft, const struct standing *view)
{
	uint64_t ns = loop_now_ns(view->loop) - view->lease.start_ns;

	entry_add_pair(&draft->entry, ENTRY_USED, view->lease.used_bytes,
		       (ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S);
}

static void add_allowance(struct journal_draft *draft, struct standing *view)
{
	const struct standing_kind *kind = view->kind;

	view->allowance = (struct lease_allowance){kind->allow_bytes, kind->allow_s,
						   loop_now_ns(view->loop)};
	entry_add_pair(&draft->entry, ENTRY_ALLOW, kind->allow_bytes, kind->allow_s);
}

/* Of a video the analyser gets what stands since the newest key frame: counted as well. */
static void count_backlog(struct standing *view, const struct gop *gop)
{
	for (uint64_t number = gop->key; number && !gop->every_is_key && number < gop->next; number++) {
		const struct gop_frame *frame = gop_find(gop, number);

		if (frame)
			lease_use(&view->lease, frame->size);
	}
}

static void feed_analyser(struct standing *view)
{
	struct track *track = track_of(view);

	if (!track || view->cursor.feed)
		return;
	count_backlog(view, &track->gop);
	feed_want(view->feed, &view->cursor, track);
	if (view->kind->with_speaker)
		feed_want(view->feed, &view->speaker, track_at(view, TRACK_SPEAKER));
}

static void feed_no_more(struct standing *view)
{
	feed_forget(&view->cursor);
	feed_forget(&view->speaker);
}

void standing_change_track(struct standing *view, enum media_track track)
{
	view->track = track;
	if (!view->cursor.feed)
		return;
	feed_forget(&view->cursor);
	feed_analyser(view);
}

static void open_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct standing *view = container_of(waiter, struct standing, opened);

	if (!receipt || view->state != STANDING_ASKED)
		return;
	view->state = STANDING_OPEN;
	view->lease = (struct lease){0};
	lease_add(&view->lease, &view->allowance);
	feed_analyser(view);
}

/* The right, and its use. The house gives it, by its configuration. */
static void ask_entry(struct standing *view)
{
	struct journal *journal = view->journal;
	struct journal_draft right, opening;
	uint64_t seq;

	view->entry_tracks = words_tracks(
		TRACK_BIT(view->track) | (view->kind->with_speaker ? TRACK_BIT(TRACK_SPEAKER) : 0));
	draft_about(&right, ENTRY_GRANT_CREATE, view);
	entry_add_tracks(&right.entry, view->entry_tracks);
	entry_add_text(&right.entry, ENTRY_WHY, "system");
	entry_add_text(&right.entry, ENTRY_REASON, view->kind->reason);
	if (journal_add(journal, &right, NULL, &seq) < 0)
		return;
	randombytes_buf(view->sid, sizeof(view->sid));
	draft_session(&opening, ENTRY_VIEW_OPEN, view);
	entry_add_tracks(&opening.entry, view->entry_tracks);
	entry_add_text(&opening.entry, ENTRY_WHY, "system");
	entry_add_number(&opening.entry, ENTRY_GRANT, seq);
	add_allowance(&opening, view);
	journal_text(&opening, "acct", "Ward itself");
	journal_text(&opening, "device", view->kind->device);
	journal_text(&opening, "from", "this box");
	view->opened.settled = open_settled;
	view->state = STANDING_ASKED;
	if (journal_add(journal, &opening, &view->opened, &seq) < 0)
		view->state = STANDING_CLOSED;
}

void standing_open(struct standing *view)
{
	struct track *track = track_of(view);

	if (!track || view->state != STANDING_CLOSED || !view->feed->loop ||
	    track->format.codec == CODEC_NONE)
		return;
	view->camera = camera_of(track)->id;
	if (journal_has_room(view->journal))
		ask_entry(view);
	if (view->state == STANDING_CLOSED)
		plan_again(view);
}

static void tick_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct standing *view = container_of(waiter, struct standing, ticked);

	if (!receipt || view->state != STANDING_OPEN)
		return;
	lease_add(&view->lease, &view->allowance);
	feed_analyser(view);
}

static void renew(struct standing *view)
{
	struct journal_draft draft;
	uint64_t seq;

	if (view->ticked.is_waiting || !journal_has_room(view->journal))
		return;
	draft_session(&draft, ENTRY_VIEW_TICK, view);
	add_allowance(&draft, view);
	add_used(&draft, view);
	view->ticked.settled = tick_settled;
	/* A full batch: the next frame asks again. */
	if (journal_add(view->journal, &draft, &view->ticked, &seq) < 0)
		view->ticked.is_waiting = false;
}

/* A frame is counted when it comes: one that an analyser that lags never gets is counted all the
 * same. After a time without allowance it goes on with what comes then. */
void standing_frame(struct standing *view, enum media_track number)
{
	const struct track *track = track_at(view, number);
	const struct gop_frame *frame = track ? gop_find(&track->gop, track->gop.next - 1) : NULL;
	uint64_t now_ns = loop_now_ns(view->loop);

	if (view->state != STANDING_OPEN || !frame)
		return;
	if (lease_is_low(&view->lease, now_ns))
		renew(view);
	if (!lease_may(&view->lease, now_ns, frame->size)) {
		feed_no_more(view);
		return;
	}
	lease_use(&view->lease, frame->size);
	feed_run(view->feed);
}

void standing_record_end(struct standing *view)
{
	struct journal_draft draft;
	uint64_t seq;

	if (view->state != STANDING_ENDING)
		return;
	draft_session(&draft, ENTRY_VIEW_CLOSE, view);
	add_used(&draft, view);
	entry_add_text(&draft.entry, ENTRY_END, words_end(VIEW_END_STOPPED));
	if (journal_add(view->journal, &draft, NULL, &seq) == -EAGAIN)
		plan_again(view);
	else
		view->state = STANDING_CLOSED;
}

/* An entry did not fit: the one of the end first. */
static void try_again(struct loop_timer *timer)
{
	struct standing *view = container_of(timer, struct standing, again);

	standing_record_end(view);
	standing_open(view);
}

void standing_end(struct standing *view)
{
	struct journal *journal = view->journal;

	feed_no_more(view);
	log_waiter_cancel(journal->log, &view->opened);
	log_waiter_cancel(journal->log, &view->ticked);
	if (view->state == STANDING_ASKED) {
		/* Its entry may be durable all the same: nothing was fed. */
		view->lease = (struct lease){.start_ns = loop_now_ns(view->loop)};
		view->state = STANDING_OPEN;
	}
	if (view->state != STANDING_OPEN)
		return;
	view->state = STANDING_ENDING;
	standing_record_end(view);
}

void standing_finish(struct standing *view)
{
	feed_no_more(view);
	loop_timer_stop(&view->again);
}

uint64_t standing_wall_us(const struct standing *view, uint64_t at_ns)
{
	uint64_t now_ns = loop_now_ns(view->loop);
	uint64_t behind_ns = now_ns > at_ns ? now_ns - at_ns : 0;

	if (behind_ns > STANDING_BEHIND_S_MAX * CLOCK_NS_PER_S)
		behind_ns = 0;
	return clock_real_us() - behind_ns / CLOCK_NS_PER_US;
}
