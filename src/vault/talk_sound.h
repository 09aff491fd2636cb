/* Ward's own sounds in a talk: the chime before a voice, or what is played without one. */
#ifndef VAULT_TALK_SOUND_H
#define VAULT_TALK_SOUND_H

#include "base/attr.h"
#include "vault/talk.h"

/* Nobody speaks in it. NULL: no. */
bool talk_is_sound(const struct grant *grant);
/* What is played there, or goes on when nobody talks; NULL: nothing. */
struct grant *talk_sound_of(const struct talk_slot *slot);
/* Adds the entry of what shall sound, which names its talk: slot->recorded is settled with its receipt. Without
 * one there is no sound, and then no voice. */
NODISCARD int talk_sound_record(struct talk_slot *slot, enum speaker_sound sound);
/* Seconds of its time. */
uint32_t talk_sound_left(const struct grant *grant);

#endif
