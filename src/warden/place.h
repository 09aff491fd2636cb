/* Where Ward's other programs and the app's files are: in a build tree beside this program's
 * folder, or installed. */
#ifndef WARDEN_PLACE_H
#define WARDEN_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum { PLACE_PATH_SIZE = 1024 };

struct place {
	char programs[PLACE_PATH_SIZE]; /* installed: the folder of all; build: BUILD/src */
	char app[PLACE_PATH_SIZE];      /* the page's files */
	char models[PLACE_PATH_SIZE];   /* what scripts/install-models brought */
	bool is_build;
};

/* Reads /proc/self/exe. 0 or a negative errno. */
NODISCARD int place_find(struct place *ret_place);

/* BUILD/src/FOLDER/PROGRAM or LIBEXEC/ward/PROGRAM. -ENOENT if it is not there to be executed. */
NODISCARD int place_program(const struct place *place, const char *folder, const char *program,
			    char *ret_path, size_t size);

#endif
