#include "tools/clip_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/text.h"

enum { COMPARE_SIZE = 64 * 1024 };

int clip_file_open(struct clip_file *file, const char *path)
{
	struct stat status;

	*file = (struct clip_file){.fd = -1};
	if (!text_copy(file->path, sizeof(file->path), path) ||
	    snprintf(file->part, sizeof(file->part), "%s.part", path) >= (int)sizeof(file->part))
		return -ENAMETOOLONG;
	if (lstat(path, &status) == 0)
		return -EEXIST;
	autoclose int fd = open(file->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	file->size = (uint64_t)status.st_size;
	file->fd = take_fd(fd);
	return 0;
}

void clip_file_close(struct clip_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

/* 1 if the bytes there are these, as far as there are any. */
static int is_same(const struct clip_file *file, uint64_t at, struct bytes data)
{
	uint8_t there[COMPARE_SIZE];

	if (at >= file->size)
		return 1;
	if (data.size > file->size - at)
		data.size = file->size - at;
	for (size_t done = 0; done < data.size;) {
		size_t wanted = data.size - done < sizeof(there) ? data.size - done : sizeof(there);
		ssize_t size = pread(file->fd, there, wanted, (off_t)(at + done));

		if (size <= 0)
			return size < 0 ? -errno : -EIO;
		if (memcmp(there, data.data + done, (size_t)size) != 0)
			return 0;
		done += (size_t)size;
	}
	return 1;
}

int clip_file_put(struct clip_file *file, uint64_t at, struct bytes data)
{
	int same = is_same(file, at, data);

	if (same <= 0)
		return same < 0 ? same : -ESTALE;
	if (at + data.size <= file->size)
		return 0;
	for (size_t done = 0; done < data.size;) {
		ssize_t size =
			pwrite(file->fd, data.data + done, data.size - done, (off_t)(at + done));

		if (size <= 0)
			return size < 0 ? -errno : -EIO;
		done += (size_t)size;
	}
	return 0;
}

int clip_file_reset(struct clip_file *file)
{
	file->size = 0;
	return ftruncate(file->fd, 0) < 0 ? -errno : 0;
}

uint64_t clip_file_resume(const struct clip_file *file, uint64_t least, uint64_t total)
{
	uint64_t at = file->size < total ? file->size : total;

	return at > least + CLIP_FILE_BACK ? at - CLIP_FILE_BACK : least;
}

static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[CLIP_FILE_PATH_SIZE] = ".";

	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path),
			 path);
	autoclose int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int clip_file_finish(struct clip_file *file, uint64_t total)
{
	if (ftruncate(file->fd, (off_t)total) < 0 || fsync(file->fd) < 0)
		return -errno;
	if (renameat2(AT_FDCWD, file->part, AT_FDCWD, file->path, RENAME_NOREPLACE) < 0) {
		/* Not every file system has it. */
		if (errno != EINVAL || rename(file->part, file->path) < 0)
			return -errno;
	}
	clip_file_close(file);
	return sync_folder(file->path);
}
