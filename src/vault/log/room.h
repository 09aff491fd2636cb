/* Space on the disk: the log must never be the one that finds it full. The next WAL segment is
 * always there, a reserve stands by for the tiles, and long before either is needed the log says
 * that new grants should be refused. */
#ifndef VAULT_LOG_ROOM_H
#define VAULT_LOG_ROOM_H

#include <stdbool.h>

#include "base/attr.h"
#include "vault/log/disk.h"
#include "vault/log/wal.h"

enum {
	ROOM_FREE_MIN = 32 << 20, /* below this nobody begins to watch */
	ROOM_RESERVE = 8 << 20,   /* bytes that the log holds back for its own last entries */
};

/* Prepares the next segment; makes the reserve while there is plenty, gives it up when there is
 * little. `ret_has_room`: grants may go on. Only a failing disk is an error, a full one is not. */
NODISCARD int room_prepare(struct disk *disk, struct wal *wal, bool *ret_has_room);

#endif
