/* What kinds of processes there are: one table says which program, which neighbours, what each is
 * told before it starts, and what it may ask of the warden. */
#ifndef WARDEN_JOB_H
#define WARDEN_JOB_H

#include <stdint.h>

#include "ipc/ipc.h"

struct child;

struct job {
	enum proc_kind kind;
	const char *folder, *program;
	uint32_t peers;  /* set of PROC_BIT: gets a pair with each of these that runs */
	int pair_buffer; /* bytes, for pairs with the vault; 0: default */
	/* Sends files, listeners, sources. 0, or a negative errno after it said why (once, not at
	 * each attempt: child->failures counts them): it is tried again later. */
	int (*configure)(struct child *child);
	/* Told after IPC_READY, at each end, and when it died for good (after `ended`). May be
	 * NULL. */
	void (*ready)(struct child *child);
	void (*ended)(struct child *child);
	void (*hopeless)(struct child *child);
	ipc_message_fn
		*received; /* everything but IPC_READY; owner: the child. NULL: says nothing */
};

extern const struct job job_vault, job_front, job_rtc, job_demo, job_cam_rtsp, job_cam_file, job_cam_alsa,
	job_transcode, job_talk, job_ear, job_thumb, job_convert, job_eye;

#endif
