/* Ward's configuration: ward.yml, then WARD_* of the environment over it, from one table of
 * options (option.c). */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <limits.h>
#include <stdio.h>

#include "base/attr.h"
#include "conf/camera.h"
#include "conf/mistake.h"

enum { CONF_PATH_SIZE = 1024, CONF_HOST_SIZE = 256 };

struct conf {
	uint16_t https_port, media_port, http_port; /* http_port 0: off */
	char address[64];                           /* empty: all */
	char state[CONF_PATH_SIZE];
	uint32_t tls_mode;             /* 0: auto, unless tls_cert is set */
	char tls_cert[CONF_PATH_SIZE]; /* with tls_key, or both empty */
	char tls_key[CONF_PATH_SIZE];
	char public_address[CONF_HOST_SIZE];
	char secrets[CONF_PATH_SIZE];
	uint64_t retention_days, retention_bytes; /* 0: no limit */
	uint32_t record;                          /* enum record_mode, of cameras that name none */
	uint64_t pre_roll_s, post_roll_s;
	struct camera cameras[CAMERA_MAX];
	size_t camera_count;
};

/* Reads `path` (NULL: no file, defaults only) and the environment. `state` is always set
 * afterwards. -EBADMSG with a sentence for the operator; -ENOMEM. The caller destroys. */
NODISCARD int conf_load(const char *path, struct conf **ret_conf, struct mistake *ret_mistake);
void conf_destroy(struct conf *conf);
AUTO_DEFINE(conf)

/* The parts of conf_load, for tests: text of a file, and one environment. `directory` is where
 * relative paths start. */
NODISCARD int conf_parse(const char *file, const char *directory, const char *text, size_t size,
			 struct conf *conf, struct mistake *ret_mistake);
NODISCARD int conf_apply_environment(char *const *environment, struct conf *conf,
				     struct mistake *ret_mistake);

/* Where the state directory is if nobody says: $STATE_DIRECTORY, /var/lib/ward, or the user's. */
NODISCARD int conf_default_state(char *ret_path, size_t size);

/* The options as text: for --help, as the OPTIONS part of a manual page (mdoc), as Markdown. */
void conf_print_help(FILE *out);
void conf_print_man(FILE *out);
void conf_print_markdown(FILE *out);

#endif
