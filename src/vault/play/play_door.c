#include "vault/play/play_door.h"

#include <errno.h>
#include <string.h>

#include "proto/log/ask.h"
#include "vault/play/serve.h"
#include "vault/replies.h"
#include "vault/store/timeline.h"
#include "vault/tools.h"
#include "vault/words.h"

/* The camera, if the asker may play it. Without the right nothing is told about its recordings, not
 * even whether there are some. */
static enum refusal check_camera(struct door *door, const struct who *who, const char *name,
				 struct camera **ret_camera)
{
	enum refusal refusal = REFUSAL_BAD_REQUEST;

	if (memchr(name, '\0', NAME_SIZE))
		refusal = door_check_camera(door, who, name, ret_camera);
	if (refusal == REFUSAL_NONE && !(who->verbs & VERB_PLAY))
		refusal = REFUSAL_NOT_ALLOWED;
	return refusal;
}

static bool is_span(uint64_t from_us, uint64_t to_us)
{
	return from_us < to_us && to_us <= INT64_MAX;
}

/* ---- the timeline ---- */

struct telling {
	struct ipc_channel *front;
	struct ipc_timeline body;
	struct ipc_span rows[IPC_TAIL_MAX / sizeof(struct ipc_span)];
};

static void flush(struct telling *telling)
{
	ipc_send(telling->front, IPC_TIMELINE, &telling->body, telling->rows,
		 telling->body.count * sizeof(telling->rows[0]));
	telling->body.count = 0;
}

static void add_span(void *context, const struct ipc_span *span)
{
	struct telling *telling = context;

	if (telling->body.count == ARRAY_COUNT(telling->rows))
		flush(telling);
	telling->rows[telling->body.count++] = *span;
}

static void tell(struct door *door, const struct ipc_timeline_ask *ask, const struct camera *camera)
{
	struct telling telling = {.front = door->plays->front, .body = {.request = ask->request}};
	struct catalog_span span = {camera->id, ask->from_us, ask->to_us};
	struct ipc_done done = {.request = ask->request};
	uint64_t step_us = ask->step_us ? ask->step_us : (ask->to_us - ask->from_us) / 2000;
	struct db *db = door->journal->db;

	timeline_bounds(db, camera->id, &telling.body.oldest_us, &telling.body.newest_us);
	timeline_read(db, &span, step_us, add_span, &telling);
	flush(&telling);
	ipc_send(door->plays->front, IPC_DONE, &done, NULL, 0);
}

void play_door_timeline(struct door *door, const struct ipc_timeline_ask *ask)
{
	struct camera *camera = NULL;
	struct who who;
	enum refusal refusal = credentials_find(door->credentials, &ask->credential, &who);

	if (refusal == REFUSAL_NONE)
		refusal = check_camera(door, &who, ask->camera, &camera);
	if (refusal == REFUSAL_NONE &&
	    (!is_span(ask->from_us, ask->to_us) || ask->step_us > INT64_MAX))
		refusal = REFUSAL_BAD_REQUEST;
	if (refusal == REFUSAL_NONE) {
		tell(door, ask, camera);
		return;
	}
	deny_note(door->deny, refusal, camera);
	reply_refused(door->plays->front, ask->request, refusal, NULL);
}

/* ---- may they play it? ---- */

/* The kernel has said who is at the local socket. */
static enum refusal find_who(struct door *door, struct ipc_channel *asker,
			     const struct ipc_credential *credential, struct who *ret_who)
{
	if (asker->peer != PROC_TOOL)
		return credentials_find(door->credentials, credential, ret_who);
	tools_who(asker, ret_who);
	return REFUSAL_NONE;
}

static enum refusal check_who(struct door *door, struct ipc_channel *asker,
			      const struct ipc_play_ask *ask, struct who *ret_who)
{
	enum refusal refusal = find_who(door, asker, &ask->credential, ret_who);

	if (refusal != REFUSAL_NONE || ret_who->via != WHO_DEVICE)
		return refusal;
	refusal = credentials_check_play(door->credentials, ret_who, ask);
	if (refusal != REFUSAL_NONE)
		return refusal;
	return door_check_checkpoint(door, ask->proof.checkpoint_size, ask->proof.checkpoint_root);
}

static enum refusal check_what(struct door *door, const struct ipc_play_ask *ask,
			       const struct who *who, const struct camera *camera)
{
	struct catalog_span span = {camera->id, ask->from_us, ask->to_us};

	if (!is_span(ask->from_us, ask->to_us) || ask->to_us - ask->from_us > PLAY_LENGTH_US_MAX ||
	    ask->tracks == 0 || (ask->tracks & ~(uint32_t)READER_TRACKS))
		return REFUSAL_BAD_REQUEST;
	if (!journal_has_room(door->journal))
		return REFUSAL_LOG_STOPPED;
	if (plays_of_user(door->plays, who) >= PLAYS_OF_USER_MAX)
		return REFUSAL_TOO_MANY;
	return catalog_has(door->journal->db, &span) ? REFUSAL_NONE : REFUSAL_NOT_FOUND;
}

/* ---- the entry ---- */

static void commit_ask(struct journal_draft *draft, const struct ipc_play_ask *ask)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	if (credentials_play_text(ask, &text))
		door_commit_request(draft, &text, ask->proof.signature);
}

static void draft_open(struct journal_draft *draft, const struct play *play,
		       const struct ipc_play_ask *ask)
{
	const struct who *who = &play->who;
	char cam[CAMERAS_ID_SIZE], origin[WORDS_ORIGIN_SIZE];

	journal_draft(draft, ENTRY_PLAY_OPEN, who->user);
	cameras_log_id(play->camera, cam);
	if (who->via == WHO_TOOL)
		text_copy(origin, sizeof(origin), "this box");
	else
		words_origin(&play->origin, origin);
	entry_add_text(&draft->entry, ENTRY_CAM, cam);
	entry_add_hex(&draft->entry, ENTRY_SID, play->sid, sizeof(play->sid));
	entry_add_tracks(&draft->entry, words_tracks(play->scope.tracks));
	entry_add_text(&draft->entry, ENTRY_WHY, words_role(who->role));
	entry_add_number(&draft->entry, ENTRY_GRANT, who->right_seq);
	entry_add_pair(&draft->entry, ENTRY_ALLOW, play->first.bytes, play->first.seconds);
	entry_add_pair(&draft->entry, ENTRY_SPAN, ask->from_us, ask->to_us);
	if (who->expires_us)
		entry_add_number(&draft->entry, ENTRY_UNTIL, who->expires_us);
	journal_text(draft, "acct", who->user_name);
	journal_text(draft, who->via == WHO_TOKEN ? "token" : "device", who->device_name);
	journal_text(draft, "from", origin);
	if (who->via == WHO_DEVICE)
		commit_ask(draft, ask);
}

/* The batch is on disk, and with it this play's entry; or the log has stopped. */
static void play_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct play *play = container_of(waiter, struct play, opened);
	struct ipc_refused refused = {.request = play->request, .refusal = REFUSAL_LOG_STOPPED};
	struct ipc_done done = {.request = play->request, .log_seq = waiter->seq};
	bool was_revoked = play->end == VIEW_END_REVOKED;
	bool is_answered = play->end != VIEW_END_STOPPED; /* else the front that asked is gone */

	memcpy(done.id, play->sid, sizeof(play->sid));
	if (!receipt) {
		play_drop(play);
	} else if (play_open(play, receipt) == 0) {
		play_tell(play, IPC_DONE, &done);
		return;
	} else {
		refused.refusal = was_revoked ? REFUSAL_NOT_ALLOWED : REFUSAL_BUSY;
	}
	if (is_answered)
		play_tell(play, IPC_REFUSED, &refused);
}

/* Whoever has the box has the right; the log says when it was used. */
static int add_tool_right(struct door *door, struct play *play)
{
	struct journal_draft draft;
	char cam[CAMERAS_ID_SIZE];

	cameras_log_id(play->camera, cam);
	journal_draft(&draft, ENTRY_GRANT_CREATE, PERSON_HOUSE);
	entry_add_text(&draft.entry, ENTRY_CAM, cam);
	entry_add_tracks(&draft.entry, words_tracks(play->scope.tracks));
	entry_add_text(&draft.entry, ENTRY_WHY, words_role(play->who.role));
	entry_add_text(&draft.entry, ENTRY_REASON, "play");
	journal_text(&draft, "acct", play->who.user_name);
	return journal_add(door->journal, &draft, NULL, &play->who.right_seq);
}

static enum refusal ask_entry(struct door *door, const struct play_spec *spec)
{
	struct play *play = play_take(door->plays, spec);
	struct journal_draft draft;
	uint64_t seq;
	int rc = 0;

	if (!play)
		return REFUSAL_TOO_MANY;
	play->opened.settled = play_settled;
	if (play->who.via == WHO_TOOL)
		rc = add_tool_right(door, play);
	if (rc == 0) {
		draft_open(&draft, play, spec->ask);
		rc = journal_add(door->journal, &draft, &play->opened, &seq);
	}

	if (rc < 0) {
		play_drop(play);
		return rc == -EAGAIN ? REFUSAL_BUSY : REFUSAL_LOG_STOPPED;
	}
	door_remember(door->journal->db, spec->who, &(struct door_session){play->sid, spec->camera->id, seq});
	return REFUSAL_NONE;
}

/* To the command; people on the network are told no more than the refusal. */
static const char *explain(const struct ipc_channel *asker, enum refusal refusal,
			   const struct camera *camera)
{
	if (asker->peer != PROC_TOOL || refusal != REFUSAL_NOT_FOUND)
		return NULL;
	return camera ? "nothing of it was recorded then" : "there is no camera of that name";
}

void play_door_open(struct door *door, struct ipc_channel *asker, const struct ipc_play_ask *ask)
{
	struct camera *camera = NULL;
	struct who who;
	enum refusal refusal = REFUSAL_BAD_REQUEST;

	if (memchr(ask->camera, '\0', sizeof(ask->camera)))
		refusal = check_who(door, asker, ask, &who);
	if (refusal == REFUSAL_NONE)
		refusal = check_camera(door, &who, ask->camera, &camera);
	if (refusal == REFUSAL_NONE)
		refusal = check_what(door, ask, &who, camera);
	if (refusal == REFUSAL_NONE)
		refusal = ask_entry(door, &(struct play_spec){asker, &who, ask, camera});
	if (refusal == REFUSAL_NONE)
		return;
	deny_note(door->deny, refusal, camera);
	reply_refused(asker, ask->request, refusal, explain(asker, refusal, camera));
}

/* ---- reading ---- */

/* A tool has what came over its own connection. */
static bool is_own(const struct play *play, const struct ipc_channel *asker, const struct who *who)
{
	return play->asker == asker && (who->via == WHO_TOOL || people_is_own(who, &play->who));
}

/* The command only makes files, and each is an export. */
static bool is_before_export(const struct play *play, const struct ipc_play_read *ask)
{
	return play->who.via == WHO_TOOL && ask->what == PLAY_FRAGMENT &&
	       (!play->export.tracks || play->export.waiter.is_waiting);
}

/* What the box cannot open, it cannot make anything of either. */
static bool is_right_form(const struct ipc_play_read *ask)
{
	static const uint32_t may[PLAY_FORM_COUNT] = {
		[PLAY_AS_RECORDED] = UINT32_MAX,
		[PLAY_AS_H264] = 1U << PLAY_INIT | 1U << PLAY_FRAGMENT,
		[PLAY_AS_H264_KEY] = 1U << PLAY_FRAGMENT,
	};

	if (ask->form >= PLAY_FORM_COUNT || !(may[ask->form] & 1U << ask->what))
		return false;
	return ask->form == PLAY_AS_RECORDED ||
	       (!ask->is_sealed && (ask->track == TRACK_VIDEO || ask->track == TRACK_SUB));
}

/* Every piece is asked for by whoever opened the play, who still has the right. */
static enum refusal check_read(struct door *door, struct ipc_channel *asker,
			       const struct ipc_play_read *ask, struct play **ret_play)
{
	struct who who;
	enum refusal refusal = find_who(door, asker, &ask->credential, &who);

	if (refusal != REFUSAL_NONE)
		return refusal;
	struct play *play = plays_find(door->plays, ask->sid);

	if (!play || play->state != PLAY_OPEN || !is_own(play, asker, &who))
		return REFUSAL_NOT_FOUND;
	if (is_before_export(play, ask) || !(who.verbs & VERB_PLAY) || !people_may_see(door->people, &who, play->camera->name))
		return REFUSAL_NOT_ALLOWED;
	if (ask->what >= PLAY_WHAT_COUNT ||
	    (ask->what != PLAY_EXPORT && ask->track >= TRACK_COUNT) || !is_right_form(ask))
		return REFUSAL_BAD_REQUEST;
	/* A program has no key of its own. */
	if (ask->what == PLAY_WRAP && who.via != WHO_DEVICE)
		return REFUSAL_NOT_ALLOWED;
	*ret_play = play;
	return REFUSAL_NONE;
}

void play_door_read(struct door *door, struct ipc_channel *asker, const struct ipc_play_read *ask)
{
	struct play *play = NULL;
	enum refusal refusal = check_read(door, asker, ask, &play);

	if (refusal == REFUSAL_NONE)
		refusal = serve_ask(play, ask);
	if (refusal == REFUSAL_NONE)
		return;
	deny_note(door->deny, refusal, play ? play->camera : NULL);
	reply_refused(asker, ask->request, refusal, NULL);
}
