/* score WEIGHTS: for bench/accuracy.py. Reads clips from standard input, each a line "crying
 * samples name" and 16-bit samples at 8 kHz; prints a line for each answer ("a clip seconds score
 * voiced level") and for each episode that begins
 * ("e clip seconds rule"), and the time it took. Crying clips stand alone, in a quiet room; others
 * follow on each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/hear/hear.h"
#include "train/cry/chance.h"

enum { QUIET_BEFORE = 3 * HEAR_HZ, QUIET_AFTER = 8 * HEAR_HZ, CLIP_MAX = 3600 * HEAR_HZ };

struct scorer {
	struct hear_kit kit;
	struct hear hear;
	struct episode episodes[HEAR_LEVEL_COUNT];
	uint64_t taken; /* samples, of the stream */
	long start;     /* of the clip, in the stream */
	uint32_t clip;
	uint64_t spent_ns;
	struct chance chance;
};

static void judge(struct scorer *scorer)
{
	const struct hear_answer *answer = &scorer->hear.answer;
	double at = ((double)scorer->taken - (double)scorer->start) / HEAR_HZ;

	printf("a %u %.3f %.4f %.3f %.6f\n", scorer->clip, at, (double)answer->score,
	       (double)answer->voiced, (double)answer->level);
	for (int rule = HEAR_LOW; rule < HEAR_LEVEL_COUNT; rule++)
		if (episode_vote(&scorer->episodes[rule], &HEAR_RULES[rule], answer->score,
				 answer->level,
				 scorer->taken * (1000000000 / HEAR_HZ)) == EPISODE_STARTED)
			printf("e %u %.3f %d\n", scorer->clip, at, rule);
}

static void feed(struct scorer *scorer, const int16_t *samples, size_t count)
{
	struct timespec from, to;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	while (count > 0) {
		bool answered;
		size_t taken = hear_take(&scorer->hear, &scorer->kit, samples, count, &answered);

		samples += taken;
		count -= taken;
		scorer->taken += taken;
		if (answered)
			judge(scorer);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	scorer->spent_ns +=
		(uint64_t)((to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec);
}

static void feed_quiet(struct scorer *scorer, size_t count)
{
	static int16_t samples[QUIET_AFTER];

	for (size_t i = 0; i < count; i++)
		samples[i] = (int16_t)(10 * chance_normal(&scorer->chance));
	feed(scorer, samples, count);
}

static void take_clip(struct scorer *scorer, bool crying, const int16_t *samples, size_t count)
{
	if (crying) {
		memset(&scorer->hear, 0, sizeof(scorer->hear));
		memset(scorer->episodes, 0, sizeof(scorer->episodes));
		feed_quiet(scorer, QUIET_BEFORE);
	}
	scorer->start = (long)scorer->taken;
	feed(scorer, samples, count);
	if (crying)
		feed_quiet(scorer, QUIET_AFTER);
}

static int load(struct scorer *scorer, const char *path)
{
	static uint8_t weights[NET_FILE_SIZE + 1];
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(weights, 1, sizeof(weights), file) : 0;

	if (file)
		fclose(file);
	return hear_prepare(&scorer->kit, (struct bytes){weights, size});
}

int main(int argc, char **argv)
{
	static struct scorer scorer;
	static int16_t samples[CLIP_MAX];
	char line[512];
	int crying;
	unsigned count;

	if (argc != 2 || load(&scorer, argv[1]) < 0)
		return fprintf(stderr, "usage: score WEIGHTS < CLIPS\n"), 2;
	for (; fgets(line, sizeof(line), stdin); scorer.clip++) {
		if (sscanf(line, "%d %u", &crying, &count) != 2 || count > CLIP_MAX ||
		    fread(samples, sizeof(*samples), count, stdin) != count)
			return fprintf(stderr, "this is no clip: %s\n", line), 1;
		take_clip(&scorer, crying, samples, count);
	}
	printf("t %.6f %.3f\n", (double)scorer.spent_ns * 1e-9, (double)scorer.taken / HEAR_HZ);
	return 0;
}
