#include "vault/store/pack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void directory_path(uint32_t camera, char ret_path[PACK_PATH_SIZE])
{
	snprintf(ret_path, PACK_PATH_SIZE, "c%" PRIu32, camera);
}

void pack_path(uint32_t camera, uint64_t start_us, char ret_path[PACK_PATH_SIZE])
{
	time_t seconds = (time_t)(start_us / 1000000);
	struct tm utc = {0};
	char name[32] = "";

	gmtime_r(&seconds, &utc);
	strftime(name, sizeof(name), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(ret_path, PACK_PATH_SIZE, "c%" PRIu32 "/%s.pack", camera, name);
}

static int make(struct disk *disk, uint32_t camera, const char *path)
{
	char directory[PACK_PATH_SIZE];
	int file;

	directory_path(camera, directory);
	int rc = disk->make_directory(disk, directory);

	if (rc == 0)
		rc = disk->sync_directory(disk, ".");
	if (rc < 0 && rc != -EEXIST)
		return rc;
	file = disk->open(disk, path, DISK_CREATE);
	if (file < 0)
		return file;
	rc = disk->sync_directory(disk, directory);
	if (rc < 0) {
		disk->close(disk, file);
		return rc;
	}
	return file;
}

int pack_open(struct pack *pack, struct disk *disk, uint32_t camera, uint64_t start_us)
{
	char path[PACK_PATH_SIZE];

	pack_path(camera, start_us, path);
	int file = disk->open(disk, path, DISK_WRITE);

	if (file == -ENOENT)
		file = make(disk, camera, path);
	if (file < 0)
		return file;
	int64_t size = disk->size(disk, file);

	if (size < 0) {
		disk->close(disk, file);
		return (int)size;
	}
	*pack = (struct pack){.disk = disk,
			      .file = file + 1,
			      .camera = camera,
			      .start_us = start_us,
			      .size = (uint64_t)size};
	return 0;
}

void pack_close(struct pack *pack)
{
	if (pack->file)
		pack->disk->close(pack->disk, pack->file - 1);
	pack->file = 0;
}

int pack_append(struct pack *pack, const void *data, size_t size, uint64_t *ret_offset)
{
	int rc = pack->disk->write(pack->disk, pack->file - 1, data, size, pack->size);

	if (rc < 0)
		return rc;
	*ret_offset = pack->size;
	pack->size += size;
	pack->is_dirty = true;
	return 0;
}

/* An open file lives on without a name, and everything seems well. */
static int look_up(const struct pack *pack)
{
	char path[PACK_PATH_SIZE];

	pack_path(pack->camera, pack->start_us, path);
	int file = pack->disk->open(pack->disk, path, DISK_READ);

	if (file < 0)
		return file;
	int64_t size = pack->disk->size(pack->disk, file);

	pack->disk->close(pack->disk, file);
	return size < (int64_t)pack->size ? -ENOENT : 0;
}

int pack_sync(struct pack *pack)
{
	if (!pack->file || !pack->is_dirty)
		return 0;
	int rc = look_up(pack);

	if (rc == 0)
		rc = pack->disk->sync_data(pack->disk, pack->file - 1);

	if (rc == 0)
		pack->is_dirty = false;
	return rc;
}

int pack_read(struct disk *disk, const char *path, uint64_t offset, void *ret_data, size_t size)
{
	int file = disk->open(disk, path, DISK_READ);

	if (file < 0)
		return file;
	int64_t count = disk->read(disk, file, ret_data, size, offset);

	disk->close(disk, file);
	if (count < 0)
		return (int)count;
	return (size_t)count == size ? 0 : -EBADMSG;
}
