#include "rig.h"

#include "../check.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/clock.h"
#include "proto/log/ask.h"

enum { WAIT_MS = 5000 };

/* ---- inboxes ---- */

static void add_release(struct rig_end *end, const struct ipc_release *release)
{
	struct rig_message *message = calloc(1, sizeof(*message));

	assert_non_null(message);
	message->type = IPC_RELEASES;
	message->fd = -1;
	memcpy(message->body, release, sizeof(*release));
	*end->last = message;
	end->last = &message->next;
	end->count++;
}

/* What rtc is told of many views goes to the inbox of each. */
static void spread_releases(struct rig *rig, const struct ipc_message *message)
{
	struct ipc_release release;

	rig->release_messages++;
	for (size_t at = 0; at < message->tail_size; at += sizeof(release)) {
		memcpy(&release, message->tail + at, sizeof(release));
		for (struct rig_view *view = rig->views; view; view = view->next)
			if (view->open.grant == release.grant)
				add_release(&view->end, &release);
	}
}

static void end_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct rig_end *end = channel->owner;

	if (message->type == IPC_RELEASES) {
		spread_releases(end->rig, message);
		return;
	}
	struct rig_message *copy = calloc(1, sizeof(*copy));
	uint32_t size = ipc_rule_of(message->type)->body_size;

	assert_non_null(copy);
	assert_true(size <= sizeof(copy->body));
	assert_true(end->count < RIG_INBOX_MAX);
	copy->type = message->type;
	copy->fd = message->fd >= 0 ? take_fd(message->fd) : -1;
	memcpy(copy->body, message->body, size);
	copy->tail_size = message->tail_size;
	copy->tail = malloc(message->tail_size + 1);
	assert_non_null(copy->tail);
	if (message->tail_size)
		memcpy(copy->tail, message->tail, message->tail_size);
	copy->tail[message->tail_size] = '\0';
	*end->last = copy;
	end->last = &copy->next;
	end->count++;
}

static void end_closed(struct ipc_channel *channel)
{
	struct rig_end *end = channel->owner;

	end->is_closed = true;
}

void rig_open_end(struct rig *rig, struct rig_end *end, int fd, enum proc_kind self)
{
	ipc_close(&end->channel);
	rig_clear(end);
	*end = (struct rig_end){.rig = rig};
	end->last = &end->first;
	assert_int_equal(ipc_open(&end->channel, rig->loop, fd, self, PROC_VAULT, end_received,
				  end_closed, end),
			 0);
}

void rig_free(struct rig_message *message)
{
	if (!message)
		return;
	if (message->fd >= 0)
		close(message->fd);
	free(message->tail);
	free(message);
}

void rig_clear(struct rig_end *end)
{
	while (end->first) {
		struct rig_message *message = end->first;

		end->first = message->next;
		rig_free(message);
	}
	end->last = &end->first;
	end->count = 0;
}

static struct rig_message *pick(struct rig_end *end, enum ipc_type type)
{
	for (struct rig_message **at = &end->first; *at; at = &(*at)->next) {
		struct rig_message *message = *at;

		if (message->type != type)
			continue;
		*at = message->next;
		if (end->last == &message->next)
			end->last = at;
		end->count--;
		return message;
	}
	return NULL;
}

/* A frame that is too big for rtc's socket goes out in several turns. */
static bool is_feeding(const struct rig *rig)
{
	return feed_is_blocked(&rig->vault->feed) && rig->rtc.channel.watch.loop;
}

void rig_settle(struct rig *rig)
{
	for (int i = 0; i < 40 || (i < 1000 && is_feeding(rig)); i++)
		assert_int_equal(loop_turn(rig->loop, i < 38 ? 0 : 1), 0);
}

struct rig_message *rig_wait(struct rig *rig, struct rig_end *end, enum ipc_type type)
{
	uint64_t until = clock_boot_ns() + WAIT_MS * CLOCK_NS_PER_MS;

	for (;;) {
		struct rig_message *message = pick(end, type);

		if (message)
			return message;
		if (clock_boot_ns() > until)
			fail_msg("no %s came", ipc_rule_of(type)->name);
		assert_int_equal(loop_turn(rig->loop, 20), 0);
	}
}

struct rig_message *rig_take(struct rig *rig, struct rig_end *end, enum ipc_type type)
{
	rig_settle(rig);
	return pick(end, type);
}

/* ---- the vault ---- */

static void warden_side_received(struct ipc_channel *channel, struct ipc_message *message)
{
	struct rig *rig = channel->owner;

	if (message->type == IPC_ADMIN)
		admin_order(&rig->vault->admin, channel, message);
}

static void join(struct rig *rig, struct rig_end *end, enum proc_kind kind, uint32_t slot,
		 const char *name)
{
	struct ipc_peer peer = {.kind = (uint32_t)kind, .slot = slot};
	int fds[2];

	assert_int_equal(ipc_pair(0, fds), 0);
	snprintf(peer.name, sizeof(peer.name), "%s", name);
	rig_open_end(rig, end, fds[1], kind);
	vault_add_peer(rig->vault, &peer, fds[0]);
}

static void start_vault(struct rig *rig)
{
	char path[256], why[LOG_WHY_MAX] = "";
	static const uint8_t faces_key[FACES_KEY_SIZE] = {7};
	uint8_t seed[LOG_SEED_SIZE], store_key[EPOCH_STORE_KEY_SIZE];
	int fds[2];

	assert_int_equal(loop_create(&rig->loop), 0);
	snprintf(path, sizeof(path), "%s/log", rig->path);
	assert_int_equal(disk_directory_open(path, &rig->spy.real), 0);
	spy_init(&rig->spy);
	snprintf(path, sizeof(path), "%s/log.key", rig->path);
	struct store_key store_key_file;

	assert_int_equal(log_key_open(path, seed), 0);
	assert_int_equal(disk_directory_open(rig->path, &rig->keys), 0);
	assert_int_equal(store_key_init(&store_key_file, rig->keys, (struct bytes){0}), 0);
	assert_int_equal(store_key_open(&store_key_file, store_key), 0);
	assert_int_equal(log_clock_system(&rig->clock), 0);
	struct log_config config = {.disk = &rig->spy.disk, .seed = seed, .clock = rig->clock};

	if (log_open(&config, &rig->log, why) < 0)
		fail_msg("log: %s", why);
	snprintf(path, sizeof(path), "%s/vault.db", rig->path);
	if (db_open(path, &rig->db, why) < 0)
		fail_msg("database: %s", why);
	assert_int_equal(db_reconcile(rig->db, log_origin(rig->log), log_durable_size(rig->log)),
			 0);
	assert_int_equal(ipc_pair(0, fds), 0);
	assert_int_equal(ipc_open(&rig->warden_side, rig->loop, fds[0], PROC_VAULT, PROC_WARDEN,
				  warden_side_received, NULL, rig),
			 0);
	rig_open_end(rig, &rig->warden, fds[1], PROC_WARDEN);
	rig->vault = calloc(1, sizeof(*rig->vault));
	assert_non_null(rig->vault);
	snprintf(path, sizeof(path), "%s/store", rig->path);
	assert_int_equal(disk_directory_open(path, &rig->store), 0);
	struct vault_parts parts = {.loop = rig->loop, .log = rig->log, .db = rig->db,
				    .warden = &rig->warden_side,
				    .store = rig->store,
				    .clock = &rig->clock,
				    .store_key = store_key,
				    .faces_key = faces_key,
				    .store_key_file = &store_key_file};

	assert_int_equal(vault_init(rig->vault, &parts), 0);
	journal_commit(&rig->vault->journal);
	join(rig, &rig->front, PROC_FRONT, 0, "");
	join(rig, &rig->rtc, PROC_RTC, 0, "");
}

static void stop_vault(struct rig *rig)
{
	struct rig_end *ends[] = {&rig->warden, &rig->front, &rig->rtc, &rig->tool, &rig->cams[0],
				  &rig->cams[1], &rig->cams[2], &rig->transcode, &rig->ear,
				  &rig->thumb, &rig->convert, &rig->eye};

	vault_finish(rig->vault);
	free(rig->vault);
	ipc_close(&rig->warden_side);
	for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
		ipc_close(&ends[i]->channel);
		rig_clear(ends[i]);
	}
	log_destroy(rig->log);
	db_destroy(rig->db);
	disk_directory_close(rig->spy.real);
	disk_directory_close(rig->store);
	disk_directory_close(rig->keys);
	loop_destroy(rig->loop);
	rig->spy = (struct spy){0};
}

struct rig *rig_create(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	assert_int_not_equal(sodium_init(), -1);
	snprintf(rig->path, sizeof(rig->path), "/tmp/ward-vault-XXXXXX");
	assert_non_null(mkdtemp(rig->path));
	start_vault(rig);
	return rig;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

void rig_destroy(struct rig *rig)
{
	stop_vault(rig);
	nftw(rig->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(rig);
}

void rig_restart(struct rig *rig, bool cleanly)
{
	if (cleanly)
		vault_stop(rig->vault);
	stop_vault(rig);
	start_vault(rig);
}

/* ---- cams, rtc, transcode ---- */

void rig_add_cam(struct rig *rig, unsigned slot, const char *name)
{
	struct ipc_cam_state state = {.state = CAM_LIVE};

	join(rig, &rig->cams[slot], PROC_CAM, slot, name);
	ipc_send(&rig->cams[slot].channel, IPC_CAM_STATE, &state, NULL, 0);
	rig_settle(rig);
}

void rig_add_listener(struct rig *rig, unsigned slot, enum proc_kind kind)
{
	struct rig_end *end = kind == PROC_EAR	     ? &rig->ear
			      : kind == PROC_THUMB   ? &rig->thumb
			      : kind == PROC_CONVERT ? &rig->convert
			      : kind == PROC_EYE     ? &rig->eye
						     : &rig->transcode;

	join(rig, end, kind, slot, "");
	rig_settle(rig);
}

void rig_restart_rtc(struct rig *rig)
{
	ipc_close(&rig->rtc.channel);
	rig_settle(rig);
	join(rig, &rig->rtc, PROC_RTC, 0, "");
}

/* ---- people ---- */

void rig_order(struct rig *rig, enum admin admin, const char *name, enum role role,
	       const char *tail)
{
	struct ipc_admin body = {.request = ++rig->request,
				 .admin = (uint32_t)admin,
				 .role = (uint32_t)role,
				 .verbs = admin == ADMIN_TOKEN_CREATE ? VERB_VIEW | VERB_LISTEN : 0,
				 .ttl_s = 3600};

	snprintf(body.name, sizeof(body.name), "%s", name);
	ipc_send(&rig->warden.channel, IPC_ADMIN, &body, tail, strlen(tail));
}

void rig_pair(struct rig *rig, const struct ipc_secret *link, struct rig_device *ret_device)
{
	struct ipc_pair_ask ask = {.request = ++rig->request};
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	crypto_sign_keypair(ret_device->public_key, ret_device->secret_key);
	memcpy(ask.secret, link->secret, sizeof(ask.secret));
	memcpy(ask.key, ret_device->public_key, sizeof(ask.key));
	text_init(&text, buffer, sizeof(buffer));
	ask_build_pair(&text, ask.secret, ask.key, "Test phone");
	crypto_sign_detached(ask.signature, NULL, (const uint8_t *)text.data, text.size,
			     ret_device->secret_key);
	ipc_send(&rig->front.channel, IPC_PAIR_ASK, &ask, "Test phone", 10);
	struct rig_message *done = rig_wait(rig, &rig->front, IPC_DONE);

	memcpy(ret_device->id, ((struct ipc_done *)done->body)->id, sizeof(ret_device->id));
	rig_free(done);
}

static void get_nonce(struct rig *rig, uint8_t ret_nonce[32])
{
	struct ipc_request ask = {.request = ++rig->request};

	ipc_send(&rig->front.channel, IPC_NONCE_ASK, &ask, NULL, 0);
	struct rig_message *done = rig_wait(rig, &rig->front, IPC_DONE);

	memcpy(ret_nonce, ((struct ipc_done *)done->body)->id, 32);
	rig_free(done);
}

void rig_sign_in(struct rig *rig, struct rig_device *device)
{
	struct ipc_login_ask ask = {.request = ++rig->request};
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	memcpy(ask.device, device->id, sizeof(ask.device));
	get_nonce(rig, ask.nonce);
	text_init(&text, buffer, sizeof(buffer));
	ask_build_login(&text, ask.nonce);
	crypto_sign_detached(ask.signature, NULL, (const uint8_t *)text.data, text.size,
			     device->secret_key);
	ipc_send(&rig->front.channel, IPC_LOGIN_ASK, &ask, NULL, 0);
	struct rig_message *done = rig_wait(rig, &rig->front, IPC_DONE);

	device->login.kind = CREDENTIAL_LOGIN;
	memcpy(device->login.secret, ((struct ipc_done *)done->body)->id, 32);
	rig_free(done);
}

void rig_add_person(struct rig *rig, const char *name, enum role role, const char *cameras,
		    struct rig_device *ret_device)
{
	struct rig_message *secret;

	rig_order(rig, ADMIN_USER_ADD, name, role, cameras);
	secret = rig_wait(rig, &rig->warden, IPC_SECRET);
	rig_pair(rig, (const struct ipc_secret *)secret->body, ret_device);
	rig_free(secret);
	rig_sign_in(rig, ret_device);
}

void rig_add_token(struct rig *rig, const char *user, const char *camera, uint32_t verbs,
		   struct ipc_credential *ret_token, char *ret_id)
{
	struct ipc_admin body = {.request = ++rig->request,
				 .admin = ADMIN_TOKEN_CREATE,
				 .verbs = verbs,
				 .ttl_s = 60};

	snprintf(body.name, sizeof(body.name), "%s", user);
	ipc_send(&rig->warden.channel, IPC_ADMIN, &body, camera, strlen(camera));
	struct rig_message *message = rig_wait(rig, &rig->warden, IPC_SECRET);
	const struct ipc_secret *secret = (const struct ipc_secret *)message->body;

	*ret_token = (struct ipc_credential){.kind = CREDENTIAL_TOKEN};
	memcpy(ret_token->secret, secret->secret, 32);
	if (ret_id)
		memcpy(ret_id, secret->id, NAME_SIZE);
	rig_free(message);
}

/* ---- views ---- */

void rig_sign_text(const struct rig_device *device, const struct text *text,
		   struct ipc_proof *proof)
{
	proof->is_signed = 1;
	crypto_sign_detached(proof->signature, NULL, (const uint8_t *)text->data, text->size,
			     device->secret_key);
}

void rig_sign(const struct rig_device *device, struct ipc_view_ask *ask)
{
	char buffer[ASK_TEXT_SIZE_MAX];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	assert_true(credentials_view_text(ask, &text));
	rig_sign_text(device, &text, &ask->proof);
}

void rig_prepare(struct rig *rig, const struct rig_device *device, const char *camera,
		 uint32_t verbs, struct ipc_view_ask *ret_ask)
{
	*ret_ask = (struct ipc_view_ask){.credential = device->login, .verbs = verbs};
	snprintf(ret_ask->camera, sizeof(ret_ask->camera), "%s", camera);
	memset(ret_ask->dtls_fingerprint, 7, sizeof(ret_ask->dtls_fingerprint));
	get_nonce(rig, ret_ask->proof.nonce);
	ret_ask->request = ++rig->request;
	rig_sign(device, ret_ask);
}

void rig_ask(struct rig *rig, const struct ipc_view_ask *ask)
{
	ipc_send(&rig->front.channel, IPC_VIEW_ASK, ask, NULL, 0);
}

enum refusal rig_answer(struct rig *rig, struct ipc_done *ret_done)
{
	uint64_t until = clock_boot_ns() + WAIT_MS * CLOCK_NS_PER_MS;

	while (clock_boot_ns() < until) {
		struct rig_message *done = pick(&rig->front, IPC_DONE);
		struct rig_message *refused = done ? NULL : pick(&rig->front, IPC_REFUSED);

		if (done) {
			memcpy(ret_done, done->body, sizeof(*ret_done));
			rig_free(done);
			return REFUSAL_NONE;
		}
		if (refused) {
			enum refusal refusal =
				(enum refusal)((struct ipc_refused *)refused->body)->refusal;

			rig_free(refused);
			return refusal;
		}
		assert_int_equal(loop_turn(rig->loop, 20), 0);
	}
	fail_msg("no answer came");
	return REFUSAL_NONE;
}

static void forget_view(struct rig *rig, const struct rig_view *view)
{
	for (struct rig_view **at = &rig->views; *at; at = &(*at)->next)
		if (*at == view) {
			*at = view->next;
			return;
		}
}

static void receive_view(struct rig *rig, struct rig_view *view)
{
	struct rig_message *open = rig_wait(rig, &rig->rtc, IPC_GRANT_OPEN);

	forget_view(rig, view);
	*view = (struct rig_view){.next = rig->views};
	rig->views = view;
	memcpy(&view->open, open->body, sizeof(view->open));
	rig_open_end(rig, &view->end, take_fd(open->fd), PROC_RTC);
	rig_free(open);
	assert_int_equal(rig_answer(rig, &view->done), REFUSAL_NONE);
	assert_int_equal(view->done.value, view->open.grant);
}

void rig_view(struct rig *rig, const struct rig_device *device, const char *camera, uint32_t verbs,
	      struct rig_view *ret_view)
{
	struct ipc_view_ask ask;

	rig_prepare(rig, device, camera, verbs, &ask);
	rig_ask(rig, &ask);
	receive_view(rig, ret_view);
}

void rig_view_token(struct rig *rig, const struct ipc_credential *token, const char *camera,
		    struct rig_view *ret_view)
{
	struct ipc_view_ask ask = {.request = ++rig->request, .credential = *token};

	snprintf(ask.camera, sizeof(ask.camera), "%s", camera);
	rig_ask(rig, &ask);
	receive_view(rig, ret_view);
}

void rig_connect(struct rig *rig, struct rig_view *view, enum view_level level, bool wants_key)
{
	struct ipc_view_report report = {.grant = view->open.grant,
					 .level = (uint32_t)level,
					 .is_connected = 1,
					 .wants_key = wants_key};

	ipc_send(&view->end.channel, IPC_VIEW_REPORT, &report, NULL, 0);
	rig_settle(rig);
}

uint64_t rig_released(struct rig *rig, struct rig_view *view, enum media_track track)
{
	uint64_t count = 0;

	rig_settle(rig);
	for (struct rig_message *at = view->end.first; at; at = at->next) {
		const struct ipc_release *release = (const struct ipc_release *)at->body;

		if (at->type == IPC_RELEASES && release->track == (uint32_t)track)
			count += release->count;
	}
	rig_clear(&view->end);
	return count;
}

void rig_close_view(struct rig_view *view)
{
	if (view->end.rig)
		forget_view(view->end.rig, view);
	ipc_close(&view->end.channel);
	rig_clear(&view->end);
}

/* ---- looking ---- */

unsigned rig_entries(struct rig *rig, const char *one, const char *other)
{
	char text[ENTRY_SIZE_MAX + 1];
	unsigned count = 0;
	size_t size;

	for (uint64_t i = 0; log_read_entry(rig->log, i, text, &size) == 0; i++) {
		text[size] = '\0';
		count += strstr(text, one) && strstr(text, other);
	}
	return count;
}

void rig_query(struct rig *rig, struct rig_end *asker, const struct ipc_credential *credential,
	       struct ipc_query *query)
{
	query->request = ++rig->request;
	if (credential)
		query->credential = *credential;
	ipc_send(&asker->channel, IPC_QUERY, query, NULL, 0);
}
