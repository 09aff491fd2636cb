/* What the networks for faces say, whatever their numbers are: faces are few, have a size and lie
 * about the picture, what is drawn of them stays within its buffers, and a print is one or none.
 * Layout: width and height of the image (1 byte each) and the grey it is filled with (1); number of
 * anchors (1), each: place (2), score and four numbers (5 floats); number of marks (1), each: which
 * (1), a float; number of the print's numbers (1), each: which (2), a float. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "proto/see/face.h"
#include "proto/see/print.h"

enum { SIDE_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t pixels[SIDE_MAX * SIDE_MAX * FACE_COLORS];
static float scores[FACE_ANCHORS], numbers[FACE_ANCHORS * FACE_NUMBERS];
static float marks[2 * FACE_MARKS], features[PRINT_SIZE];
static float input[FACE_INPUT_SIDE * FACE_INPUT_SIDE * FACE_COLORS];

static float read_float(struct bytes_reader *reader)
{
	uint32_t bits = bytes_get_be32(reader);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static struct face_image read_image(struct bytes_reader *reader)
{
	uint32_t width = 1U + bytes_get_u8(reader), height = 1U + bytes_get_u8(reader);

	memset(pixels, bytes_get_u8(reader), sizeof(pixels));
	memset(pixels, 0, sizeof(pixels) / 5);
	return (struct face_image){pixels, width, height};
}

static size_t find_faces(struct bytes_reader *reader, const struct face_image *image,
			 struct face faces[FACE_MAX])
{
	struct face_answer answer = {{scores, scores + FACE_FINE},
				     {numbers, numbers + (size_t)FACE_FINE * FACE_NUMBERS}};

	for (unsigned i = 0; i < FACE_ANCHORS; i++)
		scores[i] = -20;
	memset(numbers, 0, sizeof(numbers));
	for (unsigned left = bytes_get_u8(reader); left > 0; left--) {
		size_t anchor = bytes_get_be16(reader) % FACE_ANCHORS;

		scores[anchor] = read_float(reader);
		for (unsigned i = 0; i < 4; i++)
			numbers[anchor * FACE_NUMBERS + i] = read_float(reader);
	}
	size_t count = face_decode(&answer, image, 0.6F, faces);

	assert(count <= FACE_MAX);
	for (size_t i = 0; i < count; i++) {
		assert(faces[i].score >= 0.6F && faces[i].score <= 1);
		assert(faces[i].left < faces[i].right && faces[i].top < faces[i].bottom);
		assert(fabsf(faces[i].left) < 1e6F && fabsf(faces[i].bottom) < 1e6F);
	}
	return count;
}

/* Marks of a face that looks straight ahead, of which the input spoils some. */
static void read_marks(struct bytes_reader *reader)
{
	for (unsigned i = 0; i < FACE_MARKS; i++) {
		marks[2 * i] = i >= 36 && i <= 41 ? 0.35F : i >= 42 && i <= 47 ? 0.65F : 0.5F;
		marks[2 * i + 1] = i >= 48 ? 0.75F : i >= 36 ? 0.4F : 0.57F;
	}
	for (unsigned left = bytes_get_u8(reader); left > 0; left--) {
		unsigned which = bytes_get_u8(reader) % (2 * FACE_MARKS);

		marks[which] = read_float(reader);
	}
}

static void draw(const struct face_image *image, const struct face *face)
{
	struct face_pose pose;

	face_fill_marks(image, face, input);
	if (face_align(face, marks, &pose) < 0)
		return;
	float sharpness = face_fill_chip(image, &pose.turn, input);

	assert(sharpness >= 0);
	for (size_t i = 0; i < (size_t)FACE_CHIP_SIDE * FACE_CHIP_SIDE * FACE_COLORS; i++)
		assert(fabsf(input[i]) <= 1.01F);
	assert(face_quality(face, &pose, sharpness) <= 1000);
}

static void make_print(struct bytes_reader *reader)
{
	struct print print;

	for (unsigned i = 0; i < PRINT_SIZE; i++)
		features[i] = (float)i / PRINT_SIZE;
	for (unsigned left = bytes_get_u8(reader); left > 0; left--) {
		unsigned which = bytes_get_be16(reader) % PRINT_SIZE;

		features[which] = read_float(reader);
	}
	if (print_make(features, &print) < 0)
		return;
	assert(print_is_valid(&print));
	assert(fabsf(print_likeness(&print, &print) - 1) < 1e-4F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);
	struct face_image image = read_image(&reader);
	struct face faces[FACE_MAX];
	size_t count = find_faces(&reader, &image, faces);

	read_marks(&reader);
	for (size_t i = 0; i < count; i++)
		draw(&image, &faces[i]);
	make_print(&reader);
	return 0;
}
