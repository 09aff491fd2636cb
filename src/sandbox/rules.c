#include "sandbox/rules.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "sandbox/sandbox.h"

#define P(name) (UINT32_C(1) << SANDBOX_##name)
#define EVERY   ((UINT32_C(1) << SANDBOX_PROFILE_COUNT) - 1)

/* Those that keep files, those that talk to strangers, and those that accept them. */
#define KEEPERS   (P(VAULT) | P(CERTIFY))
#define SPEAKERS  (P(CAM_RTSP) | P(FRONT) | P(RTC) | P(DEMO) | P(DIAL))
#define ACCEPTORS (P(VAULT) | P(FRONT) | P(RTC) | P(DEMO))
#define WHOLE     (~UINT64_C(0))
/* <sound/asound.h>: the PCM ioctls have the type 'A', the second byte. */
#define PCM_IOCTLS UINT64_C(0xff00)

#define ALLOW(profiles, name)                                                                      \
	{                                                                                          \
		profiles, SCMP_SYS(name), RULE_ALLOW, 0, 0, 0                                      \
	}
#define ALLOW_OWN(profiles, name)                                                                  \
	{                                                                                          \
		profiles, SCMP_SYS(name), RULE_ALLOW_OWN, 0, 0, 0                                  \
	}
#define REFUSE(profiles, name)                                                                     \
	{                                                                                          \
		profiles, SCMP_SYS(name), RULE_REFUSE, 0, 0, 0                                     \
	}
#define ALLOW_IF(profiles, name, argument, mask, value)                                            \
	{                                                                                          \
		profiles, SCMP_SYS(name), RULE_ALLOW_IF, argument, mask, value                     \
	}

/* clang-format off */
static const struct sandbox_rule rules[] = {
	/* descriptors one has */
	ALLOW(EVERY, read), ALLOW(EVERY, readv), ALLOW(EVERY, write), ALLOW(EVERY, writev),
	ALLOW(EVERY, close), ALLOW(EVERY, recvfrom), ALLOW(EVERY, recvmsg), ALLOW(EVERY, shutdown),
	ALLOW(EVERY, getsockopt), ALLOW(EVERY, getsockname), ALLOW(EVERY, getpeername),
	ALLOW(EVERY, lseek), ALLOW(EVERY, fstat), ALLOW(EVERY, dup),
	ALLOW_IF(EVERY, newfstatat, 3, WHOLE, AT_EMPTY_PATH), /* glibc's fstat() */
	ALLOW_IF(EVERY, fcntl, 1, WHOLE, F_GETFL), ALLOW_IF(EVERY, fcntl, 1, WHOLE, F_SETFL),
	ALLOW_IF(EVERY, fcntl, 1, WHOLE, F_GETFD), ALLOW_IF(EVERY, fcntl, 1, WHOLE, F_SETFD),
	ALLOW_IF(EVERY, fcntl, 1, WHOLE, F_DUPFD_CLOEXEC),
	ALLOW_IF(EVERY, ioctl, 1, WHOLE, FIONREAD), ALLOW_IF(EVERY, ioctl, 1, WHOLE, SIOCOUTQ),

	/* the sound devices that were opened before: ioctls of their kind, whichever way they go */
	ALLOW_IF(P(CAM_ALSA), ioctl, 1, PCM_IOCTLS, 'A' << 8),

	/* waiting and time */
	ALLOW(EVERY, epoll_wait), ALLOW(EVERY, epoll_pwait), ALLOW(EVERY, epoll_ctl),
	ALLOW(EVERY, epoll_create1), ALLOW(EVERY, poll), ALLOW(EVERY, ppoll),
	ALLOW(EVERY, clock_gettime), ALLOW(EVERY, gettimeofday), ALLOW(EVERY, time),
	ALLOW(EVERY, clock_nanosleep), ALLOW(EVERY, nanosleep), ALLOW(EVERY, restart_syscall),

	/* memory: never executable */
	ALLOW(EVERY, brk), ALLOW(EVERY, munmap), ALLOW(EVERY, madvise), ALLOW(EVERY, mremap),
	ALLOW_IF(EVERY & ~P(DIAL), mmap, 2, PROT_EXEC, 0),
	ALLOW_IF(EVERY & ~P(DIAL), mprotect, 2, PROT_EXEC, 0),
	ALLOW(EVERY, mlock), ALLOW(EVERY, munlock), /* libsodium's guarded memory */

	/* oneself */
	ALLOW(EVERY, getrandom), ALLOW(EVERY, futex), ALLOW(EVERY, exit), ALLOW(EVERY, exit_group),
	ALLOW(EVERY, rt_sigprocmask), ALLOW(EVERY, rt_sigaction), ALLOW(EVERY, rt_sigreturn),
	ALLOW(EVERY, getpid), ALLOW(EVERY, gettid), ALLOW(EVERY, getuid), ALLOW(EVERY, geteuid),
	ALLOW(EVERY, getgid), ALLOW(EVERY, getegid), ALLOW(EVERY, sysinfo),
	ALLOW(EVERY, sched_yield), ALLOW(EVERY, sched_getaffinity), ALLOW(EVERY, getrusage),
	ALLOW_OWN(EVERY, tgkill), /* abort() */

	/* sending: a name of one's own choosing only where the work is with strangers */
	ALLOW_IF(EVERY & ~(P(RTC) | P(DEMO) | P(DIAL)), sendto, 4, WHOLE, 0),
	ALLOW(P(RTC) | P(DEMO) | P(DIAL), sendto),
	ALLOW(P(RTC) | P(VAULT) | P(DIAL), sendmsg), /* the vault: grants' descriptors */
	ALLOW(P(RTC) | P(DIAL), sendmmsg), ALLOW(P(RTC), recvmmsg),
	ALLOW(ACCEPTORS, accept4),
	ALLOW_IF(SPEAKERS | P(VAULT), setsockopt, 1, WHOLE, SOL_SOCKET),
	ALLOW_IF(SPEAKERS, setsockopt, 1, WHOLE, IPPROTO_TCP),
	ALLOW_IF(P(RTC) | P(DIAL), setsockopt, 1, WHOLE, IPPROTO_IP),
	ALLOW_IF(P(RTC) | P(DIAL), setsockopt, 1, WHOLE, IPPROTO_IPV6),
	ALLOW_IF(P(RTC), setsockopt, 1, WHOLE, IPPROTO_UDP),
	ALLOW_IF(P(VAULT), socketpair, 0, WHOLE, AF_UNIX),
	ALLOW(P(VAULT), memfd_create), /* a piece of a recording, handed to the front */
	ALLOW_IF(P(VAULT), fcntl, 1, WHOLE, F_ADD_SEALS), /* ... or to a converter, which fills it */

	/* files, kept within trees by Landlock */
	ALLOW(P(CAM_FILE) | KEEPERS, pread64), ALLOW(KEEPERS, pwrite64), ALLOW(KEEPERS, pwritev),
	ALLOW(KEEPERS, preadv),
	ALLOW(KEEPERS, open), ALLOW(KEEPERS, openat), ALLOW(KEEPERS, stat), ALLOW(KEEPERS, lstat),
	ALLOW_IF(KEEPERS, newfstatat, 3, WHOLE, 0),
	ALLOW_IF(KEEPERS, newfstatat, 3, WHOLE, AT_SYMLINK_NOFOLLOW), ALLOW(KEEPERS, statx),
	ALLOW(KEEPERS, fsync), ALLOW(KEEPERS, fdatasync), ALLOW(KEEPERS, ftruncate),
	ALLOW(KEEPERS, fallocate), ALLOW(KEEPERS, flock), ALLOW(KEEPERS, getdents64),
	ALLOW(KEEPERS, rename), ALLOW(KEEPERS, renameat), ALLOW(KEEPERS, renameat2),
	ALLOW(KEEPERS, link), ALLOW(KEEPERS, linkat), ALLOW(KEEPERS, unlink),
	ALLOW(KEEPERS, unlinkat), ALLOW(KEEPERS, mkdir), ALLOW(KEEPERS, mkdirat),
	ALLOW(KEEPERS, rmdir), ALLOW(KEEPERS, fchmod), ALLOW(KEEPERS, fchown),
	ALLOW(KEEPERS, chmod), ALLOW(KEEPERS, fchmodat), ALLOW(KEEPERS, umask),
	ALLOW(KEEPERS, access), ALLOW(KEEPERS, faccessat), ALLOW(KEEPERS, faccessat2),
	ALLOW(KEEPERS, readlink), ALLOW(KEEPERS, readlinkat), ALLOW(KEEPERS, getcwd),
	ALLOW(KEEPERS, statfs), ALLOW(KEEPERS, fstatfs),
	ALLOW_IF(KEEPERS, fcntl, 1, WHOLE, F_SETLK), ALLOW_IF(KEEPERS, fcntl, 1, WHOLE, F_GETLK),
	ALLOW_IF(KEEPERS, fcntl, 1, WHOLE, F_SETLKW),

	/* the resolver: loads its modules, reads /etc, asks a name server */
	ALLOW(P(DIAL), mmap), ALLOW(P(DIAL), mprotect), ALLOW(P(DIAL), socket),
	ALLOW(P(DIAL), connect), ALLOW(P(DIAL), bind), ALLOW(P(DIAL), uname),
	ALLOW_IF(P(DIAL), openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	ALLOW_IF(P(DIAL), newfstatat, 3, WHOLE, 0), ALLOW(P(DIAL), statx),
	ALLOW(P(DIAL), pread64), ALLOW(P(DIAL), readlink), ALLOW(P(DIAL), access),

#ifdef WARD_SANITIZED
	/* sanitizers: reports read the program's own files; the leak check forks a tracer */
	ALLOW_IF(EVERY & ~(KEEPERS | P(DIAL)), openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	ALLOW_IF(EVERY & ~P(DIAL), mmap, 2, PROT_EXEC, PROT_EXEC),
	ALLOW_IF(EVERY & ~P(DIAL), mprotect, 2, PROT_EXEC, PROT_EXEC),
	ALLOW(EVERY, sigaltstack), ALLOW(EVERY, clone), ALLOW(EVERY, wait4), ALLOW(EVERY, ptrace),
	ALLOW(EVERY, prctl), ALLOW(EVERY, process_vm_readv), ALLOW(EVERY, getppid),
	ALLOW(EVERY, kill), ALLOW(EVERY, getdents),
	ALLOW_IF(EVERY & ~KEEPERS, open, 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY),
	ALLOW_IF(EVERY & ~KEEPERS, fcntl, 1, WHOLE, F_SETLK),
	ALLOW(EVERY & ~KEEPERS, getdents64), ALLOW(EVERY & ~(KEEPERS | P(DIAL)), readlink),
#endif

	/* probes of libraries that may fail but should not kill */
	REFUSE(EVERY & ~KEEPERS & ~P(DIAL), readlinkat),
};
/* clang-format on */

const struct sandbox_rule *sandbox_rules(size_t *ret_count)
{
	*ret_count = ARRAY_COUNT(rules);
	return rules;
}
