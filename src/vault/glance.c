#include "vault/glance.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"

enum {
	PATH_SIZE = 4096,
	JOURNAL_PATH_SIZE = PATH_SIZE + 8,
	QUIET_MS = 20, /* coarser than any file system's times are (a tick of the kernel's clock) */
	WAIT_MS = 5,
	TRIES_MAX = 2000,
};

/* When the two files were written last. */
struct stamp {
	struct timespec database, journal;
	int64_t journal_size;
};

struct glance {
	char path[PATH_SIZE], journal_path[JOURNAL_PATH_SIZE];
	struct db *db; /* as of `stamp`; NULL: not opened yet */
	struct stamp stamp;
};

/* ---- files that SQLite may read, and nothing else ---- */

struct read_file {
	sqlite3_file base;
	int fd; /* -1: there is none, which reads as an empty one */
};

static struct read_file *file_of(sqlite3_file *file)
{
	return container_of(file, struct read_file, base);
}

static int read_close(sqlite3_file *file)
{
	if (file_of(file)->fd >= 0)
		close(file_of(file)->fd);
	return SQLITE_OK;
}

static int read_bytes(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
	int fd = file_of(file)->fd;
	ssize_t count = fd < 0 ? 0 : pread(fd, data, (size_t)size, offset);

	if (count < 0)
		return SQLITE_IOERR_READ;
	memset((char *)data + count, 0, (size_t)(size - count)); /* as SQLite asks for */
	return count == size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int read_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	struct stat status = {0};

	if (file_of(file)->fd >= 0 && fstat(file_of(file)->fd, &status) < 0)
		return SQLITE_IOERR_FSTAT;
	*ret_size = status.st_size;
	return SQLITE_OK;
}

static int refuse_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
	(void)file;
	(void)data;
	(void)size;
	(void)offset;
	return SQLITE_READONLY;
}

static int refuse_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	(void)file;
	(void)size;
	return SQLITE_READONLY;
}

/* Of syncs and locks: there is nothing to sync, and the stamp does what a lock would. */
static int accept(sqlite3_file *file, int kind)
{
	(void)file;
	(void)kind;
	return SQLITE_OK;
}

static int is_reserved(sqlite3_file *file, int *ret_is_reserved)
{
	(void)file;
	*ret_is_reserved = 0;
	return SQLITE_OK;
}

static int know_no_control(sqlite3_file *file, int operation, void *argument)
{
	(void)file;
	(void)operation;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int zero_of(sqlite3_file *file)
{
	(void)file;
	return 0;
}

/* Version 1: no shared memory, so that SQLite keeps the journal's index to itself. */
static const sqlite3_io_methods read_methods = {
	.iVersion = 1,
	.xClose = read_close,
	.xRead = read_bytes,
	.xWrite = refuse_write,
	.xTruncate = refuse_truncate,
	.xSync = accept,
	.xFileSize = read_size,
	.xLock = accept,
	.xUnlock = accept,
	.xCheckReservedLock = is_reserved,
	.xFileControl = know_no_control,
	.xSectorSize = zero_of,
	.xDeviceCharacteristics = zero_of,
};

static int open_to_read(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
			int *ret_flags)
{
	(void)vfs;
	file_of(file)->base.pMethods = NULL;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 && !(flags & SQLITE_OPEN_WAL))
		return SQLITE_CANTOPEN;
	*file_of(file) = (struct read_file){{&read_methods}, fd};
	if (ret_flags)
		*ret_flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) |
			     SQLITE_OPEN_READONLY;
	return SQLITE_OK;
}

static int refuse_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	(void)vfs;
	(void)path;
	(void)sync;
	return SQLITE_READONLY;
}

static const char *reading_vfs(void)
{
	static sqlite3_vfs vfs;

	if (!vfs.zName) {
		vfs = *sqlite3_vfs_find(NULL); /* its clock, chance and paths */
		vfs.zName = "ward-glance";
		vfs.szOsFile = sizeof(struct read_file);
		vfs.xOpen = open_to_read;
		vfs.xDelete = refuse_delete;
		sqlite3_vfs_register(&vfs, 0);
	}
	return vfs.zName;
}

/* ---- between two writes ---- */

static int read_stamp(const struct glance *glance, struct stamp *ret_stamp)
{
	struct stat database, journal = {0};

	if (stat(glance->path, &database) < 0)
		return -errno;
	if (stat(glance->journal_path, &journal) < 0 && errno != ENOENT)
		return -errno;
	*ret_stamp = (struct stamp){.database = database.st_mtim,
				    .journal = journal.st_mtim,
				    .journal_size = journal.st_size};
	return 0;
}

static bool is_same_time(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

static bool is_same(const struct stamp *one, const struct stamp *other)
{
	return is_same_time(one->database, other->database) &&
	       is_same_time(one->journal, other->journal) &&
	       one->journal_size == other->journal_size;
}

/* A write after now will have another time than that. */
static bool is_past(struct timespec time, struct timespec now)
{
	int64_t away_ns =
		(now.tv_sec - time.tv_sec) * (int64_t)CLOCK_NS_PER_S + now.tv_nsec - time.tv_nsec;

	return away_ns > QUIET_MS * (int64_t)CLOCK_NS_PER_MS ||
	       away_ns < -QUIET_MS * (int64_t)CLOCK_NS_PER_MS;
}

static bool is_quiet(const struct stamp *stamp)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return is_past(stamp->database, now) && is_past(stamp->journal, now);
}

/* Another database than the one that is open, or the same that went on. */
static int open_again(struct glance *glance, const struct stamp *stamp, char *ret_why)
{
	if (glance->db && is_same(stamp, &glance->stamp))
		return 0;
	db_destroy(glance->db);
	glance->db = NULL;
	glance->stamp = *stamp;
	return db_open_reader(glance->path, reading_vfs(), &glance->db, ret_why);
}

/* -EAGAIN: it was written in the meantime. */
static int look_once(struct glance *glance, glance_fn *look, void *context, char *ret_why)
{
	struct stamp before, after;
	int rc = read_stamp(glance, &before);

	if (rc < 0 || !is_quiet(&before))
		return rc < 0 ? rc : -EAGAIN;
	int answer = open_again(glance, &before, ret_why);

	if (answer == 0)
		look(glance->db, context);
	if (answer == 0 && db_failed(glance->db)) {
		snprintf(ret_why, DB_WHY_MAX, "%s", db_failed(glance->db));
		answer = -EIO;
	}
	rc = read_stamp(glance, &after);
	if (rc == 0 && !is_same(&before, &after))
		rc = -EAGAIN;
	return rc < 0 ? rc : answer;
}

int glance_at(struct glance *glance, glance_fn *look, void *context, char *ret_why)
{
	for (unsigned i = 0; i < TRIES_MAX; i++) {
		int rc = look_once(glance, look, context, ret_why);

		if (rc != -EAGAIN)
			return rc;
		(void)poll(NULL, 0, WAIT_MS);
	}
	snprintf(ret_why, DB_WHY_MAX, "the database is written without a pause; try again later");
	return -EBUSY;
}

int glance_open(const char *path, struct glance **ret_glance)
{
	AUTO(glance) glance = calloc(1, sizeof(*glance));
	struct stamp stamp;

	if (!glance)
		return -ENOMEM;
	if (snprintf(glance->path, sizeof(glance->path), "%s", path) >= PATH_SIZE)
		return -ENAMETOOLONG;
	snprintf(glance->journal_path, sizeof(glance->journal_path), "%s-wal", glance->path);
	int rc = read_stamp(glance, &stamp);

	if (rc == 0)
		*ret_glance = take(glance);
	return rc;
}

void glance_destroy(struct glance *glance)
{
	if (!glance)
		return;
	db_destroy(glance->db);
	free(glance);
}
