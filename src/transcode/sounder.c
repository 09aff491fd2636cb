#include "transcode/sounder.h"

#include <string.h>

#include "base/clock.h"
#include "base/diag.h"

enum { BLOCK_MS = 20, BLOCK = TONE_HZ / 1000 * BLOCK_MS };

/* The next block: sound, then silence until the coder has given all of it. false: it is over. */
static bool give_block(struct sounder *sounder)
{
	int16_t samples[BLOCK] = {0};
	size_t made = tone_take(&sounder->tone, samples, BLOCK);

	if (made == 0 && sounder->tail == 0)
		return false;
	if (made < BLOCK)
		sounder->tail -= sounder->tail < BLOCK - made ? sounder->tail : BLOCK - made;
	if (voice_play(sounder->voice, sounder->next_ns, samples, BLOCK, sounder->listener.output,
		       sounder->listener.context) < 0)
		diag_warn("a sound cannot be coded");
	return true;
}

static void block_due(struct loop_timer *timer)
{
	struct sounder *sounder = container_of(timer, struct sounder, timer);
	uint64_t now_ns = loop_now_ns(sounder->loop);

	while (sounder->next_ns <= now_ns) {
		if (!give_block(sounder)) {
			voice_end_run(sounder->voice);
			sounder->listener.made(sounder->listener.context);
			return;
		}
		sounder->next_ns += BLOCK_MS * CLOCK_NS_PER_MS;
	}
	loop_timer_start(sounder->loop, timer, sounder->next_ns);
}

void sounder_start(struct sounder *sounder, struct voice *voice, const struct ipc_sound *sound,
		   const struct sounder_listener *listener)
{
	sounder_stop(sounder);
	sounder->voice = voice;
	sounder->listener = *listener;
	sounder->tone = (struct tone){.sound = (enum speaker_sound)sound->sound,
				      .seconds = sound->seconds,
				      .volume = sound->volume};
	sounder->tail = voice_lag(voice);
	sounder->timer.due = block_due;
	sounder->next_ns = loop_now_ns(sounder->loop);
	loop_timer_start(sounder->loop, &sounder->timer, sounder->next_ns);
}

void sounder_stop(struct sounder *sounder)
{
	loop_timer_stop(&sounder->timer);
}
