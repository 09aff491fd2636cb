/* Questions to the vault: one table says for each what it needs. Rows are scoped to what the asker
 * may see (sight.h); the tool on the local socket asks as an owner. */
#ifndef VAULT_QUERY_H
#define VAULT_QUERY_H

#include "vault/cameras.h"
#include "vault/credentials.h"
#include "vault/deny.h"
#include "vault/events.h"
#include "vault/eyes.h"
#include "vault/grants.h"
#include "vault/play/plays.h"
#include "vault/query_log.h"

enum {
	QUERY_ENTRIES_MAX = 200,   /* rows in one answer */
	QUERY_ENTRIES_READ = 4096, /* entries looked at for them: most may be hidden from a guest */
};

struct query_desk {
	struct journal *journal;
	struct people *people;
	struct credentials *credentials;
	struct cameras *cameras;
	struct grants *grants;
	struct plays *plays;
	struct events *events;
	const struct eyes *eyes;
	struct deny *deny;
	struct query_log *log;
	uint64_t started_us;
};

/* One question being answered. */
struct asking {
	struct query_desk *desk;
	struct ipc_channel *channel;
	const struct ipc_query *query;
	struct who who;
};

void query_answer(struct query_desk *desk, struct ipc_channel *channel,
		  const struct ipc_query *query);

#endif
