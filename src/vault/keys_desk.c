#include "vault/keys_desk.h"

#include <errno.h>
#include <string.h>

#include "proto/log/ask.h"
#include "vault/words.h"

/* ---- the orders ---- */

static int add_key(struct store *store, const struct custody_change *change,
		   const struct keys_order *order, const char **ret_why)
{
	int rc = custody_add_key(change, &order->key);

	if (rc == 0)
		handover_begin(store);
	else
		*ret_why = rc == -EEXIST ? "that key, or one of that name, is known already"
					 : "the name or the key is not valid, or there are too "
					   "many keys";
	return rc;
}

static int remove_key(struct store *store, const struct custody_change *change,
		      const struct keys_order *order, const char **ret_why)
{
	int rc = custody_remove_key(change, order->key.name);

	(void)store;
	if (rc < 0)
		*ret_why = rc == -EACCES ? "it is the last one, and what the box does not keep "
					   "itself would be for nobody: `ward keys window` first"
					 : "there is no key of that name";
	return rc;
}

static int set_mode(struct store *store, const struct custody_change *change,
		    const struct keys_order *order, const char **ret_why)
{
	const struct custody_mode mode = {order->order == KEY_PRIVATE, order->days};
	int rc = custody_set_mode(change, &mode);

	if (rc == 0 && mode.is_private)
		handover_running(store);
	if (rc < 0)
		*ret_why = rc == -EINVAL ? "that is no number of days"
					 : "recordings would be for nobody: add a key first, "
					   "`ward keys add`";
	return rc;
}

/* The key goes before its entry is written: who locks wants that now, whatever the log's disk does.
 */
static int lock(struct store *store, const struct custody_change *change,
		const struct keys_order *order, const char **ret_why)
{
	if (!order->may_lose && custody_count_unwrapped(store->journal->db) > 0) {
		*ret_why = "some of what is recorded can be opened by the box alone, and would "
			   "be lost: `ward keys list` says how much, `ward keys lock --lose` "
			   "does it";
		return -EACCES;
	}
	int rc = store_lock(store);

	return rc < 0 ? rc : custody_note_lock(change);
}

static int (*const orders[KEY_ORDER_COUNT])(struct store *store,
					    const struct custody_change *change,
					    const struct keys_order *order,
					    const char **ret_why) = {
	[KEY_ADD] = add_key,
	[KEY_REMOVE] = remove_key,
	[KEY_PRIVATE] = set_mode,
	[KEY_WINDOW] = set_mode,
	[KEY_LOCK] = lock,
};

int keys_desk_order(struct store *store, const struct custody_change *change,
		    const struct keys_order *order, const char **ret_why)
{
	return orders[order->order](store, change, order, ret_why);
}

/* ---- a person's device asks ---- */

struct asking {
	const struct ipc_key_ask *ask;
	struct who who;
};

static void say_who(struct journal_draft *draft, const void *context)
{
	const struct asking *asking = context;
	const struct who *who = &asking->who;
	char origin[WORDS_ORIGIN_SIZE], buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	words_origin(&asking->ask->origin, origin);
	entry_add_text(&draft->entry, ENTRY_WHY, words_role(who->role));
	entry_add_number(&draft->entry, ENTRY_GRANT, who->right_seq);
	journal_text(draft, "acct", who->user_name);
	journal_text(draft, "device", who->device_name);
	journal_text(draft, "from", origin);
	text_init(&text, buffer, sizeof(buffer));
	if (credentials_keys_text(asking->ask, &text))
		door_commit_request(draft, &text, asking->ask->proof.signature);
}

static bool is_own_key(const struct keys_desk *desk, const struct asking *asking)
{
	struct custody_key keys[CUSTODY_KEYS_MAX];
	unsigned count = custody_list(desk->store->journal->db, keys);

	for (unsigned i = 0; i < count; i++)
		if (strcmp(keys[i].name, asking->ask->name) == 0)
			return keys[i].user == asking->who.user;
	return false;
}

/* A member has to do with keys of their own; all else is the owner's. A program has none. */
static enum refusal check_right(const struct keys_desk *desk, const struct asking *asking)
{
	enum key_order order = asking->ask->order;

	if (asking->who.via != WHO_DEVICE)
		return REFUSAL_NOT_ALLOWED;
	if (asking->who.role == ROLE_OWNER)
		return REFUSAL_NONE;
	if (asking->who.role != ROLE_MEMBER || !(asking->who.verbs & VERB_PLAY))
		return REFUSAL_NOT_ALLOWED;
	if (order == KEY_ADD || (order == KEY_REMOVE && is_own_key(desk, asking)))
		return REFUSAL_NONE;
	return REFUSAL_NOT_ALLOWED;
}

static enum refusal check(struct keys_desk *desk, struct asking *asking)
{
	const struct ipc_key_ask *ask = asking->ask;
	struct door *door = desk->door;

	if (ask->order >= KEY_ORDER_COUNT || !memchr(ask->name, '\0', sizeof(ask->name)))
		return REFUSAL_BAD_REQUEST;
	enum refusal refusal = credentials_find(door->credentials, &ask->credential, &asking->who);

	if (refusal == REFUSAL_NONE)
		refusal = check_right(desk, asking);
	if (refusal == REFUSAL_NONE)
		refusal = credentials_check_keys(door->credentials, &asking->who, ask);
	if (refusal == REFUSAL_NONE)
		refusal = door_check_checkpoint(door, ask->proof.checkpoint_size,
						ask->proof.checkpoint_root);
	return refusal;
}

static enum refusal carry_out(struct keys_desk *desk, const struct asking *asking,
			      struct reply *reply, const char **ret_why)
{
	const struct ipc_key_ask *ask = asking->ask;
	const struct custody_change change = {.journal = desk->store->journal,
					      .waiter = &reply->waiter,
					      .person = asking->who.user,
					      .say = say_who,
					      .context = asking};
	struct keys_order order = {.order = ask->order,
				   .key = {.user = asking->who.user},
				   .days = ask->order == KEY_WINDOW ? ask->days : 0,
				   .may_lose = ask->may_lose != 0};

	memcpy(order.key.key, ask->key, sizeof(order.key.key));
	memcpy(order.key.name, ask->name, sizeof(order.key.name));
	int rc = keys_desk_order(desk->store, &change, &order, ret_why);

	return rc < 0 ? reply_refusal_of(rc) : REFUSAL_NONE;
}

void keys_desk_answer(struct keys_desk *desk, struct ipc_channel *channel,
		      const struct ipc_key_ask *ask)
{
	struct asking asking = {.ask = ask};
	enum refusal refusal = check(desk, &asking);
	const char *why = NULL;

	if (refusal != REFUSAL_NONE) {
		deny_note(desk->door->deny, refusal, NULL);
		reply_refused(channel, ask->request, refusal, NULL);
		return;
	}
	struct reply *reply = reply_take(desk->replies, channel, ask->request);

	refusal = reply ? carry_out(desk, &asking, reply, &why) : REFUSAL_BUSY;
	if (refusal == REFUSAL_NONE)
		return;
	if (reply)
		reply_drop(desk->replies, reply);
	reply_refused(channel, ask->request, refusal, why);
}
