#include "vault/store/handover.h"

#include <sodium.h>

#include "vault/store/custody.h"
#include "vault/store/retention.h"
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

/* The oldest epoch that was over by then and whose half the box still holds. */
static bool find_held(struct db *db, uint64_t before_us, struct handover *ret_at)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT camera, start_us FROM epochs INDEXED BY epochs_held "
			   "WHERE length(sealed) > 0 AND start_us < ?1 ORDER BY start_us LIMIT 1");

	db_bind_int(select, 1, before_us);
	bool is_found = db_step(db, select);

	if (is_found)
		*ret_at = (struct handover){(uint32_t)db_int(select, 0), db_int(select, 1), false};
	sqlite3_reset(select);
	return is_found;
}

void handover_expire(struct store *store)
{
	struct db *db = store->journal->db;
	const struct custody_mode mode = custody_mode(db);
	uint64_t now_us = store->clock->real_us(store->clock->context);
	uint64_t kept_us = mode.days * RETENTION_DAY_US + EPOCH_LENGTH_US + EPOCH_MARGIN_US;
	struct handover at;

	if (mode.days == 0 || now_us < kept_us || journal_stopped(store->journal))
		return;
	for (unsigned i = 0; i < EPOCHS_A_TICK && find_held(db, now_us - kept_us, &at); i++) {
		db_begin(db);
		wrap(store, at.camera, at.start_us); /* for a key that came a moment ago */
		epoch_forget_secret(db, at.camera, at.start_us);
		store->is_unclean = true;
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
		store->is_unclean = true;
	}
}
