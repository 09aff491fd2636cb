/* The bodies of the messages to and from an ear. */
#ifndef IPC_MESSAGES_HEAR_H
#define IPC_MESSAGES_HEAR_H

#include <stdint.h>

/* What an ear is told before it starts: how readily it hears crying (enum hear_level), from what
 * level on a noise is loud, whether it listens for alarms, and when it does not listen, in minutes
 * after the box's local midnight; from equal to to: always on. */
struct ipc_hear {
	uint32_t cry;
	uint32_t quiet_from_min, quiet_to_min;
	uint32_t noise_db; /* decibels below full scale; 0: no noise is listened for */
	uint32_t alarms;   /* 1: smoke and carbon monoxide */
	uint32_t reserved;
};

/* What an ear heard: it begins, or it is over. One of each kind lasts at a time. */
struct ipc_heard {
	uint64_t at_ns; /* on Ward's clock */
	uint32_t kind; /* DIARY_CRY, DIARY_NOISE, DIARY_SMOKE, DIARY_ALARM: carbon monoxide */
	uint32_t is_end;
	uint32_t score;    /* the best of it, thousandths + 1; 0: nothing measures it */
	int32_t level_cdb; /* where it was loudest, hundredths of a decibel below full scale */
	uint32_t version;  /* of the weights */
	uint32_t reserved;
};

#endif
