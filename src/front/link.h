/* The ways to the vault and to rtc: numbers questions, brings each answer to the exchange that
 * waits for it, and answers for a neighbour that is gone. */
#ifndef FRONT_LINK_H
#define FRONT_LINK_H

#include "base/bytes.h"
#include "ipc/ipc.h"

enum { LINK_ASKS_MAX = 1024 };

struct exchange;

struct link_ask {
	uint64_t request;          /* 0: free */
	struct exchange *exchange; /* NULL: nobody waits any more */
	enum proc_kind peer;
	enum ipc_type type;
	struct ipc_session_ask leave; /* of an IPC_VIEW_ASK, IPC_PLAY_ASK or IPC_TALK_ASK: who asks, to end what
					 nobody came for */
};

struct link {
	struct loop *loop;
	struct ipc_channel vault, rtc;
	uint64_t asked;
	struct link_ask asks[LINK_ASKS_MAX];
};

void link_init(struct link *link, struct loop *loop);
void link_finish(struct link *link);

/* Takes a new end; whoever waits for an answer on the old one is told that it is lost. */
void link_connect(struct link *link, enum proc_kind peer, int take_fd);

/* Sends `body`, whose first member is set to the request's number. NULL if the peer is away or too
 * much is asked already. */
struct link_ask *link_ask(struct link *link, struct exchange *exchange, enum proc_kind peer,
			  enum ipc_type type, void *body, struct bytes tail);

/* The exchange no longer waits. A query that goes on is stopped, so is the waiting for one's turn to talk,
 * and a piece of a recording need not come; a session that is granted all the same is ended when its
 * answer comes. */
void link_forget(struct link *link, struct link_ask *ask);

/* Ends a session on behalf of whoever opened it, without waiting for an answer. */
void link_leave(struct link *link, const struct ipc_session_ask *leave);

#endif
