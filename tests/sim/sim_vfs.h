/* SQLite's files on a simulated disk, so that the vault's real database loses power with its packs
 * and its log. Syncs what SQLite's own Unix files sync: the file, and for a new journal the
 * directory. */
#ifndef SIM_SIM_VFS_H
#define SIM_SIM_VFS_H

#include "sim/sim_disk.h"

/* What databases opened from now on lie on; becomes SQLite's default. */
void sim_vfs_use(struct sim_disk *sim);

#endif
