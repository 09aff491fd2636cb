#include "demo/furniture.h"

#include <math.h>

#include "demo/room.h"
#include "demo/shape.h"

static const struct brush BIRCH = {.albedo = {0.66f, 0.54f, 0.42f}, .opacity = 1, .puff = 5};
static const struct brush BIRCH_BACK = {.albedo = {0.40f, 0.33f, 0.27f}, .opacity = 1, .puff = 4};
static const struct brush WHITE = {.albedo = {0.66f, 0.66f, 0.64f}, .opacity = 1, .puff = 5};
static const struct brush PAPER = {.albedo = {0.74f, 0.70f, 0.60f}, .opacity = 1};
static const struct brush SHADOW = {.opacity = 0.45f, .feather = 26};

/* One thing of straight wood or cloth: a box at a place. */
struct piece {
	const struct brush *brush;
	struct shape_box box;
};

static void draw_pieces(struct canvas *canvas, const struct piece *pieces, size_t count)
{
	for (size_t i = 0; i < count; i++)
		shape_draw_box(canvas, pieces[i].brush, pieces[i].box);
}

static void draw_crib_back(struct canvas *canvas)
{
	static const struct brush sheet = {.albedo = {0.56f, 0.58f, 0.64f}, .opacity = 1, .puff = 18};
	static const struct brush gloom = {.opacity = 0.35f, .feather = 40};

	shape_draw_box(canvas, &gloom, (struct shape_box){{752, 540}, {222, 62}, 20});
	for (int i = 0; i <= 12; i++)
		shape_draw_box(canvas, &BIRCH_BACK,
			       (struct shape_box){{(float)(548 + i * 34), 490}, {3, 68}, 2});
	shape_draw_box(canvas, &BIRCH_BACK, (struct shape_box){{752, 424}, {230, 7}, 7});
	shape_draw_box(canvas, &sheet,
		       (struct shape_box){{752, ROOM_BED_Y + 22}, {234, 24}, 12});
}

static void draw_crib_front(struct canvas *canvas)
{
	for (int i = 1; i < 12; i++)
		shape_draw_box(canvas, &BIRCH,
			       (struct shape_box){{(float)(ROOM_CRIB_X0 + i * 40), 532}, {4, 94}, 3});
	static const struct piece pieces[] = {
		{&BIRCH, {{752, ROOM_CRIB_TOP}, {246, 9}, 8}},
		{&BIRCH, {{752, 606}, {240, 12}, 6}},
		{&BIRCH, {{752, 632}, {240, 5}, 4}},
		{&BIRCH, {{ROOM_CRIB_X0, 540}, {11, 132}, 7}},
		{&BIRCH, {{ROOM_CRIB_X1, 540}, {11, 132}, 7}},
	};

	draw_pieces(canvas, pieces, sizeof(pieces) / sizeof(pieces[0]));
	for (int i = 0; i < 2; i++) {
		float x = i ? ROOM_CRIB_X1 : ROOM_CRIB_X0;

		shape_draw_ellipse(canvas, &BIRCH, (struct shape_ellipse){{x, 402}, {13, 13}, 0});
	}
}

static void draw_window_frame(struct canvas *canvas)
{
	float middle_x = (ROOM_WINDOW_X0 + ROOM_WINDOW_X1) / 2.0f;
	float middle_y = (ROOM_WINDOW_Y0 + ROOM_WINDOW_Y1) / 2.0f;
	float half_w = (ROOM_WINDOW_X1 - ROOM_WINDOW_X0) / 2.0f;
	float half_h = (ROOM_WINDOW_Y1 - ROOM_WINDOW_Y0) / 2.0f;
	const struct piece pieces[] = {
		{&WHITE, {{middle_x, middle_y}, {4, half_h}, 2}},
		{&WHITE, {{middle_x, middle_y}, {half_w, 4}, 2}},
		{&WHITE, {{middle_x, ROOM_WINDOW_Y0 - 6}, {half_w + 12, 7}, 3}},
		{&WHITE, {{ROOM_WINDOW_X0 - 5, middle_y}, {7, half_h + 8}, 3}},
		{&WHITE, {{ROOM_WINDOW_X1 + 5, middle_y}, {7, half_h + 8}, 3}},
		{&WHITE, {{middle_x, ROOM_WINDOW_Y1 + 8}, {half_w + 26, 9}, 4}},
	};

	draw_pieces(canvas, pieces, sizeof(pieces) / sizeof(pieces[0]));
	shape_draw_capsule(canvas, &BIRCH, /* the curtain's rod */
			   (struct shape_capsule){{84, 58}, {468, 58}, 4, 4});
	shape_draw_ellipse(canvas, &BIRCH, (struct shape_ellipse){{82, 58}, {8, 8}, 0});
	shape_draw_ellipse(canvas, &BIRCH, (struct shape_ellipse){{470, 58}, {8, 8}, 0});
}

static void draw_dresser(struct canvas *canvas)
{
	static const struct brush front = {.albedo = {0.60f, 0.50f, 0.40f}, .opacity = 1, .puff = 6};
	static const struct brush knob = {.albedo = {0.72f, 0.60f, 0.36f}, .opacity = 1, .puff = 5};

	shape_draw_box(canvas, &SHADOW, (struct shape_box){{1150, 664}, {112, 10}, 8});
	shape_draw_box(canvas, &BIRCH_BACK, (struct shape_box){{1150, 560}, {102, 104}, 6});
	shape_draw_box(canvas, &BIRCH, (struct shape_box){{1150, 454}, {112, 9}, 5});
	for (int i = 0; i < 3; i++) {
		float y = 497 + 60 * (float)i;

		shape_draw_box(canvas, &front, (struct shape_box){{1150, y}, {92, 25}, 5});
		shape_draw_ellipse(canvas, &knob, (struct shape_ellipse){{1110, y}, {6, 6}, 0});
		shape_draw_ellipse(canvas, &knob, (struct shape_ellipse){{1190, y}, {6, 6}, 0});
	}
}

/* The night light is a small moon on a wooden foot. */
static void draw_lamp(struct canvas *canvas)
{
	static const struct brush halo = {
		.glow = {1.0f, 0.62f, 0.28f}, .opacity = 0.30f, .feather = 150};
	static const struct brush rim = {.glow = {0.98f, 0.62f, 0.26f}, .opacity = 1, .feather = 3};
	static const struct brush heart = {
		.glow = {1.0f, 0.86f, 0.56f}, .opacity = 1, .feather = 30};
	static const struct brush spot = {
		.glow = {0.95f, 0.66f, 0.32f}, .opacity = 0.55f, .feather = 5};
	static const struct shape_ellipse spots[] = {
		{{1132, 374}, {8, 7}, 0}, {{1160, 392}, {10, 9}, 0}, {{1148, 366}, {5, 4}, 0},
		{{1136, 400}, {5, 5}, 0}, {{1166, 372}, {4, 4}, 0},
	};

	shape_draw_ellipse(canvas, &halo,
			   (struct shape_ellipse){{ROOM_LAMP_X, ROOM_LAMP_Y}, {62, 62}, 0});
	shape_draw_box(canvas, &BIRCH, (struct shape_box){{ROOM_LAMP_X, 437}, {24, 8}, 4});
	shape_draw_box(canvas, &BIRCH, (struct shape_box){{ROOM_LAMP_X, 426}, {15, 8}, 4});
	shape_draw_ellipse(canvas, &rim,
			   (struct shape_ellipse){{ROOM_LAMP_X, ROOM_LAMP_Y}, {38, 38}, 0});
	shape_draw_ellipse(canvas, &heart,
			   (struct shape_ellipse){{ROOM_LAMP_X, ROOM_LAMP_Y}, {24, 24}, 0});
	for (size_t i = 0; i < sizeof(spots) / sizeof(spots[0]); i++)
		shape_draw_ellipse(canvas, &spot, spots[i]);
}

/* A child's drawing: a sailing boat under a star. */
static void draw_boat_picture(struct canvas *canvas)
{
	static const struct brush sea = {.albedo = {0.20f, 0.42f, 0.56f}, .opacity = 1};
	static const struct brush hull = {.albedo = {0.62f, 0.24f, 0.18f}, .opacity = 1};
	static const struct brush sail = {.albedo = {0.86f, 0.84f, 0.76f}, .opacity = 1};
	static const struct brush star = {.albedo = {0.80f, 0.62f, 0.20f}, .opacity = 1};
	static const struct point hull_points[] = {{888, 232}, {952, 232}, {938, 250}, {900, 250}};
	static const struct point sail_points[] = {{918, 176}, {918, 226}, {890, 226}};
	static const struct point jib_points[] = {{923, 184}, {923, 226}, {944, 226}};

	shape_draw_box(canvas, &SHADOW, (struct shape_box){{926, 222}, {72, 62}, 6});
	shape_draw_box(canvas, &BIRCH, (struct shape_box){{920, 216}, {70, 60}, 4});
	shape_draw_box(canvas, &PAPER, (struct shape_box){{920, 216}, {61, 51}, 2});
	shape_draw_box(canvas, &sea, (struct shape_box){{920, 257}, {61, 10}, 1});
	shape_draw_polygon(canvas, &hull, (struct shape_polygon){hull_points, 4, 1});
	shape_draw_polygon(canvas, &sail, (struct shape_polygon){sail_points, 3, 0});
	shape_draw_polygon(canvas, &sail, (struct shape_polygon){jib_points, 3, 0});
	shape_draw_star(canvas, &star, (struct shape_star){{960, 186}, 11, 0.5f, 0.2f, 1});
}

/* Another: a house on a hill. */
static void draw_house_picture(struct canvas *canvas)
{
	static const struct brush hill = {.albedo = {0.30f, 0.46f, 0.24f}, .opacity = 1};
	static const struct brush house = {.albedo = {0.70f, 0.44f, 0.30f}, .opacity = 1};
	static const struct brush roof = {.albedo = {0.36f, 0.22f, 0.24f}, .opacity = 1};
	static const struct brush pane = {.albedo = {0.86f, 0.76f, 0.36f}, .opacity = 1};
	static const struct point roof_points[] = {{1044, 168}, {1070, 146}, {1096, 168}};

	shape_draw_box(canvas, &SHADOW, (struct shape_box){{1078, 184}, {60, 58}, 6});
	shape_draw_box(canvas, &WHITE, (struct shape_box){{1072, 178}, {58, 56}, 4});
	shape_draw_box(canvas, &PAPER, (struct shape_box){{1072, 178}, {49, 47}, 2});
	shape_draw_box(canvas, &hill, (struct shape_box){{1072, 214}, {49, 11}, 2});
	shape_draw_ellipse(canvas, &hill, (struct shape_ellipse){{1072, 210}, {44, 18}, 0});
	shape_draw_box(canvas, &house, (struct shape_box){{1070, 183}, {20, 16}, 1});
	shape_draw_polygon(canvas, &roof, (struct shape_polygon){roof_points, 3, 1});
	shape_draw_box(canvas, &pane, (struct shape_box){{1062, 180}, {4, 5}, 1});
	shape_draw_box(canvas, &pane, (struct shape_box){{1078, 186}, {4, 8}, 1});
}

static void draw_book(struct canvas *canvas, float x, float height, struct colour colour)
{
	struct brush brush = {.albedo = colour, .opacity = 1, .puff = 3};

	shape_draw_box(canvas, &brush,
		       (struct shape_box){{x, 316 - height / 2}, {6.5f, height / 2}, 1.5f});
}

static void draw_shelf(struct canvas *canvas)
{
	static const struct colour colours[] = {
		{0.52f, 0.20f, 0.18f}, {0.20f, 0.38f, 0.44f}, {0.62f, 0.48f, 0.20f},
		{0.30f, 0.24f, 0.42f}, {0.24f, 0.42f, 0.28f}, {0.60f, 0.34f, 0.26f},
	};
	static const float heights[] = {46, 52, 40, 56, 44, 50};
	static const struct brush ball = {.albedo = {0.62f, 0.30f, 0.32f}, .opacity = 1, .puff = 18};

	shape_draw_box(canvas, &SHADOW, (struct shape_box){{1190, 330}, {66, 5}, 5});
	shape_draw_box(canvas, &BIRCH, (struct shape_box){{1186, 321}, {70, 6}, 3});
	for (size_t i = 0; i < sizeof(heights) / sizeof(heights[0]); i++)
		draw_book(canvas, 1130 + 14.5f * (float)i, heights[i], colours[i]);
	shape_draw_ellipse(canvas, &ball, (struct shape_ellipse){{1236, 298}, {17, 17}, 0});
}

/* A wooden rattle and blocks on the floor, to the left. */
static void draw_toys(struct canvas *canvas)
{
	static const struct brush red = {.albedo = {0.60f, 0.22f, 0.20f}, .opacity = 1, .puff = 8};
	static const struct brush blue = {.albedo = {0.22f, 0.38f, 0.58f}, .opacity = 1, .puff = 8};
	static const struct brush sun = {.albedo = {0.66f, 0.52f, 0.20f}, .opacity = 1, .puff = 8};

	shape_draw_box(canvas, &SHADOW, (struct shape_box){{104, 634}, {60, 8}, 8});
	shape_draw_box(canvas, &blue, (struct shape_box){{78, 612}, {21, 21}, 4});
	shape_draw_box(canvas, &sun, (struct shape_box){{124, 612}, {21, 21}, 4});
	shape_draw_box(canvas, &red, (struct shape_box){{100, 571}, {20, 20}, 4});
}

void furniture_draw_back(struct canvas *canvas)
{
	draw_boat_picture(canvas);
	draw_house_picture(canvas);
	draw_shelf(canvas);
	draw_dresser(canvas);
	draw_lamp(canvas);
	draw_toys(canvas);
	draw_crib_back(canvas);
}

void furniture_draw_front(struct canvas *canvas)
{
	draw_window_frame(canvas);
	draw_crib_front(canvas);
}
