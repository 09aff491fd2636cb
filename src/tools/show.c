#include "tools/show.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ipc/messages_see.h"

static const char *const roles[ROLE_COUNT] = {"none", "owner", "member", "guest", "integration"};
static const char *const codecs[CODEC_COUNT] = {"",    "H.264", "H.265", "AAC",
						"Opus", "PCMU",  "PCMA"};
static const char *const cam_states[CAM_STATE_COUNT] = {"connecting", "live", "silent", "down"};

static const char *name_in(const char *const *names, size_t count, uint32_t value)
{
	return value < count ? names[value] : "unknown";
}

const char *show_role(uint32_t role)
{
	return name_in(roles, ROLE_COUNT, role);
}

const char *show_codec(uint32_t codec)
{
	return name_in(codecs, CODEC_COUNT, codec);
}

const char *show_cam_state(uint32_t state)
{
	return name_in(cam_states, CAM_STATE_COUNT, state);
}

static const char *const eye_states[EYE_STATE_COUNT] = {
	[EYE_OFF] = "off",
	[EYE_STARTING] = "starting",
	[EYE_LOOKING] = "looks",
	[EYE_NO_RUNTIME] = "no runtime",
	[EYE_BAD_RUNTIME] = "wrong runtime",
	[EYE_NO_MODEL] = "no model",
	[EYE_BAD_MODEL] = "wrong model",
};

const char *show_eye_state(uint32_t state)
{
	return name_in(eye_states, EYE_STATE_COUNT, state);
}

const char *show_eye_sentence(uint32_t state)
{
	static const char *const sentences[EYE_STATE_COUNT] = {
		[EYE_OFF] = "no camera asks for it",
		[EYE_STARTING] = "starting",
		[EYE_LOOKING] = "looking for people",
		[EYE_NO_RUNTIME] = "people are not seen: ONNX Runtime is missing. Mend: scripts/install-models",
		[EYE_BAD_RUNTIME] =
			"people are not seen: ONNX Runtime is not the known one. Mend: scripts/install-models",
		[EYE_NO_MODEL] = "people are not seen: person.onnx is missing",
		[EYE_BAD_MODEL] = "people are not seen: person.onnx is not the one that Ward knows",
	};

	return name_in(sentences, EYE_STATE_COUNT, state);
}

const char *show_tracks(uint32_t tracks)
{
	bool talks = tracks & TRACK_BIT(TRACK_TALK);
	bool sees = tracks & (TRACK_BIT(TRACK_VIDEO) | TRACK_BIT(TRACK_SUB));
	bool hears = tracks & (TRACK_BIT(TRACK_MIC) | TRACK_BIT(TRACK_LISTEN));

	if (talks)
		return "s,t";
	if (sees && hears)
		return "v,m";
	return sees ? "v" : hears ? "m" : "";
}

const char *show_time(uint64_t real_us, char room[SHOW_TIME_SIZE])
{
	time_t seconds = (time_t)(real_us / 1000000);
	struct tm local;

	if (!localtime_r(&seconds, &local) ||
	    strftime(room, SHOW_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
		return "?";
	return room;
}

static uint32_t verb_named(const char *word, size_t size)
{
	static const struct {
		const char *word;
		uint32_t verb;
	} verbs[] = {{"view", VERB_VIEW},
		     {"listen", VERB_LISTEN},
		     {"play", VERB_PLAY},
		     {"mark", VERB_MARK},
		     {"talk", VERB_TALK}};

	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		if (strlen(verbs[i].word) == size && memcmp(word, verbs[i].word, size) == 0)
			return verbs[i].verb;
	return 0;
}

int show_parse_verbs(const char *text, uint32_t *ret_verbs)
{
	uint32_t verbs = 0;

	for (;;) {
		size_t size = strcspn(text, ",");
		uint32_t verb = verb_named(text, size);

		if (verb == 0 || (verbs & verb))
			return -EINVAL;
		verbs |= verb;
		if (text[size] == '\0')
			break;
		text += size + 1;
	}
	*ret_verbs = verbs;
	return 0;
}

int show_parse_duration(const char *text, uint64_t *ret_s)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char *end;
	unsigned long count = strtoul(text, &end, 10);

	if (*text < '1' || *text > '9' || count > 100000 || strlen(end) != 1)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_COUNT(units); i++)
		if (*end == units[i].letter) {
			*ret_s = count * units[i].seconds;
			return 0;
		}
	return -EINVAL;
}

int show_parse_role(const char *text, uint32_t *ret_role)
{
	for (uint32_t role = ROLE_OWNER; role <= ROLE_GUEST; role++)
		if (strcmp(text, roles[role]) == 0) {
			*ret_role = role;
			return 0;
		}
	return -EINVAL;
}

void show_json(json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(value);
}
