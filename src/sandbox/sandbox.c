#include "sandbox/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/diag.h"
#include "sandbox/landlock.h"
#include "sandbox/rules.h"

/* What becomes of a call outside the table. */
static uint32_t otherwise(enum sandbox_profile profile)
{
#ifdef WARD_SANITIZED
	/* A killed tracer of the leak check would leave the process waiting for it for ever. */
	profile = SANDBOX_DIAL;
#endif
	/* The resolver loads whatever modules this box's /etc/nsswitch.conf names; what they try
	 * beyond the usual fails, and the next module answers. */
	return profile == SANDBOX_DIAL ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
}

static int drop_privileges(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	/* The bounding set needs CAP_SETPCAP: without it there is nothing to bound. */
	for (unsigned cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(__NR_capset, &header, none))
		return -errno;
#ifndef WARD_SANITIZED
	/* The leak check of the sanitizers attaches to its own process. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return -errno;
#endif
	return 0;
}

static int add_rule(scmp_filter_ctx filter, const struct sandbox_rule *rule)
{
	struct scmp_arg_cmp compare = {rule->argument, SCMP_CMP_MASKED_EQ, rule->mask, rule->value};

	switch (rule->verdict) {
	case RULE_ALLOW:
		return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule->syscall, 0, NULL);
	case RULE_REFUSE:
		return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES), rule->syscall, 0,
					      NULL);
	case RULE_ALLOW_OWN:
		compare.datum_a = UINT64_MAX;
		compare.datum_b = (scmp_datum_t)getpid();
		break;
	case RULE_ALLOW_IF:
		break;
	}
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule->syscall, 1, &compare);
}

static int fill_filter(scmp_filter_ctx filter, enum sandbox_profile profile)
{
	size_t count;
	const struct sandbox_rule *rules = sandbox_rules(&count);

	for (size_t i = 0; i < count; i++) {
		if (!(rules[i].profiles & UINT32_C(1) << profile))
			continue;
		int r = add_rule(filter, &rules[i]);

		if (r < 0)
			return r;
	}
	return seccomp_load(filter);
}

static int close_syscalls(enum sandbox_profile profile)
{
	scmp_filter_ctx filter = seccomp_init(otherwise(profile));

	if (!filter)
		return -ENOMEM;
	/* A binary tree, so that the calls of the media path do not wait for those before them. */
	int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);

	if (r >= 0)
		r = fill_filter(filter, profile);
	seccomp_release(filter);
	return r;
}

int sandbox_enter(enum sandbox_profile profile, const char *state_dir)
{
	int r = drop_privileges();

	if (r < 0)
		return r;
#ifndef WARD_SANITIZED
	r = landlock_enter(profile, state_dir);
	if (r == -EOPNOTSUPP)
		diag_warn("this kernel has no Landlock (Linux 5.19 or later has): files are kept "
			  "closed by seccomp alone");
	else if (r < 0)
		return r;
#else
	(void)state_dir;
#endif
	return close_syscalls(profile);
}

int sandbox_bound_memory(uint64_t size)
{
#ifndef WARD_SANITIZED
	const struct rlimit limit = {size, size};

	return setrlimit(RLIMIT_DATA, &limit) < 0 ? -errno : 0;
#else
	(void)size;
	return 0;
#endif
}
