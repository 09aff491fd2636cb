/* A network's answer, picture after picture: whatever its numbers are, places stay within the
 * picture, nothing is counted twice, and each stay that begins ends once. Layout: seconds between
 * pictures in tenths (1 byte), level of brightness (1), number of cells (1), then cells: place (2),
 * score and four distances (5 floats). */
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "proto/see/animal.h"
#include "proto/see/stay.h"

enum { WIDTH = 416, HEIGHT = 256, CELLS = (WIDTH / 8) * (HEIGHT / 8), PICTURES_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static float scores[BOX_GRIDS][CELLS * BOX_CLASSES], distances[BOX_GRIDS][CELLS * 4 * BOX_BINS];

static float read_float(struct bytes_reader *reader)
{
	uint32_t bits = bytes_get_be32(reader);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void read_cell(struct bytes_reader *reader)
{
	uint16_t place = bytes_get_be16(reader);
	unsigned grid = place % BOX_GRIDS;
	size_t cell = place % (size_t)(CELLS >> (2 * grid));

	scores[grid][cell * BOX_CLASSES] = read_float(reader);
	scores[grid][cell * BOX_CLASSES + (place & 1 ? BOX_CAT : BOX_DOG)] =
		scores[grid][cell * BOX_CLASSES] * 1.01F;
	for (size_t side = 0; side < 4; side++) {
		float *bins = distances[grid] + (cell * 4 + side) * BOX_BINS;

		bins[place % BOX_BINS] = read_float(reader);
	}
}

static void check_boxes(const struct box *boxes, size_t count)
{
	assert(count <= BOX_MAX);
	for (size_t i = 0; i < count; i++) {
		assert(boxes[i].left >= 0 && boxes[i].left < boxes[i].right && boxes[i].right <= 1);
		assert(boxes[i].top >= 0 && boxes[i].top < boxes[i].bottom && boxes[i].bottom <= 1);
		assert(boxes[i].score >= 0.2F && boxes[i].score <= 1);
	}
}

static size_t decode(struct box boxes[BOX_MAX])
{
	struct box_answer answer = {.fit = box_fit(1280, 720, WIDTH, HEIGHT)};
	uint8_t kinds[BOX_MAX];

	for (unsigned i = 0; i < BOX_GRIDS; i++)
		answer.grids[i] = (struct box_grid){scores[i], distances[i], 8U << i};
	size_t count = animal_decode(&answer, 0.2F, boxes, kinds);

	check_boxes(boxes, count);
	for (size_t i = 0; i < count; i++)
		assert(kinds[i] < ANIMAL_COUNT);
	count = box_decode(&answer, BOX_PERSON, 0.2F, boxes);
	check_boxes(boxes, count);
	return count;
}

static int take_told(struct stays *stays)
{
	struct stay stay;
	int lasting = 0;

	while (stay_next(stays, &stay)) {
		lasting += stay.state == STAY_BEGUN ? 1 : -1;
		assert(stay.last_ns >= stay.first_ns && stay.path_count <= SEEN_PATH_MAX);
		for (uint32_t i = 0; i < stay.path_count; i++)
			assert(stay.path[i].right <= 100 && stay.path[i].bottom <= 100);
	}
	return lasting;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader reader = bytes_read(data, size);
	struct stay_rule rule = {.begin_score = 0.4F};
	struct stays stays = {0};
	struct motion_grid grid;
	struct box boxes[BOX_MAX];
	uint64_t at_ns = 1;
	int lasting = 0;

	memset(scores, 0, sizeof(scores));
	memset(distances, 0, sizeof(distances));
	for (int i = 0; i < PICTURES_MAX && bytes_left(&reader) > 3; i++) {
		at_ns += UINT64_C(100000000) * bytes_get_u8(&reader) + 1;
		memset(&grid, bytes_get_u8(&reader), sizeof(grid));
		memset(&grid, 0, sizeof(grid) / 3);
		for (unsigned cells = bytes_get_u8(&reader); cells > 0; cells--)
			read_cell(&reader);
		struct stay_picture picture = {
			.boxes = boxes, .count = decode(boxes), .grid = &grid, .at_ns = at_ns};

		stay_look(&stays, &rule, &picture);
		lasting += take_told(&stays);
		assert(lasting >= 0 && lasting <= STAY_MAX);
	}
	stay_end_all(&stays);
	assert(lasting + take_told(&stays) == 0);
	return 0;
}
