/* Faces: where they are looked for, what the network's numbers mean, how they are turned upright, and
 * which are good enough. */
#include "../check.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "proto/see/face.h"

enum { WIDTH = 320, HEIGHT = 240 };

static uint8_t pixels[WIDTH * HEIGHT * FACE_COLORS];
static const struct face_image image = {pixels, WIDTH, HEIGHT};
static float scores[FACE_ANCHORS], numbers[FACE_ANCHORS * FACE_NUMBERS];
static float input[FACE_INPUT_SIDE * FACE_INPUT_SIDE * FACE_COLORS];

static struct face_answer nothing(void)
{
	for (size_t i = 0; i < FACE_ANCHORS; i++)
		scores[i] = -20;
	memset(numbers, 0, sizeof(numbers));
	return (struct face_answer){{scores, scores + FACE_FINE},
				    {numbers, numbers + FACE_FINE * FACE_NUMBERS}};
}

static void put(unsigned anchor, float score, const float box[4])
{
	scores[anchor] = score;
	memcpy(numbers + (size_t)anchor * FACE_NUMBERS, box, 4 * sizeof(*box));
}

static void assert_near(float value, float wanted, float most)
{
	if (!(fabsf(value - wanted) <= most))
		fail_msg("%f is not %f", (double)value, (double)wanted);
}

static void anchors_are_where_the_network_has_them(void **state)
{
	struct face_answer answer = nothing();
	struct face faces[FACE_MAX];

	(void)state;
	/* The 320 x 240 picture is 256 x 192 of the input, 32 rows down. */
	put(2 * (8 * 16 + 4) + 1, 3, (const float[]){0, 0, 32, 48});         /* middle at 72, 136 */
	put(FACE_FINE + 6 * (2 * 8 + 6), 1, (const float[]){2, -4, 16, 16}); /* at 210, 76 */
	assert_int_equal(face_decode(&answer, &image, 0.6F, faces), 2);
	assert_near(faces[0].left, (72 - 16) * 1.25F, 0.01F);
	assert_near(faces[0].right, (72 + 16) * 1.25F, 0.01F);
	assert_near(faces[0].top, (136 - 24 - 32) * 1.25F, 0.01F);
	assert_near(faces[0].score, 1 / (1 + expf(-3)), 0.001F);
	assert_near((faces[1].left + faces[1].right) / 2, 210 * 1.25F, 0.01F);
	assert_near((faces[1].top + faces[1].bottom) / 2, (76 - 32) * 1.25F, 0.01F);
	assert_int_equal(face_decode(&answer, &image, 0.8F, faces), 1);
}

static void doubles_become_one_and_nonsense_none(void **state)
{
	struct face_answer answer = nothing();
	struct face faces[FACE_MAX];

	(void)state;
	put(2 * (8 * 16 + 8), 3, (const float[]){0, 0, 40, 40});
	put(2 * (8 * 16 + 8) + 1, 3, (const float[]){4, 0, 40, 40});
	put(0, 9, (const float[]){0, 0, NAN, 10});
	put(2, 9, (const float[]){INFINITY, 0, 10, 10});
	put(4, 9, (const float[]){0, 0, -5, -5});
	put(6, NAN, (const float[]){0, 0, 10, 10});
	assert_int_equal(face_decode(&answer, &image, 0.5F, faces), 1);
	/* of the two the mean */
	assert_near((faces[0].left + faces[0].right) / 2, (136 + 2) * 1.25F, 0.01F);
	for (unsigned i = 0; i < FACE_FINE; i += 40)
		put(i, 5, (const float[]){0, 0, 4, 4});
	assert_int_equal(face_decode(&answer, &image, 0.5F, faces), FACE_MAX);
}

static void a_picture_lies_in_the_middle_of_the_input(void **state)
{
	(void)state;
	memset(pixels, 255, sizeof(pixels));
	face_fill_search(&image, input);
	assert_near(input[0], -1, 0);
	assert_near(input[(31 * FACE_INPUT_SIDE + 128) * FACE_COLORS], -1, 0);
	assert_near(input[(32 * FACE_INPUT_SIDE + 128) * FACE_COLORS], 1, 0.001F);
	assert_near(input[(223 * FACE_INPUT_SIDE + 255) * FACE_COLORS], 1, 0.001F);
	assert_near(input[(224 * FACE_INPUT_SIDE + 128) * FACE_COLORS], -1, 0);
}

static void a_head_is_in_the_upper_part_of_a_person(void **state)
{
	const struct box stands = {0.4F, 0.2F, 0.5F, 0.9F, 1}, near = {0.1F, 0.1F, 0.9F, 1, 1};
	struct box region = face_region(&stands, 16.0F / 9);
	struct face within = face_within(&stands, &region, &image);

	(void)state;
	assert_near((region.left + region.right) / 2, 0.45F, 0.001F);
	assert_near((region.right - region.left) * 16 / 9, 0.35F, 0.001F);
	assert_near(region.bottom - region.top, 0.35F, 0.001F);
	assert_true(region.top < stands.top && region.bottom < 0.6F);
	assert_near(within.left, WIDTH * (0.4F - region.left) / (region.right - region.left), 0.1F);
	assert_true(within.bottom > HEIGHT);
	region = face_region(&near, 16.0F / 9);
	assert_near(region.left, 0.02F, 0.001F);
	assert_near(region.right, 0.98F, 0.001F);
	assert_near(region.top, 0, 0.001F);
	assert_near(region.bottom, 1, 0.001F);
}

/* Marks of a face whose eyes, nose and mouth lie in the box as ArcFace's places do in the chip. */
static void upright_marks(float marks[2 * FACE_MARKS], float nose_x)
{
	const float side = FACE_CHIP_SIDE * 1.2F, edge = FACE_CHIP_SIDE * 0.1F;

	memset(marks, 0, 2 * FACE_MARKS * sizeof(*marks));
	for (unsigned mark = 36; mark < 60; mark++) {
		float x = mark < 42 ? 38.2946F : mark < 48 ? 73.5318F : 56.1396F;
		float y = mark < 42 ? 51.6963F : mark < 48 ? 51.5014F : 92.2848F;

		marks[2 * mark] = (x + edge) / side;
		marks[2 * mark + 1] = (y + edge) / side;
	}
	marks[60] = (nose_x + edge) / side;
	marks[61] = (71.7366F + edge) / side;
}

static void an_upright_face_is_not_turned(void **state)
{
	const struct face face = {50, 60, 50 + FACE_CHIP_SIDE, 60 + FACE_CHIP_SIDE, 1};
	float marks[2 * FACE_MARKS];
	struct face_pose pose;

	(void)state;
	upright_marks(marks, 56.0252F);
	assert_int_equal(face_align(&face, marks, &pose), 0);
	assert_near(pose.turn.a, 1, 0.001F);
	assert_near(pose.turn.b, 0, 0.001F);
	assert_near(pose.turn.x, 50, 0.1F);
	assert_near(pose.turn.y, 60, 0.1F);
	assert_near(pose.roll, 0, 0.01F);
	assert_near(pose.yaw, 0, 0.02F);
	assert_true(face_quality(&face, &pose, 100) > 900);
	upright_marks(marks, 73);
	assert_int_equal(face_align(&face, marks, &pose), 0);
	assert_true(pose.yaw > 0.9F);
	assert_int_equal(face_quality(&face, &pose, 100), 0);
	for (unsigned i = 0; i < 2 * FACE_MARKS; i++)
		marks[i] = 0.5F;
	assert_int_equal(face_align(&face, marks, &pose), -EBADMSG);
	marks[72] = NAN;
	assert_int_equal(face_align(&face, marks, &pose), -EBADMSG);
}

static void a_tilted_head_is_turned_back(void **state)
{
	const struct face face = {0, 0, 120, 120, 1};
	float marks[2 * FACE_MARKS], upright[2 * FACE_MARKS];
	struct face_pose pose;

	(void)state;
	upright_marks(upright, 56.0252F);
	for (unsigned i = 0; i < FACE_MARKS; i++) { /* a fifth of a radian about its middle */
		float x = upright[2 * i] - 0.5F, y = upright[2 * i + 1] - 0.5F;

		marks[2 * i] = 0.5F + x * cosf(0.2F) - y * sinf(0.2F);
		marks[2 * i + 1] = 0.5F + x * sinf(0.2F) + y * cosf(0.2F);
	}
	assert_int_equal(face_align(&face, marks, &pose), 0);
	assert_near(pose.roll, 0.2F, 0.01F);
	assert_near(atan2f(pose.turn.b, pose.turn.a), 0.2F, 0.01F);
	assert_true(face_quality(&face, &pose, 100) > 0);
}

static void small_blurred_and_tilted_faces_are_left_out(void **state)
{
	const struct face face = {0, 0, 60, 60, 1}, small = {0, 0, 30, 40, 1};
	const struct face_pose frontal = {.roll = 0.1F, .yaw = 0.1F}, tilted = {.roll = 1};

	(void)state;
	assert_in_range(face_quality(&face, &frontal, 50), 1, 1000);
	assert_int_equal(face_quality(&small, &frontal, 50), 0);
	assert_int_equal(face_quality(&face, &frontal, 5), 0);
	assert_int_equal(face_quality(&face, &frontal, NAN), 0);
	assert_int_equal(face_quality(&face, &tilted, 50), 0);
}

static void a_chip_shows_what_is_there(void **state)
{
	static float chip[FACE_COLORS * FACE_CHIP_SIDE * FACE_CHIP_SIDE];
	const struct face_turn turn = {1, 0, 100, 50};
	const size_t plane = (size_t)FACE_CHIP_SIDE * FACE_CHIP_SIDE;

	(void)state;
	for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
		pixels[3 * i] = (uint8_t)(i % WIDTH);
		pixels[3 * i + 1] = (uint8_t)(i / WIDTH);
		pixels[3 * i + 2] = 7;
	}
	float smooth = face_fill_chip(&image, &turn, chip);

	assert_near(chip[0], (100 - 127) / 128.0F, 0.001F);
	assert_near(chip[plane + 10 * FACE_CHIP_SIDE], (60 - 127) / 128.0F, 0.001F);
	assert_near(chip[2 * plane + 5], (7 - 127) / 128.0F, 0.001F);
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		memset(pixels + 3 * i, (i + i / WIDTH) % 2 ? 200 : 100, 3);
	assert_true(smooth < 1 && face_fill_chip(&image, &turn, chip) > 1000);
	/* What lies outside is black, wherever it is. */
	face_fill_chip(&image, &(struct face_turn){1, 0, 1e30F, NAN}, chip);
	assert_near(chip[0], -127 / 128.0F, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anchors_are_where_the_network_has_them),
		cmocka_unit_test(doubles_become_one_and_nonsense_none),
		cmocka_unit_test(a_picture_lies_in_the_middle_of_the_input),
		cmocka_unit_test(a_head_is_in_the_upper_part_of_a_person),
		cmocka_unit_test(an_upright_face_is_not_turned),
		cmocka_unit_test(a_tilted_head_is_turned_back),
		cmocka_unit_test(small_blurred_and_tilted_faces_are_left_out),
		cmocka_unit_test(a_chip_shows_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
