/* A face's print: what the printing network says of one picture of it, 512 numbers of a byte. Prints of
 * one person point into about the same direction. Here they are compared, and the household's faces
 * looked through: nothing but numbers, no names. */
#ifndef PROTO_SEE_PRINT_H
#define PROTO_SEE_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { PRINT_SIZE = 512 };

struct print {
	int8_t numbers[PRINT_SIZE];
};

/* -EBADMSG: no direction (zeros, or what is no number). The length does not matter. */
NODISCARD int print_make(const float numbers[PRINT_SIZE], struct print *ret_print);
/* Is it one that print_make makes? For prints from outside. */
bool print_is_valid(const struct print *print);
/* The cosine between them: -1 to 1. */
float print_likeness(const struct print *one, const struct print *other);

/* Two prints that are at least so alike are of one person. It is the distance 1.10 between unit
 * vectors: of 23,135 pairs of different people (a part of LFW) 6 were so near, and of 2,317 of the
 * same person 96.6 %. Children's faces were never measured. docs/design/seeing.md. */
#define PRINT_SAME 0.395F
/* Somebody else of the household is less alike by so much, or it is nobody. */
#define PRINT_MARGIN 0.05F

/* What a print in the gallery says about its person. */
enum print_kind {
	PRINT_OWN = 1,   /* it is of that person */
	PRINT_WRONG = 2, /* it was taken for that person, and is somebody else's */
};

struct print_known {
	uint64_t face; /* whose; not 0 */
	enum print_kind kind;
	struct print print;
};

/* The face that it is, or 0: by the nearest print of each face. What is nearer to one that was taken
 * wrongly for a face than to all that are its own is not that face. */
uint64_t print_find(const struct print_known *known, size_t count, const struct print *print);

/* What several pictures of one stay say together. Zero-initialised. */
enum {
	PRINT_AGREE = 3,    /* pictures that must say the same */
	PRINT_OPINIONS = 3, /* different ones that are counted */
};

struct print_votes {
	struct {
		uint64_t face; /* 0: nobody who is known */
		unsigned count;
	} opinions[PRINT_OPINIONS];
	bool is_used[PRINT_OPINIONS];
};

/* One more picture says `face`. true: PRINT_AGREE of them do, and more than twice as many as say
 * anything else. */
bool print_vote(struct print_votes *votes, uint64_t face);

#endif
