#include "vault/query_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static void waiting_due(struct loop_timer *timer);

int query_log_init(struct query_log *query_log, struct loop *loop, struct log *log)
{
	*query_log = (struct query_log){.loop = loop, .log = log, .timer.due = waiting_due};
	query_log->buffer = malloc(LOG_BUNDLE_MAX);
	return query_log->buffer ? 0 : -ENOMEM;
}

void query_log_finish(struct query_log *query_log)
{
	if (query_log->loop)
		loop_timer_stop(&query_log->timer);
	free(query_log->buffer);
	query_log->buffer = NULL;
}

static void send_bytes(struct ipc_channel *channel, uint64_t request, const void *data, size_t size)
{
	const uint8_t *at = data;
	size_t offset = 0;

	do {
		size_t piece = size - offset < IPC_TAIL_MAX ? size - offset : IPC_TAIL_MAX;
		struct ipc_bytes body = {.request = request,
					 .offset = (uint32_t)offset,
					 .is_last = offset + piece == size};

		ipc_send(channel, IPC_BYTES, &body, at + offset, piece);
		offset += piece;
	} while (offset < size);
}

static enum refusal refusal_of(int rc)
{
	if (rc == -ENOENT || rc == -EINVAL || rc == -ERANGE)
		return REFUSAL_NOT_FOUND;
	return REFUSAL_LOG_STOPPED;
}

/* ---- the checkpoint, now or when it has grown ---- */

static void send_checkpoint(struct query_log *query_log, struct ipc_channel *channel,
			    uint64_t request)
{
	struct bytes note = log_checkpoint(query_log->log);

	send_bytes(channel, request, note.data, note.size);
}

static enum refusal wait_for_checkpoint(struct query_log *query_log, struct ipc_channel *channel,
					const struct ipc_query *query)
{
	uint64_t until = loop_now_ns(query_log->loop) + QUERY_LOG_WAIT_MS * CLOCK_NS_PER_MS;

	for (unsigned i = 0; i < QUERY_LOG_WAITERS_MAX; i++) {
		struct query_log_waiter *at = &query_log->waiters[i];

		if (at->channel)
			continue;
		*at = (struct query_log_waiter){channel, query->request, query->from, until};
		if (!query_log->timer.loop)
			loop_timer_start(query_log->loop, &query_log->timer, until);
		return REFUSAL_NONE;
	}
	return REFUSAL_TOO_MANY;
}

static enum refusal answer_checkpoint(struct query_log *query_log, struct ipc_channel *channel,
				      const struct ipc_query *query)
{
	if (query->from && query->from >= log_published_size(query_log->log))
		return wait_for_checkpoint(query_log, channel, query);
	send_checkpoint(query_log, channel, query->request);
	return REFUSAL_NONE;
}

void query_log_published(struct query_log *query_log)
{
	for (unsigned i = 0; i < QUERY_LOG_WAITERS_MAX; i++) {
		struct query_log_waiter *at = &query_log->waiters[i];

		if (!at->channel || at->size >= log_published_size(query_log->log))
			continue;
		send_checkpoint(query_log, at->channel, at->request);
		at->channel = NULL;
	}
}

/* Nothing came: they get what there is. */
static void waiting_due(struct loop_timer *timer)
{
	struct query_log *query_log = container_of(timer, struct query_log, timer);
	uint64_t now = loop_now_ns(query_log->loop), next = UINT64_MAX;

	for (unsigned i = 0; i < QUERY_LOG_WAITERS_MAX; i++) {
		struct query_log_waiter *at = &query_log->waiters[i];

		if (!at->channel)
			continue;
		if (at->until_ns <= now) {
			send_checkpoint(query_log, at->channel, at->request);
			at->channel = NULL;
		} else if (at->until_ns < next) {
			next = at->until_ns;
		}
	}
	if (next != UINT64_MAX)
		loop_timer_start(query_log->loop, timer, next);
}

void query_log_forget(struct query_log *query_log, const struct ipc_channel *channel,
		      uint64_t request)
{
	for (unsigned i = 0; i < QUERY_LOG_WAITERS_MAX; i++) {
		struct query_log_waiter *at = &query_log->waiters[i];

		if (at->channel == channel && (request == 0 || at->request == request))
			at->channel = NULL;
	}
}

/* ---- tiles and proofs ---- */

static enum refusal answer_tile(struct query_log *query_log, struct ipc_channel *channel,
				const struct ipc_query *query)
{
	if (query->to == 0 || query->to > 256 || query->level > 63)
		return REFUSAL_BAD_REQUEST;
	int rc = log_read_tile(query_log->log, query->level, query->from, (unsigned)query->to,
			       query_log->buffer);

	if (rc < 0)
		return refusal_of(rc);
	send_bytes(channel, query->request, query_log->buffer, query->to * MERKLE_HASH_SIZE);
	return REFUSAL_NONE;
}

static enum refusal answer_bundle(struct query_log *query_log, struct ipc_channel *channel,
				  const struct ipc_query *query)
{
	size_t size;

	if (query->to == 0 || query->to > 256)
		return REFUSAL_BAD_REQUEST;
	int rc = log_read_bundle(query_log->log, query->from, (unsigned)query->to,
				 query_log->buffer, &size);

	if (rc < 0)
		return refusal_of(rc);
	send_bytes(channel, query->request, query_log->buffer, size);
	return REFUSAL_NONE;
}

static enum refusal answer_proof(struct query_log *query_log, struct ipc_channel *channel,
				 const struct ipc_query *query)
{
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
	int rc = query->query == QUERY_INCLUSION
			 ? log_prove_inclusion(query_log->log, query->from, query->to, hashes)
			 : log_prove_consistency(query_log->log, query->from, query->to, hashes);

	if (rc < 0)
		return refusal_of(rc);
	send_bytes(channel, query->request, hashes, (size_t)rc * sizeof(hashes[0]));
	return REFUSAL_NONE;
}

static enum refusal answer_key(struct query_log *query_log, struct ipc_channel *channel,
			       const struct ipc_query *query)
{
	const char *vkey = log_vkey(query_log->log);

	send_bytes(channel, query->request, vkey, strlen(vkey));
	return REFUSAL_NONE;
}

enum refusal query_log_answer(struct query_log *query_log, struct ipc_channel *channel,
			      const struct ipc_query *query)
{
	static const struct {
		enum query query;
		enum refusal (*answer)(struct query_log *query_log, struct ipc_channel *channel,
				       const struct ipc_query *query);
	} answers[] = {
		{QUERY_CHECKPOINT, answer_checkpoint}, {QUERY_TILE, answer_tile},
		{QUERY_TILE_ENTRIES, answer_bundle},   {QUERY_INCLUSION, answer_proof},
		{QUERY_CONSISTENCY, answer_proof},     {QUERY_LOG_KEY, answer_key},
	};

	for (size_t i = 0; i < ARRAY_COUNT(answers); i++)
		if (answers[i].query == (enum query)query->query)
			return answers[i].answer(query_log, channel, query);
	return REFUSAL_BAD_REQUEST;
}
