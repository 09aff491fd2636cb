/* Answers that wait for an entry: prepared when the request was carried out, sent when its entry is
 * on disk, and a refusal if it never will be. */
#ifndef VAULT_REPLIES_H
#define VAULT_REPLIES_H

#include "ipc/ipc.h"
#include "vault/journal.h"

enum { REPLIES_MAX = 64 };

struct reply {
	struct log_waiter waiter;    /* for whoever adds the entry */
	struct ipc_channel *channel; /* NULL: the asker is gone */
	enum ipc_type type;          /* IPC_DONE or IPC_SECRET */
	struct ipc_done done;
	struct ipc_secret secret;
	uint64_t reload; /* waits for that IPC_RELOADED, not for an entry; 0: no */
	bool is_used;
};

struct replies {
	struct journal *journal;
	struct reply table[REPLIES_MAX];
	uint64_t reloads; /* asked for so far */
};

void replies_init(struct replies *replies, struct journal *journal);

/* For a request of `channel`; NULL: too many wait. `type` IPC_DONE. */
struct reply *reply_take(struct replies *replies, struct ipc_channel *channel, uint64_t request);
/* It came to nothing: forgets the reply, for the caller to refuse. */
void reply_drop(struct replies *replies, struct reply *reply);

/* Answers when the warden has looked at its configuration again. */
void reply_after_reload(struct replies *replies, struct reply *reply, struct ipc_channel *warden);
void replies_reloaded(struct replies *replies, uint64_t reload);

/* The channel is closed. */
void replies_forget(struct replies *replies, const struct ipc_channel *channel);
/* The log has stopped. */
void replies_refuse(struct replies *replies);

/* What an error of whoever carried a request out means for the asker; 0 is REFUSAL_NONE. */
enum refusal reply_refusal_of(int error);
/* `why` (may be NULL) is a sentence for the tool. */
void reply_refused(struct ipc_channel *channel, uint64_t request, enum refusal refusal,
		   const char *why);

#endif
