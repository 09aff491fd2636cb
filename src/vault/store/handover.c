#include "vault/store/handover.h"

#include <sodium.h>

#include "vault/store/custody.h"
#include "vault/store/store.h"

enum { EPOCHS_A_TICK = 8 }; /* each costs two or three tenths of a millisecond */

static void wrap(struct store *store, uint32_t camera, uint64_t start_us)
{
	uint8_t secret[AGE_KEY_SIZE];

	if (epoch_secret(store->journal->db, store->key, camera, start_us, secret) == 0)
		custody_wrap(store->journal->db, camera, start_us, secret);
	sodium_memzero(secret, sizeof(secret));
}

void handover_begin(struct store *store)
{
	store->handover = (struct handover){0};
}

static bool find_next(struct store *store)
{
	struct db *db = store->journal->db;
	struct handover *at = &store->handover;
	sqlite3_stmt *select = db_use(db, "SELECT camera, start_us FROM epochs "
					  "WHERE (camera, start_us) > (?1, ?2) "
					  "ORDER BY camera, start_us LIMIT 1");

	db_bind_int(select, 1, at->camera);
	db_bind_int(select, 2, at->start_us);
	bool is_found = db_step(db, select);

	if (is_found) {
		at->camera = (uint32_t)db_int(select, 0);
		at->start_us = db_int(select, 1);
	}
	sqlite3_reset(select);
	return is_found;
}

void handover_go_on(struct store *store)
{
	struct custody_key keys[CUSTODY_KEYS_MAX];

	if (store->handover.is_done || journal_stopped(store->journal))
		return;
	if (custody_list(store->journal->db, keys) == 0) {
		store->handover.is_done = true;
		return;
	}
	db_begin(store->journal->db);
	for (unsigned i = 0; i < EPOCHS_A_TICK && !store->handover.is_done; i++) {
		if (find_next(store))
			wrap(store, store->handover.camera, store->handover.start_us);
		else
			store->handover.is_done = true;
	}
}

void handover_running(struct store *store)
{
	db_begin(store->journal->db);
	for (unsigned slot = 0; slot < CAMERA_MAX; slot++) {
		const struct recorder *recorder = store->recorders[slot];

		if (!recorder || !recorder->pack.file)
			continue;
		wrap(store, recorder->epoch.camera, recorder->epoch.start_us);
		epoch_forget_secret(store->journal->db, recorder->epoch.camera,
				    recorder->epoch.start_us);
	}
}
