#include "proto/see/print.h"

#include <errno.h>
#include <math.h>

enum { NUMBER_MAX = 127 };

int print_make(const float numbers[PRINT_SIZE], struct print *ret_print)
{
	float most = 0;

	for (unsigned i = 0; i < PRINT_SIZE; i++) {
		if (!isfinite(numbers[i]))
			return -EBADMSG;
		most = fmaxf(most, fabsf(numbers[i]));
	}
	if (!(most > 1e-6F))
		return -EBADMSG;
	for (unsigned i = 0; i < PRINT_SIZE; i++)
		ret_print->numbers[i] = (int8_t)lrintf(numbers[i] / most * NUMBER_MAX);
	return 0;
}

bool print_is_valid(const struct print *print)
{
	bool has_most = false;

	for (unsigned i = 0; i < PRINT_SIZE; i++) {
		if (print->numbers[i] < -NUMBER_MAX)
			return false;
		has_most = has_most || print->numbers[i] == NUMBER_MAX ||
			   print->numbers[i] == -NUMBER_MAX;
	}
	return has_most;
}

static int32_t product(const struct print *one, const struct print *other)
{
	int32_t sum = 0;

	for (unsigned i = 0; i < PRINT_SIZE; i++)
		sum += one->numbers[i] * other->numbers[i];
	return sum;
}

float print_likeness(const struct print *one, const struct print *other)
{
	float length = sqrtf((float)product(one, one)) * sqrtf((float)product(other, other));

	return length > 0 ? (float)product(one, other) / length : 0;
}

/* ---- looking through the gallery ---- */

struct nearest {
	float own, wrong;
};

static struct nearest nearest_of(const struct print_known *known, size_t count, uint64_t face,
				 const struct print *print)
{
	struct nearest nearest = {-1, -1};

	for (size_t i = 0; i < count; i++) {
		if (known[i].face != face)
			continue;
		float *most = known[i].kind == PRINT_OWN ? &nearest.own : &nearest.wrong;

		*most = fmaxf(*most, print_likeness(&known[i].print, print));
	}
	return nearest;
}

/* Each face is judged where its first print stands. */
static bool is_first(const struct print_known *known, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (known[i].face == known[index].face)
			return false;
	return true;
}

uint64_t print_find(const struct print_known *known, size_t count, const struct print *print)
{
	float best = -1, second = -1;
	uint64_t face = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_first(known, i))
			continue;
		struct nearest nearest = nearest_of(known, count, known[i].face, print);

		if (nearest.own <= nearest.wrong)
			continue;
		if (nearest.own > best) {
			second = best;
			best = nearest.own;
			face = known[i].face;
		} else if (nearest.own > second) {
			second = nearest.own;
		}
	}
	return best >= PRINT_SAME && best >= second + PRINT_MARGIN ? face : 0;
}

bool print_vote(struct print_votes *votes, uint64_t face)
{
	unsigned own = 0, most = 0;

	for (unsigned i = 0; i < PRINT_OPINIONS; i++) {
		if (!votes->is_used[i] && own == 0) {
			votes->is_used[i] = true;
			votes->opinions[i].face = face;
		}
		if (!votes->is_used[i])
			continue;
		if (votes->opinions[i].face == face)
			own = ++votes->opinions[i].count;
		else if (votes->opinions[i].count > most)
			most = votes->opinions[i].count;
	}
	return own >= PRINT_AGREE && own > 2 * most;
}
