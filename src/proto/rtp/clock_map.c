#include "proto/rtp/clock_map.h"

#include <assert.h>

#define MS INT64_C(1000000)
#define S  (1000 * MS)

/* A window is long enough that its least delay is near the floor, and 64 of them long enough to
 * see a drift of a few parts per million. */
#define WINDOW_NS (2 * S)
/* Below this many windows a slope would be noise. */
#define WINDOWS_FOR_SLOPE 8
#define SLOPE_MAX         1e-3
/* The applied offset rises toward the line by 5 ms a second: nobody hears or sees that. */
#define SLEW_PER_S  (5 * MS)
#define SHIFT_PER_S (20 * MS)
#define SHIFT_MAX   S
/* More than a picture reordered by its encoder goes back, and more than a network stalls. */
#define BACK_MAX  S
#define AHEAD_MAX (10 * S)
#define LATE_MAX  (10 * S)
/* A delay that stays this much above the applied one is the new truth. */
#define RISE_MAX       (200 * MS)
#define RISE_WINDOWS   3
#define REPORT_AGE_MAX (60 * S)
#define REPORT_OFF_MAX (50 * MS)
#define PTS_STEP_MIN   1000

static int64_t ticks_to_ns(const struct clock_map *map, int64_t ticks)
{
	int64_t rate = map->rate_hz;

	return ticks / rate * S + ticks % rate * S / rate;
}

void clock_map_init(struct clock_map *map, uint32_t rate_hz)
{
	assert(rate_hz >= CLOCK_MAP_RATE_MIN);
	*map = (struct clock_map){.rate_hz = rate_hz};
}

void clock_map_restart(struct clock_map *map, uint32_t rate_hz)
{
	uint64_t pts_max_ns = map->pts_max_ns, restarts = map->restarts;

	clock_map_init(map, rate_hz);
	map->pts_max_ns = pts_max_ns;
	map->restarts = restarts;
}

/* Begins anew at this frame; times that came out before stay before. */
static void start(struct clock_map *map, uint32_t timestamp, uint64_t arrival_ns)
{
	map->is_started = true;
	map->timestamp = timestamp;
	map->ticks = 0;
	map->recent_count = 0;
	map->recent_next = 0;
	map->pts_floor_ns = map->pts_max_ns;
	map->offset_ns = (int64_t)arrival_ns;
	map->arrival_ns = arrival_ns;
	map->window_count = 0;
	map->window_next = 0;
	map->window_start_ns = arrival_ns;
	map->window = (struct clock_map_window){0, map->offset_ns};
	map->line_media_ns = 0;
	map->line_offset_ns = map->offset_ns;
	map->line_slope = 0;
	map->report.is_there = false;
}

static bool has_jumped(const struct clock_map *map, int32_t step, uint64_t arrival_ns)
{
	int64_t step_ns = ticks_to_ns(map, step);
	int64_t elapsed_ns = (int64_t)(arrival_ns - map->arrival_ns);
	int64_t delay_ns = (int64_t)arrival_ns - ticks_to_ns(map, map->ticks + step);

	return step_ns < -BACK_MAX || step_ns > elapsed_ns + AHEAD_MAX ||
	       delay_ns - map->offset_ns > LATE_MAX;
}

/* Least squares over the windows' minima; they are only ever above the floor, so the line is then
 * lowered to touch the lowest. */
static void fit_line(struct clock_map *map)
{
	const struct clock_map_window *windows = map->windows;
	double n = map->window_count, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0, slope = 0;

	for (unsigned i = 0; i < map->window_count; i++) {
		double x = (double)(windows[i].media_ns - windows[0].media_ns);
		double y = (double)(windows[i].offset_ns - windows[0].offset_ns);

		sum_x += x;
		sum_y += y;
		sum_xx += x * x;
		sum_xy += x * y;
	}
	double spread = n * sum_xx - sum_x * sum_x;

	if (map->window_count >= WINDOWS_FOR_SLOPE && spread > 0)
		slope = (n * sum_xy - sum_x * sum_y) / spread;
	if (slope > SLOPE_MAX || slope < -SLOPE_MAX)
		slope = slope > 0 ? SLOPE_MAX : -SLOPE_MAX;
	map->line_slope = slope;
	map->line_media_ns = windows[0].media_ns;
	map->line_offset_ns = windows[0].offset_ns;
	for (unsigned i = 1; i < map->window_count; i++) {
		double x = (double)(windows[i].media_ns - windows[0].media_ns);
		int64_t floor_ns = windows[i].offset_ns - (int64_t)(slope * x);

		if (floor_ns < map->line_offset_ns)
			map->line_offset_ns = floor_ns;
	}
}

/* The least offset of the newest windows, if it has stayed far above what is applied. */
static bool has_risen(const struct clock_map *map, int64_t *ret_offset_ns)
{
	int64_t least_ns = INT64_MAX;

	if (map->window_count < RISE_WINDOWS)
		return false;
	for (unsigned i = 1; i <= RISE_WINDOWS; i++) {
		unsigned at = (map->window_next + CLOCK_MAP_WINDOWS - i) % CLOCK_MAP_WINDOWS;

		if (map->windows[at].offset_ns < least_ns)
			least_ns = map->windows[at].offset_ns;
	}
	*ret_offset_ns = least_ns;
	return least_ns - map->offset_ns > RISE_MAX;
}

static void close_window(struct clock_map *map)
{
	int64_t risen_ns;

	map->windows[map->window_next] = map->window;
	map->window_next = (map->window_next + 1) % CLOCK_MAP_WINDOWS;
	if (map->window_count < CLOCK_MAP_WINDOWS)
		map->window_count++;
	if (has_risen(map, &risen_ns)) {
		map->offset_ns = risen_ns;
		map->windows[0] = map->window;
		map->window_count = 1;
		map->window_next = 1;
	}
	fit_line(map);
}

static void add_to_window(struct clock_map *map, int64_t media_ns, int64_t offset_ns,
			  uint64_t arrival_ns)
{
	if ((int64_t)(arrival_ns - map->window_start_ns) >= WINDOW_NS) {
		close_window(map);
		map->window_start_ns = arrival_ns;
		map->window = (struct clock_map_window){media_ns, offset_ns};
	} else if (offset_ns < map->window.offset_ns) {
		map->window = (struct clock_map_window){media_ns, offset_ns};
	}
}

/* Moves `from` toward `to` by at most `step` (>= 0). */
static int64_t approach(int64_t from, int64_t to, int64_t step)
{
	if (to > from + step)
		return from + step;
	return to < from - step ? from - step : to;
}

static int64_t slew_step(int64_t per_s, int64_t elapsed_ns)
{
	return (elapsed_ns < S ? elapsed_ns : S) / MS * per_s / 1000;
}

static void remember(struct clock_map *map, uint64_t pts_ns)
{
	map->recent[map->recent_next] = (struct clock_map_given){map->ticks, pts_ns};
	map->recent_next = (map->recent_next + 1) % CLOCK_MAP_RECENT;
	if (map->recent_count < CLOCK_MAP_RECENT)
		map->recent_count++;
	if (pts_ns > map->pts_max_ns)
		map->pts_max_ns = pts_ns;
}

/* An applied offset that changes must not put pictures out of order: this one belongs after those
 * with lower timestamps and before those with higher ones. */
static uint64_t keep_order(struct clock_map *map, int64_t pts_ns)
{
	uint64_t pts = pts_ns > 0 ? (uint64_t)pts_ns : 0;
	uint64_t after_ns = map->pts_floor_ns, before_ns = UINT64_MAX;

	for (unsigned i = 0; i < map->recent_count; i++) {
		const struct clock_map_given *given = &map->recent[i];

		if (given->ticks < map->ticks && given->pts_ns > after_ns)
			after_ns = given->pts_ns;
		if (given->ticks > map->ticks && given->pts_ns < before_ns)
			before_ns = given->pts_ns;
	}
	if (pts < after_ns + PTS_STEP_MIN)
		pts = after_ns + PTS_STEP_MIN;
	if (pts >= before_ns)
		pts = after_ns + (before_ns - after_ns) / 2;
	remember(map, pts);
	return pts;
}

uint64_t clock_map_frame(struct clock_map *map, uint32_t timestamp, uint64_t arrival_ns)
{
	int32_t step = (int32_t)(timestamp - map->timestamp);

	if (!map->is_started) {
		start(map, timestamp, arrival_ns);
		step = 0;
	} else if (has_jumped(map, step, arrival_ns)) {
		start(map, timestamp, arrival_ns);
		map->restarts++;
		step = 0;
	}
	int64_t elapsed_ns = (int64_t)(arrival_ns - map->arrival_ns);

	map->timestamp = timestamp;
	map->ticks += step;
	map->arrival_ns = arrival_ns;
	int64_t media_ns = ticks_to_ns(map, map->ticks);
	int64_t now_ns = (int64_t)arrival_ns - media_ns;

	add_to_window(map, media_ns, now_ns, arrival_ns);
	int64_t line_ns = map->line_offset_ns +
			  (int64_t)(map->line_slope * (double)(media_ns - map->line_media_ns));

	map->offset_ns = approach(map->offset_ns, line_ns, slew_step(SLEW_PER_S, elapsed_ns));
	if (map->offset_ns > now_ns)
		map->offset_ns = now_ns;
	map->shift_ns =
		approach(map->shift_ns, map->shift_wanted_ns, slew_step(SHIFT_PER_S, elapsed_ns));
	return keep_order(map, media_ns + map->offset_ns + map->shift_ns);
}

int64_t clock_map_drift_ppb(const struct clock_map *map)
{
	return (int64_t)(-map->line_slope * 1e9);
}

void clock_map_report(struct clock_map *map, uint32_t timestamp, uint64_t ntp_ns,
		      uint64_t arrival_ns)
{
	struct clock_map_report *last = &map->report;
	struct clock_map_report report = {
		.is_there = true,
		.is_sane = ntp_ns != 0 && ntp_ns < INT64_MAX,
		.timestamp = timestamp,
		.ntp_ns = (int64_t)(ntp_ns & INT64_MAX),
		.arrival_ns = arrival_ns,
	};

	if (last->is_there && report.is_sane) {
		/* Both clocks must have run the same way since. */
		int64_t media_ns = ticks_to_ns(map, (int32_t)(timestamp - last->timestamp));
		int64_t off_ns = report.ntp_ns - last->ntp_ns - media_ns;

		report.is_sane = off_ns > -REPORT_OFF_MAX && off_ns < REPORT_OFF_MAX;
	}
	*last = report;
}

/* Ward's time minus the camera's wall clock, as this track sees it. */
static bool wall_offset(const struct clock_map *map, int64_t *ret_offset_ns)
{
	const struct clock_map_report *report = &map->report;

	if (!map->is_started || !report->is_there || !report->is_sane ||
	    (int64_t)(map->arrival_ns - report->arrival_ns) > REPORT_AGE_MAX)
		return false;
	int64_t since_ns = ticks_to_ns(map, (int32_t)(map->timestamp - report->timestamp));

	*ret_offset_ns = ticks_to_ns(map, map->ticks) + map->offset_ns - report->ntp_ns - since_ns;
	return true;
}

void clock_map_align(struct clock_map *map, const struct clock_map *master)
{
	int64_t own_ns, master_ns;

	if (!wall_offset(map, &own_ns) || !wall_offset(master, &master_ns))
		return;
	int64_t shift_ns = master_ns - own_ns;

	/* Clocks this far apart were never one clock. */
	if (shift_ns < -SHIFT_MAX || shift_ns > SHIFT_MAX)
		shift_ns = 0;
	map->shift_wanted_ns = shift_ns;
}
