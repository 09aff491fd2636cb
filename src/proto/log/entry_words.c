#include "proto/log/entry_words.h"

#include <string.h>

#include "base/text.h"
#include "proto/log/merkle.h"
#include "proto/log/note.h"

#define K(key) ENTRY_KEY_BIT(ENTRY_##key)

/* Who did it and by what right: every entry about a person's act may say so. */
#define ACT (K(WHY) | K(GRANT) | K(REASON))

const struct entry_kind_words entry_kinds[ENTRY_KIND_COUNT] = {
	[ENTRY_GENESIS] = {"genesis", K(LOG_KEY), K(HEAD)},
	[ENTRY_BOOT] = {"boot", K(VERSION), K(REASON)},
	[ENTRY_SHUTDOWN] = {"shutdown", 0, K(REASON)},
	[ENTRY_HEARTBEAT] = {"heartbeat", 0, K(COUNT) | K(SHA256)},
	[ENTRY_DEVICE_ADD] = {"device.add", K(WHY), ACT},
	[ENTRY_DEVICE_REMOVE] = {"device.remove", K(GRANT), ACT},
	[ENTRY_USER_ADD] = {"user.add", K(WHY), ACT | K(TRACKS) | K(UNTIL)},
	[ENTRY_USER_REMOVE] = {"user.remove", K(GRANT), ACT},
	[ENTRY_GRANT_CREATE] = {"grant.create", 0, ACT | K(CAM) | K(TRACKS) | K(UNTIL)},
	[ENTRY_GRANT_REVOKE] = {"grant.revoke", K(GRANT), ACT | K(CAM)},
	[ENTRY_VIEW_OPEN] = {"view.open",
			     K(CAM) | K(SID) | K(TRACKS) | K(WHY) | K(GRANT) | K(ALLOW), K(UNTIL)},
	[ENTRY_VIEW_TICK] = {"view.tick", K(CAM) | K(SID) | K(ALLOW) | K(USED),
			     ACT | K(TRACKS) | K(UNTIL)},
	[ENTRY_VIEW_CLOSE] = {"view.close", K(CAM) | K(SID) | K(USED) | K(END), ACT | K(TRACKS)},
	[ENTRY_PLAY_OPEN] = {"play.open",
			     K(CAM) | K(SID) | K(TRACKS) | K(WHY) | K(GRANT) | K(ALLOW) | K(SPAN),
			     K(UNTIL)},
	[ENTRY_PLAY_TICK] = {"play.tick", K(CAM) | K(SID) | K(ALLOW) | K(USED),
			     ACT | K(TRACKS) | K(UNTIL) | K(SPAN)},
	[ENTRY_PLAY_CLOSE] = {"play.close", K(CAM) | K(SID) | K(USED) | K(END),
			      ACT | K(TRACKS) | K(SPAN)},
	[ENTRY_TALK_OPEN] = {"talk.open",
			     K(CAM) | K(SID) | K(TRACKS) | K(WHY) | K(GRANT) | K(ALLOW), K(UNTIL) | K(SOUND)},
	[ENTRY_TALK_TICK] = {"talk.tick", K(CAM) | K(SID) | K(ALLOW) | K(USED),
			     ACT | K(TRACKS) | K(UNTIL)},
	[ENTRY_TALK_CLOSE] = {"talk.close", K(CAM) | K(SID) | K(USED) | K(END), ACT | K(TRACKS)},
	[ENTRY_SNAP] = {"snap", K(CAM) | K(WHY) | K(GRANT),
			K(SID) | K(TRACKS) | K(ALLOW) | K(SPAN)},
	[ENTRY_EXPORT] = {"export", K(WHY) | K(GRANT) | K(SPAN),
			  K(CAM) | K(SID) | K(TRACKS) | K(ALLOW) | K(SHA256)},
	[ENTRY_SPEAKER] = {"speaker", K(CAM) | K(SOUND), ACT | K(SID)},
	[ENTRY_MEDIA] = {"media", K(CAM) | K(SHA256), 0},
	[ENTRY_GAP] = {"gap", K(SPAN) | K(REASON), K(CAM) | K(TRACKS)},
	[ENTRY_PRIVACY_ON] = {"privacy.on", K(CAM), ACT | K(UNTIL)},
	[ENTRY_PRIVACY_OFF] = {"privacy.off", K(CAM), ACT},
	[ENTRY_ERASE] = {"erase", K(REASON), ACT | K(CAM) | K(SPAN) | K(SHA256)},
	[ENTRY_CONFIG] = {"config", K(SHA256), ACT | K(CAM)},
	[ENTRY_DENY] = {"deny", K(COUNT) | K(REASON) | K(SPAN), K(CAM) | K(TRACKS) | K(WHY)},
	[ENTRY_KEY_ROTATE] = {"key.rotate", K(LOG_KEY), K(REASON)},
	[ENTRY_CLOCK_STEP] = {"clock.step", K(STEP), K(REASON)},
	[ENTRY_WITNESS_LOST] = {"witness.lost", K(WITNESS), K(REASON)},
	[ENTRY_WITNESS_BACK] = {"witness.back", K(WITNESS), K(SHA256)},
};

const char entry_track_letters[] = "vmstp";

static bool is_lower(uint8_t letter)
{
	return letter >= 'a' && letter <= 'z';
}

static bool is_digit(uint8_t letter)
{
	return letter >= '0' && letter <= '9';
}

/* A letter, then letters, digits and hyphens: also what the values `reason` and `end` look like. */
static bool word_is_valid(struct bytes value, size_t size_max)
{
	if (value.size == 0 || value.size > size_max || !is_lower(value.data[0]))
		return false;
	for (size_t i = 1; i < value.size; i++)
		if (!is_lower(value.data[i]) && !is_digit(value.data[i]) && value.data[i] != '-')
			return false;
	return true;
}

static bool is_word(struct bytes value)
{
	return word_is_valid(value, ENTRY_WORD_MAX);
}

bool entry_name_is_valid(struct bytes name)
{
	return word_is_valid(name, ENTRY_NAME_MAX);
}

static bool is_camera(struct bytes value)
{
	if (value.size == 0 || value.size > ENTRY_CAM_MAX)
		return false;
	for (size_t i = 0; i < value.size; i++)
		if (!is_lower(value.data[i]) && !is_digit(value.data[i]) && value.data[i] != '-' &&
		    value.data[i] != '.')
			return false;
	return true;
}

static bool is_hex(struct bytes value, size_t bytes)
{
	if (value.size != 2 * bytes)
		return false;
	for (size_t i = 0; i < value.size; i++)
		if (!is_digit(value.data[i]) && (value.data[i] < 'a' || value.data[i] > 'f'))
			return false;
	return true;
}

static bool is_session(struct bytes value)
{
	return is_hex(value, 16);
}

static bool is_sha256(struct bytes value)
{
	return is_hex(value, 32);
}

static bool is_tracks(struct bytes value)
{
	const char *letters = entry_track_letters;

	for (size_t i = 0; i < value.size; i++) {
		if (i % 2) {
			if (value.data[i] != ',')
				return false;
			continue;
		}
		while (*letters && *letters != (char)value.data[i])
			letters++;
		if (!*letters++)
			return false;
	}
	return value.size % 2 == 1;
}

static bool is_one_of(struct bytes value, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (value.size == strlen(words[i]) && memcmp(value.data, words[i], value.size) == 0)
			return true;
	return false;
}

static bool is_role(struct bytes value)
{
	static const char *const words[] = {"owner", "member", "guest", "integration", "system"};

	return is_one_of(value, words, ARRAY_COUNT(words));
}

static bool is_end(struct bytes value)
{
	static const char *const words[] = {"left",    "lost",   "revoked",
					    "expired", "failed", "stopped"};

	return is_one_of(value, words, ARRAY_COUNT(words));
}

static bool is_sound(struct bytes value)
{
	static const char *const words[] = {"chime", "siren", "test", "white", "pink", "brown", "rain",
					    "heartbeat", "shush", "wiegenlied", "twinkle", "frere-jacques"};

	return is_one_of(value, words, ARRAY_COUNT(words));
}

static bool is_number(struct bytes value)
{
	uint64_t number;

	return text_parse_u64((const char *)value.data, value.size, UINT64_MAX, &number) == 0;
}

static bool is_pair(struct bytes value)
{
	const uint8_t *space = value.size ? memchr(value.data, ' ', value.size) : NULL;

	if (!space)
		return false;

	size_t size = (size_t)(space - value.data);

	return is_number((struct bytes){value.data, size}) &&
	       is_number((struct bytes){space + 1, value.size - size - 1});
}

static bool is_step(struct bytes value)
{
	return value.size > 1 && (value.data[0] == '+' || value.data[0] == '-') &&
	       is_number((struct bytes){value.data + 1, value.size - 1});
}

/* Printable, without spaces. */
static bool is_token(struct bytes value)
{
	for (size_t i = 0; i < value.size; i++)
		if (value.data[i] <= ' ' || value.data[i] > '~')
			return false;
	return value.size > 0 && value.size <= NOTE_NAME_MAX;
}

static bool is_vkey(struct bytes value)
{
	struct note_key key;

	for (size_t i = 0; i < value.size; i++)
		if (value.data[i] <= ' ' || value.data[i] > '~')
			return false;
	return note_key_parse((const char *)value.data, value.size, &key) == 0;
}

static bool is_head(struct bytes value)
{
	uint8_t root[MERKLE_HASH_SIZE];
	struct bytes part[3];

	for (size_t i = 0; i < ARRAY_COUNT(part); i++) {
		const uint8_t *space = value.size ? memchr(value.data, ' ', value.size) : NULL;
		size_t size = space ? (size_t)(space - value.data) : value.size;

		if (!space && i + 1 < ARRAY_COUNT(part))
			return false;
		part[i] = (struct bytes){value.data, size};
		value = (struct bytes){value.data + size + (space ? 1 : 0),
				       value.size - size - (space ? 1 : 0)};
	}
	return value.size == 0 && is_token(part[0]) && is_number(part[1]) &&
	       text_parse_base64((const char *)part[2].data, part[2].size, root, sizeof(root)) == 0;
}

const struct entry_key_words entry_keys[ENTRY_KEY_COUNT] = {
	[ENTRY_CAM] = {"cam", is_camera},        [ENTRY_SID] = {"sid", is_session},
	[ENTRY_TRACKS] = {"tracks", is_tracks},  [ENTRY_WHY] = {"why", is_role},
	[ENTRY_GRANT] = {"grant", is_number},    [ENTRY_ALLOW] = {"allow", is_pair},
	[ENTRY_USED] = {"used", is_pair},        [ENTRY_UNTIL] = {"until", is_number},
	[ENTRY_END] = {"end", is_end},           [ENTRY_COUNT] = {"count", is_number},
	[ENTRY_REASON] = {"reason", is_word},    [ENTRY_SPAN] = {"span", is_pair},
	[ENTRY_SOUND] = {"sound", is_sound},     [ENTRY_SHA256] = {"sha256", is_sha256},
	[ENTRY_LOG_KEY] = {"key", is_vkey},      [ENTRY_HEAD] = {"head", is_head},
	[ENTRY_VERSION] = {"version", is_token}, [ENTRY_WITNESS] = {"witness", is_token},
	[ENTRY_STEP] = {"step", is_step},
};
