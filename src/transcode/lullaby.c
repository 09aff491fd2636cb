#include "transcode/lullaby.h"

#include <math.h>
#include <string.h>

#include "base/attr.h"

#define PI 3.14159265358979323846

enum { PAUSE_MS = 2500, ATTACK_MS = 4, C_5 = 72 /* as MIDI counts keys: 523 Hz */ };

/* A tune is a text: a letter is a note, from c to b, capital an octave higher, `,` behind it an octave
 * lower, `.` a rest; the number behind is how many beats it lasts (without: one). */
struct tune {
	uint32_t beat_ms;
	const char *notes;
};

static const struct tune tunes[SOUND_COUNT] = {
	[SOUND_WIEGENLIED] = {390, "eeg3ee2g4eg C2b3aa2g2de f2d2def4df bag2b2C4 cc C4afg4ec f2g2a2g4 cc C4afg4ec f2e2d2c4.2"},
	[SOUND_TWINKLE] = {700, "ccggaag2 ffeeddc2 ggffeed2 ggffeed2 ccggaag2 ffeeddc2"},
	[SOUND_FRERE_JACQUES] = {340, "c2d2e2c2 c2d2e2c2 e2f2g4 e2f2g4 gagfe2c2 gagfe2c2 c2g,2c4 c2g,2c4"},
};

bool lullaby_is(enum speaker_sound sound)
{
	return sound < SOUND_COUNT && tunes[sound].notes;
}

static float hz_of(char letter, int octave)
{
	static const int steps[] = {9, 11, 0, 2, 4, 5, 7}; /* a to g, above the c below */

	return 440 * exp2f((float)(C_5 + steps[letter - 'a'] + 12 * octave - 69) / 12);
}

/* Strikes the note that is due, and looks up when the one after it is. */
static void strike(struct lullaby *lullaby, const struct tune *tune)
{
	const char *at = tune->notes + lullaby->next;
	char letter = *at++;
	bool is_high = letter >= 'A' && letter <= 'G', is_low = *at == ',';

	at += is_low;
	uint32_t beats = *at >= '1' && *at <= '9' ? (uint32_t)(*at++ - '0') : 1;

	if (letter != '.') {
		lullaby->newest = (lullaby->newest + 1) % LULLABY_RINGING;
		lullaby->ringing[lullaby->newest].at = lullaby->at;
		lullaby->ringing[lullaby->newest].hz = hz_of(is_high ? (char)(letter + 'a' - 'A') : letter, is_high - is_low);
	}
	lullaby->next_at = lullaby->at + (uint64_t)beats * tune->beat_ms * LULLABY_HZ / 1000;
	at += strspn(at, " ");
	lullaby->next = (unsigned)(at - tune->notes);
	if (*at)
		return;
	lullaby->next = 0;
	lullaby->next_at += (uint64_t)PAUSE_MS * LULLABY_HZ / 1000;
}

/* A tongue of steel: what lies above the note is heard when it is struck, and dies away before it does. */
static float ring(float hz, float seconds)
{
	float angle = (float)(2 * PI) * hz * seconds, attack = seconds * 1000 / ATTACK_MS;
	float loudness = 0.4F * expf(-seconds / 0.55F) * (attack < 1 ? attack : 1);

	return loudness * (0.8F * sinf(angle) + 0.12F * expf(-seconds / 0.25F) * sinf(2 * angle) +
			   0.08F * expf(-seconds / 0.08F) * sinf(4 * angle));
}

float lullaby_next(struct lullaby *lullaby, enum speaker_sound sound)
{
	float value = 0;

	if (lullaby->at >= lullaby->next_at)
		strike(lullaby, &tunes[sound]);
	for (unsigned i = 0; i < LULLABY_RINGING; i++)
		if (lullaby->ringing[i].hz > 0)
			value += ring(lullaby->ringing[i].hz, (float)(lullaby->at - lullaby->ringing[i].at) / LULLABY_HZ);
	lullaby->at++;
	return tanhf(value);
}
