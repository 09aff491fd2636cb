/* The vault as a whole: its parts, and what connects them. Made from a state directory and a
 * channel to the warden; everything else arrives as messages. */
#ifndef VAULT_VAULT_H
#define VAULT_VAULT_H

#include "base/attr.h"
#include "ipc/ipc.h"
#include "vault/admin.h"
#include "vault/cameras.h"
#include "vault/credentials.h"
#include "vault/deny.h"
#include "vault/diary_desk.h"
#include "vault/door.h"
#include "vault/ears.h"
#include "vault/events.h"
#include "vault/eyes.h"
#include "vault/faces_desk.h"
#include "vault/feed.h"
#include "vault/grants.h"
#include "vault/journal.h"
#include "vault/keys_desk.h"
#include "vault/listen.h"
#include "vault/people.h"
#include "vault/play/plays.h"
#include "vault/query.h"
#include "vault/query_log.h"
#include "vault/replies.h"
#include "vault/store/store.h"
#include "vault/talk.h"
#include "vault/talk_door.h"
#include "vault/tools.h"
#include "vault/zones_desk.h"

enum {
	/* The vault's exit code when the log on disk is not the one that was signed: starting it
	 * again changes nothing, so the warden does not, and shows the reason. */
	VAULT_EXIT_REFUSED = 78,
	VAULT_PATH_MAX = 4096,
};

/* What the caller opened; the vault keeps using it until vault_finish. */
struct vault_parts {
	struct loop *loop;
	struct log *log;
	struct db *db;
	struct ipc_channel *warden;
	struct disk *store; /* where recordings are */
	const struct log_clock *clock;
	const uint8_t *store_key; /* EPOCH_STORE_KEY_SIZE bytes; copied */
	const struct store_key *store_key_file; /* copied */
	const uint8_t *faces_key;                 /* FACES_KEY_SIZE bytes; copied */
};

struct vault {
	struct loop *loop;
	struct ipc_channel *warden, front, rtc;
	struct journal journal;
	struct people people;
	struct credentials credentials;
	struct cameras cameras;
	struct feed feed; /* to rtc */
	struct grants grants;
	struct plays plays;
	struct makers makers; /* of thumbnails */
	struct makers converters;
	struct store store;
	struct listen listen;
	struct talks talks;
	struct deny deny;
	struct replies replies;
	struct events events;
	struct diary diary;
	struct ears ears;
	struct eyes eyes;
	struct faces faces;
	struct faces_desk faces_desk;
	struct diary_desk diary_desk;
	struct keys_desk keys_desk;
	struct zones_desk zones_desk;
	struct query_log query_log;
	struct tools tools;
	struct door door;
	struct admin_desk admin;
	struct query_desk query;
	bool is_stopping;
};

/* Connects the parts and adds the boot entry. `vault` is zero-initialised and stays in place. */
NODISCARD int vault_init(struct vault *vault, const struct vault_parts *parts);
/* Ends every view, adds the shutdown entry, makes it durable and signed. */
void vault_stop(struct vault *vault);
void vault_finish(struct vault *vault);

/* A new neighbour (IPC_PEER); takes `fd`. */
void vault_add_peer(struct vault *vault, const struct ipc_peer *peer, int fd);
/* The configuration changed (IPC_CONFIG_CHANGED); `text` says what, in words. */
void vault_note_config(struct vault *vault, const void *text, size_t size);
/* What of a camera is recorded, and for how long all recordings are kept (IPC_RECORD). */
void vault_set_record(struct vault *vault, const struct ipc_record *record);
void vault_remove_camera(struct vault *vault, uint32_t slot);

#endif
