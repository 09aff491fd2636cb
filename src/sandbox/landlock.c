#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "base/text.h"

/* The kernel's numbers, Documentation/userspace-api/landlock.rst. The system header may be older
 * than the kernel, so they stand here. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,    /* version 2 */
	FS_TRUNCATE = 1 << 14, /* version 3 */
	FS_ALL_1 = FS_MAKE_SYM * 2 - 1,
	NET_BIND_TCP = 1, /* version 4 */
	NET_CONNECT_TCP = 2,
	FS_IOCTL_DEV = 1 << 15, /* version 5 */
	SCOPE_ALL = 3,          /* version 6: abstract sockets, signals */
	RULE_PATH_BENEATH = 1,
	VERSION_QUESTION = 1,
	VERSION_MIN = 2, /* the log links tiles between directories */
};

enum {
	TREE_READ = FS_READ_FILE | FS_READ_DIR,
	TREE_KEEP = TREE_READ | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
		    FS_MAKE_REG | FS_REFER | FS_TRUNCATE,
};

struct ruleset_attr {
	uint64_t fs, net, scope;
};

struct path_attr {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

/* `path` is below the state directory unless it starts with a slash. */
struct tree {
	enum sandbox_profile profile;
	const char *path;
	uint32_t rights;
	bool is_optional;
};

static const struct tree trees[] = {
	{SANDBOX_VAULT, "vault", TREE_KEEP, false}, {SANDBOX_VAULT, "log", TREE_KEEP, false},
	{SANDBOX_VAULT, "store", TREE_KEEP, false},
	{SANDBOX_CERTIFY, "tls", TREE_KEEP, false}, {SANDBOX_DIAL, "/etc", TREE_READ, true},
	{SANDBOX_DIAL, "/usr", TREE_READ, true},    {SANDBOX_DIAL, "/lib", TREE_READ, true},
	{SANDBOX_DIAL, "/run", TREE_READ, true}, /* where /etc/resolv.conf may point */
};

static long ruleset_create(const struct ruleset_attr *attr, size_t size, uint32_t flags)
{
	return syscall(__NR_landlock_create_ruleset, attr, size, flags);
}

static uint64_t rights_of_version(long version)
{
	uint64_t rights = FS_ALL_1 | FS_REFER;

	if (version >= 3)
		rights |= FS_TRUNCATE;
	if (version >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

static int allow_tree(int ruleset, const struct tree *tree, const char *state_dir, uint64_t known)
{
	char path[PATH_MAX];
	struct text text;

	text_init(&text, path, sizeof(path));
	if (tree->path[0] == '/')
		text_add(&text, tree->path);
	else
		text_printf(&text, "%s/%s", state_dir ? state_dir : "", tree->path);
	if (text.failed)
		return -ENAMETOOLONG;
	autoclose int parent = open(path, O_PATH | O_CLOEXEC);

	if (parent < 0)
		return tree->is_optional ? 0 : -errno;
	struct path_attr attr = {tree->rights & known, parent};

	if (syscall(__NR_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &attr, 0))
		return -errno;
	return 0;
}

int landlock_enter(enum sandbox_profile profile, const char *state_dir)
{
	long version = ruleset_create(NULL, 0, VERSION_QUESTION);

	if (version < VERSION_MIN)
		return -EOPNOTSUPP;
	struct ruleset_attr attr = {.fs = rights_of_version(version)};
	size_t size = sizeof(attr.fs);

	if (version >= 4) {
		attr.net = profile == SANDBOX_DIAL ? NET_BIND_TCP : NET_BIND_TCP | NET_CONNECT_TCP;
		size += sizeof(attr.net);
	}
	if (version >= 6) {
		attr.scope = SCOPE_ALL;
		size += sizeof(attr.scope);
	}
	autoclose int ruleset = (int)ruleset_create(&attr, size, 0);

	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_COUNT(trees); i++) {
		int r = trees[i].profile == profile
				? allow_tree(ruleset, &trees[i], state_dir, attr.fs)
				: 0;
		if (r < 0)
			return r;
	}
	return syscall(__NR_landlock_restrict_self, ruleset, 0) ? -errno : 0;
}
