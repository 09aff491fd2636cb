/* The door: decides each request to see or hear, has the entry written, and only with its receipt
 * opens the grant. */
#ifndef VAULT_DOOR_H
#define VAULT_DOOR_H

#include "ipc/ipc.h"
#include "vault/cameras.h"
#include "vault/credentials.h"
#include "vault/deny.h"
#include "vault/grants.h"
#include "vault/play/plays.h"

struct door {
	struct journal *journal;
	struct people *people;
	struct credentials *credentials;
	struct cameras *cameras;
	struct grants *grants;
	struct plays *plays;
	struct deny *deny;
};

/* Answered on grants->front: IPC_REFUSED at once, or IPC_DONE when the entry is on disk and rtc has
 * the grant. */
void door_view(struct door *door, const struct ipc_view_ask *ask);

/* For the other doors: who it is, by what right, and (a device) whether it signed this. */
enum refusal door_check_who(struct door *door, const struct ipc_view_ask *ask,
			    struct who *ret_who);
/* Drafts and stages the opening entry of a grant that was taken; grant->opened is settled when it is
 * durable. A refusal: the grant was dropped. */
enum refusal door_ask_entry(struct door *door, struct grant *grant, const struct ipc_view_ask *ask,
			    const struct who *who);
/* Answers, and counts. */
void door_refuse(struct door *door, uint64_t request, enum refusal refusal,
		 const struct camera *camera);

/* Is the session the asker's own? / End it: one's own, or anybody's for an owner. */
void door_session_check(struct door *door, const struct ipc_session_ask *ask);
void door_session_end(struct door *door, const struct ipc_session_ask *ask);

/* The log has stopped: whoever waits is refused, whatever runs ends. */
void door_shut(struct door *door);
/* The front is gone: nobody is told, and what it had asked for ends. */
void door_front_gone(struct door *door);

/* The tool is gone: what it plays back ends, the sound that it began goes on. */
void door_tool_gone(struct door *door, const struct ipc_channel *tool);

/* The camera was removed: its views end, and nothing refers to it any more. */
void door_camera_gone(struct door *door, struct camera *camera);

/* ---- for the other ways through the door (play/) ---- */

/* Is a head that a device remembers one of this log's? A device that remembers one which this log
 * does not contain looks at a forged or rolled back log. */
enum refusal door_check_checkpoint(struct door *door, uint64_t size, const uint8_t *root);
/* A camera one may not see does not exist. */
enum refusal door_check_camera(struct door *door, const struct who *who, const char *name,
			       struct camera **ret_camera);
/* The signed request and its signature (64 bytes), for whoever is shown them. Overwrites `asked`.
 */
void door_commit_request(struct journal_draft *draft, struct text *asked, const uint8_t *signature);

/* Whose a session is, for sight_of_entry. */
struct door_session {
	const uint8_t *sid; /* 16 bytes */
	uint32_t camera;
	uint64_t seq;
};
void door_remember(struct db *db, const struct who *who, const struct door_session *session);

#endif
