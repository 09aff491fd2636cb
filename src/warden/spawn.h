/* Starting a program of Ward's with descriptor 3 as its channel and no other descriptor. */
#ifndef WARDEN_SPAWN_H
#define WARDEN_SPAWN_H

#include <sys/types.h>

#include "base/attr.h"

enum { SPAWN_FD = 3 };

/* Runs `argv[0]` (a path). The child has descriptor 3 (`fd`, borrowed; -1: none), /dev/null as
 * input, our standard error as output and error, its own session (the terminal's keys do not reach
 * it), no core dump, and of the environment only what a library may need. Returns the process id
 * or a negative errno. */
NODISCARD pid_t spawn_program(char *const argv[], int fd);

/* What became of it, as people say it: "exited with 1", "was killed (signal 9)". */
void spawn_describe_end(int status, char *ret_text, size_t size);

#endif
