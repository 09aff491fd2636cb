/* Requests about the diary and about clips (IPC_DIARY_ASK): one table says for each what it needs.
 * Who may not look back at a camera learns nothing of what happened before it. */
#ifndef VAULT_DIARY_DESK_H
#define VAULT_DIARY_DESK_H

#include "vault/credentials.h"
#include "vault/deny.h"
#include "vault/diary.h"
#include "vault/replies.h"

enum {
	DIARY_SOURCES_MAX = 64, /* remembered at once */
	DIARY_BURST = 60,       /* events that one source may begin or end at once, and then ... */
	DIARY_PACE_MS = 2000,   /* ... one each */
};

struct diary_source {
	uint64_t key;      /* of a person or a token */
	uint64_t until_ns; /* loop time at which its whole burst is there again */
};

struct diary_desk {
	struct diary *diary;
	struct people *people;
	struct credentials *credentials;
	struct cameras *cameras;
	struct replies *replies;
	struct deny *deny;
	struct diary_source sources[DIARY_SOURCES_MAX];
};

void diary_desk_answer(struct diary_desk *desk, struct ipc_channel *channel,
		       const struct ipc_message *message);

#endif
