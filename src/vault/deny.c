#include "vault/deny.h"

#include <errno.h>

#include "base/clock.h"
#include "ipc/refusal.h"

static bool record_count(struct deny *deny, enum refusal refusal, struct deny_count *count)
{
	struct journal_draft draft;
	struct camera named = {.id = count->camera};
	char cam[CAMERAS_ID_SIZE];
	uint64_t seq;

	journal_draft(&draft, ENTRY_DENY, PERSON_HOUSE);
	entry_add_number(&draft.entry, ENTRY_COUNT, count->count);
	entry_add_text(&draft.entry, ENTRY_REASON, refusal_word(refusal));
	entry_add_pair(&draft.entry, ENTRY_SPAN, count->first_us, count->last_us);
	if (count->camera) {
		cameras_log_id(&named, cam);
		entry_add_text(&draft.entry, ENTRY_CAM, cam);
	}
	if (journal_add(deny->journal, &draft, NULL, &seq) == -EAGAIN)
		return false;
	*count = (struct deny_count){0};
	return true;
}

static bool record_all(struct deny *deny)
{
	bool all = true;

	for (unsigned refusal = 0; refusal < REFUSAL_COUNT; refusal++)
		for (unsigned slot = 0; slot <= CAMERA_MAX; slot++)
			if (deny->counts[refusal][slot].count)
				all &= record_count(deny, (enum refusal)refusal,
						    &deny->counts[refusal][slot]);
	return all;
}

static void deny_due(struct loop_timer *timer)
{
	struct deny *deny = container_of(timer, struct deny, timer);

	if (!record_all(deny))
		loop_timer_start(deny->loop, timer, loop_now_ns(deny->loop) + CLOCK_NS_PER_S);
}

void deny_init(struct deny *deny, struct loop *loop, struct journal *journal)
{
	*deny = (struct deny){.loop = loop, .journal = journal, .timer.due = deny_due};
}

void deny_finish(struct deny *deny)
{
	if (!deny->loop)
		return;
	record_all(deny);
	loop_timer_stop(&deny->timer);
}

void deny_note(struct deny *deny, enum refusal refusal, const struct camera *camera)
{
	struct deny_count *count = &deny->counts[refusal][camera ? camera->slot : CAMERA_MAX];

	if (count->count++ == 0) {
		count->first_us = clock_real_us();
		count->camera = camera ? camera->id : 0;
	}
	count->last_us = clock_real_us();
	if (!deny->timer.loop)
		loop_timer_start(deny->loop, &deny->timer,
				 loop_now_ns(deny->loop) + DENY_SPAN_MS * CLOCK_NS_PER_MS);
}
