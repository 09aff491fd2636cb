/* Who spoke: what a camera's speaker was given, talk by talk, with the names that the asker may see. */
#ifndef VAULT_SPOKEN_H
#define VAULT_SPOKEN_H

#include <stdint.h>

#include "ipc/messages_diary.h"
#include "vault/people.h"

struct spoken_query {
	struct people *people;
	const struct who *who; /* asks, and may look back at the camera */
	uint32_t camera;
	uint64_t from_us, to_us;
	unsigned limit;
};

/* One row a talk, newest first, without `request`; the number of them. What was said in the last
 * ten seconds is not among them yet. */
unsigned spoken_list(const struct spoken_query *query,
		     void (*found)(void *context, const struct ipc_row_spoken *row), void *context);

#endif
