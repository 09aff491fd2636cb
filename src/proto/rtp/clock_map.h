/* From a camera's clock to Ward's (docs/design/time.md).
 *
 * A frame's arrival is its true time plus a delay that is never below some floor. The map keeps the
 * least delay of each window of time and lays a line under the last windows: its height is the
 * floor, its slope the camera's drift. A frame's time is then its RTP timestamp on that line: free
 * of the network's jitter, never ahead of its own arrival, and growing with the timestamp.
 * Sender reports only shift the tracks of one camera against each other: their wall clock is too
 * often wrong to be believed in itself. */
#ifndef PROTO_RTP_CLOCK_MAP_H
#define PROTO_RTP_CLOCK_MAP_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CLOCK_MAP_WINDOWS = 64,
	CLOCK_MAP_RATE_MIN = 1000,
	CLOCK_MAP_RECENT = 16, /* more than an encoder reorders */
};

struct clock_map_window {
	int64_t media_ns, offset_ns;
};

/* A time that came out. */
struct clock_map_given {
	int64_t ticks;
	uint64_t pts_ns;
};

struct clock_map_report {
	bool is_there, is_sane;
	uint32_t timestamp;
	int64_t ntp_ns;
	uint64_t arrival_ns;
};

struct clock_map {
	uint32_t rate_hz;
	bool is_started;
	uint32_t timestamp;                /* newest given, and ... */
	int64_t ticks;                     /* ... the same without wrapping, from 0 at the start */
	int64_t offset_ns;                 /* Ward's time minus the media's, as applied */
	int64_t shift_ns, shift_wanted_ns; /* against the camera's other tracks */
	uint64_t arrival_ns;

	struct clock_map_given recent[CLOCK_MAP_RECENT];
	unsigned recent_count, recent_next;
	uint64_t pts_max_ns;   /* the highest time that came out */
	uint64_t pts_floor_ns; /* the same before the last start */

	struct clock_map_window windows[CLOCK_MAP_WINDOWS], window;
	unsigned window_count, window_next;
	uint64_t window_start_ns;
	int64_t line_media_ns, line_offset_ns; /* a point on the line */
	double line_slope;

	struct clock_map_report report;
	uint64_t restarts; /* how often the camera's clock jumped */
};

/* `rate_hz` is at least CLOCK_MAP_RATE_MIN. */
void clock_map_init(struct clock_map *map, uint32_t rate_hz);

/* The stream begins anew (reconnected, or another SSRC): its timestamps mean nothing new, but times
 * that came out stay before those to come. */
void clock_map_restart(struct clock_map *map, uint32_t rate_hz);

/* The time on Ward's clock of the frame with that RTP timestamp, whose last packet arrived at
 * `arrival_ns` (which never runs back). A later timestamp never gets an earlier time; from a camera
 * whose timestamps do not run to and fro, always a later one. */
uint64_t clock_map_frame(struct clock_map *map, uint32_t timestamp, uint64_t arrival_ns);

/* The camera's clock against ours in parts per billion: positive, it runs fast. 0 until known. */
int64_t clock_map_drift_ppb(const struct clock_map *map);

/* A sender report of this stream: the camera's wall clock (nanoseconds) at an RTP timestamp. */
void clock_map_report(struct clock_map *map, uint32_t timestamp, uint64_t ntp_ns,
		      uint64_t arrival_ns);

/* Shifts `map` slowly to where both tracks' sender reports put it against `master`. Does nothing
 * while either has none that makes sense. */
void clock_map_align(struct clock_map *map, const struct clock_map *master);

#endif
