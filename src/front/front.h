/* What all of the front's connections share. */
#ifndef FRONT_FRONT_H
#define FRONT_FRONT_H

#include "base/clock.h"
#include "front/address.h"
#include "front/files.h"
#include "front/link.h"
#include "loop/loop.h"

enum {
	FRONT_BODY_BYTES_MAX = 16 << 20, /* request bodies in memory at once */
	FRONT_EXCHANGES_MAX = 2048,
	FRONT_STREAMS_MAX = 256,         /* event streams */
	FRONT_PLAY_BYTES_MAX = 64 << 20, /* of recordings in memory; one piece may lie above it */
	FRONT_PLAY_READS_MAX = 16,       /* pieces asked of the vault at once */
	FRONT_CONVERSIONS_MAX = 16,      /* the same, of those that take seconds to make */
	FRONT_CLIPS_MAX = 4,             /* files to keep, on their way at once */
};

struct front {
	struct loop *loop;
	struct link link;
	struct files files;
	struct address_table addresses;
	size_t body_bytes;
	unsigned exchanges;
	unsigned streams;
	size_t play_bytes;        /* of pieces that are not sent yet */
	unsigned play_reads;      /* asked for */
	unsigned conversions;     /* the same, to be made into H.264 */
	unsigned clips;
	struct playing *playings; /* those under way */
	uint64_t date_at_s;       /* the second that `date` says */
	char date[32];            /* RFC 9110 §5.6.7 */
};

/* Sets up everything but the files; `loop` is borrowed. Calls what reads files when first used
 * (time zone, hash seeds), so that nothing does later in the sandbox. */
void front_init(struct front *front, struct loop *loop);
void front_finish(struct front *front);

const char *front_date(struct front *front);

static inline uint64_t front_now_ns(const struct front *front)
{
	return loop_now_ns(front->loop);
}

#endif
