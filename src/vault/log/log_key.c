#include "vault/log/log_key.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

enum { KEY_TEXT_SIZE = 2 * LOG_SEED_SIZE + 1 };

static int read_key(int fd, uint8_t ret_seed[LOG_SEED_SIZE])
{
	char text[KEY_TEXT_SIZE + 1];
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_mode & 077)
		return -EPERM;

	ssize_t size = read(fd, text, sizeof(text));
	int result = size < 0 ? -errno : -EBADMSG;

	if (size == KEY_TEXT_SIZE && text[KEY_TEXT_SIZE - 1] == '\n')
		result = text_parse_hex(text, KEY_TEXT_SIZE - 1, ret_seed, LOG_SEED_SIZE);
	sodium_memzero(text, sizeof(text));
	return result;
}

static int sync_parent(const char *path)
{
	char copy[PATH_MAX];

	if (!text_copy(copy, sizeof(copy), path))
		return -ENAMETOOLONG;

	autoclose int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int write_key(int fd, const uint8_t seed[LOG_SEED_SIZE])
{
	char text[KEY_TEXT_SIZE + 1];

	sodium_bin2hex(text, sizeof(text), seed, LOG_SEED_SIZE);
	text[KEY_TEXT_SIZE - 1] = '\n';

	ssize_t size = write(fd, text, KEY_TEXT_SIZE);
	int error = errno;

	sodium_memzero(text, sizeof(text));
	if (size != KEY_TEXT_SIZE)
		return size < 0 ? -error : -EIO;
	return fsync(fd) < 0 ? -errno : 0;
}

/* Written under another name first: a half-written key must never be taken for the log's. */
static int make_key(const char *path, uint8_t ret_seed[LOG_SEED_SIZE])
{
	char temporary[PATH_MAX];

	if (snprintf(temporary, sizeof(temporary), "%s.tmp", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	if (unlink(temporary) < 0 && errno != ENOENT)
		return -errno;

	autoclose int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	randombytes_buf(ret_seed, LOG_SEED_SIZE);

	int result = write_key(fd, ret_seed);

	if (result < 0)
		return result;
	if (rename(temporary, path) < 0)
		return -errno;
	return sync_parent(path);
}

int log_key_open(const char *path, uint8_t ret_seed[LOG_SEED_SIZE])
{
	if (sodium_init() < 0)
		return -EIO;

	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0)
		return read_key(fd, ret_seed);
	return errno == ENOENT ? make_key(path, ret_seed) : -errno;
}
