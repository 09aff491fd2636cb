/* One file of the simulated disk: the bytes that a process sees, those that would survive a power
 * cut, and the writes in between. */
#ifndef SIM_SIM_INODE_H
#define SIM_SIM_INODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/sim_disk.h"

struct sim_blob {
	uint8_t *data;
	size_t size;
};

struct sim_write {
	uint64_t offset;
	struct sim_blob bytes;
	bool is_cut; /* the file ends at `offset` instead */
};

struct sim_inode {
	bool exists, is_directory;
	struct sim_blob seen, durable;
	unsigned write_count, write_room;
	struct sim_write *writes; /* not synced */
};

void sim_inode_write(struct sim_inode *inode, uint64_t offset, const void *data, size_t size);
void sim_inode_truncate(struct sim_inode *inode, uint64_t size);
void sim_inode_sync(struct sim_inode *inode);
/* The writes stay visible, but will never be durable. */
void sim_inode_lose(struct sim_inode *inode);
/* What the power cut leaves. */
void sim_inode_cut(struct sim_inode *inode, enum sim_bytes bytes);
/* After the struct was copied: gives the copy bytes of its own. */
void sim_inode_copy(struct sim_inode *inode);
void sim_inode_clear(struct sim_inode *inode);

#endif
