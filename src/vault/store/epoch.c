#include "vault/store/epoch.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "vault/store/custody.h"

enum { SEALED_SIZE = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + AGE_KEY_SIZE };

static sqlite3_stmt *find(struct db *db, uint32_t camera, uint64_t start_us)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT public, sealed FROM epochs WHERE camera = ?1 AND start_us = ?2");

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, start_us);
	return select;
}

/* In private mode nothing is kept for the box itself. */
static size_t seal(struct db *db, const uint8_t store_key[EPOCH_STORE_KEY_SIZE],
		   const uint8_t secret[AGE_KEY_SIZE], uint8_t ret_sealed[SEALED_SIZE])
{
	if (custody_mode(db).is_private)
		return 0;
	randombytes_buf(ret_sealed, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(ret_sealed + crypto_secretbox_NONCEBYTES, secret, AGE_KEY_SIZE,
			      ret_sealed, store_key);
	return SEALED_SIZE;
}

static void add(struct db *db, const uint8_t store_key[EPOCH_STORE_KEY_SIZE],
		const struct epoch *epoch, const uint8_t secret[AGE_KEY_SIZE])
{
	uint8_t sealed[SEALED_SIZE];
	size_t size = seal(db, store_key, secret, sealed);
	sqlite3_stmt *insert = db_use(
		db,
		"INSERT INTO epochs (camera, start_us, public, sealed) VALUES (?1, ?2, ?3, ?4)");

	db_bind_int(insert, 1, epoch->camera);
	db_bind_int(insert, 2, epoch->start_us);
	db_bind_blob(insert, 3, epoch->public_key, AGE_KEY_SIZE);
	db_bind_blob(insert, 4, sealed, size);
	db_run(db, insert);
	custody_wrap(db, epoch->camera, epoch->start_us, secret);
}

int epoch_begin(struct db *db, const uint8_t store_key[EPOCH_STORE_KEY_SIZE], uint32_t camera,
		uint64_t start_us, struct epoch *ret_epoch)
{
	struct epoch epoch = {.camera = camera, .start_us = start_us};
	sqlite3_stmt *select = find(db, camera, start_us);
	bool is_known = db_step(db, select) &&
			db_copy_blob(select, 0, epoch.public_key, sizeof(epoch.public_key));
	uint8_t secret[AGE_KEY_SIZE];

	sqlite3_reset(select);
	if (!is_known) {
		age_make_key(secret, epoch.public_key);
		add(db, store_key, &epoch, secret);
		sodium_memzero(secret, sizeof(secret));
	}
	if (db_failed(db))
		return -EIO;
	*ret_epoch = epoch;
	return 0;
}

int epoch_secret(struct db *db, const uint8_t store_key[EPOCH_STORE_KEY_SIZE], uint32_t camera,
		 uint64_t start_us, uint8_t ret_secret[AGE_KEY_SIZE])
{
	sqlite3_stmt *select = find(db, camera, start_us);
	bool is_known = db_step(db, select);
	uint8_t sealed[SEALED_SIZE];
	bool is_sealed = is_known && db_copy_blob(select, 1, sealed, sizeof(sealed));

	sqlite3_reset(select);
	if (!is_known)
		return -ENOENT;
	if (!is_sealed)
		return -EACCES;
	if (crypto_secretbox_open_easy(ret_secret, sealed + crypto_secretbox_NONCEBYTES,
				       SEALED_SIZE - crypto_secretbox_NONCEBYTES, sealed,
				       store_key) != 0)
		return -EACCES;
	return 0;
}

void epoch_forget_secret(struct db *db, uint32_t camera, uint64_t start_us)
{
	sqlite3_stmt *forget = db_use(db, "UPDATE epochs SET sealed = zeroblob(0) "
					  "WHERE camera = ?1 AND start_us = ?2");

	db_bind_int(forget, 1, camera);
	db_bind_int(forget, 2, start_us);
	db_run(db, forget);
}
