#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "base/diag.h"
#include "base/text.h"
#include "conf/secret.h"
#include "sandbox/sandbox.h"
#include "vault/head.h"
#include "vault/vault.h"

/* Everything main holds on to; the rest hangs from `vault`. */
struct program {
	struct loop *loop;
	struct ipc_channel warden;
	char state_dir[VAULT_PATH_MAX];
	uint8_t store_secret[STORE_KEY_SECRET_MAX];
	size_t store_secret_size;
	bool has_store_secret;
	int tool_listener;
	struct disk *disk, *store, *keys;
	struct log *log;
	struct db *db;
	struct log_clock clock;
	bool is_started;
	struct vault vault;
	int exit_code;
};

enum { LARGE_SIZE = 256 * 1024 };

static struct program program = {.tool_listener = -1};

static bool build_path(char *ret_path, const char *name)
{
	int size = snprintf(ret_path, VAULT_PATH_MAX, "%s/%s", program.state_dir, name);

	return size > 0 && size < VAULT_PATH_MAX;
}

/* ---- opening log and database, inside the sandbox ---- */

static int open_log(uint64_t flags)
{
	uint8_t seed[LOG_SEED_SIZE];
	char path[VAULT_PATH_MAX], why[LOG_WHY_MAX] = "";
	int rc = build_path(path, "vault/log.key") ? log_key_open(path, seed) : -ENAMETOOLONG;

	if (rc < 0) {
		diag_error("cannot read or make the log's key %s: %s", path, strerror(-rc));
		return rc;
	}
	rc = build_path(path, "log") ? disk_directory_open(path, &program.disk) : -ENAMETOOLONG;
	if (rc < 0) {
		diag_error("cannot open the log's directory %s: %s", path, strerror(-rc));
	} else {
		struct log_config config = {.disk = program.disk,
					    .clock = program.clock,
					    .seed = seed,
					    .floor = head_recall(program.db),
					    .new_epoch = (flags & START_NEW_EPOCH) != 0};

		rc = log_open(&config, &program.log, why);
		if (rc < 0)
			diag_error("%s", why);
	}
	sodium_memzero(seed, sizeof(seed));
	return rc;
}

static int open_database(void)
{
	char path[VAULT_PATH_MAX], why[DB_WHY_MAX] = "";
	int rc = build_path(path, "vault/vault.db") ? db_open(path, &program.db, why)
						    : -ENAMETOOLONG;

	if (rc < 0)
		diag_error("%s", why[0] ? why : "the database cannot be opened");
	return rc;
}

static int reconcile_database(void)
{
	int rc = db_reconcile(program.db, log_origin(program.log), log_durable_size(program.log));

	if (rc < 0)
		diag_error("the database cannot be brought in line with the log");
	return rc;
}

/* Nothing of this mends itself; a new key in its place would open nothing that is recorded. */
static int say_store_key(const char *path, int rc)
{
	static const struct {
		int rc;
		const char *text;
	} words[] = {
		{-ENOKEY, "is sealed under the credential " SECRET_STORE_KEY ", which Ward was not given: "
			  "let systemd hand it over again"},
		{-EKEYREJECTED, "does not open with the credential " SECRET_STORE_KEY " that Ward was given: "
				"it is another one, or the file is damaged"},
		{-EINVAL, "cannot be sealed: the credential " SECRET_STORE_KEY " must have 32 to 1024 bytes"},
		{-EBADMSG, "holds no key"},
		{-EPERM, "may be read by others: chmod 600"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (words[i].rc != rc)
			continue;
		diag_error("the recordings' key %s %s. docs/design/store.md, \"The store key\", says "
			   "what to do if it is lost for good", path, words[i].text);
		return -EUCLEAN;
	}
	diag_error("cannot read or make the recordings' key %s: %s", path, strerror(-rc));
	return rc;
}

static int open_store_key(const char *path, struct store_key *ret_file,
			  uint8_t ret_key[EPOCH_STORE_KEY_SIZE])
{
	const struct bytes secret = {program.has_store_secret ? program.store_secret : NULL,
				     program.store_secret_size};
	struct stat status;
	int rc = store_key_init(ret_file, program.keys, secret);

	if (rc == 0 && stat(path, &status) == 0 && (status.st_mode & 077))
		rc = -EPERM;
	if (rc == 0)
		rc = store_key_open(ret_file, ret_key);
	return rc < 0 ? say_store_key(path, rc) : 0;
}

/* Recordings: their directory, and the key that seals the epochs' keys. */
static int open_store(struct store_key *ret_file, uint8_t ret_key[EPOCH_STORE_KEY_SIZE])
{
	char path[VAULT_PATH_MAX];
	int rc = build_path(path, "vault") ? disk_directory_open(path, &program.keys)
					   : -ENAMETOOLONG;

	if (rc == 0)
		rc = build_path(path, "vault/" STORE_KEY_FILE) ? 0 : -ENAMETOOLONG;
	if (rc == 0)
		rc = open_store_key(path, ret_file, ret_key);
	sodium_memzero(program.store_secret, sizeof(program.store_secret));
	if (rc < 0)
		return rc;
	rc = build_path(path, "store") ? disk_directory_open(path, &program.store) : -ENAMETOOLONG;
	if (rc < 0)
		diag_error("cannot open the recordings' directory %s: %s", path, strerror(-rc));
	return rc;
}

/* What the prints of faces are sealed under. */
static int open_faces_key(uint8_t ret_key[FACES_KEY_SIZE])
{
	static_assert((int)FACES_KEY_SIZE == (int)LOG_SEED_SIZE, "the same kind of file");
	char path[VAULT_PATH_MAX];
	int rc = build_path(path, "vault/faces.key") ? log_key_open(path, ret_key) : -ENAMETOOLONG;

	if (rc < 0)
		diag_error("cannot read or make the faces' key %s: %s", path, strerror(-rc));
	return rc;
}

/* The only failure that starting again cannot mend: see VAULT_EXIT_REFUSED. */
NORETURN static void give_up(int rc)
{
	exit(rc == -EUCLEAN || rc == -ENOTSUP ? VAULT_EXIT_REFUSED : 1);
}

static void start(uint64_t flags)
{
	struct vault_parts parts = {.loop = program.loop, .warden = &program.warden};
	uint8_t store_key[EPOCH_STORE_KEY_SIZE], faces_key[FACES_KEY_SIZE];
	struct store_key store_key_file;
	struct ipc_number ready = {0};
	int rc;

	if (program.state_dir[0] == '\0')
		fatal("the warden named no state directory");
	rc = log_clock_system(&program.clock);
	if (rc < 0)
		fatal("cannot read the boot id: %s", strerror(-rc));
	rc = sandbox_enter(SANDBOX_VAULT, program.state_dir);
	if (rc < 0)
		fatal("cannot close the sandbox: %s", strerror(-rc));
	rc = open_database(); /* first: it remembers the log's newest head */
	if (rc == 0)
		rc = open_log(flags);
	if (rc == 0)
		rc = reconcile_database();
	if (rc == 0)
		rc = open_store(&store_key_file, store_key);
	if (rc == 0)
		rc = open_faces_key(faces_key);
	if (rc < 0)
		give_up(rc);
	parts.log = program.log;
	parts.db = program.db;
	parts.store = program.store;
	parts.clock = &program.clock;
	parts.store_key = store_key;
	parts.store_key_file = &store_key_file;
	parts.faces_key = faces_key;
	rc = vault_init(&program.vault, &parts);
	sodium_memzero(store_key, sizeof(store_key));
	sodium_memzero(faces_key, sizeof(faces_key));
	store_key_finish(&store_key_file);
	if (rc < 0)
		fatal("cannot start: %s", strerror(-rc));
	journal_commit(&program.vault.journal);
	if (journal_stopped(&program.vault.journal))
		fatal("%s", journal_stopped(&program.vault.journal));
	if (program.tool_listener >= 0 &&
	    tools_listen(&program.vault.tools, take_fd(program.tool_listener)) < 0)
		fatal("cannot watch the local socket");
	program.is_started = true;
	ipc_send(&program.warden, IPC_READY, &ready, NULL, 0);
}

/* ---- the warden's words ---- */

/* One of a wrong size is refused with words at the start. */
static void take_store_secret(const struct ipc_message *message)
{
	bool fits = message->tail_size <= sizeof(program.store_secret);

	program.has_store_secret = true;
	program.store_secret_size = fits ? message->tail_size : 0;
	if (fits)
		memcpy(program.store_secret, message->tail, message->tail_size);
}

static void take_file(struct ipc_message *message)
{
	const struct ipc_file *body = message->body;

	if (body->kind == FILE_STORE_SECRET) {
		take_store_secret(message);
		return;
	}
	if (body->kind != FILE_STATE_DIR || message->tail_size >= sizeof(program.state_dir) ||
	    memchr(message->tail, '\0', message->tail_size))
		fatal("the warden sent a file of kind %u", body->kind);
	memcpy(program.state_dir, message->tail, message->tail_size);
	program.state_dir[message->tail_size] = '\0';
}

static void take_listen(struct ipc_message *message)
{
	const struct ipc_listen *body = message->body;

	if (body->kind != LISTEN_TOOL || program.tool_listener >= 0)
		fatal("the warden sent a listener of kind %u", body->kind);
	program.tool_listener = take_fd(message->fd);
}

/* Neighbours may be named before the start: they wait in a short list. */
enum { EARLY_PEERS_MAX = CAMERA_MAX + 8 };

static struct {
	struct ipc_peer peer;
	int fd;
} early[EARLY_PEERS_MAX];
static unsigned early_count;

static void take_peer(struct ipc_message *message)
{
	struct ipc_peer peer;

	memcpy(&peer, message->body, sizeof(peer));
	if (!memchr(peer.name, '\0', sizeof(peer.name)))
		fatal("the warden sent a name without an end");
	if (program.is_started) {
		vault_add_peer(&program.vault, &peer, take_fd(message->fd));
		return;
	}
	if (early_count == EARLY_PEERS_MAX)
		fatal("the warden named too many neighbours");
	early[early_count].peer = peer;
	early[early_count++].fd = take_fd(message->fd);
}

/* What each camera's slot shall keep; after its IPC_PEER, which may wait for the start. */
static struct {
	struct ipc_record record;
	struct ipc_see see;
	bool is_known, has_see;
} early_records[CAMERA_MAX];

static void take_record(struct ipc_message *message)
{
	struct ipc_record record;

	memcpy(&record, message->body, sizeof(record));
	if (record.slot >= CAMERA_MAX)
		fatal("the warden named slot %u", record.slot);
	if (program.is_started) {
		vault_set_record(&program.vault, &record);
		return;
	}
	early_records[record.slot].record = record;
	early_records[record.slot].is_known = true;
}

static void take_see(struct ipc_message *message)
{
	struct ipc_see see;

	memcpy(&see, message->body, sizeof(see));
	if (see.camera >= CAMERA_MAX)
		fatal("the warden named slot %u", see.camera);
	if (program.is_started) {
		eyes_set_rule(&program.vault.eyes, &see);
		return;
	}
	early_records[see.camera].see = see;
	early_records[see.camera].has_see = true;
}

static void take_early_rules(void)
{
	for (unsigned i = 0; i < CAMERA_MAX; i++) {
		if (early_records[i].is_known)
			vault_set_record(&program.vault, &early_records[i].record);
		if (early_records[i].has_see)
			eyes_set_rule(&program.vault.eyes, &early_records[i].see);
	}
}

static void take_start(struct ipc_message *message)
{
	const struct ipc_number *flags = message->body;

	if (program.is_started)
		fatal("the warden started the vault twice");
	start(flags->value);
	for (unsigned i = 0; i < early_count; i++)
		vault_add_peer(&program.vault, &early[i].peer, early[i].fd);
	early_count = 0;
	take_early_rules();
}

static void take_stop(struct ipc_message *message)
{
	(void)message;
	if (program.is_started)
		vault_stop(&program.vault);
	loop_stop(program.loop);
}

static void take_config(struct ipc_message *message)
{
	if (program.is_started)
		vault_note_config(&program.vault, message->tail, message->tail_size);
}

static void take_camera_gone(struct ipc_message *message)
{
	const struct ipc_peer *peer = message->body;

	if (program.is_started)
		vault_remove_camera(&program.vault, peer->slot);
}

static void take_reloaded(struct ipc_message *message)
{
	const struct ipc_number *reload = message->body;

	if (program.is_started)
		replies_reloaded(&program.vault.replies, reload->value);
}

static void take_admin(struct ipc_message *message)
{
	if (program.is_started)
		admin_order(&program.vault.admin, &program.warden, message);
}

static const struct {
	enum ipc_type type;
	void (*handle)(struct ipc_message *message);
} handlers[] = {
	{IPC_FILE, take_file},     {IPC_LISTEN, take_listen},
	{IPC_PEER, take_peer},     {IPC_START, take_start},
	{IPC_STOP, take_stop},     {IPC_CONFIG_CHANGED, take_config},
	{IPC_RECORD, take_record}, {IPC_SEE, take_see},
	{IPC_CAMERA_GONE, take_camera_gone},
	{IPC_ADMIN, take_admin},   {IPC_RELOADED, take_reloaded},
};

static void warden_received(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	for (size_t i = 0; i < ARRAY_COUNT(handlers); i++) {
		if (handlers[i].type != message->type)
			continue;
		handlers[i].handle(message);
		return;
	}
	fatal("the warden sent message %u", (unsigned)message->type);
}

/* Without a warden nobody watches over the vault: it ends, in good order. */
static void warden_closed(struct ipc_channel *channel)
{
	(void)channel;
	if (program.is_started)
		vault_stop(&program.vault);
	program.exit_code = 1;
	loop_stop(program.loop);
}

int main(void)
{
	diag_init("ward-vault");
	/* Groups of pictures come and go: large memory is the kernel's again when it is freed. */
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_SIZE);
	/* A stop that reaches every process at once is the warden's to order: the last word in the
	 * log comes with IPC_STOP. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	if (sodium_init() < 0)
		fatal("libsodium cannot start");
	if (loop_create(&program.loop) < 0 ||
	    ipc_open(&program.warden, program.loop, 3, PROC_VAULT, PROC_WARDEN, warden_received,
		     warden_closed, NULL) < 0)
		fatal("the vault is started by ward-warden, with a channel as descriptor 3");
	if (loop_run(program.loop) < 0)
		fatal("the event loop failed");
	vault_finish(&program.vault);
	log_destroy(program.log);
	db_destroy(program.db);
	disk_directory_close(program.disk);
	disk_directory_close(program.store);
	disk_directory_close(program.keys);
	ipc_close(&program.warden);
	loop_destroy(program.loop);
	return program.exit_code;
}
