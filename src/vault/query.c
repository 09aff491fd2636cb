#include "vault/query.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "vault/replies.h"
#include "vault/sight.h"
#include "vault/store/custody.h"

static void send_done(struct asking *asking)
{
	struct ipc_done body = {.request = asking->query->request};

	ipc_send(asking->channel, IPC_DONE, &body, NULL, 0);
}

/* ---- people and cameras ---- */

static enum refusal answer_me(struct asking *asking)
{
	const struct who *who = &asking->who;
	struct ipc_row_user row = {.request = asking->query->request,
				   .role = (uint32_t)who->role,
				   .all_cameras = who->all_cameras && who->via != WHO_TOKEN};

	text_copy(row.name, sizeof(row.name), who->user_name);
	text_copy(row.device, sizeof(row.device), who->device_name);
	people_cameras(asking->desk->people, who, row.cameras, sizeof(row.cameras));
	ipc_send(asking->channel, IPC_ROW_USER, &row, NULL, 0);
	send_done(asking);
	return REFUSAL_NONE;
}

static void send_cameras(struct asking *asking)
{
	for (uint32_t slot = 0; slot < CAMERA_MAX; slot++) {
		const struct camera *camera = cameras_at(asking->desk->cameras, slot);
		struct ipc_row_camera row;

		if (!camera || !people_may_see(asking->desk->people, &asking->who, camera->name))
			continue;
		cameras_row(camera, &row);
		row.request = asking->query->request;
		row.verbs = asking->who.verbs;
		ipc_send(asking->channel, IPC_ROW_CAMERA, &row, NULL, 0);
	}
}

static enum refusal answer_cameras(struct asking *asking)
{
	send_cameras(asking);
	send_done(asking);
	return REFUSAL_NONE;
}

static void send_user(void *context, struct ipc_row_user *row)
{
	struct asking *asking = context;

	row->request = asking->query->request;
	ipc_send(asking->channel, IPC_ROW_USER, row, NULL, 0);
}

static enum refusal answer_users(struct asking *asking)
{
	people_list(asking->desk->people, send_user, asking);
	send_done(asking);
	return REFUSAL_NONE;
}

static enum refusal answer_status(struct asking *asking)
{
	struct query_desk *desk = asking->desk;
	const char *why = journal_stopped(desk->journal);
	struct ipc_row_status row = {.request = asking->query->request,
				     .log_size = log_durable_size(desk->journal->log),
				     .signed_size = log_published_size(desk->journal->log),
				     .started_us = desk->started_us,
				     .sessions = desk->grants->open + desk->plays->open,
				     .users = people_count(desk->people),
				     .log_stopped = why != NULL,
				     .eye = desk->eyes->state,
				     .faces = desk->eyes->faces_state};

	/* The row is not for the front. */
	if (asking->who.via != WHO_TOOL)
		return REFUSAL_NOT_ALLOWED;
	text_copy(row.reason, sizeof(row.reason), why ? why : "");
	send_cameras(asking);
	ipc_send(asking->channel, IPC_ROW_STATUS, &row, NULL, 0);
	send_done(asking);
	return REFUSAL_NONE;
}

static void send_key(struct asking *asking, const struct custody_key *key)
{
	struct ipc_row_key row = {.request = asking->query->request,
				  .log_seq = key->log_seq,
				  .is_mine = key->user != 0 && key->user == asking->who.user};

	memcpy(row.key, key->key, sizeof(row.key));
	memcpy(row.name, key->name, sizeof(row.name));
	people_name(asking->desk->people, key->user, row.person);
	ipc_send(asking->channel, IPC_ROW_KEY, &row, NULL, 0);
}

static enum refusal answer_keys(struct asking *asking)
{
	struct db *db = asking->desk->people->db;
	struct custody_key keys[CUSTODY_KEYS_MAX];
	unsigned count = custody_list(db, keys);
	struct custody_mode mode = custody_mode(db);
	struct ipc_row_custody custody = {.request = asking->query->request,
					  .is_private = mode.is_private,
					  .days = mode.days};

	if (asking->who.via == WHO_TOKEN)
		return REFUSAL_NOT_ALLOWED;
	/* It looks at every stretch there is, and only who locks needs it. */
	if (asking->who.role == ROLE_OWNER)
		custody.only_box = custody_count_unwrapped(db);
	/* Who else has one is the owner's business. */
	for (unsigned i = 0; i < count; i++)
		if (asking->who.role == ROLE_OWNER || keys[i].user == asking->who.user)
			send_key(asking, &keys[i]);
	ipc_send(asking->channel, IPC_ROW_CUSTODY, &custody, NULL, 0);
	send_done(asking);
	return REFUSAL_NONE;
}

/* ---- sessions ---- */

static void send_session(struct asking *asking, const struct sight_session *session)
{
	struct ipc_row_session row;
	enum sight sight = sight_of_session(asking->desk->people, &asking->who, session);

	if (sight == SIGHT_NOTHING)
		return;
	sight_session_row(&asking->who, session, sight, &row);
	row.request = asking->query->request;
	ipc_send(asking->channel, IPC_ROW_SESSION, &row, NULL, 0);
}

static enum refusal answer_sessions(struct asking *asking)
{
	struct sight_session session;

	for (unsigned i = 0; i < VIEW_MAX; i++) {
		const struct grant *grant = &asking->desk->grants->table[i];

		if (grant->state != GRANT_OPEN)
			continue;
		sight_view(grant, &session);
		send_session(asking, &session);
	}
	for (unsigned i = 0; i < PLAYS_MAX; i++) {
		const struct play *play = &asking->desk->plays->table[i];

		if (play->state != PLAY_OPEN)
			continue;
		sight_play(play, &session);
		send_session(asking, &session);
	}
	send_done(asking);
	return REFUSAL_NONE;
}

/* ---- entries ---- */

/* `name salt-hex value`, if the asker may see it and the person was not forgotten. */
static void add_opening(struct asking *asking, const struct sight_entry *sight, sqlite3_stmt *row,
			struct text *tail, struct ipc_row_entry *body)
{
	struct journal_opening opening;
	char name[ENTRY_NAME_MAX + 1];
	uint64_t person = db_int(row, 1);
	struct text before = *tail;

	db_copy_text(row, 0, name, sizeof(name));
	if (!sight_shows_opening(&asking->who, sight, person, name) ||
	    journal_unseal(asking->desk->journal, person, sqlite3_column_blob(row, 2),
			   (size_t)sqlite3_column_bytes(row, 2), &opening) < 0)
		return;
	text_printf(tail, "%s ", name);
	text_add_hex(tail, opening.opening.salt, sizeof(opening.opening.salt));
	text_add(tail, " ");
	text_add_bytes(tail, opening.value, opening.size);
	text_add(tail, "\n");
	if (tail->failed) {
		*tail = before;
		tail->data[tail->size] = '\0';
		return;
	}
	body->openings++;
}

/* true: it was shown. */
static bool send_entry(struct asking *asking, uint64_t seq)
{
	struct query_desk *desk = asking->desk;
	char entry[ENTRY_SIZE_MAX], buffer[8192];
	struct ipc_row_entry body = {.request = asking->query->request, .seq = seq};
	struct entry_view view;
	struct text tail;
	size_t size;

	if (log_read_entry(desk->journal->log, seq, entry, &size) < 0 ||
	    entry_parse(entry, size, &view) < 0)
		return false;
	struct sight_entry sight = sight_of_entry(desk->people, &asking->who, &view);

	if (sight.text == SIGHT_NOTHING)
		return false;
	body.entry_size = (uint32_t)size;
	text_init(&tail, buffer, sizeof(buffer));
	text_add_bytes(&tail, entry, size);
	sqlite3_stmt *openings =
		db_use(desk->people->db, "SELECT name, person, sealed FROM openings "
					 "WHERE log_seq = ?1 ORDER BY name");

	db_bind_int(openings, 1, seq);
	while (db_step(desk->people->db, openings))
		add_opening(asking, &sight, openings, &tail, &body);
	ipc_send(asking->channel, IPC_ROW_ENTRY, &body, tail.data, tail.size);
	return true;
}

/* Numbers from <= seq < to, newest first, at most `level` of them (0: the maximum); `to` 0: up to
 * the newest. */
static enum refusal answer_entries(struct asking *asking)
{
	const struct ipc_query *query = asking->query;
	uint64_t size = log_durable_size(asking->desk->journal->log);
	uint64_t to = query->to == 0 || query->to > size ? size : query->to;
	unsigned wanted =
		query->level && query->level < QUERY_ENTRIES_MAX ? query->level : QUERY_ENTRIES_MAX;

	for (unsigned looked = 0; to > query->from && wanted && looked < QUERY_ENTRIES_READ;
	     looked++)
		wanted -= send_entry(asking, --to);
	send_done(asking);
	return REFUSAL_NONE;
}

/* ---- the rest ---- */

static enum refusal answer_events(struct asking *asking)
{
	if (asking->who.via == WHO_TOOL)
		return REFUSAL_BAD_REQUEST;
	return events_subscribe(asking->desk->events, asking->channel, asking->query);
}

static enum refusal answer_log(struct asking *asking)
{
	return query_log_answer(asking->desk->log, asking->channel, asking->query);
}

#define ROLE_BIT(role) (1U << (role))
#define EVERYONE                                                                                   \
	(ROLE_BIT(ROLE_OWNER) | ROLE_BIT(ROLE_MEMBER) | ROLE_BIT(ROLE_GUEST) |                     \
	 ROLE_BIT(ROLE_INTEGRATION))
#define HOUSEHOLD (ROLE_BIT(ROLE_OWNER) | ROLE_BIT(ROLE_MEMBER))

static const struct {
	enum refusal (*answer)(struct asking *asking);
	unsigned roles;
} questions[QUERY_COUNT] = {
	[QUERY_ME] = {answer_me, EVERYONE},
	[QUERY_CAMERAS] = {answer_cameras, EVERYONE},
	[QUERY_SESSIONS] = {answer_sessions, EVERYONE},
	[QUERY_ENTRIES] = {answer_entries, EVERYONE},
	[QUERY_CHECKPOINT] = {answer_log, EVERYONE},
	[QUERY_TILE] = {answer_log, EVERYONE},
	[QUERY_TILE_ENTRIES] = {answer_log, HOUSEHOLD},
	[QUERY_INCLUSION] = {answer_log, EVERYONE},
	[QUERY_CONSISTENCY] = {answer_log, EVERYONE},
	[QUERY_LOG_KEY] = {answer_log, EVERYONE},
	[QUERY_EVENTS] = {answer_events, EVERYONE},
	[QUERY_STATUS] = {answer_status, ROLE_BIT(ROLE_OWNER)},
	[QUERY_USERS] = {answer_users, ROLE_BIT(ROLE_OWNER)},
	[QUERY_KEYS] = {answer_keys, HOUSEHOLD},
};

void query_answer(struct query_desk *desk, struct ipc_channel *channel,
		  const struct ipc_query *query)
{
	struct asking asking = {.desk = desk, .channel = channel, .query = query};
	enum refusal refusal = REFUSAL_NONE;

	/* The local socket let only root and the box's own user in. */
	if (channel->peer == PROC_TOOL)
		people_who_is_tool(&asking.who);
	else
		refusal = credentials_find(desk->credentials, &query->credential, &asking.who);
	if (refusal == REFUSAL_NONE && query->query >= QUERY_COUNT)
		refusal = REFUSAL_BAD_REQUEST;
	if (refusal == REFUSAL_NONE && !(questions[query->query].roles & ROLE_BIT(asking.who.role)))
		refusal = REFUSAL_NOT_ALLOWED;
	if (refusal == REFUSAL_NONE)
		refusal = questions[query->query].answer(&asking);
	if (refusal == REFUSAL_NONE)
		return;
	if (refusal == REFUSAL_NOT_ALLOWED || refusal == REFUSAL_NOT_SIGNED_IN)
		deny_note(desk->deny, refusal, NULL);
	reply_refused(channel, query->request, refusal, NULL);
}
