#include "vault/store/store_key.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"

enum {
	KEY_SIZE = EPOCH_STORE_KEY_SIZE,
	BOX_SIZE = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + KEY_SIZE,
	TEXT_SIZE_MAX = 256,
};

/* What is about to be the file, and what was it until now. */
static const char fresh_name[] = STORE_KEY_FILE ".tmp", old_name[] = STORE_KEY_FILE ".old";
static const char purpose[] = "ward/store-key/1"; /* its NUL belongs to it */
static const char sealed_word[] = "ward/store-key/1 ";

/* A file's content. */
struct key_text {
	char data[TEXT_SIZE_MAX];
	size_t size;
};

int store_key_init(struct store_key *file, struct disk *disk, struct bytes secret)
{
	*file = (struct store_key){.disk = disk, .has_secret = secret.data != NULL};
	if (!file->has_secret)
		return 0;
	if (secret.size < STORE_KEY_SECRET_MIN || secret.size > STORE_KEY_SECRET_MAX)
		return -EINVAL;
	crypto_generichash(file->seal, sizeof(file->seal), secret.data, secret.size,
			   (const uint8_t *)purpose, sizeof(purpose));
	return 0;
}

void store_key_finish(struct store_key *file)
{
	sodium_memzero(file, sizeof(*file));
}

/* ---- the text ---- */

static void print_key(const struct store_key *file, const uint8_t key[KEY_SIZE],
		      struct key_text *ret_text)
{
	uint8_t box[BOX_SIZE];
	char *data = ret_text->data;
	size_t at = file->has_secret ? strlen(sealed_word) : 0;
	size_t size = file->has_secret ? BOX_SIZE : KEY_SIZE;

	static_assert(sizeof(sealed_word) + 2 * BOX_SIZE + 1 <= TEXT_SIZE_MAX, "it fits");
	memcpy(data, sealed_word, at);
	if (file->has_secret) {
		randombytes_buf(box, crypto_secretbox_NONCEBYTES);
		crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, key, KEY_SIZE, box,
				      file->seal);
	}
	sodium_bin2hex(data + at, TEXT_SIZE_MAX - at, file->has_secret ? box : key, size);
	ret_text->size = at + 2 * size + 1;
	data[ret_text->size - 1] = '\n';
}

static int open_box(const struct store_key *file, const char *hex, uint8_t ret_key[KEY_SIZE])
{
	uint8_t box[BOX_SIZE];

	if (text_parse_hex(hex, (size_t)2 * BOX_SIZE, box, sizeof(box)) < 0)
		return -EBADMSG;
	if (!file->has_secret)
		return -ENOKEY;
	return crypto_secretbox_open_easy(ret_key, box + crypto_secretbox_NONCEBYTES,
					  BOX_SIZE - crypto_secretbox_NONCEBYTES, box,
					  file->seal) == 0
		       ? 0
		       : -EKEYREJECTED;
}

static int parse_key(const struct store_key *file, const struct key_text *text,
		     uint8_t ret_key[KEY_SIZE], bool *ret_is_sealed)
{
	const size_t word = strlen(sealed_word);
	const char *data = text->data;

	if (text->size == 0 || data[text->size - 1] != '\n')
		return -EBADMSG;
	*ret_is_sealed = text->size > word && memcmp(data, sealed_word, word) == 0;
	if (*ret_is_sealed)
		return text->size == word + 2 * BOX_SIZE + 1 ? open_box(file, data + word, ret_key)
							     : -EBADMSG;
	return text_parse_hex(data, text->size - 1, ret_key, KEY_SIZE);
}

/* ---- files ---- */

static int read_text(struct disk *disk, const char *name, struct key_text *ret_text)
{
	int file = disk->open(disk, name, DISK_READ);

	if (file < 0)
		return file;
	int64_t size = disk->read(disk, file, ret_text->data, TEXT_SIZE_MAX, 0);

	disk->close(disk, file);
	if (size < 0)
		return (int)size;
	ret_text->size = (size_t)size;
	return 0;
}

static int write_text(struct disk *disk, const char *name, enum disk_mode mode,
		      const struct key_text *text)
{
	int file = disk->open(disk, name, mode);

	if (file < 0)
		return file;
	int rc = disk->write(disk, file, text->data, text->size, 0);

	if (rc == 0)
		rc = disk->sync(disk, file);
	disk->close(disk, file);
	return rc;
}

/* Overwritten where it lies, and gone; unless it is the file in use under another name. */
static int wipe(struct disk *disk, const char *name, const struct key_text *in_use)
{
	struct key_text text;
	int rc = read_text(disk, name, &text);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (!in_use || text.size != in_use->size ||
	    memcmp(text.data, in_use->data, text.size) != 0) {
		sodium_memzero(text.data, sizeof(text.data));
		rc = write_text(disk, name, DISK_WRITE, &text);
	}
	sodium_memzero(&text, sizeof(text));
	return rc < 0 ? rc : disk->unlink(disk, name);
}

/* After it no name holds another key than the file in use (NULL: there is none). */
static int clear_up(struct disk *disk, const struct key_text *in_use)
{
	int rc = wipe(disk, fresh_name, in_use);

	return rc < 0 ? rc : wipe(disk, old_name, in_use);
}

/* Both names stand before the new file takes the place of the old one. */
static int put(struct disk *disk, const struct key_text *text)
{
	int rc = write_text(disk, fresh_name, DISK_CREATE, text);

	if (rc == 0)
		rc = disk->link(disk, STORE_KEY_FILE, old_name);
	if (rc == 0 || rc == -ENOENT)
		rc = disk->sync_directory(disk, ".");
	if (rc == 0)
		rc = disk->rename(disk, fresh_name, STORE_KEY_FILE);
	return rc < 0 ? rc : disk->sync_directory(disk, ".");
}

static int load(const struct store_key *file, struct key_text *ret_text, uint8_t ret_key[KEY_SIZE],
		bool *ret_is_sealed)
{
	int rc = read_text(file->disk, STORE_KEY_FILE, ret_text);

	return rc < 0 ? rc : parse_key(file, ret_text, ret_key, ret_is_sealed);
}

/* What was written must open before the other one is wiped. */
static int settle(const struct store_key *file, const uint8_t key[KEY_SIZE])
{
	struct key_text written;
	uint8_t again[KEY_SIZE];
	bool is_sealed;
	int rc = load(file, &written, again, &is_sealed);

	if (rc == 0 && sodium_memcmp(again, key, sizeof(again)) != 0)
		rc = -EIO;
	if (rc == 0)
		rc = clear_up(file->disk, &written);
	sodium_memzero(&written, sizeof(written));
	sodium_memzero(again, sizeof(again));
	return rc;
}

static int write_key(const struct store_key *file, const uint8_t key[KEY_SIZE])
{
	struct key_text text;
	int rc = read_text(file->disk, STORE_KEY_FILE, &text);

	/* What an attempt before this one has left. */
	if (rc == 0 || rc == -ENOENT)
		rc = clear_up(file->disk, rc == 0 ? &text : NULL);
	print_key(file, key, &text);
	if (rc == 0)
		rc = put(file->disk, &text);
	sodium_memzero(&text, sizeof(text));
	return rc < 0 ? rc : settle(file, key);
}

/* ---- the key ---- */

int store_key_read(const struct store_key *file, uint8_t ret_key[KEY_SIZE])
{
	struct key_text text;
	bool is_sealed;
	int rc = load(file, &text, ret_key, &is_sealed);

	sodium_memzero(&text, sizeof(text));
	return rc;
}

int store_key_renew(const struct store_key *file, uint8_t ret_key[KEY_SIZE])
{
	randombytes_buf(ret_key, KEY_SIZE);
	return write_key(file, ret_key);
}

int store_key_open(const struct store_key *file, uint8_t ret_key[KEY_SIZE])
{
	struct key_text text;
	bool is_sealed;
	int rc = load(file, &text, ret_key, &is_sealed);

	if (rc == -ENOENT)
		return store_key_renew(file, ret_key);
	if (rc == 0)
		rc = file->has_secret && !is_sealed ? write_key(file, ret_key)
						    : clear_up(file->disk, &text);
	sodium_memzero(&text, sizeof(text));
	return rc;
}
