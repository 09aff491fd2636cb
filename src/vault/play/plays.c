#include "vault/play/plays.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "vault/play/serve.h"
#include "vault/words.h"

/* ---- the table ---- */

static void turn_due(struct loop_timer *timer);

int plays_init(struct plays *plays, struct loop *loop, struct journal *journal, struct store *store,
	       const struct plays_listener *listener)
{
	*plays = (struct plays){
		.loop = loop, .journal = journal, .store = store, .listener = *listener};
	plays->table = calloc(PLAYS_MAX, sizeof(*plays->table));
	plays->reads = calloc(PLAYS_READS_MAX, sizeof(*plays->reads));
	if (!plays->table || !plays->reads)
		return -ENOMEM;
	plays->timer.due = turn_due;
	plays->serving.due = serve_due;
	return 0;
}

void plays_finish(struct plays *plays)
{
	for (unsigned i = 0; plays->table && i < PLAYS_MAX; i++) {
		struct play *play = &plays->table[i];

		log_waiter_cancel(plays->journal->log, &play->opened);
		log_waiter_cancel(plays->journal->log, &play->ticked);
		log_waiter_cancel(plays->journal->log, &play->export.waiter);
		reader_destroy(play->reader);
	}
	for (unsigned i = 0; plays->reads && i < PLAYS_READS_MAX; i++)
		if (plays->reads[i].play)
			serve_free(&plays->reads[i]);
	loop_timer_stop(&plays->timer);
	loop_timer_stop(&plays->serving);
	free(plays->table);
	free(plays->reads);
	plays->table = NULL;
	plays->reads = NULL;
}

static void plan_turn(struct plays *plays)
{
	if (!plays->timer.loop)
		loop_timer_start(plays->loop, &plays->timer,
				 loop_now_ns(plays->loop) + PLAYS_TURN_MS * CLOCK_NS_PER_MS);
}

struct play *play_take(struct plays *plays, const struct play_spec *spec)
{
	uint64_t now = loop_now_ns(plays->loop);
	struct play *play = NULL;

	for (unsigned i = 0; i < PLAYS_MAX && !play; i++)
		if (plays->table[i].state == PLAY_FREE)
			play = &plays->table[i];
	if (!play)
		return NULL;
	*play = (struct play){.state = PLAY_ASKED,
			      .all = plays,
			      .asker = spec->asker,
			      .who = *spec->who,
			      .origin = spec->ask->origin,
			      .camera = spec->camera,
			      .request = spec->ask->request,
			      .since_us = clock_real_us(),
			      .first = lease_first(now),
			      .active_ns = now};
	play->scope = (struct reader_scope){
		.span = {spec->camera->id, spec->ask->from_us, spec->ask->to_us},
		.tracks = spec->ask->tracks};
	randombytes_buf(play->sid, sizeof(play->sid));
	return play;
}

void play_drop(struct play *play)
{
	log_waiter_cancel(play->all->journal->log, &play->opened);
	log_waiter_cancel(play->all->journal->log, &play->ticked);
	log_waiter_cancel(play->all->journal->log, &play->export.waiter);
	play->state = PLAY_FREE;
}

void play_tell(const struct play *play, enum ipc_type type, const void *body)
{
	if (play->asker && ipc_is_open(play->asker))
		ipc_send(play->asker, type, body, NULL, 0);
}

/* ---- ending ---- */

static uint64_t used_seconds(const struct play *play)
{
	uint64_t now = loop_now_ns(play->all->loop);
	uint64_t ns = now > play->lease.start_ns ? now - play->lease.start_ns : 0;

	return (ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S;
}

static void draft_about(struct journal_draft *draft, enum entry_kind kind, const struct play *play)
{
	char cam[CAMERAS_ID_SIZE];
	struct camera named = {.id = play->scope.span.camera};

	cameras_log_id(&named, cam);
	journal_draft(draft, kind, play->who.user);
	entry_add_text(&draft->entry, ENTRY_CAM, cam);
	entry_add_hex(&draft->entry, ENTRY_SID, play->sid, sizeof(play->sid));
	entry_add_pair(&draft->entry, ENTRY_USED, play->lease.used_bytes, used_seconds(play));
	if (play->sent_to_us)
		entry_add_pair(&draft->entry, ENTRY_SPAN, play->sent_from_us, play->sent_to_us);
}

/* Adds the closing entry, and frees the slot when that is done. A full batch is tried again. */
static void record_end(struct play *play)
{
	struct journal_draft draft;
	uint64_t seq;

	draft_about(&draft, ENTRY_PLAY_CLOSE, play);
	entry_add_text(&draft.entry, ENTRY_END, words_end(play->end));
	if (journal_add(play->all->journal, &draft, NULL, &seq) == -EAGAIN)
		return;
	play->all->ending--;
	play_drop(play);
}

void play_end(struct play *play, enum view_end end)
{
	struct plays *all = play->all;
	struct camera *camera = play->camera;
	struct ipc_play_ended body = {.end = (uint32_t)end};

	if (play->state == PLAY_ASKED && play->end == VIEW_END_NONE)
		play->end = end;
	if (play->state != PLAY_OPEN)
		return;
	reader_destroy(play->reader);
	play->reader = NULL;
	serve_refuse(play);
	/* What the front was given and has not passed on, it drops. */
	memcpy(body.sid, play->sid, sizeof(body.sid));
	play_tell(play, IPC_PLAY_ENDED, &body);
	log_waiter_cancel(all->journal->log, &play->ticked);
	play->state = PLAY_ENDING;
	play->end = end;
	play->camera = NULL;
	all->open--;
	all->ending++;
	record_end(play);
	plan_turn(all);
	all->listener.changed(all->listener.context, camera);
}

unsigned plays_end_if(struct plays *plays, enum view_end end,
		      bool (*matches)(const struct play *play, const void *key), const void *key)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PLAYS_MAX; i++) {
		struct play *play = &plays->table[i];

		if ((play->state != PLAY_ASKED && play->state != PLAY_OPEN) || !matches(play, key))
			continue;
		play_end(play, end);
		count++;
	}
	return count;
}

void plays_forget(struct plays *plays, const struct ipc_channel *tool)
{
	for (unsigned i = 0; i < PLAYS_MAX; i++) {
		struct play *play = &plays->table[i];

		if (play->asker != tool)
			continue;
		play->asker = NULL;
		play_end(play, VIEW_END_LEFT);
	}
}

bool play_is_of_user(const struct play *play, const void *user)
{
	uint64_t id;

	memcpy(&id, user, sizeof(id));
	return play->who.user == id;
}

bool play_is_of_token(const struct play *play, const void *token)
{
	return play->who.via == WHO_TOKEN && memcmp(play->who.token, token, PEOPLE_TOKEN_SIZE) == 0;
}

bool play_is_of_camera(const struct play *play, const void *camera)
{
	return play->camera == camera;
}

bool play_is_any(const struct play *play, const void *nothing)
{
	(void)play;
	(void)nothing;
	return true;
}

/* ---- opening ---- */

int play_open(struct play *play, const struct log_receipt *receipt)
{
	struct plays *all = play->all;

	assert(play->state == PLAY_ASKED);
	play->log_seq = log_receipt_seq(receipt);
	assert(play->log_seq == play->opened.seq);
	play->state = PLAY_OPEN;
	play->active_ns = loop_now_ns(all->loop);
	all->open++;
	lease_add(&play->lease, &play->first);
	plan_turn(all);
	/* Taken back while its entry was on the way: the entry stands, nothing follows it. */
	int rc = play->end != VIEW_END_NONE
			 ? -ECANCELED
			 : reader_open(receipt, all->store, &play->scope, &play->reader);

	if (rc < 0) {
		play_end(play, play->end != VIEW_END_NONE ? play->end : VIEW_END_STOPPED);
		return rc;
	}
	all->listener.changed(all->listener.context, play->camera);
	return 0;
}

/* ---- leases ---- */

static void tick_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct play *play = container_of(waiter, struct play, ticked);

	if (!receipt || play->state != PLAY_OPEN)
		return;
	lease_add(&play->lease, &play->tick);
	serve_go_on(play->all);
}

void play_renew(struct play *play, uint64_t wanted)
{
	struct journal *journal = play->all->journal;
	struct journal_draft draft;
	uint64_t seq;

	if (play->ticked.is_waiting || !journal_has_room(journal))
		return;
	play->tick = lease_next(&play->lease, loop_now_ns(play->all->loop), wanted);
	play->ticked.settled = tick_settled;
	draft_about(&draft, ENTRY_PLAY_TICK, play);
	entry_add_pair(&draft.entry, ENTRY_ALLOW, play->tick.bytes, play->tick.seconds);
	/* A full batch: the timer asks again. */
	if (journal_add(journal, &draft, &play->ticked, &seq) < 0)
		play->ticked.is_waiting = false;
}

static void look_after(struct play *play, uint64_t now, uint64_t real_us)
{
	if (play->who.expires_us && real_us >= play->who.expires_us)
		play_end(play, VIEW_END_EXPIRED);
	else if (!play->reads && now >= play->active_ns + PLAYS_IDLE_S * CLOCK_NS_PER_S)
		play_end(play, VIEW_END_LOST);
}

void plays_record_ends(struct plays *plays)
{
	for (unsigned i = 0; i < PLAYS_MAX; i++)
		if (plays->table[i].state == PLAY_ENDING)
			record_end(&plays->table[i]);
}

static void turn_due(struct loop_timer *timer)
{
	struct plays *plays = container_of(timer, struct plays, timer);
	uint64_t now = loop_now_ns(plays->loop), real_us = clock_real_us();

	for (unsigned i = 0; i < PLAYS_MAX; i++)
		if (plays->table[i].state == PLAY_OPEN)
			look_after(&plays->table[i], now, real_us);
	plays_record_ends(plays);
	serve_go_on(plays);
	if (plays->open || plays->ending)
		plan_turn(plays);
}

/* ---- finding ---- */

struct play *plays_find(const struct plays *plays, const uint8_t sid[16])
{
	for (unsigned i = 0; i < PLAYS_MAX; i++) {
		struct play *play = &plays->table[i];

		if ((play->state == PLAY_ASKED || play->state == PLAY_OPEN) &&
		    memcmp(play->sid, sid, sizeof(play->sid)) == 0)
			return play;
	}
	return NULL;
}

unsigned plays_of_user(const struct plays *plays, const struct who *who)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PLAYS_MAX; i++)
		if ((plays->table[i].state == PLAY_ASKED || plays->table[i].state == PLAY_OPEN) &&
		    plays->table[i].who.user == who->user)
			count++;
	return count;
}
