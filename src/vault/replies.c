#include "vault/replies.h"

#include <errno.h>
#include <string.h>

#include <sodium.h>

void replies_init(struct replies *replies, struct journal *journal)
{
	*replies = (struct replies){.journal = journal};
}

void reply_refused(struct ipc_channel *channel, uint64_t request, enum refusal refusal,
		   const char *why)
{
	struct ipc_refused body = {.request = request, .refusal = (uint32_t)refusal};

	ipc_send(channel, IPC_REFUSED, &body, why, why ? strlen(why) : 0);
}

enum refusal reply_refusal_of(int error)
{
	static const struct {
		int error;
		enum refusal refusal;
	} refusals[] = {
		{0, REFUSAL_NONE},
		{-EINVAL, REFUSAL_BAD_REQUEST},
		{-EEXIST, REFUSAL_BAD_REQUEST},
		{-EACCES, REFUSAL_NOT_ALLOWED},
		{-ENOENT, REFUSAL_NOT_FOUND},
		{-EMSGSIZE, REFUSAL_TOO_MANY},
		{-EAGAIN, REFUSAL_BUSY},
	};

	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++)
		if (refusals[i].error == error)
			return refusals[i].refusal;
	return REFUSAL_LOG_STOPPED;
}

static void free_reply(struct reply *reply)
{
	sodium_memzero(reply, sizeof(*reply));
}

static void reply_settled(struct log_waiter *waiter, const struct log_receipt *receipt)
{
	struct reply *reply = container_of(waiter, struct reply, waiter);
	struct ipc_channel *channel = reply->channel;

	if (channel && !receipt) {
		reply_refused(channel, reply->done.request, REFUSAL_LOG_STOPPED, NULL);
	} else if (channel && reply->type == IPC_SECRET) {
		ipc_send(channel, IPC_SECRET, &reply->secret, NULL, 0);
	} else if (channel) {
		reply->done.log_seq = log_receipt_seq(receipt);
		ipc_send(channel, IPC_DONE, &reply->done, NULL, 0);
	}
	free_reply(reply);
}

struct reply *reply_take(struct replies *replies, struct ipc_channel *channel, uint64_t request)
{
	for (unsigned i = 0; i < REPLIES_MAX; i++) {
		struct reply *reply = &replies->table[i];

		if (reply->is_used)
			continue;
		reply->is_used = true;
		reply->channel = channel;
		reply->type = IPC_DONE;
		reply->waiter.settled = reply_settled;
		reply->done.request = reply->secret.request = request;
		return reply;
	}
	return NULL;
}

void reply_drop(struct replies *replies, struct reply *reply)
{
	log_waiter_cancel(replies->journal->log, &reply->waiter);
	free_reply(reply);
}

void reply_after_reload(struct replies *replies, struct reply *reply, struct ipc_channel *warden)
{
	struct ipc_number body = {.value = ++replies->reloads};

	reply->reload = body.value;
	ipc_send(warden, IPC_RELOAD, &body, NULL, 0);
}

void replies_reloaded(struct replies *replies, uint64_t reload)
{
	for (unsigned i = 0; i < REPLIES_MAX; i++) {
		struct reply *reply = &replies->table[i];

		if (!reply->is_used || reply->reload != reload)
			continue;
		if (reply->channel)
			ipc_send(reply->channel, IPC_DONE, &reply->done, NULL, 0);
		free_reply(reply);
	}
}

void replies_forget(struct replies *replies, const struct ipc_channel *channel)
{
	for (unsigned i = 0; i < REPLIES_MAX; i++)
		if (replies->table[i].channel == channel)
			replies->table[i].channel = NULL;
}

void replies_refuse(struct replies *replies)
{
	for (unsigned i = 0; i < REPLIES_MAX; i++) {
		struct reply *reply = &replies->table[i];

		if (!reply->is_used)
			continue;
		if (reply->channel)
			reply_refused(reply->channel, reply->done.request, REFUSAL_LOG_STOPPED,
				      NULL);
		reply_drop(replies, reply);
	}
}
