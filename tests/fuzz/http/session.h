/* One whole connection: the first byte says how the vault answers and in how large pieces the rest
 * comes. */
#ifndef FUZZ_HTTP_SESSION_H
#define FUZZ_HTTP_SESSION_H

#include "../../unit/front/rig.h"

static inline void fuzz_session(rig_session_fn *create, const uint8_t *data, size_t size)
{
	static struct rig rig;

	if (!size)
		return;
	size_t piece = data[0] & 1 ? 7 : 4096;

	rig_open(&rig, create);
	rig.refusal = data[0] & 2 ? REFUSAL_NOT_ALLOWED : REFUSAL_NONE;
	rig.is_mute = data[0] & 4;
	for (size_t at = 1; at < size; at += piece)
		if (!rig_feed(&rig, data + at, piece < size - at ? piece : size - at))
			break;
	rig.session->kind->end_input(rig.session);
	rig_turn(&rig);
	rig_close(&rig);
}

#endif
