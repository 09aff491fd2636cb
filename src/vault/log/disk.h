/* The log's view of a disk: file operations below one directory, named by relative paths. The real
 * one is disk_directory; the simulator brings one that loses power. All answer a negative errno on
 * failure. */
#ifndef VAULT_LOG_DISK_H
#define VAULT_LOG_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { DISK_PATH_MAX = 128 };

enum disk_mode {
	DISK_READ,   /* must exist */
	DISK_WRITE,  /* read and write, must exist */
	DISK_CREATE, /* read and write, must not exist */
};

struct disk {
	int (*open)(struct disk *disk, const char *path, enum disk_mode mode);
	void (*close)(struct disk *disk, int file);
	/* Reads and writes are whole, or fail; a read may be short at the end of the file. */
	int64_t (*read)(struct disk *disk, int file, void *ret_data, size_t size, uint64_t offset);
	int (*write)(struct disk *disk, int file, const void *data, size_t size, uint64_t offset);
	int64_t (*size)(struct disk *disk, int file);
	int (*sync_data)(struct disk *disk, int file); /* fdatasync */
	int (*sync)(struct disk *disk, int file);      /* fsync */
	int (*sync_directory)(struct disk *disk, const char *path);
	int (*rename)(struct disk *disk, const char *from, const char *to);
	int (*link)(struct disk *disk, const char *from, const char *to);
	int (*unlink)(struct disk *disk, const char *path); /* a file, or an empty directory */
	int (*make_directory)(struct disk *disk, const char *path);
	/* Names in a directory, one call of `found` each, in any order. */
	int (*list)(struct disk *disk, const char *path,
		    void (*found)(void *context, const char *name), void *context);
	/* Takes the one writer's lock on an open file: -EWOULDBLOCK if another process has it. */
	int (*lock)(struct disk *disk, int file);
	int64_t (*free_bytes)(struct disk *disk);
	/* The directory that stands at its path now: another disk may be mounted there, or it was
	 * made again. Open files stay what they are. NULL: there is but this one. */
	int (*reopen)(struct disk *disk);
};

/* Below `path`, which is made (0700) if it is absent. */
NODISCARD int disk_directory_open(const char *path, struct disk **ret_disk);
void disk_directory_close(struct disk *disk);

#endif
