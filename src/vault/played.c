#include "vault/played.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "vault/store/store.h"

void played_begin(struct played *played, const uint8_t sid[16], uint64_t log_seq)
{
	struct played_cause *cause = &played->causes[played->count];

	if (played->count == PLAYED_CAUSES_MAX)
		return; /* a talk has three */
	*cause = (struct played_cause){.log_seq = log_seq, .from = played->handed};
	memcpy(cause->sid, sid, sizeof(cause->sid));
	played->count++;
}

/* The samples of a talk are counted through, also where a chime stands between two parts of it. */
static uint64_t *clock_of(struct played *played, const struct played_cause *cause)
{
	struct played_cause *first = played->causes;

	while (memcmp(first->sid, cause->sid, sizeof(first->sid)) != 0)
		first++;
	return &first->clock;
}

static void note(struct played *played, const struct played_cause *cause, uint32_t run,
		 uint32_t samples)
{
	uint64_t *clock = clock_of(played, cause);
	struct block_spoken spoken = {.talk_seq = cause->log_seq,
				      .first = *clock,
				      .samples = samples,
				      .hz = played->hz,
				      .run = run};

	memcpy(spoken.sid, cause->sid, sizeof(spoken.sid));
	store_speak(played->store, played->camera, &spoken, played->at_ns);
	*clock += samples;
}

static bool was_handed_over(uint32_t run)
{
	return run != RUN_SILENT && run != RUN_UNDERRUN;
}

static const struct played_cause *cause_now(const struct played *played)
{
	const struct played_cause *cause = &played->causes[played->count - 1];

	while (cause > played->causes && cause->from > played->told)
		cause--;
	return cause;
}

/* A run of what was handed over may be of two causes. */
static void note_handed(struct played *played, uint32_t run, uint32_t samples)
{
	while (samples > 0) {
		const struct played_cause *cause = cause_now(played), *next = cause + 1;
		bool is_last = next == played->causes + played->count;
		uint32_t part = !is_last && next->from - played->told < samples
					? (uint32_t)(next->from - played->told)
					: samples;

		note(played, cause, run, part);
		played->at_ns += part * CLOCK_NS_PER_S / played->hz;
		played->told += part;
		samples -= part;
	}
}

static void come_to(struct played *played, uint64_t at_ns, uint64_t now_ns)
{
	if (at_ns > played->at_ns)
		played->at_ns = at_ns < now_ns ? at_ns : now_ns;
}

void played_miss(struct played *played, uint32_t samples, uint64_t now_ns)
{
	come_to(played, now_ns, now_ns);
	note(played, &played->causes[played->count - 1], RUN_HOLE, samples);
}

static bool is_possible(const struct played *played, const struct ipc_played *told)
{
	if (told->run >= RUN_COUNT || told->run == RUN_HOLE || told->samples == 0 ||
	    told->sample != played->told)
		return false;
	return was_handed_over(told->run)
		       ? told->samples <= played->handed - played->told
		       : told->samples <= (uint64_t)PLAYED_STILL_S_MAX * played->hz;
}

int played_take(struct played *played, const struct ipc_played *told, uint64_t now_ns)
{
	uint64_t passed_s = (now_ns - played->began_ns) / CLOCK_NS_PER_S;

	if (!is_possible(played, told))
		return -EBADMSG;
	/* Blocks and their entries are not to be filled by a process that tells each sample. */
	uint32_t run = ++played->runs > (passed_s + 1) * PLAYED_RUNS_A_SECOND ? RUN_UNKNOWN : told->run;

	come_to(played, told->at_ns, now_ns);
	if (was_handed_over(told->run))
		note_handed(played, run, told->samples);
	else
		note(played, cause_now(played), run, told->samples);
	return 0;
}

void played_end(struct played *played, uint64_t now_ns)
{
	if (played->talk && played->handed > played->told) {
		come_to(played, now_ns, now_ns);
		note_handed(played, RUN_UNKNOWN, (uint32_t)(played->handed - played->told));
	}
	played->talk = 0;
}
