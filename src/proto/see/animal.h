/* Cats and dogs in what the network for people says: it knows them too. Which of the two an animal
 * is the network often cannot tell, and a child that crawls is a dog to it now and then. */
#ifndef PROTO_SEE_ANIMAL_H
#define PROTO_SEE_ANIMAL_H

#include "proto/see/box.h"

enum animal { ANIMAL_CAT, ANIMAL_DOG, ANIMAL_COUNT };

/* Those with at least that score, each place once: as what it is most surely, and not at all if it
 * is a person as surely. `ret_kinds`: enum animal. Returns how many. */
size_t animal_decode(const struct box_answer *answer, float least, struct box ret_boxes[BOX_MAX],
		     uint8_t ret_kinds[BOX_MAX]);

#endif
