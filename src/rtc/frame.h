/* One encoded frame as the vault fed it, cut into RTP payloads once, on first use, and shared by
 * every viewer who gets it. Refcounted; immutable once it is whole. */
#ifndef RTC_FRAME_H
#define RTC_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "ipc/messages.h"
#include "proto/rtc/packer.h"

/* A track's parameter sets, shared by the frames that need them. */
struct frame_config;

NODISCARD int frame_config_create(struct bytes data, struct frame_config **ret_config);
struct frame_config *frame_config_ref(struct frame_config *config);
void frame_config_unref(struct frame_config *config);

struct frame {
	uint64_t number, pts_ns;
	uint32_t size;
	bool is_key;
	enum packer_kind kind;
	uint32_t packet_count;        /* 0 until frame_pack */
	struct packer_packet *packet; /* owned, as are the bytes they point into */
	uint8_t *payload;
	/* private */
	uint32_t refs, filled;
	uint8_t *raw; /* until it is packed */
	struct frame_config *config;
};

/* An empty frame with one reference; `config` is borrowed and may be NULL. */
NODISCARD int frame_create(const struct ipc_frame *head, enum packer_kind kind,
			   struct frame_config *config, struct frame **ret_frame);
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame *frame);

/* The next piece. -EBADMSG if it is not the one that follows. */
NODISCARD int frame_append(struct frame *frame, uint32_t offset, struct bytes piece);
bool frame_is_whole(const struct frame *frame);

/* Cuts it into payloads if that was not done yet. -EBADMSG or -EMSGSIZE as packer_measure,
 * -ENOMEM. */
NODISCARD int frame_pack(struct frame *frame);

static inline struct bytes frame_payload(const struct frame *frame, uint32_t index)
{
	const struct packer_packet *packet = &frame->packet[index];

	return (struct bytes){frame->payload + packet->offset, packet->size};
}

#endif
