/* Who may ask about faces, and change what is known of them: an owner in person, and the box's own
 * command. A picture that is sent in goes to the eye, which alone parses pictures, and comes back as a
 * print. */
#ifndef VAULT_FACES_DESK_H
#define VAULT_FACES_DESK_H

#include "vault/cameras.h"
#include "vault/credentials.h"
#include "vault/deny.h"
#include "vault/faces.h"
#include "vault/replies.h"

enum { FACES_LOOK_S = 10 /* for the eye to look at a picture */ };

struct eyes;

/* The one picture that is with the eye. */
struct faces_pending {
	uint64_t number; /* 0: none */
	struct ipc_channel *channel;
	struct ipc_face_ask ask;
	struct loop_timer timer;
};

/* Zero-initialised but for what it needs. */
struct faces_desk {
	struct faces *faces;
	struct eyes *eyes;
	struct people *people;
	struct credentials *credentials;
	struct cameras *cameras;
	struct deny *deny;
	struct replies *replies;
	uint64_t newest;
	struct faces_pending pending;
};

void faces_desk_finish(struct faces_desk *desk);

/* Rows and IPC_DONE, or IPC_REFUSED. */
void faces_desk_answer(struct faces_desk *desk, struct ipc_channel *channel,
		       const struct ipc_message *message);
/* The eye's answer; and no answer will come any more. */
void faces_desk_looked(struct faces_desk *desk, const struct ipc_message *message);
void faces_desk_eye_gone(struct faces_desk *desk);
/* The channel is closed. */
void faces_desk_forget(struct faces_desk *desk, const struct ipc_channel *channel);

#endif
