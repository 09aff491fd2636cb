#include "conf/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

static int read_all(int fd, char *data, size_t size, size_t *ret_size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t got = read(fd, data + at, size - at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		at += (size_t)got;
	}
	*ret_size = at;
	return 0;
}

int file_read(const char *path, size_t size_max, char **ret_data, size_t *ret_size)
{
	/* Not waiting: a pipe left in place of a file must not hang the reader. */
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	size_t size;

	if (fd < 0 || fstat(fd, &info))
		return -errno;
	if (S_ISDIR(info.st_mode))
		return -EISDIR;
	if (!S_ISREG(info.st_mode))
		return -EINVAL;
	if ((uint64_t)info.st_size > size_max)
		return -EFBIG;
	autofree char *data = malloc(size_max + 2);

	if (!data)
		return -ENOMEM;
	int r = read_all(fd, data, size_max + 1, &size);

	if (r < 0)
		return r;
	if (size > size_max)
		return -EFBIG;
	data[size] = 0;
	*ret_data = take(data);
	*ret_size = size;
	return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t put = write(fd, data + at, size - at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		at += (size_t)put;
	}
	return fsync(fd) ? -errno : 0;
}

static int sync_directory_of(const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || (size_t)(slash - path) >= sizeof(directory))
		return 0;
	memcpy(directory, path, (size_t)(slash - path));
	directory[slash - path] = 0;
	autoclose int fd = open(*directory ? directory : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) ? -errno : 0;
}

int file_replace(const char *path, const void *data, size_t size)
{
	char aside[PATH_MAX];
	struct text text;

	text_init(&text, aside, sizeof(aside));
	text_printf(&text, "%s.new", path);
	if (text.failed)
		return -ENAMETOOLONG;
	unlink(aside); /* what an interrupted run left */
	autoclose int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	int r = write_all(fd, data, size);

	if (r == 0 && rename(aside, path))
		r = -errno;
	if (r < 0)
		unlink(aside);
	return r < 0 ? r : sync_directory_of(path);
}
