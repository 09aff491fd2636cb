#include "vault/log/room.h"

#include <errno.h>
#include <stdlib.h>

#include "vault/log/state_file.h"

static const char reserve_path[] = ".state/reserve", reserve_temporary[] = ".state/reserve.tmp";

static bool reserve_exists(struct disk *disk)
{
	int file = disk->open(disk, reserve_path, DISK_READ);

	if (file >= 0)
		disk->close(disk, file);
	return file >= 0;
}

static int make_reserve(struct disk *disk)
{
	autofree void *zeros = calloc(1, ROOM_RESERVE);

	if (!zeros)
		return -ENOMEM;

	int result = state_file_make_temporary(disk, reserve_temporary, zeros, ROOM_RESERVE);

	return result < 0 ? result : disk->rename(disk, reserve_temporary, reserve_path);
}

/* Keeps or gives up the reserve, by what is free. */
static int balance_reserve(struct disk *disk, int64_t free_bytes)
{
	bool exists = reserve_exists(disk);

	if (exists && free_bytes < ROOM_RESERVE)
		return disk->unlink(disk, reserve_path);
	if (!exists && free_bytes > (int64_t)ROOM_FREE_MIN + ROOM_RESERVE)
		return make_reserve(disk);
	return 0;
}

int room_prepare(struct disk *disk, struct wal *wal, bool *ret_has_room)
{
	int64_t free_bytes = disk->free_bytes(disk);

	if (free_bytes < 0)
		return (int)free_bytes;

	int result = balance_reserve(disk, free_bytes);

	if (result < 0)
		return result;
	if (!wal_is_prepared(wal)) {
		result = wal_prepare(wal);
		if (result < 0)
			return result;
	}
	*ret_has_room = free_bytes >= ROOM_FREE_MIN;
	return 0;
}
