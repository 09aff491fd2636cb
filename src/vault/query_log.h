/* Answers out of the log: checkpoint, tiles, proofs, key. They are public to everyone signed in but
 * the texts of entries, which whole tiles would give away: those are for owners and members. */
#ifndef VAULT_QUERY_LOG_H
#define VAULT_QUERY_LOG_H

#include <stdint.h>

#include "base/attr.h"
#include "ipc/ipc.h"
#include "vault/log/log.h"

enum { QUERY_LOG_WAITERS_MAX = 256, QUERY_LOG_WAIT_MS = 10000 };

/* Somebody waits for a checkpoint over `size`. */
struct query_log_waiter {
	struct ipc_channel *channel; /* NULL: free */
	uint64_t request, size, until_ns;
};

struct query_log {
	struct loop *loop;
	struct log *log;
	uint8_t *buffer; /* LOG_BUNDLE_MAX */
	struct loop_timer timer;
	struct query_log_waiter waiters[QUERY_LOG_WAITERS_MAX];
};

NODISCARD int query_log_init(struct query_log *query_log, struct loop *loop, struct log *log);
void query_log_finish(struct query_log *query_log);

/* Answers one of QUERY_CHECKPOINT .. QUERY_LOG_KEY with IPC_BYTES (a checkpoint perhaps later):
 * REFUSAL_NONE, or what to refuse with. */
enum refusal query_log_answer(struct query_log *query_log, struct ipc_channel *channel,
			      const struct ipc_query *query);

/* There is a newer checkpoint. */
void query_log_published(struct query_log *query_log);
/* The channel is closed, or (request not 0) that one question is withdrawn. */
void query_log_forget(struct query_log *query_log, const struct ipc_channel *channel,
		      uint64_t request);

#endif
