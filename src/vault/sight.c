#include "vault/sight.h"

#include <string.h>

#include "base/text.h"
#include "vault/words.h"

static bool sees_all(const struct who *who)
{
	return who->role == ROLE_OWNER;
}

/* ---- sessions ---- */

void sight_view(const struct grant *grant, struct sight_session *ret_session)
{
	*ret_session = (struct sight_session){.kind = grant->kind == GRANT_TALK ? SESSION_TALK : SESSION_VIEW,
					      .who = &grant->who,
					      .origin = &grant->origin,
					      .camera = grant->camera,
					      .sid = grant->sid,
					      .tracks = grant->tracks,
					      .log_seq = grant->log_seq,
					      .since_us = grant->since_us,
					      .bytes = grant->lease.used_bytes,
					      .sound = grant->sound.sound};
}

void sight_play(const struct play *play, struct sight_session *ret_session)
{
	*ret_session = (struct sight_session){.kind = SESSION_PLAY,
					      .who = &play->who,
					      .origin = &play->origin,
					      .camera = play->camera,
					      .sid = play->sid,
					      .tracks = play->scope.tracks,
					      .log_seq = play->log_seq,
					      .since_us = play->since_us,
					      .bytes = play->lease.used_bytes,
					      .from_us = play->scope.span.from_us,
					      .to_us = play->scope.span.to_us};
}

enum sight sight_of_session(struct people *people, const struct who *who,
			    const struct sight_session *session)
{
	if (sees_all(who) || people_is_own(who, session->who))
		return SIGHT_ALL;
	if (!people_may_see(people, who, session->camera->name))
		return SIGHT_NOTHING;
	return who->role == ROLE_MEMBER ? SIGHT_NAMES : SIGHT_SOMEONE;
}

void sight_session_row(const struct who *who, const struct sight_session *session, enum sight sight,
		       struct ipc_row_session *ret_row)
{
	*ret_row = (struct ipc_row_session){.kind = session->kind,
					    .camera = session->camera->id,
					    .tracks = session->tracks,
					    .since_us = session->since_us,
					    .sound = session->sound,
					    .is_mine = people_is_own(who, session->who)};
	text_copy(ret_row->camera_name, sizeof(ret_row->camera_name), session->camera->name);
	if (sight < SIGHT_NAMES) {
		text_copy(ret_row->user, sizeof(ret_row->user), "someone");
		return;
	}
	ret_row->log_seq = session->log_seq;
	ret_row->bytes = session->bytes;
	ret_row->from_us = session->from_us;
	ret_row->to_us = session->to_us;
	ret_row->role = (uint32_t)session->who->role;
	memcpy(ret_row->sid, session->sid, sizeof(ret_row->sid));
	text_copy(ret_row->user, sizeof(ret_row->user), session->who->user_name);
	text_copy(ret_row->device, sizeof(ret_row->device), session->who->device_name);
	if (sight == SIGHT_ALL && session->who->via != WHO_TOOL)
		words_origin(session->origin, ret_row->from);
	else if (sight == SIGHT_ALL)
		text_copy(ret_row->from, sizeof(ret_row->from), "this box");
}

/* ---- entries ---- */

static bool camera_name(struct db *db, uint64_t id, char ret_name[NAME_SIZE])
{
	sqlite3_stmt *find = db_use(db, "SELECT name FROM cameras WHERE id = ?1");

	db_bind_int(find, 1, id);
	bool found = db_step(db, find);

	if (found)
		db_copy_text(find, 0, ret_name, NAME_SIZE);
	sqlite3_reset(find);
	return found;
}

/* The entry's camera is "c" and its number. */
static bool sees_camera_of(struct people *people, const struct who *who,
			   const struct entry_view *entry)
{
	struct bytes cam = entry->values[ENTRY_CAM];
	char name[NAME_SIZE];
	uint64_t id;

	return cam.size > 1 &&
	       text_parse_u64((const char *)cam.data + 1, cam.size - 1, UINT32_MAX, &id) == 0 &&
	       camera_name(people->db, id, name) && people_may_see(people, who, name);
}

static bool is_own_sid(struct people *people, const struct who *who, const uint8_t sid[16])
{
	uint8_t token[PEOPLE_TOKEN_SIZE];
	sqlite3_stmt *find = db_use(people->db, "SELECT user, token FROM sessions WHERE sid = ?1");

	db_bind_blob(find, 1, sid, 16);
	bool own = db_step(people->db, find) && db_int(find, 0) == who->user;

	if (own && who->via == WHO_TOKEN)
		own = db_copy_blob(find, 1, token, sizeof(token)) &&
		      memcmp(token, who->token, sizeof(token)) == 0;
	sqlite3_reset(find);
	return own;
}

static bool is_own_session(struct people *people, const struct who *who,
			   const struct entry_view *entry)
{
	struct bytes sid = entry->values[ENTRY_SID];
	uint8_t id[16];

	return sid.data && text_parse_hex((const char *)sid.data, sid.size, id, sizeof(id)) == 0 &&
	       is_own_sid(people, who, id);
}

enum sight sight_of_talk(struct people *people, const struct who *who, const uint8_t sid[16],
			 bool *ret_is_own)
{
	*ret_is_own = is_own_sid(people, who, sid);
	if (sees_all(who) || *ret_is_own)
		return SIGHT_ALL;
	return who->role == ROLE_MEMBER ? SIGHT_NAMES : SIGHT_SOMEONE;
}

struct sight_entry sight_of_entry(struct people *people, const struct who *who,
				  const struct entry_view *entry)
{
	bool has_camera = entry->values[ENTRY_CAM].data != NULL;

	if (sees_all(who) || is_own_session(people, who, entry))
		return (struct sight_entry){SIGHT_ALL, SIGHT_ALL};
	if (who->role != ROLE_MEMBER)
		return (struct sight_entry){SIGHT_NOTHING, SIGHT_NOTHING};
	if (has_camera && !sees_camera_of(people, who, entry))
		return (struct sight_entry){SIGHT_NOTHING, SIGHT_NOTHING};
	/* Who came and went in the household is the owner's business; that somebody did is not
	 * hidden. */
	return (struct sight_entry){SIGHT_ALL, has_camera ? SIGHT_NAMES : SIGHT_NOTHING};
}

bool sight_shows_opening(const struct who *who, const struct sight_entry *sight, uint64_t person,
			 const char *name)
{
	static const char *const names[] = {"acct", "device", "token", "name"};

	if (sight->openings == SIGHT_ALL)
		return true;
	if (who->via != WHO_TOKEN && person == who->user && person != PERSON_HOUSE)
		return sight->text != SIGHT_NOTHING;
	for (size_t i = 0; sight->openings == SIGHT_NAMES && i < ARRAY_COUNT(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}
