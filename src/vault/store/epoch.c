#include "vault/store/epoch.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

enum { SEALED_SIZE = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + AGE_KEY_SIZE };

static bool find(struct db *db, uint32_t camera, uint64_t start_us,
		 uint8_t ret_public[AGE_KEY_SIZE], uint8_t ret_sealed[SEALED_SIZE])
{
	sqlite3_stmt *select =
		db_use(db, "SELECT public, sealed FROM epochs WHERE camera = ?1 AND start_us = ?2");

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, start_us);
	bool is_found = db_step(db, select) && db_copy_blob(select, 0, ret_public, AGE_KEY_SIZE) &&
			db_copy_blob(select, 1, ret_sealed, SEALED_SIZE);

	sqlite3_reset(select);
	return is_found;
}

static void add(struct db *db, const uint8_t store_key[EPOCH_STORE_KEY_SIZE],
		const struct epoch *epoch, const uint8_t secret[AGE_KEY_SIZE])
{
	uint8_t sealed[SEALED_SIZE];
	sqlite3_stmt *insert = db_use(
		db,
		"INSERT INTO epochs (camera, start_us, public, sealed) VALUES (?1, ?2, ?3, ?4)");

	randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, secret, AGE_KEY_SIZE, sealed,
			      store_key);
	db_bind_int(insert, 1, epoch->camera);
	db_bind_int(insert, 2, epoch->start_us);
	db_bind_blob(insert, 3, epoch->public_key, AGE_KEY_SIZE);
	db_bind_blob(insert, 4, sealed, sizeof(sealed));
	db_run(db, insert);
}

int epoch_begin(struct db *db, const uint8_t store_key[EPOCH_STORE_KEY_SIZE], uint32_t camera,
		uint64_t start_us, struct epoch *ret_epoch)
{
	struct epoch epoch = {.camera = camera, .start_us = start_us};
	uint8_t sealed[SEALED_SIZE], secret[AGE_KEY_SIZE];

	if (!find(db, camera, start_us, epoch.public_key, sealed)) {
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
	uint8_t public_key[AGE_KEY_SIZE], sealed[SEALED_SIZE];

	if (!find(db, camera, start_us, public_key, sealed))
		return -ENOENT;
	if (crypto_secretbox_open_easy(ret_secret, sealed + crypto_secretbox_NONCEBYTES,
				       SEALED_SIZE - crypto_secretbox_NONCEBYTES, sealed,
				       store_key) != 0)
		return -EACCES;
	return 0;
}
