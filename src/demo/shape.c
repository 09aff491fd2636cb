#include "demo/shape.h"

#include <math.h>

static const float PI = 3.14159265f;

/* The pixels within `reach` of a box of corners, with the brush's soft edge. */
static struct rect bounds_of(const struct brush *brush, struct point low, struct point high,
			     float reach)
{
	float edge = reach + brush->feather + 1;

	return (struct rect){(int)floorf(low.x - edge), (int)floorf(low.y - edge),
			     (int)ceilf(high.x + edge), (int)ceilf(high.y + edge)};
}

float shape_ellipse_distance(const void *shape, struct point at)
{
	const struct shape_ellipse *ellipse = shape;
	float x = at.x - ellipse->centre.x, y = at.y - ellipse->centre.y;

	if (ellipse->turn != 0) {
		float c = cosf(ellipse->turn), s = sinf(ellipse->turn), was = x;

		x = c * x + s * y;
		y = c * y - s * was;
	}
	float ux = x / ellipse->radius.x, uy = y / ellipse->radius.y;
	float vx = ux / ellipse->radius.x, vy = uy / ellipse->radius.y;
	float k = sqrtf(ux * ux + uy * uy), g = sqrtf(vx * vx + vy * vy);

	/* First order: exact on the edge, good enough near it. */
	return g < 1e-6f ? -fminf(ellipse->radius.x, ellipse->radius.y) : k * (k - 1) / g;
}

float shape_box_distance(const void *shape, struct point at)
{
	const struct shape_box *box = shape;
	float x = fabsf(at.x - box->centre.x) - box->half.x + box->round;
	float y = fabsf(at.y - box->centre.y) - box->half.y + box->round;
	float out_x = fmaxf(x, 0), out_y = fmaxf(y, 0);

	return sqrtf(out_x * out_x + out_y * out_y) + fminf(fmaxf(x, y), 0) - box->round;
}

float shape_capsule_distance(const void *shape, struct point at)
{
	const struct shape_capsule *capsule = shape;
	float dx = capsule->to.x - capsule->from.x, dy = capsule->to.y - capsule->from.y;
	float x = at.x - capsule->from.x, y = at.y - capsule->from.y;
	float length = dx * dx + dy * dy;
	float t = length > 0 ? raster_clamp((x * dx + y * dy) / length, 0, 1) : 0;

	x -= t * dx;
	y -= t * dy;
	return sqrtf(x * x + y * y) - raster_mix(capsule->from_radius, capsule->to_radius, t);
}

float shape_blob_distance(const void *shape, struct point at)
{
	const struct shape_blob *blob = shape;
	float near = shape_capsule_distance(&blob->parts[0], at);

	for (size_t i = 1; i < blob->count; i++) {
		float next = shape_capsule_distance(&blob->parts[i], at);
		float h = fmaxf(blob->melt - fabsf(near - next), 0) / blob->melt;

		near = fminf(near, next) - h * h * blob->melt / 4;
	}
	return near;
}

float shape_star_distance(const void *shape, struct point at)
{
	const struct shape_star *star = shape;
	float x = at.x - star->centre.x, y = at.y - star->centre.y;
	float step = 2 * PI / 5;
	float angle = atan2f(x, -y) - star->turn;
	float length = sqrtf(x * x + y * y);

	/* Folded into one half of one point, whose edge is one straight line from tip to notch. */
	angle -= step * floorf(angle / step + 0.5f);
	angle = fabsf(angle);
	float px = length * sinf(angle), py = length * cosf(angle);
	float tip = star->radius - star->round, notch = tip * star->inner;
	float nx = notch * sinf(step / 2), ny = notch * cosf(step / 2);
	float ex = nx, ey = ny - tip;
	float t = raster_clamp((px * ex + (py - tip) * ey) / (ex * ex + ey * ey), 0, 1);
	float dx = px - t * ex, dy = py - tip - t * ey;
	float side = ex * (py - tip) - ey * px;
	float away = sqrtf(dx * dx + dy * dy);

	return (side > 0 ? away : -away) - star->round;
}

float shape_crescent_distance(const void *shape, struct point at)
{
	const struct shape_crescent *crescent = shape;
	float x = at.x - crescent->centre.x, y = at.y - crescent->centre.y;
	float bx = at.x - crescent->bite.x, by = at.y - crescent->bite.y;

	return fmaxf(sqrtf(x * x + y * y) - crescent->radius,
		     crescent->bite_radius - sqrtf(bx * bx + by * by));
}

float shape_polygon_distance(const void *shape, struct point at)
{
	const struct shape_polygon *polygon = shape;
	float near = 1e12f, sign = 1;

	for (size_t i = 0, j = polygon->count - 1; i < polygon->count; j = i++) {
		struct point a = polygon->points[i], b = polygon->points[j];
		float ex = b.x - a.x, ey = b.y - a.y, x = at.x - a.x, y = at.y - a.y;
		float t = raster_clamp((x * ex + y * ey) / (ex * ex + ey * ey), 0, 1);
		float dx = x - t * ex, dy = y - t * ey;
		bool above = at.y >= a.y, below = at.y < b.y, left = ex * y > ey * x;

		near = fminf(near, dx * dx + dy * dy);
		if ((above && below && left) || (!above && !below && !left))
			sign = -sign;
	}
	return sign * sqrtf(near) - polygon->round;
}

struct rect shape_draw_ellipse(struct canvas *canvas, const struct brush *brush,
			       struct shape_ellipse ellipse)
{
	float reach = fmaxf(ellipse.radius.x, ellipse.radius.y);
	struct point span = ellipse.turn != 0 ? (struct point){reach, reach} : ellipse.radius;
	struct point low = {ellipse.centre.x - span.x, ellipse.centre.y - span.y};
	struct point high = {ellipse.centre.x + span.x, ellipse.centre.y + span.y};
	struct rect bounds = bounds_of(brush, low, high, 0);

	raster_fill(canvas, bounds, brush, shape_ellipse_distance, &ellipse);
	return bounds;
}

struct rect shape_draw_box(struct canvas *canvas, const struct brush *brush, struct shape_box box)
{
	struct point low = {box.centre.x - box.half.x, box.centre.y - box.half.y};
	struct point high = {box.centre.x + box.half.x, box.centre.y + box.half.y};
	struct rect bounds = bounds_of(brush, low, high, 0);

	raster_fill(canvas, bounds, brush, shape_box_distance, &box);
	return bounds;
}

static struct rect capsule_bounds(const struct brush *brush, const struct shape_capsule *capsule)
{
	struct point low = {fminf(capsule->from.x, capsule->to.x),
			    fminf(capsule->from.y, capsule->to.y)};
	struct point high = {fmaxf(capsule->from.x, capsule->to.x),
			     fmaxf(capsule->from.y, capsule->to.y)};

	return bounds_of(brush, low, high, fmaxf(capsule->from_radius, capsule->to_radius));
}

struct rect shape_draw_capsule(struct canvas *canvas, const struct brush *brush,
			       struct shape_capsule capsule)
{
	struct rect bounds = capsule_bounds(brush, &capsule);

	raster_fill(canvas, bounds, brush, shape_capsule_distance, &capsule);
	return bounds;
}

struct rect shape_draw_blob(struct canvas *canvas, const struct brush *brush,
			    struct shape_blob blob)
{
	struct rect bounds = capsule_bounds(brush, &blob.parts[0]);

	for (size_t i = 1; i < blob.count; i++)
		bounds = raster_union(bounds, capsule_bounds(brush, &blob.parts[i]));
	raster_fill(canvas, bounds, brush, shape_blob_distance, &blob);
	return bounds;
}

struct rect shape_draw_star(struct canvas *canvas, const struct brush *brush,
			    struct shape_star star)
{
	struct rect bounds = bounds_of(brush, star.centre, star.centre, star.radius);

	raster_fill(canvas, bounds, brush, shape_star_distance, &star);
	return bounds;
}

struct rect shape_draw_crescent(struct canvas *canvas, const struct brush *brush,
				struct shape_crescent crescent)
{
	struct rect bounds = bounds_of(brush, crescent.centre, crescent.centre, crescent.radius);

	raster_fill(canvas, bounds, brush, shape_crescent_distance, &crescent);
	return bounds;
}

struct rect shape_draw_polygon(struct canvas *canvas, const struct brush *brush,
			       struct shape_polygon polygon)
{
	struct point low = polygon.points[0], high = low;

	for (size_t i = 1; i < polygon.count; i++) {
		struct point point = polygon.points[i];

		low = (struct point){fminf(low.x, point.x), fminf(low.y, point.y)};
		high = (struct point){fmaxf(high.x, point.x), fmaxf(high.y, point.y)};
	}
	struct rect bounds = bounds_of(brush, low, high, polygon.round);

	raster_fill(canvas, bounds, brush, shape_polygon_distance, &polygon);
	return bounds;
}
