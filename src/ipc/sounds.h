/* The words for what a speaker is given: as the log writes Ward's own sounds, and as JSON has them. */
#ifndef IPC_SOUNDS_H
#define IPC_SOUNDS_H

#include "base/bytes.h"
#include "ipc/messages.h"

/* "voice" for SOUND_NONE, and for what is no sound. */
const char *sounds_word(uint32_t sound);
/* SOUND_NONE: no such word. */
enum speaker_sound sounds_find(struct bytes word);

#endif
