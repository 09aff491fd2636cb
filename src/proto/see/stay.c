#include "proto/see/stay.h"

#include <math.h>
#include <string.h>

#define NS_PER_MS UINT64_C(1000000)

/* How far the middle of something may have come, in parts of the picture: at once, and a second. */
#define NEAR       0.12F
#define NEAR_A_S   0.25F
#define NEAR_MOST  0.6F
/* Of the smaller of two boxes so much within the other: a part of the same body. */
#define PART_SHARE 0.7F
/* Who is nearer to a side than this may be cut off there, and is worth so much less. */
#define EDGE      0.01F
#define CUT_SHARE 0.5F

static bool is_told(const struct stay *stay)
{
	return stay->state == STAY_BEGUN || stay->state == STAY_LASTS;
}

static bool is_followed(const struct stay *stay)
{
	return stay->state == STAY_DOUBTED || is_told(stay);
}

/* ---- its path ---- */

static uint8_t hundredths(float part)
{
	return (uint8_t)(part * 100 + 0.5F);
}

struct ipc_seen_box stay_place(const struct box *box)
{
	return (struct ipc_seen_box){hundredths(box->left), hundredths(box->top),
				     hundredths(box->right), hundredths(box->bottom)};
}

unsigned stay_kind(const struct stay *stay)
{
	unsigned most = 0;

	for (unsigned i = 1; i < STAY_KINDS; i++)
		if (stay->kinds[i] > stay->kinds[most])
			most = i;
	return most;
}

static void add_to_path(struct stay *stay, uint64_t at_ns)
{
	if (at_ns < stay->first_ns + stay->path_count * stay->step_ns)
		return;
	if (stay->path_count == SEEN_PATH_MAX) {
		/* Half of the places, twice as far apart. */
		for (unsigned i = 1; i < SEEN_PATH_MAX / 2; i++)
			stay->path[i] = stay->path[2 * i];
		stay->path_count = SEEN_PATH_MAX / 2;
		stay->step_ns *= 2;
		add_to_path(stay, at_ns);
		return;
	}
	stay->path[stay->path_count++] = stay_place(&stay->box);
}

/* ---- which box is whom ---- */

static float distance(const struct box *one, const struct box *other)
{
	return hypotf((one->left + one->right - other->left - other->right) / 2,
		      (one->top + one->bottom - other->top - other->bottom) / 2);
}

static float reach(const struct stay *stay, uint64_t at_ns)
{
	float seconds = (float)(at_ns - stay->last_ns) / 1e9F;

	return fminf(NEAR + NEAR_A_S * seconds, NEAR_MOST);
}

static bool is_part_of(const struct box *one, const struct box *other)
{
	float width = fminf(one->right, other->right) - fmaxf(one->left, other->left);
	float height = fminf(one->bottom, other->bottom) - fmaxf(one->top, other->top);
	float own = (one->right - one->left) * (one->bottom - one->top);
	float others = (other->right - other->left) * (other->bottom - other->top);

	return width > 0 && height > 0 && width * height > PART_SHARE * fminf(own, others);
}

/* ---- its best picture ---- */

/* Large, surely a person, and not cut off at a side. */
static float worth(const struct box *box)
{
	float area = (box->right - box->left) * (box->bottom - box->top);
	bool is_cut = box->left < EDGE || box->right > 1 - EDGE;

	return box->score * sqrtf(area) * (is_cut ? CUT_SHARE : 1);
}

static void hold_best(struct stay *stay, const struct stay_picture *picture)
{
	float now = worth(&stay->box);
	bool is_first = stay->best_ns == 0;

	if (!is_first && stay->is_best_alone > picture->is_alone)
		return;
	if (!is_first && stay->is_best_alone == picture->is_alone && now <= stay->best_worth)
		return;
	stay->best = stay->box;
	stay->best_ns = picture->at_ns;
	stay->best_worth = now;
	stay->is_best_alone = picture->is_alone;
}

static void find_again(struct stay *stay, const struct stay_picture *picture,
		       const struct box *box)
{
	stay->box = *box;
	stay->grid = *picture->grid;
	stay->last_ns = stay->there_ns = picture->at_ns;
	stay->score = fmaxf(stay->score, box->score);
	stay->kinds[picture->kinds ? picture->kinds[box - picture->boxes] % STAY_KINDS : 0] +=
		box->score;
	stay->hits++;
	add_to_path(stay, picture->at_ns);
	hold_best(stay, picture);
}

/* The stay and the free box that are nearest to each other; false: none is near. */
static bool match_nearest(struct stays *stays, const struct stay_picture *picture,
			  uint32_t *taken)
{
	float nearest = INFINITY;
	struct stay *stay = NULL;
	size_t box = 0;

	for (size_t v = 0; v < STAY_MAX; v++) {
		struct stay *one = &stays->list[v];

		if (!is_followed(one) || one->last_ns == picture->at_ns)
			continue;
		for (size_t b = 0; b < picture->count; b++) {
			float far = distance(&one->box, &picture->boxes[b]);

			if (*taken >> b & 1 || far >= nearest || far > reach(one, picture->at_ns))
				continue;
			nearest = far;
			stay = one;
			box = b;
		}
	}
	if (!stay)
		return false;
	find_again(stay, picture, &picture->boxes[box]);
	*taken |= UINT32_C(1) << box;
	return true;
}

static bool belongs_to_another(const struct stays *stays, const struct box *box)
{
	for (size_t v = 0; v < STAY_MAX; v++)
		if (is_followed(&stays->list[v]) && is_part_of(box, &stays->list[v].box))
			return true;
	return false;
}

static void begin_doubt(struct stays *stays, const struct stay_picture *picture,
			const struct box *box)
{
	for (size_t v = 0; v < STAY_MAX; v++)
		if (stays->list[v].state == STAY_NONE) {
			stays->list[v] = (struct stay){.state = STAY_DOUBTED,
							 .number = ++stays->newest,
							 .first_ns = picture->at_ns,
							 .step_ns = STAY_STEP_MS * NS_PER_MS};
			find_again(&stays->list[v], picture, box);
			return;
		}
}

/* ---- beginning and ending ---- */

/* By night noise says something else in each picture: what is there is in several.
 * docs/design/seeing.md says what that is worth. */
static bool is_believed(const struct stay *stay, const struct stay_rule *rule)
{
	uint32_t votes = stay->votes & ((UINT32_C(1) << STAY_VOTES) - 1);

	if (rule->is_night)
		return __builtin_popcount(votes) >= STAY_NEED;
	return stay->hits >= STAY_HITS && stay->score >= rule->begin_score;
}

static void decide(struct stay *stay, const struct stay_rule *rule,
		   const struct stay_picture *picture)
{
	bool is_found = stay->last_ns == picture->at_ns;

	stay->votes = stay->votes << 1 | (is_found && stay->box.score >= rule->begin_score);
	if (!is_found && !motion_within(&stay->grid, picture->grid, &stay->box))
		stay->there_ns = picture->at_ns;
	if (stay->state == STAY_DOUBTED) {
		if (is_believed(stay, rule) && stay->last_ns - stay->first_ns >= rule->dwell_ns)
			stay->state = STAY_BEGUN;
		else if (picture->at_ns - stay->last_ns > STAY_DOUBT_MS * NS_PER_MS)
			stay->state = STAY_NONE;
	} else if (stay->state == STAY_LASTS &&
		   picture->at_ns - stay->there_ns > STAY_LOST_MS * NS_PER_MS) {
		stay->state = STAY_OVER;
	}
}

void stay_look(struct stays *stays, const struct stay_rule *rule,
		const struct stay_picture *picture)
{
	uint32_t taken = 0;

	_Static_assert(BOX_MAX <= 32, "a bit for each box");
	while (match_nearest(stays, picture, &taken))
		;
	for (size_t b = 0; b < picture->count; b++)
		if (!(taken >> b & 1) && picture->boxes[b].score >= rule->begin_score &&
		    !belongs_to_another(stays, &picture->boxes[b]))
			begin_doubt(stays, picture, &picture->boxes[b]);
	for (size_t v = 0; v < STAY_MAX; v++)
		if (is_followed(&stays->list[v]))
			decide(&stays->list[v], rule, picture);
}

bool stay_next(struct stays *stays, struct stay *ret_stay)
{
	for (size_t v = 0; v < STAY_MAX; v++) {
		struct stay *stay = &stays->list[v];

		if (stay->state != STAY_BEGUN && stay->state != STAY_OVER)
			continue;
		*ret_stay = *stay;
		stay->state = stay->state == STAY_BEGUN ? STAY_LASTS : STAY_NONE;
		return true;
	}
	return false;
}

bool stay_is_any(const struct stays *stays)
{
	for (size_t v = 0; v < STAY_MAX; v++)
		if (is_followed(&stays->list[v]))
			return true;
	return false;
}

void stay_end_all(struct stays *stays)
{
	for (size_t v = 0; v < STAY_MAX; v++) {
		struct stay *stay = &stays->list[v];

		/* What nobody was told of needs no end. */
		stay->state = stay->state == STAY_LASTS || stay->state == STAY_OVER
				       ? STAY_OVER
				       : STAY_NONE;
	}
}
