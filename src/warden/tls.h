/* The certificate of the page: the owner's own files, or one made by ward-certify under a local
 * authority (tls: auto). */
#ifndef WARDEN_TLS_H
#define WARDEN_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"

struct warden;
struct ipc_channel;

enum { TLS_PEM_MAX = 48 * 1024, TLS_CHECK_S = 600 };

struct tls_file {
	char *data;
	size_t size;
};

struct tls {
	struct tls_file cert, key, ca; /* ca: none with the owner's own */
	pid_t certify;                 /* 0: not running */
	bool is_loaded;
};

/* Begins: with the owner's files they are read at once, else ward-certify runs and tls_ended()
 * goes on. When there is a certificate the front is wanted; when it changed the front is started
 * again. Returns 0, or a negative errno after one line that says what is wrong. */
NODISCARD int tls_refresh(struct warden *warden);

/* ward-certify ended (its pid is tls.certify). */
void tls_ended(struct warden *warden, int status);

/* Sends the files to the front. */
void tls_send(const struct tls *tls, struct ipc_channel *channel);

void tls_finish(struct tls *tls);

#endif
