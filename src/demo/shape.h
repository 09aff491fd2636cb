/* The shapes of the nursery, as signed distances for raster_fill, and drawing each within its own
 * bounds. */
#ifndef DEMO_SHAPE_H
#define DEMO_SHAPE_H

#include "demo/raster.h"

struct shape_ellipse {
	struct point centre, radius;
	float turn; /* radians, clockwise on the screen */
};

/* A box with rounded corners; `half` is half its width and height. */
struct shape_box {
	struct point centre, half;
	float round;
};

/* A line with a thickness at each end. */
struct shape_capsule {
	struct point from, to;
	float from_radius, to_radius;
};

/* Capsules melted together; `melt` is the width of the seam in pixels. */
struct shape_blob {
	const struct shape_capsule *parts;
	size_t count;
	float melt;
};

/* A five-pointed star with round tips; `inner` is where its notches lie, as a share of `radius`. */
struct shape_star {
	struct point centre;
	float radius, inner, turn, round;
};

/* A disc with a bite: `bite` is the centre of the disc of the same radius that is taken away. */
struct shape_crescent {
	struct point centre, bite;
	float radius, bite_radius;
};

/* Straight-sided, points in order, not closed twice. */
struct shape_polygon {
	const struct point *points;
	size_t count;
	float round;
};

raster_shape_fn shape_ellipse_distance, shape_box_distance, shape_capsule_distance,
	shape_blob_distance, shape_star_distance, shape_crescent_distance, shape_polygon_distance;

/* Each draws the shape and gives the pixels it may have touched. */
struct rect shape_draw_ellipse(struct canvas *canvas, const struct brush *brush,
			       struct shape_ellipse ellipse);
struct rect shape_draw_box(struct canvas *canvas, const struct brush *brush, struct shape_box box);
struct rect shape_draw_capsule(struct canvas *canvas, const struct brush *brush,
			       struct shape_capsule capsule);
struct rect shape_draw_blob(struct canvas *canvas, const struct brush *brush,
			    struct shape_blob blob);
struct rect shape_draw_star(struct canvas *canvas, const struct brush *brush,
			    struct shape_star star);
struct rect shape_draw_crescent(struct canvas *canvas, const struct brush *brush,
				struct shape_crescent crescent);
struct rect shape_draw_polygon(struct canvas *canvas, const struct brush *brush,
			       struct shape_polygon polygon);

#endif
