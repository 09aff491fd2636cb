#include "ipc/sounds.h"

#include <string.h>

static const char *const words[SOUND_COUNT] = {
	[SOUND_NONE] = "voice",
	[SOUND_CHIME] = "chime",
	[SOUND_WHITE] = "white",
	[SOUND_PINK] = "pink",
	[SOUND_BROWN] = "brown",
	[SOUND_RAIN] = "rain",
	[SOUND_HEARTBEAT] = "heartbeat",
	[SOUND_SHUSH] = "shush",
	[SOUND_WIEGENLIED] = "wiegenlied",
	[SOUND_TWINKLE] = "twinkle",
	[SOUND_FRERE_JACQUES] = "frere-jacques",
};

const char *sounds_word(uint32_t sound)
{
	return words[sound < SOUND_COUNT ? sound : SOUND_NONE];
}

enum speaker_sound sounds_find(struct bytes word)
{
	for (unsigned i = SOUND_NONE + 1; i < SOUND_COUNT; i++)
		if (word.size == strlen(words[i]) && memcmp(word.data, words[i], word.size) == 0)
			return (enum speaker_sound)i;
	return SOUND_NONE;
}
