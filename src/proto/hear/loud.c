#include "proto/hear/loud.h"

enum {
	BEGIN = 12, /* frames of 16 ms too loud */
	END = 312,  /* frames that are not: 5 s */
};

static const float PART = 0.128F; /* of the newest frame in the mean: 125 ms */

static void note(struct loud *loud, uint64_t number)
{
	if (!loud->is_open && loud->over == 0)
		loud->level = 0;
	loud->over++;
	loud->last = number;
	loud->level = loud->mean > loud->level ? loud->mean : loud->level;
}

enum episode_event loud_take(struct loud *loud, uint64_t number, float limit, float level)
{
	loud->mean += PART * (level - loud->mean);
	if (loud->mean >= limit)
		note(loud, number);
	else
		loud->over = 0;
	if (!loud->is_open && loud->over >= BEGIN) {
		loud->is_open = true;
		loud->start = number - loud->over;
		return EPISODE_STARTED;
	}
	if (loud->is_open && number - loud->last >= END) {
		loud->is_open = false;
		return EPISODE_ENDED;
	}
	return EPISODE_NONE;
}

bool loud_cut(struct loud *loud)
{
	bool was_open = loud->is_open;

	*loud = (struct loud){.last = loud->last, .level = loud->level};
	return was_open;
}
