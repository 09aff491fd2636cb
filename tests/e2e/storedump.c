/* Takes recordings out of the state directory of a Ward that is stopped, for tests: not a product
 * command, since nothing it does is logged.
 *
 *	storedump STATE CAMERA-ID TRACK OUT
 *
 * Writes OUT.mp4 (the init segment and every fragment, decrypted) and, of the last fragment,
 *OUT.key, OUT.age and OUT.plain, so that age itself can be asked. Prints one JSON line. Exits with
 *1 at the first thing that does not fit.
 *
 * Where the box keeps no key, nothing is decrypted: OUT.init.age and OUT.age are the last init segment
 * and fragment as they lie there, and OUT.wrap the epoch's key for the first person's key. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/diag.h"
#include "vault/log/log_key.h"
#include "vault/store/custody.h"
#include "vault/store/epoch.h"
#include "vault/store/ledger.h"
#include "vault/store/pack.h"

struct dump {
	struct db *db;
	struct disk *disk;
	uint8_t store_key[EPOCH_STORE_KEY_SIZE];
	uint32_t camera;
	unsigned track;
	const char *out;
	FILE *film;
	uint8_t init[16 * 1024]; /* the newest one written */
	size_t init_size;
	uint64_t blocks, fragments, frames, gaps, sealed, start_us, end_us;
};

static void write_file(const struct dump *dump, const char *suffix, const void *data, size_t size)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s.%s", dump->out, suffix);
	file = fopen(path, "wb");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
		fatal("cannot write %s", path);
}

/* For `age -d -i OUT.key OUT.age`, which must give OUT.plain. */
static void write_proof(const struct dump *dump, const uint8_t secret[AGE_KEY_SIZE],
			struct bytes sealed, struct bytes plain)
{
	char text[AGE_TEXT_SIZE];

	age_print_secret(secret, text);
	write_file(dump, "key", text, strlen(text));
	write_file(dump, "age", sealed.data, sealed.size);
	write_file(dump, "plain", plain.data, plain.size);
}

/* An init segment like the one before is not repeated. */
static void write_plain(struct dump *dump, const struct block_piece *piece, struct bytes plain)
{
	if (piece->is_init) {
		if (plain.size == dump->init_size && !memcmp(plain.data, dump->init, plain.size))
			return;
		if (plain.size > sizeof(dump->init))
			fatal("an init segment of %zu bytes", plain.size);
		memcpy(dump->init, plain.data, plain.size);
		dump->init_size = plain.size;
	}
	if (fwrite(plain.data, 1, plain.size, dump->film) != plain.size)
		fatal("cannot write the film");
}

/* Of a private epoch. */
static void take_sealed(struct dump *dump, uint64_t epoch_us, const struct block_piece *piece,
			const uint8_t *sealed)
{
	struct custody_key keys[CUSTODY_KEYS_MAX];
	uint8_t wrap[CUSTODY_WRAP_SIZE];

	write_file(dump, piece->is_init ? "init.age" : "age", sealed, piece->size);
	if (custody_list(dump->db, keys) == 0 ||
	    custody_find_wrap(dump->db, dump->camera, epoch_us, keys[0].key, wrap) < 0)
		fatal("nobody can open what was recorded");
	write_file(dump, "wrap", wrap, sizeof(wrap));
	dump->sealed++;
}

static void take_piece(struct dump *dump, uint64_t epoch_us, const struct block_piece *piece)
{
	autofree uint8_t *sealed = malloc(piece->size), *plain = malloc(piece->size);
	uint8_t secret[AGE_KEY_SIZE];
	char path[PACK_PATH_SIZE];
	size_t size = 0;

	if (!sealed || !plain)
		fatal("out of memory");
	pack_path(dump->camera, epoch_us, path);
	int rc = epoch_secret(dump->db, dump->store_key, dump->camera, epoch_us, secret);

	if (rc < 0 && rc != -EACCES)
		fatal("no key for %s", path);
	if (pack_read(dump->disk, path, piece->offset, sealed, piece->size) < 0)
		fatal("%s does not hold what the index says", path);
	if (rc == -EACCES) {
		take_sealed(dump, epoch_us, piece, sealed);
		return;
	}
	if (age_open(secret, sealed, piece->size, plain, &size) < 0)
		fatal("%s: what is at %" PRIu64 " does not open", path, piece->offset);
	write_plain(dump, piece, (struct bytes){plain, size});
	if (piece->is_init)
		return;
	write_proof(dump, secret, (struct bytes){sealed, piece->size}, (struct bytes){plain, size});
	if (dump->start_us == 0)
		dump->start_us = piece->start_us;
	dump->end_us = piece->end_us;
	dump->fragments++;
	dump->frames += piece->frames;
}

static void take_block(struct dump *dump, uint64_t epoch_us, struct bytes records)
{
	struct block_piece piece;

	for (size_t i = 0; i < records.size / BLOCK_RECORD_SIZE; i++) {
		if (block_parse_record(records.data, records.size, i, &piece) < 0)
			fatal("a record of the index is no record");
		if (piece.track != dump->track)
			continue;
		if (piece.gap)
			dump->gaps++;
		else
			take_piece(dump, epoch_us, &piece);
	}
	dump->blocks++;
}

static void open_parts(struct dump *dump, const char *state)
{
	char path[1024], why[DB_WHY_MAX];

	snprintf(path, sizeof(path), "%s/vault/vault.db", state);
	if (db_open(path, &dump->db, why) < 0)
		fatal("%s", why);
	snprintf(path, sizeof(path), "%s/vault/store.key", state);
	if (log_key_open(path, dump->store_key) < 0)
		fatal("cannot read %s", path);
	snprintf(path, sizeof(path), "%s/store", state);
	if (disk_directory_open(path, &dump->disk) < 0)
		fatal("cannot open %s", path);
	snprintf(path, sizeof(path), "%s.mp4", dump->out);
	dump->film = fopen(path, "wb");
	if (!dump->film)
		fatal("cannot write %s", path);
}

int main(int argc, char **argv)
{
	static struct dump dump;

	if (argc != 5 || sodium_init() < 0)
		return 2;
	dump.camera = (uint32_t)strtoul(argv[2], NULL, 10);
	dump.track = (unsigned)strtoul(argv[3], NULL, 10);
	dump.out = argv[4];
	open_parts(&dump, argv[1]);
	sqlite3_stmt *select =
		db_use(dump.db, "SELECT epoch_us, pieces FROM blocks WHERE camera = ?1 "
				"ORDER BY start_us");

	db_bind_int(select, 1, dump.camera);
	while (db_step(dump.db, select))
		take_block(&dump, db_int(select, 0),
			   (struct bytes){sqlite3_column_blob(select, 1),
					  (size_t)sqlite3_column_bytes(select, 1)});
	if (fclose(dump.film) != 0)
		return 1;
	printf("{\"blocks\":%" PRIu64 ",\"fragments\":%" PRIu64 ",\"frames\":%" PRIu64
	       ",\"gaps\":%" PRIu64 ",\"sealed\":%" PRIu64 ",\"from\":%" PRIu64 ",\"to\":%" PRIu64 "}\n",
	       dump.blocks, dump.fragments, dump.frames, dump.gaps, dump.sealed, dump.start_us,
	       dump.end_us);
	disk_directory_close(dump.disk);
	db_destroy(dump.db);
	return 0;
}
