#include "ipc/diary.h"

#include <errno.h>
#include <string.h>

static const char *const words[DIARY_KIND_COUNT] = {
	[DIARY_NONE] = "none",     [DIARY_MARK] = "mark",         [DIARY_MOTION] = "motion",
	[DIARY_PERSON] = "person", [DIARY_FACE] = "face",         [DIARY_ANIMAL] = "animal",
	[DIARY_CRY] = "cry",       [DIARY_SPEECH] = "speech",     [DIARY_NOISE] = "noise",
	[DIARY_SMOKE] = "smoke",   [DIARY_DOORBELL] = "doorbell", [DIARY_DOOR] = "door",
	[DIARY_ALARM] = "alarm",
};

const char *diary_word(uint32_t kind)
{
	return kind < DIARY_KIND_COUNT ? words[kind] : "unknown";
}

int diary_parse_word(const char *word, size_t size, uint32_t *ret_kind)
{
	for (uint32_t kind = DIARY_NONE + 1; kind < DIARY_KIND_COUNT; kind++)
		if (strlen(words[kind]) == size && memcmp(word, words[kind], size) == 0) {
			*ret_kind = kind;
			return 0;
		}
	return -EINVAL;
}
