/* What a talk's process made, on its way out to the camera's speaker: the one place that lets sound
 * out, only for an open talk and for a cause whose entry is durable, within the talk's allowance, and
 * never more of it than time has passed. The bytes that the cam was handed are recorded, and no
 * others, with what the speaker's clock did meanwhile (`spk`, store/block.h). */
#ifndef VAULT_SPEAKER_H
#define VAULT_SPEAKER_H

#include "base/attr.h"
#include "vault/talk.h"

/* IPC_TRACK and IPC_FRAME of the process. -EBADMSG: it sent what it may not. */
NODISCARD int speaker_take_format(struct talk_slot *slot, const struct ipc_message *message);
NODISCARD int speaker_take_frame(struct talk_slot *slot, const struct ipc_message *message);

/* Another talk begins: nothing was handed over yet. */
void speaker_renew(struct talk_slot *slot);
/* The camera's process tells what its device plays, from here on. */
void speaker_count(struct talk_slot *slot);
/* Does it? */
bool speaker_is_counted(const struct talk_slot *slot);
/* What it tells of this talk, or of the one before it. -EBADMSG: what it cannot have played. */
NODISCARD int speaker_take_played(struct talk_slot *slot, const struct ipc_played *told);
/* It tells nothing more. */
void speaker_settle(struct talk_slot *slot);

/* When what was handed over for the present cause is over; 0: there is none. */
uint64_t speaker_end_ns(const struct talk_slot *slot);

#endif
