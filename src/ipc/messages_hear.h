/* The bodies of the messages to and from an ear. */
#ifndef IPC_MESSAGES_HEAR_H
#define IPC_MESSAGES_HEAR_H

#include <stdint.h>

/* What an ear is told before it starts: how readily it hears crying (enum hear_level), and when it
 * does not listen, in minutes after the box's local midnight; from equal to to: always on. */
struct ipc_hear {
	uint32_t cry;
	uint32_t quiet_from_min, quiet_to_min;
	uint32_t reserved;
};

/* What an ear heard: crying begins, or it is over. */
struct ipc_heard {
	uint64_t at_ns; /* on Ward's clock */
	uint32_t is_end;
	uint32_t score;    /* the best of it, thousandths + 1 */
	int32_t level_cdb; /* of its loudest 16 ms, hundredths of a decibel below full scale */
	uint32_t version;  /* of the weights */
};

#endif
