#include "vault/log/state_file.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

static const char temporary_path[] = ".state/replace.tmp";

int state_file_make_temporary(struct disk *disk, const char *path, const void *data, size_t size)
{
	int result = disk->unlink(disk, path);

	if (result < 0 && result != -ENOENT)
		return result;

	int file = disk->open(disk, path, DISK_CREATE);

	if (file < 0)
		return file;
	result = disk->write(disk, file, data, size, 0);
	if (result == 0)
		result = disk->sync(disk, file);
	disk->close(disk, file);
	return result;
}

int state_file_sync_parent(struct disk *disk, const char *path)
{
	char parent[DISK_PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash)
		return disk->sync_directory(disk, ".");
	if (!text_copy(parent, sizeof(parent), path))
		return -ENAMETOOLONG;
	parent[slash - path] = '\0';
	return disk->sync_directory(disk, parent);
}

int state_file_write(struct disk *disk, const char *path, const void *data, size_t size)
{
	int result = state_file_make_temporary(disk, temporary_path, data, size);

	if (result == 0)
		result = disk->rename(disk, temporary_path, path);
	return result < 0 ? result : state_file_sync_parent(disk, path);
}

int state_file_read(struct disk *disk, const char *path, void *ret_data, size_t capacity,
		    size_t *ret_size)
{
	int file = disk->open(disk, path, DISK_READ);

	if (file < 0)
		return file;

	int64_t size = disk->size(disk, file);

	if (size >= 0)
		size = (uint64_t)size > capacity
			       ? -EMSGSIZE
			       : disk->read(disk, file, ret_data, (size_t)size, 0);
	disk->close(disk, file);
	if (size < 0)
		return (int)size;
	*ret_size = (size_t)size;
	return 0;
}
