/* How far a long command is, in one line of a terminal; elsewhere nothing is shown. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool is_terminal, is_shown;
	uint64_t start_ns, next_ns;
	uint64_t first; /* bytes that were there when copying began */
	bool is_copying;
};

void progress_init(struct progress *progress);
/* Looking for what there is: thing `at` of `total`. */
void progress_look(struct progress *progress, uint64_t at, uint64_t total);
void progress_copy(struct progress *progress, uint64_t bytes, uint64_t total);
/* Takes the line away, so that something else can be said. */
void progress_clear(struct progress *progress);

#endif
