#include "tools/log_sessions.h"

#include <string.h>

#include "base/text.h"

enum family { FAMILY_NONE, FAMILY_VIEW, FAMILY_PLAY, FAMILY_TALK };
enum step { STEP_OPEN, STEP_TICK, STEP_CLOSE, STEP_WITHIN };

static const struct {
	enum family family;
	enum step step;
} kinds[ENTRY_KIND_COUNT] = {
	[ENTRY_VIEW_OPEN] = {FAMILY_VIEW, STEP_OPEN},   [ENTRY_VIEW_TICK] = {FAMILY_VIEW, STEP_TICK},
	[ENTRY_VIEW_CLOSE] = {FAMILY_VIEW, STEP_CLOSE}, [ENTRY_PLAY_OPEN] = {FAMILY_PLAY, STEP_OPEN},
	[ENTRY_PLAY_TICK] = {FAMILY_PLAY, STEP_TICK},   [ENTRY_PLAY_CLOSE] = {FAMILY_PLAY, STEP_CLOSE},
	[ENTRY_TALK_OPEN] = {FAMILY_TALK, STEP_OPEN},   [ENTRY_TALK_TICK] = {FAMILY_TALK, STEP_TICK},
	[ENTRY_TALK_CLOSE] = {FAMILY_TALK, STEP_CLOSE}, [ENTRY_EXPORT] = {FAMILY_PLAY, STEP_WITHIN},
};

/* Two numbers and a space between them, as entry_parse has made sure; 0, 0 if there are none. */
static struct log_session_pair pair_of(const struct entry_view *entry, enum entry_key key)
{
	struct bytes value = entry->values[key];
	const uint8_t *space = value.size ? memchr(value.data, ' ', value.size) : NULL;
	struct log_session_pair pair = {0, 0};

	if (!space)
		return pair;
	size_t size = (size_t)(space - value.data);

	if (text_parse_u64((const char *)value.data, size, UINT64_MAX, &pair.first) < 0 ||
	    text_parse_u64((const char *)space + 1, value.size - size - 1, UINT64_MAX,
			   &pair.second) < 0)
		return (struct log_session_pair){0, 0};
	return pair;
}

static struct log_session *find(struct log_sessions *sessions, const uint8_t sid[16])
{
	for (unsigned i = 0; i < sessions->count; i++)
		if (memcmp(sessions->table[i].sid, sid, sizeof(sessions->table[i].sid)) == 0)
			return &sessions->table[i];
	return NULL;
}

static const char *add(struct log_sessions *sessions, const uint8_t sid[16],
		       const struct entry_view *entry)
{
	struct bytes cam = entry->values[ENTRY_CAM];
	struct log_session *session = &sessions->table[sessions->count];

	if (sessions->count == LOG_SESSIONS_MAX)
		return "more sessions are open than there can be";
	*session = (struct log_session){.family = kinds[entry->kind].family,
					.cam_size = (uint8_t)cam.size,
					.allowed = pair_of(entry, ENTRY_ALLOW).first,
					.span = pair_of(entry, ENTRY_SPAN)};
	memcpy(session->sid, sid, sizeof(session->sid));
	memcpy(session->cam, cam.data, cam.size);
	sessions->count++;
	return NULL;
}

/* What belongs to a session is about its camera, and about no other time. */
static const char *check_within(const struct log_session *session, const struct entry_view *entry)
{
	struct bytes cam = entry->values[ENTRY_CAM];
	struct log_session_pair span = pair_of(entry, ENTRY_SPAN);

	if (session->family != kinds[entry->kind].family)
		return "its session is of another kind";
	if (cam.data &&
	    (cam.size != session->cam_size || memcmp(cam.data, session->cam, cam.size) != 0))
		return "its session is of another camera";
	if (entry->values[ENTRY_SPAN].data &&
	    (span.first < session->span.first || span.second > session->span.second))
		return "it is about another time than its session was opened for";
	return NULL;
}

static const char *go_on(struct log_session *session, const struct entry_view *entry)
{
	struct log_session_pair used = pair_of(entry, ENTRY_USED);
	uint64_t allowed = pair_of(entry, ENTRY_ALLOW).first;

	if (used.first > session->allowed)
		return "more flowed in its session than had been allowed";
	if (used.first < session->used.first || used.second < session->used.second)
		return "less has flowed in its session than an earlier entry says";
	session->used = used;
	session->allowed += allowed;
	return session->allowed < allowed ? "the sum of what its session was allowed is no number"
					  : NULL;
}

const char *log_sessions_check(struct log_sessions *sessions, const struct entry_view *entry)
{
	enum step step = kinds[entry->kind].step;
	struct bytes hex = entry->values[ENTRY_SID];
	uint8_t sid[16];

	/* No session outlives the process that opened it. */
	if (entry->kind == ENTRY_BOOT)
		sessions->count = 0;
	if (kinds[entry->kind].family == FAMILY_NONE || !hex.data ||
	    text_parse_hex((const char *)hex.data, hex.size, sid, sizeof(sid)) < 0)
		return NULL;
	struct log_session *session = find(sessions, sid);

	if (step == STEP_OPEN)
		return session ? "it opens a session that is open" : add(sessions, sid, entry);
	if (!session)
		return "its session is not open";
	const char *wrong = check_within(session, entry);

	if (!wrong && step != STEP_WITHIN)
		wrong = go_on(session, entry);
	if (!wrong && step == STEP_CLOSE)
		*session = sessions->table[--sessions->count];
	return wrong;
}
