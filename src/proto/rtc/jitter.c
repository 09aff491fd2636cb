#include "proto/rtc/jitter.h"

#include <errno.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

enum {
	EASE_MS = 500,      /* how often, and ... */
	EASE_DELAY_US = 500, /* ... by how much the delay shrinks: 1 ms a second */
	EASE_BASE_US = 50,  /* the base follows a talker's slow clock: 100 ppm */
};

static int64_t sample_ns(uint64_t sample)
{
	return (int64_t)(sample / JITTER_HZ) * NS_PER_S +
	       (int64_t)(sample % JITTER_HZ) * NS_PER_S / JITTER_HZ;
}

static struct jitter_slot *slot_of(struct jitter *jitter, uint32_t number)
{
	return &jitter->slots[number % JITTER_SLOTS];
}

static void begin(struct jitter *jitter, uint16_t sequence, uint32_t rtp_time, uint64_t now_ns)
{
	memset(jitter->slots, 0, sizeof(jitter->slots));
	jitter->count = 0;
	jitter->is_begun = true;
	jitter->next = jitter->highest = UINT32_C(0x10000) + sequence;
	/* Far enough from zero for packets that were overtaken. */
	jitter->sample = (UINT64_C(1) << 32) + rtp_time;
	jitter->base_ns = (int64_t)now_ns - sample_ns(jitter->sample);
	jitter->delay_ns = JITTER_DELAY_MS_START * NS_PER_MS;
	jitter->eased_ns = jitter->begun_ns = now_ns;
	jitter->held_ns = now_ns + JITTER_DELAY_MS_START * NS_PER_MS;
	jitter->is_fresh = true;
}

/* The nearest to what came last (RFC 3550 §A.1). */
static uint32_t extend_number(const struct jitter *jitter, uint16_t sequence)
{
	int16_t step = (int16_t)(uint16_t)(sequence - (uint16_t)jitter->highest);

	return (uint32_t)((int64_t)jitter->highest + step);
}

static uint64_t extend_time(const struct jitter *jitter, uint32_t rtp_time)
{
	return jitter->sample + (uint64_t)(int64_t)(int32_t)(rtp_time - (uint32_t)jitter->sample);
}

/* A sender that has started anew, or a hostile one. */
static bool is_jump(const struct jitter *jitter, uint32_t number, uint64_t sample, uint64_t now_ns)
{
	int64_t moved_ns = sample_ns(sample) + jitter->base_ns - (int64_t)now_ns;
	int32_t ahead = (int32_t)(number - jitter->next);

	return moved_ns > JITTER_RESET_MS * NS_PER_MS || moved_ns < -JITTER_RESET_MS * NS_PER_MS ||
	       ahead >= JITTER_SLOTS || ahead <= -JITTER_SLOTS || number == 0;
}

/* It came earlier than those before it: perhaps more of them are on their way at once. */
static void hold(struct jitter *jitter, int64_t transit, uint64_t now_ns)
{
	uint64_t limit_ns = jitter->begun_ns + JITTER_HOLD_MS_MAX * NS_PER_MS;

	if (!jitter->is_fresh || jitter->base_ns - transit < JITTER_EARLY_MS * NS_PER_MS)
		return;
	jitter->held_ns = now_ns + JITTER_DELAY_MS_START * NS_PER_MS;
	if (jitter->held_ns > limit_ns)
		jitter->held_ns = limit_ns;
}

static int64_t note_transit(struct jitter *jitter, uint64_t sample, uint64_t now_ns)
{
	int64_t transit = (int64_t)now_ns - sample_ns(sample);

	if (now_ns - jitter->eased_ns >= (uint64_t)(EASE_MS * NS_PER_MS)) {
		jitter->eased_ns = now_ns;
		jitter->base_ns += EASE_BASE_US * 1000;
		if (jitter->delay_ns > JITTER_DELAY_MS_MIN * NS_PER_MS + EASE_DELAY_US * 1000)
			jitter->delay_ns -= EASE_DELAY_US * 1000;
	}
	hold(jitter, transit, now_ns);
	if (transit < jitter->base_ns)
		jitter->base_ns = transit;
	/* It would have come too late: the next such one shall not. */
	int64_t behind = transit - jitter->base_ns;

	if (behind > (int64_t)jitter->delay_ns)
		jitter->delay_ns = (uint64_t)(behind < JITTER_DELAY_MS_MAX * NS_PER_MS
						      ? behind
						      : JITTER_DELAY_MS_MAX * NS_PER_MS);
	return transit;
}

int jitter_put(struct jitter *jitter, uint16_t sequence, uint32_t rtp_time, struct bytes data,
	       uint64_t now_ns)
{
	if (data.size == 0 || data.size > JITTER_PACKET_MAX)
		return -EMSGSIZE;
	if (!jitter->is_begun)
		begin(jitter, sequence, rtp_time, now_ns);
	uint32_t number = extend_number(jitter, sequence);
	uint64_t sample = extend_time(jitter, rtp_time);

	if (is_jump(jitter, number, sample, now_ns)) {
		begin(jitter, sequence, rtp_time, now_ns);
		number = jitter->next;
		sample = jitter->sample;
	}
	int64_t transit_ns = note_transit(jitter, sample, now_ns);
	struct jitter_slot *slot = slot_of(jitter, number);

	if ((int32_t)(number - jitter->next) < 0 || slot->number == number) {
		jitter->late++;
		return -EALREADY;
	}
	slot->number = number;
	slot->sample = sample;
	slot->transit_ns = transit_ns;
	slot->size = (uint32_t)data.size;
	memcpy(slot->data, data.data, data.size);
	jitter->count++;
	if ((int32_t)(number - jitter->highest) > 0) {
		jitter->highest = number;
		jitter->sample = sample;
	}
	return 0;
}

/* The one that comes next among those that wait; NULL: none. */
static const struct jitter_slot *first_waiting(const struct jitter *jitter)
{
	for (uint32_t i = 0; jitter->count && i < JITTER_SLOTS; i++) {
		const struct jitter_slot *slot =
			&jitter->slots[(jitter->next + i) % JITTER_SLOTS];

		if (slot->number == jitter->next + i)
			return slot;
	}
	return NULL;
}

uint64_t jitter_due_ns(const struct jitter *jitter)
{
	const struct jitter_slot *slot = first_waiting(jitter);
	int64_t due = slot ? sample_ns(slot->sample) + jitter->base_ns + (int64_t)jitter->delay_ns : 0;

	if (slot && jitter->is_fresh && due < (int64_t)jitter->held_ns)
		due = (int64_t)jitter->held_ns;
	return !slot ? UINT64_MAX : due > 0 ? (uint64_t)due : 0;
}

static struct jitter_slot *take_first(struct jitter *jitter)
{
	struct jitter_slot *slot = slot_of(jitter, first_waiting(jitter)->number);

	jitter->lost += slot->number - jitter->next;
	jitter->next = slot->number + 1;
	jitter->count--;
	slot->number = 0;
	return slot;
}

/* The first of a clock: what was said long before the newest is left out, and the count goes on where
 * it was. */
static struct jitter_slot *take_fresh(struct jitter *jitter)
{
	struct jitter_slot *slot = take_first(jitter);

	while (jitter->count > 0 &&
	       slot->transit_ns - jitter->base_ns > JITTER_DELAY_MS_MAX * NS_PER_MS) {
		jitter->late++;
		slot = take_first(jitter);
	}
	jitter->is_fresh = false;
	jitter->first_sample = slot->sample - jitter->given;
	return slot;
}

bool jitter_take(struct jitter *jitter, uint64_t now_ns, struct jitter_packet *ret_packet)
{
	if (jitter_due_ns(jitter) > now_ns || !jitter->count)
		return false;
	struct jitter_slot *slot = jitter->is_fresh ? take_fresh(jitter) : take_first(jitter);

	jitter->given = slot->sample > jitter->first_sample ? slot->sample - jitter->first_sample : 0;
	*ret_packet = (struct jitter_packet){.sample = jitter->given,
					     .data = {slot->data, slot->size}};
	return true;
}
