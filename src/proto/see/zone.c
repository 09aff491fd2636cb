#include "proto/see/zone.h"

#include <errno.h>

bool zone_wants_any(const struct ipc_see *rule)
{
	return rule->person != SEE_OFF || rule->animals != SEE_OFF;
}

int zone_check(const struct ipc_see *rule)
{
	uint32_t points = 0;

	if (rule->person >= SEE_LEVEL_COUNT || rule->least_height > 100 || rule->faces > 1 ||
	    rule->animals >= SEE_LEVEL_COUNT)
		return -EINVAL;
	for (unsigned i = 0; i < SEE_ZONES_MAX; i++) {
		if (rule->sizes[i] > SEE_POINTS_MAX - points ||
		    (rule->sizes[i] && rule->sizes[i] < 3))
			return -EINVAL;
		points += rule->sizes[i];
	}
	for (uint32_t i = 0; i < points; i++)
		if (rule->points[i].x > SEE_SCALE || rule->points[i].y > SEE_SCALE)
			return -EINVAL;
	return 0;
}

/* By the number of edges that a ray to the right crosses. */
static bool is_inside(const struct ipc_point *points, uint32_t count, float x, float y)
{
	bool is_in = false;

	for (uint32_t i = 0, before = count - 1; i < count; before = i++) {
		float x1 = points[i].x, y1 = points[i].y;
		float x2 = points[before].x, y2 = points[before].y;

		if ((y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
			is_in = !is_in;
	}
	return is_in;
}

bool zone_admits(const struct ipc_see *rule, const struct box *box)
{
	float x = (box->left + box->right) / 2 * SEE_SCALE;
	/* A zone that goes down to the edge holds who is cut off there. */
	float y = box->bottom * (SEE_SCALE - 1);
	bool has_includes = false, is_included = false;

	if ((box->bottom - box->top) * 100 < (float)rule->least_height)
		return false;
	for (uint32_t i = 0, first = 0; i < SEE_ZONES_MAX; first += rule->sizes[i], i++) {
		if (!rule->sizes[i])
			break;
		bool is_in = is_inside(rule->points + first, rule->sizes[i], x, y);

		if (rule->excludes >> i & 1) {
			if (is_in)
				return false;
			continue;
		}
		has_includes = true;
		is_included = is_included || is_in;
	}
	return is_included || !has_includes;
}
