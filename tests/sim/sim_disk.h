/* A disk in memory that can lose power. It keeps apart what a process sees from what would survive:
 * bytes are durable after a sync of their file, names after a sync of their directory. */
#ifndef SIM_SIM_DISK_H
#define SIM_SIM_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "vault/log/disk.h"

/* What becomes of bytes and names that were not synced when the power goes. */
enum sim_bytes {
	SIM_BYTES_NONE,
	SIM_BYTES_ALL,
	SIM_BYTES_TORN,
	SIM_BYTES_LAST_HALF,
	SIM_BYTES_COUNT
};
enum sim_names { SIM_NAMES_NONE, SIM_NAMES_ALL, SIM_NAMES_SOME, SIM_NAMES_COUNT };

/* Mistakes that a log could make, made by the disk beneath it. */
enum sim_mutant {
	SIM_HONEST,
	SIM_NO_WAL_SYNC,       /* fdatasync does nothing */
	SIM_NO_FILE_SYNC,      /* fsync of a file does nothing */
	SIM_NO_DIRECTORY_SYNC, /* fsync of a directory does nothing */
	SIM_CHECKPOINT_FIRST,  /* `checkpoint` becomes visible before `.state/signed` */
	SIM_STORE_MUTANTS,     /* those of recordings begin here */
	SIM_NO_PACK_SYNC = SIM_STORE_MUTANTS, /* fdatasync of packs does nothing */
	SIM_NO_PACK_NAME_SYNC, /* fsync of the directories they are in does nothing */
	SIM_ROWS_LATE,         /* the database's commits are durable only after the log's next */
	SIM_MUTANT_COUNT
};

struct sim_disk;

struct sim_disk *sim_disk_create(void);
void sim_disk_destroy(struct sim_disk *sim);
struct disk *sim_disk_ops(struct sim_disk *sim);
/* What struct disk lacks: cuts an open file off. */
int sim_disk_truncate(struct disk *disk, int file, uint64_t size);
void sim_disk_set_mutant(struct sim_disk *sim, enum sim_mutant mutant);

/* Called before each operation that changes the disk, with its number from 1. */
typedef void sim_disk_hook(void *context, struct sim_disk *sim, uint64_t operation);
void sim_disk_set_hook(struct sim_disk *sim, sim_disk_hook *hook, void *context);
uint64_t sim_disk_operations(const struct sim_disk *sim);

/* Operation `number` (counted as above) fails with `error` and does nothing; a failed sync loses
 * the unsynced bytes for good, though they can still be read, as Linux does it. */
void sim_disk_fail_at(struct sim_disk *sim, uint64_t number, int error);

/* The disk as it comes up after a power cut now. */
struct sim_disk *sim_disk_cut_power(const struct sim_disk *sim, enum sim_bytes bytes,
				    enum sim_names names, uint64_t seed);
/* An exact copy, with what is not synced still so; no hook, no failures. */
struct sim_disk *sim_disk_clone(const struct sim_disk *sim);

/* Changes a byte of a file, as bit rot or an intruder would. False if there is no such byte. */
bool sim_disk_corrupt(struct sim_disk *sim, const char *path, uint64_t offset);

/* splitmix64. */
uint64_t sim_random(uint64_t *state);

#endif
