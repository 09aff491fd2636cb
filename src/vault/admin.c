#include "vault/admin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "vault/enroll.h"
#include "vault/keys_desk.h"
#include "vault/names.h"
#include "vault/tokens.h"

/* One order being carried out. */
struct order {
	struct admin_desk *desk;
	const struct ipc_admin *ask;
	struct ipc_channel *asker;
	struct reply *reply; /* already answered: NULL */
	char list[1024 + 1]; /* the tail */
	enum refusal refusal;
	const char *why;    /* a sentence, if the refusal's own is not enough */
	char sentence[512]; /* room for one */
};

static void refuse_error(struct order *order, int rc, const char *why)
{
	order->refusal = reply_refusal_of(rc);
	order->why = why;
	if (order->refusal == REFUSAL_LOG_STOPPED || order->refusal == REFUSAL_BUSY)
		order->why = NULL;
}

static struct log_waiter *waiter_of(struct order *order)
{
	return &order->reply->waiter;
}

/* The link is told only when the entries of the person and the link are both on disk: it is the
 * later one that is waited for. */
static void give_link(struct order *order, const struct who *user)
{
	struct ipc_secret *secret = &order->reply->secret;
	int rc = enroll_add_link(order->desk->people, user, waiter_of(order), secret->secret,
				 &secret->expires_us);

	if (rc < 0) {
		refuse_error(order, rc, NULL);
		return;
	}
	order->reply->type = IPC_SECRET;
	secret->size = ENROLL_SECRET_SIZE;
	text_copy(secret->id, sizeof(secret->id), user->user_name);
}

static void add_user(struct order *order, const char *name, enum role role)
{
	struct enroll_user user = {
		.name = name, .role = role, .verbs = order->ask->verbs, .cameras = order->list};
	struct who who;
	int rc = enroll_add_user(order->desk->people, &user, NULL);

	if (rc == -EEXIST)
		refuse_error(order, rc,
			     "there is already a person of that name; `ward user pair "
			     "NAME` gives a link for one more device");
	else if (rc < 0)
		refuse_error(order, rc,
			     "the name, the role, the verbs or the list of cameras is not valid");
	else if (people_find_user(order->desk->people, name, &who) < 0)
		refuse_error(order, -EIO, NULL);
	else
		give_link(order, &who);
}

static void name_cameras(const struct cameras *cameras, struct text *text)
{
	const char *before = "; there is ";

	for (unsigned slot = 0; slot < CAMERA_MAX; slot++) {
		const struct camera *camera = cameras_at(cameras, slot);

		if (!camera)
			continue;
		text_add(text, before);
		text_add_quoted(text, camera->name, strlen(camera->name));
		before = ", ";
	}
}

/* A name that no camera has is a slip of the hand, and would be a right one day: one that nobody
 * meant to give. */
static bool cameras_exist(struct order *order)
{
	const char *list = order->list;
	char name[NAME_SIZE];
	struct text text;

	while (names_next(&list, name)) {
		if (cameras_find(order->desk->cameras, name))
			continue;
		text_init(&text, order->sentence, sizeof(order->sentence));
		text_add(&text, "there is no camera ");
		text_add_quoted(&text, name, strlen(name));
		name_cameras(order->desk->cameras, &text);
		refuse_error(order, -EINVAL, order->sentence);
		return false;
	}
	return true;
}

static void order_user_add(struct order *order)
{
	if (cameras_exist(order))
		add_user(order, order->ask->name, (enum role)order->ask->role);
}

static bool find_user(struct order *order, struct who *ret_who)
{
	if (people_find_user(order->desk->people, order->ask->name, ret_who) == 0)
		return true;
	refuse_error(order, -ENOENT, "there is nobody of that name");
	return false;
}

static void end_sessions_of(struct order *order, const struct who *user)
{
	grants_end_if(order->desk->grants, VIEW_END_REVOKED, grant_is_of_user, &user->user);
	plays_end_if(order->desk->plays, VIEW_END_REVOKED, play_is_of_user, &user->user);
}

static void order_user_remove(struct order *order)
{
	struct who who;

	if (!find_user(order, &who))
		return;
	end_sessions_of(order, &who);
	int rc = enroll_remove_user(order->desk->people, &who, waiter_of(order));

	if (rc < 0)
		refuse_error(order, rc, NULL);
}

static void order_user_pair(struct order *order)
{
	struct who who;

	if (find_user(order, &who))
		give_link(order, &who);
}

/* For the first start: a link for "owner", as long as nobody is paired. */
static void order_first_owner(struct order *order)
{
	struct people *people = order->desk->people;
	struct who who;

	order->list[0] = '\0';
	if (people_device_count(people, 0) > 0)
		refuse_error(order, -EACCES, "somebody is paired already");
	else if (people_find_user(people, "owner", &who) == 0)
		give_link(order, &who);
	else
		add_user(order, "owner", ROLE_OWNER);
}

static void order_token_create(struct order *order)
{
	struct ipc_secret *secret = &order->reply->secret;
	struct token token;
	struct text id;
	struct who who;

	if (!find_user(order, &who) || !cameras_exist(order))
		return;
	struct token_spec spec = {.user = &who,
				  .cameras = order->list,
				  .verbs = order->ask->verbs,
				  .life_s = order->ask->ttl_s};
	int rc = tokens_add(order->desk->people, &spec, waiter_of(order), &token);

	if (rc < 0) {
		refuse_error(order, rc,
			     rc == -EACCES ? "that person may not see one of these cameras"
					   : "a token needs a camera, verbs and a time to live");
		return;
	}
	order->reply->type = IPC_SECRET;
	secret->size = sizeof(token.secret);
	secret->expires_us = token.expires_us;
	memcpy(secret->secret, token.secret, sizeof(token.secret));
	text_init(&id, secret->id, sizeof(secret->id));
	text_add_hex(&id, token.id, sizeof(token.id));
}

/* ---- taking back ---- */

static bool parse_id(const char *name, uint8_t *ret_id, size_t size)
{
	return text_parse_hex(name, strlen(name), ret_id, size) == 0;
}

static void order_token_revoke(struct order *order)
{
	uint8_t id[PEOPLE_TOKEN_SIZE];
	int rc = -ENOENT;

	if (parse_id(order->ask->name, id, sizeof(id))) {
		grants_end_if(order->desk->grants, VIEW_END_REVOKED, grant_is_of_token, id);
		plays_end_if(order->desk->plays, VIEW_END_REVOKED, play_is_of_token, id);
		rc = tokens_remove(order->desk->people, id, waiter_of(order));
	}
	if (rc < 0)
		refuse_error(order, rc, "there is no such token");
}

/* A session's closing entry is its own record: the answer need not wait for it. */
static bool revoke_session(struct order *order)
{
	uint8_t sid[16];

	if (!parse_id(order->ask->name, sid, sizeof(sid)))
		return false;
	struct grant *grant = grants_find(order->desk->grants, sid);
	struct play *play = plays_find(order->desk->plays, sid);

	if (!grant && !play)
		return false;
	order->reply->done.log_seq = grant ? grant->log_seq : play->log_seq;
	if (grant)
		grant_end(grant, VIEW_END_REVOKED);
	else
		play_end(play, VIEW_END_REVOKED);
	ipc_send(order->asker, IPC_DONE, &order->reply->done, NULL, 0);
	reply_drop(order->desk->replies, order->reply);
	order->reply = NULL;
	return true;
}

static void order_revoke(struct order *order)
{
	uint8_t id[PEOPLE_TOKEN_SIZE];
	struct who who;

	if (revoke_session(order))
		return;
	if (parse_id(order->ask->name, id, sizeof(id))) {
		order_token_revoke(order);
		return;
	}
	if (people_find_user(order->desk->people, order->ask->name, &who) < 0) {
		refuse_error(order, -ENOENT, "there is no session, token or person of that name");
		return;
	}
	end_sessions_of(order, &who);
	int rc = enroll_revoke_user(order->desk->people, &who, waiter_of(order));

	if (rc < 0)
		refuse_error(order, rc, NULL);
}

/* ---- who can open recordings ---- */

static void order_keys(struct order *order, struct keys_order *keys)
{
	struct store *store = order->desk->store;
	const struct custody_change change = {.journal = store->journal,
					      .waiter = waiter_of(order),
					      .person = PERSON_HOUSE};
	const char *why = NULL;

	memcpy(keys->key.name, order->ask->name, sizeof(keys->key.name));
	int rc = keys_desk_order(store, &change, keys, &why);

	if (rc < 0)
		refuse_error(order, rc, why);
}

static void order_key_add(struct order *order)
{
	struct keys_order keys = {.order = KEY_ADD};

	if (age_parse_public(order->list, strlen(order->list), keys.key.key) < 0)
		refuse_error(order, -EINVAL, "that is no public key of age: it begins with age1");
	else
		order_keys(order, &keys);
}

static void order_key_remove(struct order *order)
{
	order_keys(order, &(struct keys_order){.order = KEY_REMOVE});
}

static void order_key_mode(struct order *order)
{
	order_keys(order,
		   &(struct keys_order){.order = order->ask->flags ? KEY_PRIVATE : KEY_WINDOW,
					.days = order->ask->ttl_s});
}

static void order_key_lock(struct order *order)
{
	order_keys(order, &(struct keys_order){.order = KEY_LOCK,
					       .may_lose = order->ask->flags != 0});
}

static void order_reload(struct order *order)
{
	reply_after_reload(order->desk->replies, order->reply, order->desk->warden);
}

static void (*const orders[ADMIN_COUNT])(struct order *order) = {
	[ADMIN_USER_ADD] = order_user_add,
	[ADMIN_USER_REMOVE] = order_user_remove,
	[ADMIN_USER_PAIR] = order_user_pair,
	[ADMIN_TOKEN_CREATE] = order_token_create,
	[ADMIN_TOKEN_REVOKE] = order_token_revoke,
	[ADMIN_REVOKE] = order_revoke,
	[ADMIN_RELOAD] = order_reload,
	[ADMIN_FIRST_OWNER] = order_first_owner,
	[ADMIN_KEY_ADD] = order_key_add,
	[ADMIN_KEY_REMOVE] = order_key_remove,
	[ADMIN_KEY_MODE] = order_key_mode,
	[ADMIN_KEY_LOCK] = order_key_lock,
};

static bool is_well_formed(const struct ipc_admin *ask, const struct ipc_message *message)
{
	return ask->admin < ADMIN_COUNT && ask->role < ROLE_COUNT &&
	       memchr(ask->name, '\0', sizeof(ask->name)) &&
	       !memchr(message->tail, '\0', message->tail_size) && message->tail_size <= 1024;
}

void admin_order(struct admin_desk *desk, struct ipc_channel *asker,
		 const struct ipc_message *message)
{
	const struct ipc_admin *ask = message->body;
	struct order order = {.desk = desk, .ask = ask, .asker = asker};

	if (!is_well_formed(ask, message)) {
		reply_refused(asker, ask->request, REFUSAL_BAD_REQUEST, NULL);
		return;
	}
	order.reply = reply_take(desk->replies, asker, ask->request);
	if (!order.reply) {
		reply_refused(asker, ask->request, REFUSAL_BUSY, NULL);
		return;
	}
	memcpy(order.list, message->tail, message->tail_size);
	orders[ask->admin](&order);
	if (order.refusal == REFUSAL_NONE)
		return;
	reply_drop(desk->replies, order.reply);
	reply_refused(asker, ask->request, order.refusal, order.why);
}
