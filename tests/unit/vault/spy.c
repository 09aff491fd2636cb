#include "spy.h"

#include "base/attr.h"

static struct spy *spy_of(struct disk *disk)
{
	return container_of(disk, struct spy, disk);
}

static int spy_open(struct disk *disk, const char *path, enum disk_mode mode)
{
	return spy_of(disk)->real->open(spy_of(disk)->real, path, mode);
}

static void spy_close(struct disk *disk, int file)
{
	spy_of(disk)->real->close(spy_of(disk)->real, file);
}

static int64_t spy_read(struct disk *disk, int file, void *ret_data, size_t size, uint64_t offset)
{
	return spy_of(disk)->real->read(spy_of(disk)->real, file, ret_data, size, offset);
}

static int spy_write(struct disk *disk, int file, const void *data, size_t size, uint64_t offset)
{
	return spy_of(disk)->real->write(spy_of(disk)->real, file, data, size, offset);
}

static int64_t spy_size(struct disk *disk, int file)
{
	return spy_of(disk)->real->size(spy_of(disk)->real, file);
}

static int spy_sync_data(struct disk *disk, int file)
{
	struct spy *spy = spy_of(disk);

	spy->syncs++;
	if (spy->before_sync)
		spy->before_sync(spy->context);
	return spy->sync_error ? spy->sync_error : spy->real->sync_data(spy->real, file);
}

static int spy_sync(struct disk *disk, int file)
{
	return spy_of(disk)->real->sync(spy_of(disk)->real, file);
}

static int spy_sync_directory(struct disk *disk, const char *path)
{
	return spy_of(disk)->real->sync_directory(spy_of(disk)->real, path);
}

static int spy_rename(struct disk *disk, const char *from, const char *to)
{
	return spy_of(disk)->real->rename(spy_of(disk)->real, from, to);
}

static int spy_link(struct disk *disk, const char *from, const char *to)
{
	return spy_of(disk)->real->link(spy_of(disk)->real, from, to);
}

static int spy_unlink(struct disk *disk, const char *path)
{
	return spy_of(disk)->real->unlink(spy_of(disk)->real, path);
}

static int spy_make_directory(struct disk *disk, const char *path)
{
	return spy_of(disk)->real->make_directory(spy_of(disk)->real, path);
}

static int spy_list(struct disk *disk, const char *path,
		    void (*found)(void *context, const char *name), void *context)
{
	return spy_of(disk)->real->list(spy_of(disk)->real, path, found, context);
}

static int spy_lock(struct disk *disk, int file)
{
	return spy_of(disk)->real->lock(spy_of(disk)->real, file);
}

static int64_t spy_free_bytes(struct disk *disk)
{
	return spy_of(disk)->is_full ? 4096 : spy_of(disk)->real->free_bytes(spy_of(disk)->real);
}

void spy_init(struct spy *spy)
{
	spy->disk = (struct disk){
		.open = spy_open,
		.close = spy_close,
		.read = spy_read,
		.write = spy_write,
		.size = spy_size,
		.sync_data = spy_sync_data,
		.sync = spy_sync,
		.sync_directory = spy_sync_directory,
		.rename = spy_rename,
		.link = spy_link,
		.unlink = spy_unlink,
		.make_directory = spy_make_directory,
		.list = spy_list,
		.lock = spy_lock,
		.free_bytes = spy_free_bytes,
	};
}
