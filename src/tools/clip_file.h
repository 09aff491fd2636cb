/* The file that a clip becomes: FILE.part while it is incomplete, FILE when it is whole. What an
 * earlier run left is gone on with, as long as it is of the same clip. */
#ifndef TOOLS_CLIP_FILE_H
#define TOOLS_CLIP_FILE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/bytes.h"

enum {
	CLIP_FILE_PATH_SIZE = 4096,
	/* Read again and compared before going on: what a box that lost its power had not written
	 * yet is noticed. */
	CLIP_FILE_BACK = 32 << 20,
};

struct clip_file {
	int fd;        /* -1: not open */
	uint64_t size; /* bytes that were there, and are still to be trusted or compared */
	char path[CLIP_FILE_PATH_SIZE];
	char part[CLIP_FILE_PATH_SIZE];
};

/* Opens or makes FILE.part. -EEXIST: FILE is there; -EWOULDBLOCK: another command writes it. */
NODISCARD int clip_file_open(struct clip_file *file, const char *path);
/* Leaves FILE.part where it is. Safe twice. */
void clip_file_close(struct clip_file *file);

/* Bytes at `at`: written, or compared where some were there. -ESTALE: those were others. -ENOSPC,
 * -EFBIG, -EDQUOT: no room. */
NODISCARD int clip_file_put(struct clip_file *file, uint64_t at, struct bytes data);
/* Nothing of what was there is of use. */
NODISCARD int clip_file_reset(struct clip_file *file);
/* Where to go on when the first `least` bytes were found to be right and `total` are to come. */
uint64_t clip_file_resume(const struct clip_file *file, uint64_t least, uint64_t total);

/* It is whole, and lasts: now it has its name. -EEXIST: somebody else's file has it. */
NODISCARD int clip_file_finish(struct clip_file *file, uint64_t total);

#endif
