/* One microphone, from what the camera sends to samples at 8 kHz, one channel, with the time of
 * each piece. */
#ifndef EAR_INTAKE_H
#define EAR_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"

enum {
	INTAKE_HZ = 8000,
	INTAKE_GAP_NS_MAX = 200 * 1000 *
			    1000, /* a frame this far from where the last one ended joins nothing */
};

/* What one frame gave. `samples` is valid until the next one. */
struct intake_output {
	const int16_t *samples;
	size_t count;
	uint64_t pts_ns; /* of the first, on Ward's clock */
	bool after_gap;  /* does not continue what came before */
};

struct intake;

/* Warms up the libraries, before the sandbox closes. */
NODISCARD int intake_warm_up(void);

/* `track` and `config` as they were fed. -EPROTONOSUPPORT, -EBADMSG, -ENOMEM. */
NODISCARD int intake_create(const struct ipc_track *track, struct bytes config,
			    struct intake **ret_intake);
void intake_destroy(struct intake *intake);
AUTO_DEFINE(intake)

/* Takes one whole frame. -EBADMSG if it is not decodable: it is skipped, and the next one is
 * after_gap. */
NODISCARD int intake_feed(struct intake *intake, struct bytes frame, const struct ipc_frame *about,
			  struct intake_output *ret_output);

#endif
