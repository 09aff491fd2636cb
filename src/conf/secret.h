/* Secrets that stand outside the configuration: "${secret:NAME}" in a camera's URL. */
#ifndef CONF_SECRET_H
#define CONF_SECRET_H

#include <stddef.h>

#include "base/attr.h"
#include "conf/mistake.h"

enum { SECRET_SIZE_MAX = 512, SECRET_NAME_MAX = 64 };

/* Copies `text` with every ${secret:NAME} replaced, escaped as a part of a URL (RFC 3986), by the
 * first line of the file NAME in the directory $CREDENTIALS_DIRECTORY (systemd's LoadCredential=),
 * else in the directory `secrets`, else by the value of NAME in the YAML file `secrets` (empty:
 * neither; NULL: nothing is looked up, each secret's name
 * stands for it). 0, or -EBADMSG with a sentence that names the secret and never its value. */
NODISCARD int secret_expand(const char *text, const char *secrets,
			    const struct mistake_place *place, char *ret_text, size_t text_size,
			    struct mistake *ret_mistake);

/* The credential under which the recordings' key is sealed (vault/store/store_key.h). */
#define SECRET_STORE_KEY "ward-store-key"

/* The file NAME in $CREDENTIALS_DIRECTORY, byte for byte; the caller wipes and frees. -ENOENT: there
 * is none; other errors as of file_read (conf/file.h). */
NODISCARD int secret_read_credential(const char *name, size_t size_max, char **ret_data,
				     size_t *ret_size);

#endif
