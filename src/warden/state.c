#include "warden/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/text.h"

enum { SPACE_LOW_MB = 256 };

static const uint64_t clock_sane_us = UINT64_C(1704067200000000); /* 2024-01-01 */

/* /var/lib may be missing in a container; what is made on the way is not ours to close. */
static int make_parents(const char *directory)
{
	char path[PATH_MAX];

	if (!text_copy(path, sizeof(path), directory))
		return -ENAMETOOLONG;
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

static int check_owner(const char *directory)
{
	struct stat info;

	if (stat(directory, &info))
		return -errno;
	if (!S_ISDIR(info.st_mode)) {
		diag_error("%s is not a directory; --state names the state directory", directory);
		return -ENOTDIR;
	}
	if (info.st_uid != geteuid()) {
		diag_error(
			"%s belongs to user %u, but Ward runs as user %u: run Ward as that user, "
			"or chown the directory",
			directory, info.st_uid, geteuid());
		return -EPERM;
	}
	if (info.st_mode & 077) {
		diag_error(
			"%s is open to other users (mode %03o), but it will hold keys: chmod 700 "
			"%s",
			directory, info.st_mode & 0777, directory);
		return -EPERM;
	}
	return 0;
}

static int make_directories(const char *directory)
{
	static const char *const folders[] = {"", "/cameras", "/tls", "/vault", "/log", "/store"};
	char path[PATH_MAX];
	struct text text;
	int r = make_parents(directory);

	for (size_t i = 0; i < ARRAY_COUNT(folders) && r == 0; i++) {
		text_init(&text, path, sizeof(path));
		text_printf(&text, "%s%s", directory, folders[i]);
		if (mkdir(path, 0700) && errno != EEXIST)
			r = -errno;
	}
	if (r < 0)
		diag_error("the state directory %s cannot be made: %s; name another with --state",
			   directory, strerror(-r));
	return r;
}

/* Root may write anywhere but on a read-only file system, so the only honest test is to write. */
static int open_lock(const char *directory)
{
	char path[PATH_MAX];
	struct text text;

	text_init(&text, path, sizeof(path));
	text_printf(&text, "%s/lock", directory);
	autoclose int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (lock < 0) {
		diag_error(
			"the state directory %s cannot be written: %s; make it writable for user "
			"%u, or name another with --state",
			directory, strerror(errno), geteuid());
		return -errno;
	}
	if (flock(lock, LOCK_EX | LOCK_NB)) {
		diag_error(
			"another Ward runs with the state directory %s: stop it, or name another "
			"directory with --state",
			directory);
		return -EBUSY;
	}
	return take_fd(lock);
}

static void check_space(const char *directory)
{
	struct statvfs info;

	if (statvfs(directory, &info))
		return;
	uint64_t free_mb = (uint64_t)info.f_bavail * info.f_frsize >> 20;

	if (free_mb < SPACE_LOW_MB)
		diag_warn(
			"only %lu MB are free for the state directory %s: when the log cannot grow, "
			"nothing is shown; make room",
			free_mb, directory);
}

static void check_clock(void)
{
	if (clock_real_us() < clock_sane_us)
		diag_warn(
			"this box's clock was never set (it says a time before 2024): times in the "
			"log will be wrong; set it, or let it ask a time server");
}

int state_prepare(const char *directory)
{
	int r = make_directories(directory);

	if (r == 0)
		r = check_owner(directory);
	if (r < 0)
		return r;
	check_space(directory);
	check_clock();
	return open_lock(directory);
}
