#include "vault/log/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct disk_directory {
	struct disk disk;
	int fd;
	char path[];
};

static int root_of(struct disk *disk)
{
	return container_of(disk, struct disk_directory, disk)->fd;
}

static int answer(int result)
{
	return result < 0 ? -errno : result;
}

static int directory_open(struct disk *disk, const char *path, enum disk_mode mode)
{
	static const int flags[] = {
		[DISK_READ] = O_RDONLY,
		[DISK_WRITE] = O_RDWR,
		[DISK_CREATE] = O_RDWR | O_CREAT | O_EXCL,
	};

	return answer(openat(root_of(disk), path, flags[mode] | O_CLOEXEC | O_NOFOLLOW, 0600));
}

static void directory_close(struct disk *disk, int file)
{
	(void)disk;
	close(file);
}

static int64_t directory_read(struct disk *disk, int file, void *ret_data, size_t size,
			      uint64_t offset)
{
	size_t done = 0;

	(void)disk;
	while (done < size) {
		ssize_t got = pread(file, (uint8_t *)ret_data + done, size - done,
				    (off_t)(offset + done));

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		done += got > 0 ? (size_t)got : 0;
	}
	return (int64_t)done;
}

static int directory_write(struct disk *disk, int file, const void *data, size_t size,
			   uint64_t offset)
{
	size_t done = 0;

	(void)disk;
	while (done < size) {
		ssize_t put = pwrite(file, (const uint8_t *)data + done, size - done,
				     (off_t)(offset + done));

		if (put < 0 && errno != EINTR)
			return -errno;
		done += put > 0 ? (size_t)put : 0;
	}
	return 0;
}

static int64_t directory_size(struct disk *disk, int file)
{
	struct stat status;

	(void)disk;
	return fstat(file, &status) < 0 ? -errno : status.st_size;
}

static int directory_sync_data(struct disk *disk, int file)
{
	(void)disk;
	return answer(fdatasync(file));
}

static int directory_sync(struct disk *disk, int file)
{
	(void)disk;
	return answer(fsync(file));
}

static int directory_sync_directory(struct disk *disk, const char *path)
{
	autoclose int fd = openat(root_of(disk), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : answer(fsync(fd));
}

static int directory_rename(struct disk *disk, const char *from, const char *to)
{
	return answer(renameat(root_of(disk), from, root_of(disk), to));
}

static int directory_link(struct disk *disk, const char *from, const char *to)
{
	return answer(linkat(root_of(disk), from, root_of(disk), to, 0));
}

static int directory_unlink(struct disk *disk, const char *path)
{
	if (unlinkat(root_of(disk), path, 0) == 0)
		return 0;
	return errno == EISDIR ? answer(unlinkat(root_of(disk), path, AT_REMOVEDIR)) : -errno;
}

static int directory_make(struct disk *disk, const char *path)
{
	return answer(mkdirat(root_of(disk), path, 0700));
}

static int directory_list(struct disk *disk, const char *path,
			  void (*found)(void *context, const char *name), void *context)
{
	int fd = openat(root_of(disk), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		return -error;
	}
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			found(context, entry->d_name);
	closedir(directory);
	return 0;
}

static int directory_lock(struct disk *disk, int file)
{
	(void)disk;
	return answer(flock(file, LOCK_EX | LOCK_NB));
}

static int64_t directory_free_bytes(struct disk *disk)
{
	struct statvfs status;

	if (fstatvfs(root_of(disk), &status) < 0)
		return -errno;
	return (int64_t)(status.f_bavail * status.f_frsize);
}

static int open_path(const char *path)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	return answer(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int directory_reopen(struct disk *disk)
{
	struct disk_directory *directory = container_of(disk, struct disk_directory, disk);
	int fd = open_path(directory->path);

	if (fd < 0)
		return fd;
	close(directory->fd);
	directory->fd = fd;
	return 0;
}

int disk_directory_open(const char *path, struct disk **ret_disk)
{
	size_t path_size = strlen(path) + 1;
	autoclose int fd = open_path(path);
	struct disk_directory *directory = fd < 0 ? NULL : malloc(sizeof(*directory) + path_size);

	if (!directory)
		return fd < 0 ? fd : -ENOMEM;
	memcpy(directory->path, path, path_size);
	directory->fd = take_fd(fd);
	directory->disk = (struct disk){
		.open = directory_open,
		.close = directory_close,
		.read = directory_read,
		.write = directory_write,
		.size = directory_size,
		.sync_data = directory_sync_data,
		.sync = directory_sync,
		.sync_directory = directory_sync_directory,
		.rename = directory_rename,
		.link = directory_link,
		.unlink = directory_unlink,
		.make_directory = directory_make,
		.list = directory_list,
		.lock = directory_lock,
		.free_bytes = directory_free_bytes,
		.reopen = directory_reopen,
	};
	*ret_disk = &directory->disk;
	return 0;
}

void disk_directory_close(struct disk *disk)
{
	if (!disk)
		return;

	struct disk_directory *directory = container_of(disk, struct disk_directory, disk);

	close(directory->fd);
	free(directory);
}
