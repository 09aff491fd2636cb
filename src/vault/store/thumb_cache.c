#include "vault/store/thumb_cache.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

enum {
	NAME_BYTES = 32,
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	KEY_SIZE = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	TABLE_SIZE = THUMB_CACHE_COUNT * THUMB_CACHE_HEAD_SIZE,
};

static const char cache_path[] = "thumbs";
static const char cache_magic[8] = "wardthm1";

static_assert(NAME_BYTES + NONCE_SIZE + sizeof(uint32_t) <= THUMB_CACHE_HEAD_SIZE, "a head fits");
static_assert(THUMB_SIZE_MAX + TAG_SIZE <= THUMB_CACHE_PLACE_SIZE, "a thumbnail fits its place");

/* One line of the table; in the file as
 *
 *   magic 8 · camera 4 · track 4 · epoch 8 · number 8 · nonce 24 · bytes of the JPEG 4 · zeros 4
 *
 * of which all before the nonce are bound to what is sealed. Numbers are big endian. */
struct head {
	uint8_t bound[NAME_BYTES];
	uint8_t nonce[NONCE_SIZE];
	uint32_t size;
};

static void build_bound(const struct thumb_name *name, uint8_t ret_bound[NAME_BYTES])
{
	struct bytes_writer writer = bytes_write(ret_bound, NAME_BYTES);

	bytes_put(&writer, cache_magic, sizeof(cache_magic));
	bytes_put_be32(&writer, name->camera);
	bytes_put_be32(&writer, name->track);
	bytes_put_be64(&writer, name->epoch_us);
	bytes_put_be64(&writer, name->number);
}

static void build_head(const struct head *head, uint8_t ret_data[THUMB_CACHE_HEAD_SIZE])
{
	struct bytes_writer writer = bytes_write(ret_data, THUMB_CACHE_HEAD_SIZE);

	memset(ret_data, 0, THUMB_CACHE_HEAD_SIZE);
	bytes_put(&writer, head->bound, sizeof(head->bound));
	bytes_put(&writer, head->nonce, sizeof(head->nonce));
	bytes_put_be32(&writer, head->size);
}

static void parse_head(const uint8_t *data, struct head *ret_head)
{
	struct bytes_reader reader = bytes_read(data, THUMB_CACHE_HEAD_SIZE);

	memcpy(ret_head->bound, bytes_get(&reader, NAME_BYTES), NAME_BYTES);
	memcpy(ret_head->nonce, bytes_get(&reader, NONCE_SIZE), NONCE_SIZE);
	ret_head->size = bytes_get_be32(&reader);
}

/* Zeros if it is no name. */
static struct thumb_name parse_name(const uint8_t *data)
{
	struct bytes_reader reader = bytes_read(data, NAME_BYTES);
	const uint8_t *magic = bytes_get(&reader, sizeof(cache_magic));
	struct thumb_name name = {.camera = bytes_get_be32(&reader)};

	name.track = bytes_get_be32(&reader);
	name.epoch_us = bytes_get_be64(&reader);
	name.number = bytes_get_be64(&reader);
	if (memcmp(magic, cache_magic, sizeof(cache_magic)) != 0 || name.camera == 0)
		return (struct thumb_name){0};
	return name;
}

static uint64_t head_at(unsigned index)
{
	return (uint64_t)index * THUMB_CACHE_HEAD_SIZE;
}

static uint64_t place_at(unsigned index)
{
	return TABLE_SIZE + (uint64_t)index * THUMB_CACHE_PLACE_SIZE;
}

/* ---- the file ---- */

/* It is opened again, and looked through, when it is next needed: the disk may be another one. */
static void close_file(struct thumb_cache *cache)
{
	if (cache->file)
		cache->disk->close(cache->disk, cache->file - 1);
	cache->file = 0;
	free(cache->names);
	cache->names = NULL;
}

void thumb_cache_close(struct thumb_cache *cache)
{
	close_file(cache);
	sodium_memzero(cache->plain, sizeof(cache->plain));
}

static void load_names(struct thumb_cache *cache, const uint8_t *table, size_t size)
{
	for (unsigned i = 0; i < THUMB_CACHE_COUNT; i++)
		if (head_at(i + 1) <= size)
			cache->names[i] = parse_name(table + head_at(i));
}

static int open_file(struct thumb_cache *cache, bool is_wanted)
{
	struct disk *disk = cache->disk;
	autofree uint8_t *table = malloc(TABLE_SIZE);
	int file = disk->open(disk, cache_path, DISK_WRITE);

	if (file == -ENOENT && is_wanted)
		file = disk->open(disk, cache_path, DISK_CREATE);
	if (file < 0)
		return file;
	cache->file = file + 1;
	cache->names = calloc(THUMB_CACHE_COUNT, sizeof(*cache->names));
	int64_t size =
		table && cache->names ? disk->read(disk, file, table, TABLE_SIZE, 0) : -ENOMEM;

	if (size < 0) {
		close_file(cache);
		return (int)size;
	}
	load_names(cache, table, (size_t)size);
	return 0;
}

/* -ENOENT: there is none, and `is_wanted` is false. */
static int prepare(struct thumb_cache *cache, bool is_wanted)
{
	return cache->file ? 0 : open_file(cache, is_wanted);
}

static int write_at(struct thumb_cache *cache, const void *data, size_t size, uint64_t offset)
{
	int rc = cache->disk->write(cache->disk, cache->file - 1, data, size, offset);

	if (rc < 0)
		close_file(cache);
	return rc;
}

static bool is_same(const struct thumb_name *one, const struct thumb_name *other)
{
	return one->camera == other->camera && one->track == other->track &&
	       one->epoch_us == other->epoch_us && one->number == other->number;
}

/* THUMB_CACHE_COUNT: not there. */
static unsigned index_of(const struct thumb_cache *cache, const struct thumb_name *name)
{
	unsigned index = 0;

	while (index < THUMB_CACHE_COUNT && !is_same(&cache->names[index], name))
		index++;
	return index;
}

/* ---- sealing ---- */

static void derive_key(const uint8_t secret[AGE_KEY_SIZE], uint8_t ret_key[KEY_SIZE])
{
	static const uint8_t purpose[] = "ward/thumb/1";

	crypto_generichash(ret_key, KEY_SIZE, purpose, sizeof(purpose), secret, AGE_KEY_SIZE);
}

static int open_place(struct thumb_cache *cache, const struct head *head,
		      const uint8_t secret[AGE_KEY_SIZE])
{
	uint8_t key[KEY_SIZE];

	derive_key(secret, key);
	int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(cache->plain, NULL, NULL, cache->place,
							    head->size + TAG_SIZE, head->bound,
							    sizeof(head->bound), head->nonce, key);

	sodium_memzero(key, sizeof(key));
	return rc == 0 ? 0 : -ENOENT;
}

static int read_place(struct thumb_cache *cache, unsigned index, struct head *ret_head)
{
	struct disk *disk = cache->disk;
	uint8_t data[THUMB_CACHE_HEAD_SIZE];
	int file = cache->file - 1;

	if (disk->read(disk, file, data, sizeof(data), head_at(index)) != (int64_t)sizeof(data))
		return -ENOENT;
	parse_head(data, ret_head);
	size_t size = ret_head->size + TAG_SIZE;

	if (ret_head->size == 0 || ret_head->size > THUMB_SIZE_MAX ||
	    disk->read(disk, file, cache->place, size, place_at(index)) != (int64_t)size)
		return -ENOENT;
	return 0;
}

int thumb_cache_find(struct thumb_cache *cache, const struct thumb_name *name,
		     const uint8_t secret[AGE_KEY_SIZE], struct bytes *ret_jpeg)
{
	struct head head = {.size = 0};
	uint8_t bound[NAME_BYTES];

	if (prepare(cache, false) < 0)
		return -ENOENT;
	unsigned index = index_of(cache, name);

	if (index == THUMB_CACHE_COUNT || read_place(cache, index, &head) < 0)
		return -ENOENT;
	build_bound(name, bound);
	if (memcmp(bound, head.bound, sizeof(bound)) != 0 || open_place(cache, &head, secret) < 0)
		return -ENOENT;
	*ret_jpeg = (struct bytes){cache->plain, head.size};
	return 0;
}

/* Its own place, a free one, or any: what is there is as likely to be asked for as anything. */
static unsigned choose(const struct thumb_cache *cache, const struct thumb_name *name)
{
	static const struct thumb_name nothing;
	unsigned index = index_of(cache, name);

	if (index == THUMB_CACHE_COUNT)
		index = index_of(cache, &nothing);
	return index == THUMB_CACHE_COUNT ? randombytes_uniform(THUMB_CACHE_COUNT) : index;
}

static void seal_place(struct thumb_cache *cache, const struct head *head,
		       const uint8_t secret[AGE_KEY_SIZE], const uint8_t *jpeg)
{
	uint8_t key[KEY_SIZE];

	derive_key(secret, key);
	crypto_aead_xchacha20poly1305_ietf_encrypt(cache->place, NULL, jpeg, head->size,
						   head->bound, sizeof(head->bound), NULL,
						   head->nonce, key);
	sodium_memzero(key, sizeof(key));
}

void thumb_cache_add(struct thumb_cache *cache, const struct thumb_name *name,
		     const uint8_t secret[AGE_KEY_SIZE], struct bytes jpeg)
{
	struct head head = {.size = (uint32_t)jpeg.size};
	uint8_t data[THUMB_CACHE_HEAD_SIZE];

	if (jpeg.size == 0 || jpeg.size > THUMB_SIZE_MAX || prepare(cache, true) < 0)
		return;
	unsigned index = choose(cache, name);

	build_bound(name, head.bound);
	randombytes_buf(head.nonce, sizeof(head.nonce));
	seal_place(cache, &head, secret, jpeg.data);
	build_head(&head, data);
	cache->names[index] = (struct thumb_name){0};
	if (write_at(cache, cache->place, head.size + TAG_SIZE, place_at(index)) == 0 &&
	    write_at(cache, data, sizeof(data), head_at(index)) == 0)
		cache->names[index] = *name;
}

static int wipe(struct thumb_cache *cache, unsigned index)
{
	static const uint8_t nothing[THUMB_CACHE_PLACE_SIZE];

	cache->names[index] = (struct thumb_name){0};
	int rc = write_at(cache, nothing, THUMB_CACHE_HEAD_SIZE, head_at(index));

	return rc == 0 ? write_at(cache, nothing, sizeof(nothing), place_at(index)) : rc;
}

void thumb_cache_forget(struct thumb_cache *cache, uint32_t camera, uint64_t epoch_us)
{
	sodium_memzero(cache->plain, sizeof(cache->plain));
	if (prepare(cache, false) < 0)
		return;
	for (unsigned i = 0; i < THUMB_CACHE_COUNT; i++)
		if (cache->names[i].camera == camera && cache->names[i].epoch_us == epoch_us &&
		    wipe(cache, i) < 0)
			return;
}
