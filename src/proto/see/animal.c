#include "proto/see/animal.h"

/* Two boxes that share more than this are in one place. */
#define SAME_PLACE 0.6F

/* The place in the list where the box belongs; BOX_MAX: nowhere, something surer is there. What is
 * less sure makes room. */
static size_t place_for(const struct box *box, const struct box *boxes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (box_overlap(box, &boxes[i]) > SAME_PLACE)
			return box->score > boxes[i].score ? i : BOX_MAX;
	return count;
}

static bool is_somebody(const struct box *box, const struct box *people, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (people[i].score >= box->score && box_overlap(box, &people[i]) > SAME_PLACE)
			return true;
	return false;
}

size_t animal_decode(const struct box_answer *answer, float least, struct box ret_boxes[BOX_MAX],
		     uint8_t ret_kinds[BOX_MAX])
{
	static const uint32_t classes[ANIMAL_COUNT] = {
		[ANIMAL_CAT] = BOX_CAT, [ANIMAL_DOG] = BOX_DOG};
	struct box people[BOX_MAX], boxes[BOX_MAX];
	size_t people_count = box_decode(answer, BOX_PERSON, least, people), count = 0;

	for (unsigned kind = 0; kind < ANIMAL_COUNT; kind++) {
		size_t found = box_decode(answer, classes[kind], least, boxes);

		for (size_t i = 0; i < found; i++) {
			size_t at = place_for(&boxes[i], ret_boxes, count);

			if (at == BOX_MAX || is_somebody(&boxes[i], people, people_count))
				continue;
			ret_boxes[at] = boxes[i];
			ret_kinds[at] = (uint8_t)kind;
			count += at == count;
		}
	}
	return count;
}
