/* A front without sockets: a session of either kind, fed by hand, before a vault that answers what
 * the test tells it to. */
#ifndef UNIT_FRONT_RIG_H
#define UNIT_FRONT_RIG_H

#include "front/session.h"

enum { RIG_OUT_MAX = 256 * 1024 };

struct rig {
	struct front front;
	struct loop *loop;
	struct peer peer;
	struct session *session;
	struct ipc_channel vault, rtc; /* the far ends */
	enum refusal refusal;          /* the vault's answer to everything; NONE: done */
	bool is_mute;                  /* the neighbours answer nothing */
	unsigned asked;
	enum ipc_type last_asked;
	uint8_t out[RIG_OUT_MAX]; /* what the session sent */
	size_t out_size;
};

typedef struct session *rig_session_fn(struct front *front, const struct peer *peer,
				       session_wake_fn *wake, void *owner);

/* The session comes over TLS from 192.0.2.7. */
void rig_open(struct rig *rig, rig_session_fn *create);
void rig_close(struct rig *rig);

/* Feeds as much as the session takes, pulls, lets the neighbours answer, pulls again. True while
 * the connection would stand. */
bool rig_feed(struct rig *rig, const void *data, size_t size);
/* Lets the neighbours answer and collects what the session sends. */
void rig_turn(struct rig *rig);
/* What was sent since, as text; forgotten then. */
const char *rig_sent(struct rig *rig);

#endif
