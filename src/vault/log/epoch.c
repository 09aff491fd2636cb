#include "vault/log/epoch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "vault/log/state_file.h"

static void found_epoch(void *context, const char *name)
{
	uint32_t *last = context;
	uint64_t epoch;

	if (name[0] == 'e' &&
	    text_parse_u64(name + 1, strlen(name + 1), UINT32_MAX - 1, &epoch) == 0 &&
	    epoch > *last)
		*last = (uint32_t)epoch;
}

int epoch_find_last(struct disk *disk, uint32_t *ret_epoch)
{
	*ret_epoch = 0;
	return disk->list(disk, ".", found_epoch, ret_epoch);
}

/* The state goes last: until it is gone the old log is still there to be refused. */
int epoch_put_aside(struct disk *disk, uint32_t epoch)
{
	static const char *const names[] = {"checkpoint", "tile", ".state"};
	char directory[DISK_PATH_MAX], to[2 * DISK_PATH_MAX];

	snprintf(directory, sizeof(directory), "e%u", epoch);

	int result = disk->make_directory(disk, directory);

	if (result < 0 && result != -EEXIST)
		return result;
	result = disk->sync_directory(disk, ".");
	for (unsigned i = 0; result == 0 && i < ARRAY_COUNT(names); i++) {
		snprintf(to, sizeof(to), "%s/%s", directory, names[i]);
		result = disk->rename(disk, names[i], to);
		if (result == -ENOENT)
			result = 0;
		if (result == 0)
			result = disk->sync_directory(disk, directory);
		if (result == 0)
			result = disk->sync_directory(disk, ".");
	}
	return result;
}

int epoch_read_signed(struct disk *disk, uint32_t epoch, char *ret_note, size_t capacity,
		      size_t *ret_size)
{
	char path[DISK_PATH_MAX];

	snprintf(path, sizeof(path), "e%u/.state/signed", epoch);
	return state_file_read(disk, path, ret_note, capacity, ret_size);
}
