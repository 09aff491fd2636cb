/* Tells those who asked (QUERY_EVENTS) that something changed: sessions, a camera's state, the
 * diary, a new checkpoint. Changes are collected and told a few times a second, and each time it is asked again
 * who the listener is and what it may see. */
#ifndef VAULT_EVENTS_H
#define VAULT_EVENTS_H

#include "vault/cameras.h"
#include "vault/credentials.h"

enum { EVENTS_MAX = 256, EVENTS_PACE_MS = 100 };

struct subscriber {
	struct ipc_channel *channel; /* NULL: free */
	uint64_t request;
	struct ipc_credential credential;
	uint64_t sessions, states; /* cameras by slot: to be told */
	uint64_t diary;            /* the same: something is new in the diary */
	uint64_t checkpoint;       /* size to be told; 0: none */
};

struct events {
	struct loop *loop;
	struct credentials *credentials;
	struct cameras *cameras;
	struct loop_timer timer;
	uint64_t newest[CAMERA_MAX]; /* by slot: the newest event's id */
	struct subscriber table[EVENTS_MAX];
};

void events_init(struct events *events, struct loop *loop, struct credentials *credentials,
		 struct cameras *cameras);
void events_finish(struct events *events);

/* REFUSAL_NONE or REFUSAL_TOO_MANY. */
enum refusal events_subscribe(struct events *events, struct ipc_channel *channel,
			      const struct ipc_query *query);
void events_unsubscribe(struct events *events, const struct ipc_channel *channel, uint64_t request);
/* The channel is closed. */
void events_forget(struct events *events, const struct ipc_channel *channel);

void events_sessions(struct events *events, const struct camera *camera);
void events_camera(struct events *events, const struct camera *camera);
/* Something happened before the camera, or is over. */
void events_diary(struct events *events, const struct camera *camera, uint64_t id);
void events_checkpoint(struct events *events, uint64_t size);

#endif
