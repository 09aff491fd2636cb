#include "vault/grants.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/diag.h"
#include "vault/pump.h"
#include "vault/words.h"

/* ---- the table ---- */

static void turn_due(struct loop_timer *timer);

int grants_init(struct grants *grants, struct loop *loop, struct journal *journal,
		const struct grants_listener *listener)
{
	*grants = (struct grants){.loop = loop, .journal = journal, .listener = *listener};
	grants->table = calloc(VIEW_MAX, sizeof(*grants->table));
	if (!grants->table)
		return -ENOMEM;
	grants->timer.due = turn_due;
	return 0;
}

void grants_finish(struct grants *grants)
{
	for (unsigned i = 0; grants->table && i < VIEW_MAX; i++) {
		struct grant *grant = &grants->table[i];

		ipc_close(&grant->viewer);
		log_waiter_cancel(grants->journal->log, &grant->opened);
		log_waiter_cancel(grants->journal->log, &grant->ticked);
	}
	loop_timer_stop(&grants->timer);
	free(grants->table);
	grants->table = NULL;
}

void grants_set_rtc(struct grants *grants, struct ipc_channel *rtc, struct feed *feed)
{
	grants->rtc = rtc;
	grants->feed = feed;
}

static void plan_turn(struct grants *grants)
{
	if (!grants->timer.loop)
		loop_timer_start(grants->loop, &grants->timer,
				 loop_now_ns(grants->loop) + GRANTS_TURN_MS * CLOCK_NS_PER_MS);
}

struct grant *grant_take(struct grants *grants, struct camera *camera)
{
	struct grant *grant = NULL;

	for (unsigned i = 0; i < VIEW_MAX && !grant; i++)
		if (grants->table[i].state == GRANT_FREE)
			grant = &grants->table[i];
	if (!grant)
		return NULL;
	*grant = (struct grant){.state = GRANT_ASKED,
				.number = ++grants->last_number,
				.all = grants,
				.camera = camera,
				.camera_id = camera->id,
				.after = camera->grants,
				.asker = grants->front,
				.video = TRACK_VIDEO};
	randombytes_buf(grant->sid, sizeof(grant->sid));
	camera->grants = grant;
	cameras_pace(camera);
	return grant;
}

static void leave_camera(struct grant *grant)
{
	struct grant **at = &grant->camera->grants;

	while (*at != grant)
		at = &(*at)->after;
	*at = grant->after;
	cameras_pace(grant->camera);
	grant->after = NULL;
	grant->camera = NULL;
}

static void tell_ended(struct grant *grant)
{
	struct grants *all = grant->all;

	if (all->listener.ended)
		all->listener.ended(all->listener.context, grant);
}

void grant_drop(struct grant *grant)
{
	if (grant->camera) {
		tell_ended(grant);
		leave_camera(grant);
	}
	log_waiter_cancel(grant->all->journal->log, &grant->opened);
	log_waiter_cancel(grant->all->journal->log, &grant->ticked);
	grant->state = GRANT_FREE;
}

/* ---- ending ---- */

static const struct {
	enum entry_kind tick, close;
} entries[] = {
	[GRANT_VIEW] = {ENTRY_VIEW_TICK, ENTRY_VIEW_CLOSE},
	[GRANT_TALK] = {ENTRY_TALK_TICK, ENTRY_TALK_CLOSE},
};

static uint64_t used_seconds(const struct grant *grant)
{
	uint64_t ns = loop_now_ns(grant->all->loop);

	ns = ns > grant->lease.start_ns ? ns - grant->lease.start_ns : 0;
	return (ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S;
}

static void draft_about(struct journal_draft *draft, enum entry_kind kind,
			const struct grant *grant)
{
	char cam[CAMERAS_ID_SIZE];
	struct camera named = {.id = grant->camera_id};

	cameras_log_id(&named, cam);
	journal_draft(draft, kind, grant->who.user);
	entry_add_text(&draft->entry, ENTRY_CAM, cam);
	entry_add_hex(&draft->entry, ENTRY_SID, grant->sid, sizeof(grant->sid));
	entry_add_pair(&draft->entry, ENTRY_USED, grant->lease.used_bytes, used_seconds(grant));
}

/* Adds the closing entry, and frees the slot when that is done. A full batch is tried again. */
static void record_end(struct grant *grant)
{
	struct journal_draft draft;
	uint64_t seq;

	draft_about(&draft, entries[grant->kind].close, grant);
	entry_add_text(&draft.entry, ENTRY_END, words_end(grant->end));
	if (grant->taken) {
		entry_add_text(&draft.entry, ENTRY_WHY, words_role(grant->taken_as));
		entry_add_number(&draft.entry, ENTRY_GRANT, grant->taken_by);
		entry_add_text(&draft.entry, ENTRY_REASON, grant->taken);
	}
	if (journal_add(grant->all->journal, &draft, NULL, &seq) == -EAGAIN)
		return;
	grant->all->ending--;
	grant_drop(grant);
}

void grant_end(struct grant *grant, enum view_end end)
{
	struct grants *all = grant->all;
	struct camera *camera = grant->camera;

	if (grant->state == GRANT_ASKED && grant->end == VIEW_END_NONE)
		grant->end = end;
	if (grant->state != GRANT_OPEN)
		return;
	grant->end = end;
	tell_ended(grant);
	if (ipc_is_open(&grant->viewer)) {
		struct ipc_grant_end body = {.grant = grant->number, .end = (uint32_t)end};

		/* A courtesy: closing is what counts. */
		if (ipc_try_send(&grant->viewer, IPC_GRANT_END, &body, NULL, 0) < 0)
			diag_info("a viewer was closed without a word");
		ipc_close(&grant->viewer);
	}
	pump_unchoose(grant);
	log_waiter_cancel(all->journal->log, &grant->ticked);
	grant->state = GRANT_ENDING;
	leave_camera(grant);
	camera->watching -= grant->kind == GRANT_VIEW;
	all->open--;
	all->ending++;
	record_end(grant);
	plan_turn(all);
	if (all->listener.changed)
		all->listener.changed(all->listener.context, camera);
}

static void end_by(struct grant *grant, const struct who *by, const char *word)
{
	grant->taken = word;
	grant->taken_as = by->role;
	grant->taken_by = by->right_seq;
	grant_end(grant, VIEW_END_REVOKED);
}

void grant_take_over(struct grant *grant, const struct who *by)
{
	end_by(grant, by, "taken-over");
}

void grant_stop(struct grant *grant, const struct who *by)
{
	if (people_is_own(by, &grant->who))
		grant_end(grant, VIEW_END_LEFT);
	else
		end_by(grant, by, "silenced");
}

void grant_refuse(struct grant *grant, enum refusal refusal)
{
	struct ipc_refused body = {.request = grant->request, .refusal = (uint32_t)refusal};

	if (grant->asker && ipc_is_open(grant->asker))
		ipc_send(grant->asker, IPC_REFUSED, &body, NULL, 0);
	grant->asker = NULL;
}

void grants_forget(struct grants *grants, const struct ipc_channel *tool)
{
	for (unsigned i = 0; i < VIEW_MAX; i++)
		if (grants->table[i].asker == tool)
			grants->table[i].asker = NULL;
}

unsigned grants_end_if(struct grants *grants, enum view_end end,
		       bool (*matches)(const struct grant *grant, const void *key), const void *key)
{
	unsigned count = 0;

	for (unsigned i = 0; i < VIEW_MAX; i++) {
		struct grant *grant = &grants->table[i];

		if (grant->state != GRANT_ASKED && grant->state != GRANT_OPEN)
			continue;
		if (!matches(grant, key))
			continue;
		grant_end(grant, end);
		count++;
	}
	return count;
}

bool grant_is_of_user(const struct grant *grant, const void *user)
{
	uint64_t id;

	memcpy(&id, user, sizeof(id));
	return grant->who.user == id;
}

bool grant_is_of_token(const struct grant *grant, const void *token)
{
	return grant->who.via == WHO_TOKEN &&
	       memcmp(grant->who.token, token, PEOPLE_TOKEN_SIZE) == 0;
}

bool grant_is_of_camera(const struct grant *grant, const void *camera)
{
	return grant->camera == camera;
}

bool grant_is_any(const struct grant *grant, const void *nothing)
{
	(void)grant;
	(void)nothing;
	return true;
}

/* ---- opening ---- */

static void viewer_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct grant *grant = channel->owner;

	if (message->type == IPC_VIEW_REPORT) {
		pump_report(grant, message->body);
	} else if (message->type == IPC_GRANT_END) {
		const struct ipc_grant_end *body = message->body;

		if (body->end == VIEW_END_NONE || body->end >= VIEW_END_COUNT)
			fatal("rtc ended a view for reason %u", body->end);
		grant_end(grant, (enum view_end)body->end);
	} else if (message->type == IPC_TALK_FRAME) {
		grant->all->listener.said(grant->all->listener.context, grant, message);
	} else {
		fatal("rtc sent message %u on a grant's descriptor", (unsigned)message->type);
	}
}

static void viewer_closed(struct ipc_channel *channel)
{
	grant_end(channel->owner, VIEW_END_STOPPED);
}

bool grants_can_connect(const struct grants *grants)
{
	return grants->rtc && ipc_is_open(grants->rtc) && !grants->feed->is_hung;
}

/* A talker is shown nothing and hears nothing: rtc is told of no track. */
int grant_connect(struct grant *grant)
{
	uint32_t tracks = grant->kind == GRANT_VIEW ? grant->tracks : 0;
	struct ipc_grant_open body = {.grant = grant->number,
				      .log_seq = grant->log_seq,
				      .camera = grant->camera->id,
				      .tracks = tracks,
				      .may_talk = grant->may_talk};
	int fds[2];

	if (!grant->all->rtc || !ipc_is_open(grant->all->rtc))
		return -EPIPE;
	int rc = ipc_pair(GRANT_SOCKET_SIZE, fds);

	if (rc < 0)
		return rc;
	autoclose int ours = fds[0];
	autoclose int theirs = fds[1];

	rc = ipc_open(&grant->viewer, grant->all->loop, ours, PROC_VAULT, PROC_RTC, viewer_received,
		      viewer_closed, grant);
	if (rc < 0)
		return rc;
	take_fd(ours);
	memcpy(body.dtls_fingerprint, grant->dtls_fingerprint, sizeof(body.dtls_fingerprint));
	memcpy(body.sid, grant->sid, sizeof(body.sid));
	for (unsigned i = 0; i < TRACK_COUNT; i++) {
		struct track *track = &grant->camera->tracks[i];

		if (tracks & TRACK_BIT(i))
			feed_tell_track(grant->all->feed, &track->cursor, track);
	}
	ipc_send_fd(grant->all->rtc, IPC_GRANT_OPEN, &body, NULL, 0, theirs);
	return 0;
}

int grant_begin(struct grant *grant, const struct log_receipt *receipt)
{
	struct grants *all = grant->all;

	assert(grant->state == GRANT_ASKED);
	grant->log_seq = log_receipt_seq(receipt);
	assert(grant->log_seq == grant->opened.seq);
	grant->state = GRANT_OPEN;
	grant->camera->watching += grant->kind == GRANT_VIEW;
	all->open++;
	lease_add(&grant->lease, &grant->first);
	plan_turn(all);
	if (all->listener.changed)
		all->listener.changed(all->listener.context, grant->camera);
	/* Taken back while its entry was on the way: the entry stands, nothing follows it. */
	if (grant->end == VIEW_END_NONE)
		return 0;
	grant_end(grant, grant->end);
	return -ECANCELED;
}

int grant_open(struct grant *grant, const struct log_receipt *receipt)
{
	struct grants *all = grant->all;
	int rc = grant_begin(grant, receipt);

	if (rc < 0)
		return rc;
	rc = grant_connect(grant);
	if (rc < 0) {
		grant_end(grant, VIEW_END_STOPPED);
		return rc;
	}
	pump_choose(grant);
	feed_run(all->feed);
	return 0;
}

/* ---- leases ---- */

static void tick_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct grant *grant = container_of(waiter, struct grant, ticked);

	if (!receipt || grant->state != GRANT_OPEN)
		return;
	lease_add(&grant->lease, &grant->tick);
	grant->starved_bytes = 0;
	if (grant->kind == GRANT_VIEW)
		pump_grant(grant);
}

void grant_renew(struct grant *grant)
{
	struct journal *journal = grant->all->journal;
	uint64_t now = loop_now_ns(grant->all->loop), seq;
	struct journal_draft draft;

	if (grant->ticked.is_waiting || !journal_has_room(journal))
		return;
	grant->tick = lease_next(&grant->lease, now, grant->starved_bytes);
	grant->ticked.settled = tick_settled;
	draft_about(&draft, entries[grant->kind].tick, grant);
	entry_add_pair(&draft.entry, ENTRY_ALLOW, grant->tick.bytes, grant->tick.seconds);
	/* A full batch: the timer asks again. */
	if (journal_add(journal, &draft, &grant->ticked, &seq) < 0)
		grant->ticked.is_waiting = false;
}

static void look_after(struct grant *grant, uint64_t now, uint64_t real_us)
{
	uint64_t connect_ns = grant->lease.start_ns + GRANT_CONNECT_S * CLOCK_NS_PER_S;

	if (grant->who.expires_us && real_us >= grant->who.expires_us)
		grant_end(grant, VIEW_END_EXPIRED);
	else if (grant->kind == GRANT_TALK && lease_is_low(&grant->lease, now))
		grant_renew(grant);
	else if (grant->kind == GRANT_TALK)
		return;
	else if (!grant->is_connected && now >= connect_ns && grant->lease.used_bytes == 0)
		grant_end(grant, VIEW_END_FAILED);
	else
		pump_grant(grant);
}

void grants_record_ends(struct grants *grants)
{
	for (unsigned i = 0; i < VIEW_MAX; i++)
		if (grants->table[i].state == GRANT_ENDING)
			record_end(&grants->table[i]);
}

static void turn_due(struct loop_timer *timer)
{
	struct grants *grants = container_of(timer, struct grants, timer);
	uint64_t now = loop_now_ns(grants->loop), real_us = clock_real_us();

	for (unsigned i = 0; i < VIEW_MAX; i++) {
		struct grant *grant = &grants->table[i];

		if (grant->state == GRANT_OPEN)
			look_after(grant, now, real_us);
	}
	grants_record_ends(grants);
	if (grants->open || grants->ending)
		plan_turn(grants);
}

/* ---- finding ---- */

struct grant *grants_find(const struct grants *grants, const uint8_t sid[16])
{
	for (unsigned i = 0; i < VIEW_MAX; i++) {
		struct grant *grant = &grants->table[i];

		if ((grant->state == GRANT_ASKED || grant->state == GRANT_OPEN) &&
		    memcmp(grant->sid, sid, sizeof(grant->sid)) == 0)
			return grant;
	}
	return NULL;
}

unsigned grants_of_user(const struct grants *grants, const struct who *who)
{
	unsigned count = 0;

	for (unsigned i = 0; i < VIEW_MAX; i++)
		if ((grants->table[i].state == GRANT_ASKED ||
		     grants->table[i].state == GRANT_OPEN) &&
		    grants->table[i].who.user == who->user)
			count++;
	return count;
}
