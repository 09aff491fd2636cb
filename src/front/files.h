/* The page's files, read once at start: after that nothing in this process opens a file. */
#ifndef FRONT_FILES_H
#define FRONT_FILES_H

#include "base/attr.h"
#include "base/bytes.h"

enum { FILES_MAX = 256, FILES_BYTES_MAX = 8 << 20, FILES_PATH_MAX = 200, FILES_DEPTH_MAX = 6 };

struct exchange;

struct files_item {
	char *path; /* "/ui/app.js" */
	const char *type;
	struct bytes plain, packed; /* packed: gzip, empty if it does not pay */
	char etag[40], packed_etag[40];
};

struct files {
	struct files_item items[FILES_MAX];
	size_t count;
	size_t bytes;
	struct bytes ca; /* PEM; empty if the owner has a certificate of her own */
};

/* Reads a directory tree; names that start with a dot, node_modules, and what is neither file nor
 * folder stay outside. -EFBIG over a limit, or another negative errno. */
NODISCARD int files_load(struct files *files, const char *path);
/* Copies the local authority's certificate. */
NODISCARD int files_set_ca(struct files *files, struct bytes pem);
void files_finish(struct files *files);

void files_show(struct exchange *exchange);
void files_show_ca(struct exchange *exchange);

#endif
