#include "sim/sim_disk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim_inode.h"

enum {
	INODES_MAX = 512,
	NAMES_MAX = 512,
	CHANGES_MAX = 512,
	FREE_BYTES = 33 << 20, /* enough to grant, too little for the log to make its reserve */
	NAME_BYTES = 24,
};

struct sim_name {
	int parent, inode; /* inode -1: free */
	char name[NAME_BYTES];
};

/* A change of names that is not durable: `add` appears, `remove` goes, both at once. */
struct sim_change {
	int directory; /* whose sync makes it durable */
	struct sim_name add, remove;
};

struct sim_disk {
	struct disk disk;
	enum sim_mutant mutant;
	sim_disk_hook *hook;
	void *hook_context;
	uint64_t operations, fail_at;
	int fail_error;
	int late_file;     /* SIM_ROWS_LATE: whose sync waits; 0: none */
	bool has_deferred; /* SIM_CHECKPOINT_FIRST: the mark's rename waits */
	char deferred[2][DISK_PATH_MAX];
	unsigned change_count;
	struct sim_change changes[CHANGES_MAX];
	struct sim_name names[NAMES_MAX], durable_names[NAMES_MAX];
	struct sim_inode inodes[INODES_MAX]; /* 0 is the root; a file's handle is its inode */
};

static const struct sim_name no_name = {-1, -1, ""};

static struct sim_disk *sim_of(struct disk *disk)
{
	return container_of(disk, struct sim_disk, disk);
}

/* ---- names ---- */

static struct sim_name *find_name(struct sim_name *names, int parent, const char *name)
{
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (names[i].inode >= 0 && names[i].parent == parent &&
		    strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

static void apply_change(struct sim_name *names, const struct sim_change *change)
{
	struct sim_name *old;

	if (change->remove.inode >= 0) {
		old = find_name(names, change->remove.parent, change->remove.name);
		if (old && old->inode == change->remove.inode)
			*old = no_name;
	}
	if (change->add.inode < 0)
		return;
	old = find_name(names, change->add.parent, change->add.name);
	for (unsigned i = 0; !old && i < NAMES_MAX; i++)
		if (names[i].inode < 0)
			old = &names[i];
	assert(old);
	*old = change->add;
}

static void change_names(struct sim_disk *sim, struct sim_change change)
{
	apply_change(sim->names, &change);
	assert(sim->change_count < CHANGES_MAX);
	sim->changes[sim->change_count++] = change;
}

/* Splits a path into the inode of its directory and its last name. */
static int resolve(const struct sim_disk *sim, const char *path, struct sim_name *ret_name)
{
	int parent = 0;

	for (;;) {
		const char *slash = strchr(path, '/');
		size_t size = slash ? (size_t)(slash - path) : strlen(path);
		struct sim_name name = {.parent = parent, .inode = -1};

		assert(size < NAME_BYTES);
		memcpy(name.name, path, size);

		struct sim_name *found =
			find_name((struct sim_name *)(uintptr_t)sim->names, parent, name.name);

		if (found)
			name.inode = found->inode;
		if (!slash) {
			*ret_name = name;
			return 0;
		}
		if (!found)
			return -ENOENT;
		parent = found->inode;
		path = slash + 1;
	}
}

static int add_inode(struct sim_disk *sim, bool is_directory)
{
	for (int i = 1; i < INODES_MAX; i++)
		if (!sim->inodes[i].exists) {
			sim->inodes[i].exists = true;
			sim->inodes[i].is_directory = is_directory;
			return i;
		}
	abort(); /* INODES_MAX is too small for the test */
}

static bool leads_to(const struct sim_name *names, int inode)
{
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (names[i].inode == inode)
			return true;
	return inode == 0;
}

/* A directory's end was durable before the end of what was in it. */
static void drop_orphans(struct sim_name *names)
{
	bool again = true;

	while (again) {
		again = false;
		for (unsigned i = 0; i < NAMES_MAX; i++)
			if (names[i].inode >= 0 && !leads_to(names, names[i].parent)) {
				names[i] = no_name;
				again = true;
			}
	}
}

/* Inodes that no name leads to any more, neither now nor after a power cut. */
static void collect_inodes(struct sim_disk *sim)
{
	bool used[INODES_MAX] = {true};

	for (unsigned i = 0; i < NAMES_MAX; i++) {
		if (sim->names[i].inode >= 0)
			used[sim->names[i].inode] = true;
		if (sim->durable_names[i].inode >= 0)
			used[sim->durable_names[i].inode] = true;
	}
	for (unsigned i = 0; i < sim->change_count; i++) {
		used[sim->changes[i].directory] = true;
		if (sim->changes[i].add.inode >= 0)
			used[sim->changes[i].add.inode] = true;
		if (sim->changes[i].remove.inode >= 0)
			used[sim->changes[i].remove.inode] = true;
	}
	for (unsigned i = 0; i < INODES_MAX; i++) {
		struct sim_inode *inode = &sim->inodes[i];

		if (used[i] || !inode->exists)
			continue;
		sim_inode_clear(inode);
	}
}

/* ---- the operations ---- */

/* Counts an operation that changes the disk; its error if it is to fail. */
static int begin(struct sim_disk *sim)
{
	sim->operations++;
	if (sim->hook)
		sim->hook(sim->hook_context, sim, sim->operations);
	return sim->operations == sim->fail_at ? sim->fail_error : 0;
}

static int sim_open(struct disk *disk, const char *path, enum disk_mode mode)
{
	struct sim_disk *sim = sim_of(disk);
	struct sim_name name;
	int result = resolve(sim, path, &name);

	if (result < 0)
		return result;
	if (mode != DISK_CREATE)
		return name.inode < 0 ? -ENOENT : name.inode;
	if (name.inode >= 0)
		return -EEXIST;
	result = begin(sim);
	if (result < 0)
		return result;
	name.inode = add_inode(sim, false);
	change_names(sim, (struct sim_change){name.parent, name, no_name});
	return name.inode;
}

static void sim_close(struct disk *disk, int file)
{
	(void)disk;
	(void)file;
}

static int64_t sim_read(struct disk *disk, int file, void *ret_data, size_t size, uint64_t offset)
{
	const struct sim_blob *seen = &sim_of(disk)->inodes[file].seen;

	if (offset >= seen->size)
		return 0;
	if (size > seen->size - offset)
		size = seen->size - offset;
	memcpy(ret_data, seen->data + offset, size);
	return (int64_t)size;
}

static const char *name_of(const struct sim_disk *sim, int file)
{
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (sim->names[i].inode == file)
			return sim->names[i].name;
	return "";
}

static bool ends_with(const char *name, const char *end)
{
	size_t size = strlen(name), end_size = strlen(end);

	return size >= end_size && strcmp(name + size - end_size, end) == 0;
}

static bool is_of_log(const struct sim_disk *sim, int file)
{
	return strncmp(name_of(sim, file), "wal-", 4) == 0;
}

/* Only the log's own writes overtake the rows. */
static void flush_late(struct sim_disk *sim, int file)
{
	if (sim->late_file && !is_of_log(sim, file)) {
		sim_inode_sync(&sim->inodes[sim->late_file]);
		sim->late_file = 0;
	}
}

static int sim_write_bytes(struct disk *disk, int file, const void *data, size_t size,
			   uint64_t offset)
{
	struct sim_inode *inode = &sim_of(disk)->inodes[file];
	int result = begin(sim_of(disk));

	if (result < 0)
		return result;
	flush_late(sim_of(disk), file);
	sim_inode_write(inode, offset, data, size);
	return 0;
}

int sim_disk_truncate(struct disk *disk, int file, uint64_t size)
{
	int result = begin(sim_of(disk));

	flush_late(sim_of(disk), file);
	if (result == 0)
		sim_inode_truncate(&sim_of(disk)->inodes[file], size);
	return result;
}

static int64_t sim_size(struct disk *disk, int file)
{
	return (int64_t)sim_of(disk)->inodes[file].seen.size;
}

/* SIM_ROWS_LATE: what the database believes durable waits for the log's next sync. */
static bool is_late(struct sim_disk *sim, int file)
{
	if (sim->mutant != SIM_ROWS_LATE)
		return false;
	if (ends_with(name_of(sim, file), "-wal")) {
		sim->late_file = file;
		return true;
	}
	if (sim->late_file && is_of_log(sim, file)) {
		sim_inode_sync(&sim->inodes[file]);
		begin(sim); /* a moment in which only the log has it */
		sim_inode_sync(&sim->inodes[sim->late_file]);
		sim->late_file = 0;
	}
	return false;
}

static int sync_inode(struct sim_disk *sim, int file, enum sim_mutant mutant)
{
	struct sim_inode *inode = &sim->inodes[file];
	int result = begin(sim);

	if (sim->mutant == mutant || is_late(sim, file) ||
	    (sim->mutant == SIM_NO_PACK_SYNC && ends_with(name_of(sim, file), ".pack")))
		return result;
	if (result < 0)
		sim_inode_lose(inode); /* the kernel calls the pages clean from now on */
	else
		sim_inode_sync(inode);
	return result;
}

static int sim_sync_data(struct disk *disk, int file)
{
	return sync_inode(sim_of(disk), file, SIM_NO_WAL_SYNC);
}

static int sim_sync(struct disk *disk, int file)
{
	return sync_inode(sim_of(disk), file, SIM_NO_FILE_SYNC);
}

static int sim_rename(struct disk *disk, const char *from, const char *to);

static int sim_sync_directory(struct disk *disk, const char *path)
{
	struct sim_disk *sim = sim_of(disk);
	struct sim_name name = {.inode = 0};
	int result = strcmp(path, ".") == 0 ? 0 : resolve(sim, path, &name);
	unsigned kept = 0;

	if (result == 0 && name.inode < 0)
		result = -ENOENT;
	if (result == 0)
		result = begin(sim);
	if (result < 0 || sim->mutant == SIM_NO_DIRECTORY_SYNC ||
	    (sim->mutant == SIM_NO_PACK_NAME_SYNC && path[0] == 'c'))
		return result;
	for (unsigned i = 0; i < sim->change_count; i++) {
		if (sim->changes[i].directory == name.inode)
			apply_change(sim->durable_names, &sim->changes[i]);
		else
			sim->changes[kept++] = sim->changes[i];
	}
	sim->change_count = kept;
	collect_inodes(sim);
	if (sim->has_deferred && name.inode == 0) {
		sim->has_deferred = false;
		result = sim_rename(disk, sim->deferred[0], sim->deferred[1]);
		if (result == 0)
			result = sim_sync_directory(disk, ".state");
	}
	return result;
}

/* The mutant that shows `checkpoint` first keeps the mark's rename back until then. */
static bool defer_rename(struct sim_disk *sim, const char *from, const char *to)
{
	static const char kept[] = ".state/kept.tmp";

	if (sim->mutant != SIM_CHECKPOINT_FIRST || strcmp(to, ".state/signed") != 0 ||
	    strcmp(from, kept) == 0)
		return false;
	sim->has_deferred = true;
	strcpy(sim->deferred[0], kept);
	strcpy(sim->deferred[1], to);
	return sim_rename(&sim->disk, from, kept) == 0;
}

static int sim_rename(struct disk *disk, const char *from, const char *to)
{
	struct sim_disk *sim = sim_of(disk);
	struct sim_name source, target;
	int result;

	if (defer_rename(sim, from, to))
		return 0;
	result = resolve(sim, from, &source);
	if (result == 0)
		result = resolve(sim, to, &target);
	if (result == 0 && source.inode < 0)
		result = -ENOENT;
	if (result == 0)
		result = begin(sim);
	if (result < 0)
		return result;
	target.inode = source.inode;
	change_names(sim, (struct sim_change){target.parent, target, source});
	return 0;
}

static int sim_link(struct disk *disk, const char *from, const char *to)
{
	struct sim_disk *sim = sim_of(disk);
	struct sim_name source, target;
	int result = resolve(sim, from, &source);

	if (result == 0)
		result = resolve(sim, to, &target);
	if (result == 0 && source.inode < 0)
		result = -ENOENT;
	if (result == 0 && target.inode >= 0)
		return -EEXIST;
	if (result == 0)
		result = begin(sim);
	if (result < 0)
		return result;
	target.inode = source.inode;
	change_names(sim, (struct sim_change){target.parent, target, no_name});
	return 0;
}

static int sim_unlink(struct disk *disk, const char *path)
{
	struct sim_disk *sim = sim_of(disk);
	struct sim_name name;
	int result = resolve(sim, path, &name);

	if (result == 0 && name.inode < 0)
		result = -ENOENT;
	for (unsigned i = 0; result == 0 && i < NAMES_MAX; i++)
		if (sim->names[i].inode >= 0 && sim->names[i].parent == name.inode)
			return -ENOTEMPTY;
	if (result == 0)
		result = begin(sim);
	if (result == 0)
		change_names(sim, (struct sim_change){name.parent, no_name, name});
	return result;
}

static int sim_make_directory(struct disk *disk, const char *path)
{
	struct sim_disk *sim = sim_of(disk);
	struct sim_name name;
	int result = resolve(sim, path, &name);

	if (result == 0 && name.inode >= 0)
		return -EEXIST;
	if (result == 0)
		result = begin(sim);
	if (result < 0)
		return result;
	name.inode = add_inode(sim, true);
	change_names(sim, (struct sim_change){name.parent, name, no_name});
	return 0;
}

static int sim_list(struct disk *disk, const char *path,
		    void (*found)(void *context, const char *name), void *context)
{
	struct sim_disk *sim = sim_of(disk);
	struct sim_name name = {.inode = 0};
	int result = strcmp(path, ".") == 0 ? 0 : resolve(sim, path, &name);

	if (result < 0 || name.inode < 0)
		return result < 0 ? result : -ENOENT;
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (sim->names[i].inode >= 0 && sim->names[i].parent == name.inode)
			found(context, sim->names[i].name);
	return 0;
}

static int sim_lock(struct disk *disk, int file)
{
	(void)disk;
	(void)file;
	return 0;
}

static int64_t sim_free_bytes(struct disk *disk)
{
	(void)disk;
	return FREE_BYTES;
}

/* ---- the whole disk ---- */

struct sim_disk *sim_disk_create(void)
{
	struct sim_disk *sim = calloc(1, sizeof(*sim));

	assert(sim);
	sim->disk = (struct disk){
		.open = sim_open,
		.close = sim_close,
		.read = sim_read,
		.write = sim_write_bytes,
		.size = sim_size,
		.sync_data = sim_sync_data,
		.sync = sim_sync,
		.sync_directory = sim_sync_directory,
		.rename = sim_rename,
		.link = sim_link,
		.unlink = sim_unlink,
		.make_directory = sim_make_directory,
		.list = sim_list,
		.lock = sim_lock,
		.free_bytes = sim_free_bytes,
	};
	for (unsigned i = 0; i < NAMES_MAX; i++)
		sim->names[i] = sim->durable_names[i] = no_name;
	sim->inodes[0].exists = sim->inodes[0].is_directory = true;
	return sim;
}

void sim_disk_destroy(struct sim_disk *sim)
{
	for (unsigned i = 0; i < INODES_MAX; i++)
		sim_inode_clear(&sim->inodes[i]);
	free(sim);
}

struct disk *sim_disk_ops(struct sim_disk *sim)
{
	return &sim->disk;
}

void sim_disk_set_mutant(struct sim_disk *sim, enum sim_mutant mutant)
{
	sim->mutant = mutant;
}

void sim_disk_set_hook(struct sim_disk *sim, sim_disk_hook *hook, void *context)
{
	sim->hook = hook;
	sim->hook_context = context;
}

uint64_t sim_disk_operations(const struct sim_disk *sim)
{
	return sim->operations;
}

void sim_disk_fail_at(struct sim_disk *sim, uint64_t number, int error)
{
	sim->fail_at = number;
	sim->fail_error = error;
}

struct sim_disk *sim_disk_clone(const struct sim_disk *sim)
{
	struct sim_disk *copy = malloc(sizeof(*copy));

	assert(copy);
	memcpy(copy, sim, sizeof(*copy));
	copy->hook = NULL;
	copy->fail_at = 0;
	for (unsigned i = 0; i < INODES_MAX; i++)
		sim_inode_copy(&copy->inodes[i]);
	return copy;
}

struct sim_disk *sim_disk_cut_power(const struct sim_disk *sim, enum sim_bytes bytes,
				    enum sim_names names, uint64_t seed)
{
	struct sim_disk *image = sim_disk_clone(sim);
	bool ended[INODES_MAX] = {false};

	/* In each directory changes reach the disk in order; how many of them, is chance. */
	for (unsigned i = 0; names != SIM_NAMES_NONE && i < image->change_count; i++) {
		int directory = image->changes[i].directory;

		if (names == SIM_NAMES_SOME && sim_random(&seed) % 3 == 0)
			ended[directory] = true;
		if (!ended[directory])
			apply_change(image->durable_names, &image->changes[i]);
	}
	drop_orphans(image->durable_names);
	image->change_count = 0;
	image->has_deferred = false;
	memcpy(image->names, image->durable_names, sizeof(image->names));
	for (unsigned i = 0; i < INODES_MAX; i++)
		if (image->inodes[i].exists)
			sim_inode_cut(&image->inodes[i], bytes);
	collect_inodes(image);
	return image;
}

bool sim_disk_corrupt(struct sim_disk *sim, const char *path, uint64_t offset)
{
	struct sim_name name;

	if (resolve(sim, path, &name) < 0 || name.inode < 0 ||
	    offset >= sim->inodes[name.inode].seen.size)
		return false;
	sim->inodes[name.inode].seen.data[offset] ^= 0x40;
	return true;
}
