/* The door: decides each request to see or hear, has the entry written, and only with its receipt
 * opens the grant. */
#ifndef VAULT_DOOR_H
#define VAULT_DOOR_H

#include "ipc/ipc.h"
#include "vault/cameras.h"
#include "vault/credentials.h"
#include "vault/deny.h"
#include "vault/grants.h"

struct door {
	struct journal *journal;
	struct people *people;
	struct credentials *credentials;
	struct cameras *cameras;
	struct grants *grants;
	struct deny *deny;
};

/* Answered on grants->front: IPC_REFUSED at once, or IPC_DONE when the entry is on disk and rtc has
 * the grant. */
void door_view(struct door *door, const struct ipc_view_ask *ask);

/* Is the session the asker's own? / End it: one's own, or anybody's for an owner. */
void door_session_check(struct door *door, const struct ipc_session_ask *ask);
void door_session_end(struct door *door, const struct ipc_session_ask *ask);

/* The log has stopped: whoever waits is refused, whatever runs ends. */
void door_shut(struct door *door);
/* The front is gone: nobody is told, and what it had asked for ends. */
void door_front_gone(struct door *door);

/* The camera was removed: its views end, and nothing refers to it any more. */
void door_camera_gone(struct door *door, struct camera *camera);

/* Whose session is it? */
bool door_is_own(const struct who *who, const struct grant *grant);

#endif
