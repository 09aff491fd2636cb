#include "proto/rtp/rtp_reorder.h"

#include <errno.h>

static struct rtp_reorder_slot *slot_of(struct rtp_reorder *reorder, uint16_t sequence)
{
	return &reorder->slots[sequence % RTP_REORDER_DEPTH];
}

static void restart(struct rtp_reorder *reorder, uint16_t sequence)
{
	for (unsigned i = 0; i < RTP_REORDER_DEPTH; i++)
		reorder->slots[i].size = 0;
	reorder->has_gap = reorder->has_gap || reorder->is_started;
	reorder->is_started = true;
	reorder->next = sequence;
	reorder->held = 0;
	reorder->strays = 0;
}

int rtp_reorder_push(struct rtp_reorder *reorder, uint16_t sequence, const void *data, size_t size,
		     uint64_t now_ns)
{
	int16_t ahead = (int16_t)(sequence - reorder->next);

	if (size == 0 || size > RTP_REORDER_SIZE_MAX)
		return -EMSGSIZE;
	if (!reorder->is_started || ahead >= RTP_REORDER_DEPTH) {
		restart(reorder, sequence);
	} else if (ahead < 0) {
		if (++reorder->strays < RTP_REORDER_STRAYS_MAX)
			return -EALREADY;
		restart(reorder, sequence);
	}
	struct rtp_reorder_slot *slot = slot_of(reorder, sequence);

	if (slot->size)
		return -EALREADY;
	memcpy(slot->data, data, size);
	slot->size = (uint16_t)size;
	slot->arrival_ns = now_ns;
	reorder->held++;
	reorder->strays = 0;
	return 0;
}

/* Gives the hole up: goes on at the first packet held, if it is time. */
static bool skip_hole(struct rtp_reorder *reorder, uint64_t now_ns)
{
	uint16_t at = reorder->next;

	while (slot_of(reorder, at)->size == 0)
		at++;
	if (reorder->held < RTP_REORDER_HELD_MAX &&
	    now_ns - slot_of(reorder, at)->arrival_ns < RTP_REORDER_WAIT_NS)
		return false;
	reorder->next = at;
	reorder->has_gap = true;
	return true;
}

bool rtp_reorder_pop(struct rtp_reorder *reorder, uint64_t now_ns, struct rtp_reordered *ret_packet)
{
	if (reorder->held == 0)
		return false;
	if (slot_of(reorder, reorder->next)->size == 0 && !skip_hole(reorder, now_ns))
		return false;
	struct rtp_reorder_slot *slot = slot_of(reorder, reorder->next);

	*ret_packet = (struct rtp_reordered){
		.data = slot->data,
		.size = slot->size,
		.arrival_ns = slot->arrival_ns,
		.after_gap = reorder->has_gap,
	};
	slot->size = 0;
	reorder->next++;
	reorder->held--;
	reorder->has_gap = false;
	return true;
}
