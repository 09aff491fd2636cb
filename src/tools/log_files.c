#include "tools/log_files.h"

#include <errno.h>
#include <sys/stat.h>

#include "proto/log/checkpoint.h"
#include "proto/log/entry.h"
#include "vault/log/state_file.h"
#include "vault/log/tiles.h"

enum {
	BUNDLE_MAX = TILE_WIDTH * (2 + ENTRY_SIZE_MAX),
	KEPT = 16, /* bundles: a camera's blocks of ten minutes are spread over a few */
};

struct kept_bundle {
	uint64_t number, used; /* used 0: empty */
	unsigned count;
	uint32_t at[TILE_WIDTH + 1]; /* where each entry begins, behind its size */
	size_t capacity;
	uint8_t *data; /* owned */
};

struct log_files {
	struct disk *disk;
	struct tiles *tiles;
	uint64_t size, uses;
	struct kept_bundle kept[KEPT];
	uint8_t room[BUNDLE_MAX];
};

int log_files_refresh(struct log_files *files)
{
	struct checkpoint checkpoint;
	char text[NOTE_SIZE_MAX];
	struct note note;
	size_t size;
	int rc = state_file_read(files->disk, "checkpoint", text, sizeof(text), &size);

	if (rc < 0)
		return rc;
	if (note_parse(text, size, &note) < 0 || checkpoint_parse(note.text, &checkpoint) < 0)
		return -EBADMSG;
	files->size = checkpoint.head.size;
	return 0;
}

int log_files_open(const char *directory, struct log_files **ret_files)
{
	AUTO(log_files) files = calloc(1, sizeof(*files));
	struct stat status;

	if (!files)
		return -ENOMEM;
	if (stat(directory, &status) < 0 || !S_ISDIR(status.st_mode))
		return -ENOENT;
	int rc = disk_directory_open(directory, &files->disk);

	if (rc == 0)
		rc = tiles_create(files->disk, &files->tiles);
	if (rc == 0)
		rc = log_files_refresh(files);
	if (rc == 0)
		*ret_files = take(files);
	return rc;
}

void log_files_destroy(struct log_files *files)
{
	if (!files)
		return;
	for (unsigned i = 0; i < KEPT; i++)
		free(files->kept[i].data);
	tiles_destroy(files->tiles);
	disk_directory_close(files->disk);
	free(files);
}

uint64_t log_files_size(const struct log_files *files)
{
	return files->size;
}

/* Where each entry is; what is cut off counts as absent. */
static void index_bundle(struct kept_bundle *bundle, size_t size)
{
	struct bytes_reader reader = bytes_read(bundle->data, size);

	bundle->count = 0;
	while (bundle->count < TILE_WIDTH) {
		size_t entry_size = bytes_get_be16(&reader);
		const uint8_t *entry = bytes_get(&reader, entry_size);

		if (!entry)
			return;
		bundle->at[bundle->count++] = (uint32_t)(entry - bundle->data);
		bundle->at[bundle->count] = (uint32_t)(entry + entry_size - bundle->data) + 2;
	}
}

/* The full bundle, or the partial one of the checkpoint. */
static int load_bundle(struct log_files *files, uint64_t number, struct kept_bundle *bundle)
{
	unsigned width = tile_width_at(files->size, TILE_LEVEL_ENTRIES, number);
	struct tile tile = {TILE_LEVEL_ENTRIES, width, number},
		    full = {TILE_LEVEL_ENTRIES, TILE_WIDTH, number};
	size_t size;
	int rc = tiles_read(files->tiles, &tile, files->room, sizeof(files->room), &size);

	if (rc == -ENOENT && width < TILE_WIDTH)
		rc = tiles_read(files->tiles, &full, files->room, sizeof(files->room), &size);
	if (rc < 0)
		return rc;
	if (bundle->capacity < size) {
		free(bundle->data);
		bundle->data = malloc(size);
		bundle->capacity = bundle->data ? size : 0;
	}
	if (!bundle->data)
		return -ENOMEM;
	memcpy(bundle->data, files->room, size);
	bundle->number = number;
	index_bundle(bundle, size);
	return 0;
}

/* The bundle if it is kept and reaches far enough, else the one to load it into. */
static struct kept_bundle *find_bundle(struct log_files *files, uint64_t seq, bool *ret_is_loaded)
{
	struct kept_bundle *oldest = &files->kept[0];

	*ret_is_loaded = false;
	for (unsigned i = 0; i < KEPT; i++) {
		struct kept_bundle *bundle = &files->kept[i];

		if (bundle->used && bundle->number == seq / TILE_WIDTH) {
			*ret_is_loaded = bundle->count > seq % TILE_WIDTH;
			return bundle;
		}
		if (bundle->used < oldest->used)
			oldest = bundle;
	}
	return oldest;
}

int log_files_read(struct log_files *files, uint64_t seq, struct bytes *ret_text)
{
	bool is_loaded;
	struct kept_bundle *bundle = find_bundle(files, seq, &is_loaded);

	if (seq >= files->size)
		return -ERANGE;
	int rc = is_loaded ? 0 : load_bundle(files, seq / TILE_WIDTH, bundle);

	bundle->used = rc == 0 ? ++files->uses : 0;
	if (rc < 0)
		return rc;
	unsigned at = (unsigned)(seq % TILE_WIDTH);

	if (at >= bundle->count)
		return -EBADMSG;
	*ret_text = (struct bytes){bundle->data + bundle->at[at],
				   bundle->at[at + 1] - 2 - bundle->at[at]};
	return 0;
}
