/* What each process may do, beyond reading, writing, epoll and the clock. One table of profiles
 * (rules.c); the kernel keeps it: a seccomp allow-list that kills, Landlock, no capabilities, no
 * new privileges, not dumpable. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/attr.h"
#include "ipc/messages.h"

/* Variants of a process kind that need different things. */
enum sandbox_profile {
	SANDBOX_CAM_RTSP,  /* send on connected sockets */
	SANDBOX_CAM_FILE,  /* read one open file; threads of libavformat: none */
	SANDBOX_CAM_ALSA,  /* drive the sound devices that are open */
	SANDBOX_VAULT,     /* open, fdatasync, rename under STATE/vault and STATE/log; pass
			      descriptors; accept on the tool's socket; no network */
	SANDBOX_FRONT,     /* accept */
	SANDBOX_RTC,       /* UDP, accept */
	SANDBOX_TRANSCODE, /* nothing */
	SANDBOX_EAR,       /* nothing */
	SANDBOX_THUMB,     /* nothing */
	SANDBOX_EYE,       /* nothing */
	SANDBOX_CONVERT,   /* nothing */
	SANDBOX_DEMO,      /* accept; send to whoever connected */
	SANDBOX_DIAL,      /* read the resolver's files, make sockets, connect; write nothing */
	SANDBOX_CERTIFY,   /* files under STATE/tls; no network */
	SANDBOX_PROFILE_COUNT
};

/* Closes the sandbox for the rest of the process's life. `state_dir` (vault and certify, else
 * NULL) is the state directory; the trees of the profile under it must exist. Call after libraries
 * are warmed up and configuration is read: from here on what the table does not name kills the
 * process, and that includes opening /etc/localtime, loading a library and starting a thread.
 * A kernel without Landlock costs one warning line. 0 or a negative errno: the process must then
 * not go on. */
NODISCARD int sandbox_enter(enum sandbox_profile profile, const char *state_dir);

/* What a stranger's file or picture claims may need any amount of memory: over `size` bytes the
 * kernel refuses more. Builds with sanitizers, which need more than any limit, have none. 0 or a
 * negative errno. */
NODISCARD int sandbox_bound_memory(uint64_t size);

#endif
