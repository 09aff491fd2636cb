#include "sim/sim_vfs.h"

#include <errno.h>
#include <string.h>

#include <sqlite3.h>

struct sim_file {
	sqlite3_file base;
	struct disk *disk;
	int file;
	bool lacks_name; /* new, and its directory not synced */
};

static struct disk *current;

static struct sim_file *file_of(sqlite3_file *file)
{
	return container_of(file, struct sim_file, base);
}

static int answer(int rc, int error)
{
	if (rc >= 0)
		return SQLITE_OK;
	return rc == -ENOSPC ? SQLITE_FULL : error;
}

/* ---- files ---- */

static int file_close(sqlite3_file *file)
{
	file_of(file)->disk->close(file_of(file)->disk, file_of(file)->file);
	return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
	struct sim_file *own = file_of(file);
	int64_t count = own->disk->read(own->disk, own->file, data, (size_t)size, (uint64_t)offset);

	if (count < 0)
		return SQLITE_IOERR_READ;
	memset((char *)data + count, 0, (size_t)(size - count));
	return count == size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
	struct sim_file *own = file_of(file);

	return answer(own->disk->write(own->disk, own->file, data, (size_t)size, (uint64_t)offset),
		      SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct sim_file *own = file_of(file);

	return answer(sim_disk_truncate(own->disk, own->file, (uint64_t)size),
		      SQLITE_IOERR_TRUNCATE);
}

static int file_sync(sqlite3_file *file, int flags)
{
	struct sim_file *own = file_of(file);
	int rc = own->disk->sync(own->disk, own->file);

	(void)flags;
	if (rc == 0 && own->lacks_name) {
		rc = own->disk->sync_directory(own->disk, ".");
		own->lacks_name = rc < 0;
	}
	return answer(rc, SQLITE_IOERR_FSYNC);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	*ret_size = file_of(file)->disk->size(file_of(file)->disk, file_of(file)->file);
	return SQLITE_OK;
}

/* One process, one connection. */
static int file_lock(sqlite3_file *file, int level)
{
	(void)file;
	(void)level;
	return SQLITE_OK;
}

static int file_reserved(sqlite3_file *file, int *ret_is_reserved)
{
	(void)file;
	*ret_is_reserved = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
	(void)file;
	(void)operation;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *file)
{
	(void)file;
	return 4096;
}

static int file_device(sqlite3_file *file)
{
	(void)file;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as the default on Unix */
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_lock,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_device,
};

/* ---- names ---- */

static int sim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		    int *ret_flags)
{
	struct sim_file *own = file_of(file);
	enum { JOURNALS = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL };

	(void)vfs;
	own->base.pMethods = NULL;
	int number = current->open(current, name, DISK_WRITE);
	bool is_new = number == -ENOENT && (flags & SQLITE_OPEN_CREATE);

	if (is_new)
		number = current->open(current, name, DISK_CREATE);
	if (number < 0)
		return SQLITE_CANTOPEN;
	*own = (struct sim_file){{&methods}, current, number, is_new && (flags & JOURNALS)};
	if (ret_flags)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int sim_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	int rc = current->unlink(current, name);

	(void)vfs;
	if (rc == -ENOENT)
		return SQLITE_IOERR_DELETE_NOENT;
	if (rc == 0 && sync)
		rc = current->sync_directory(current, ".");
	return answer(rc, SQLITE_IOERR_DELETE);
}

static int sim_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_exists)
{
	(void)vfs;
	(void)flags;
	*ret_exists = current->open(current, name, DISK_READ) >= 0;
	return SQLITE_OK;
}

static int sim_full_name(sqlite3_vfs *vfs, const char *name, int size, char *ret_name)
{
	(void)vfs;
	sqlite3_snprintf(size, ret_name, "%s", name);
	return SQLITE_OK;
}

void sim_vfs_use(struct sim_disk *sim)
{
	static sqlite3_vfs vfs;

	if (!vfs.zName) {
		sqlite3_initialize();
		vfs = *sqlite3_vfs_find(NULL); /* its clock and chance */
		vfs.zName = "ward-sim";
		vfs.szOsFile = sizeof(struct sim_file);
		vfs.mxPathname = 64;
		vfs.xOpen = sim_open;
		vfs.xDelete = sim_delete;
		vfs.xAccess = sim_access;
		vfs.xFullPathname = sim_full_name;
		sqlite3_vfs_register(&vfs, 1);
	}
	current = sim_disk_ops(sim);
}
