#include "warden/tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/diag.h"
#include "conf/file.h"
#include "warden/spawn.h"
#include "warden/warden.h"

static void drop(struct tls_file *file)
{
	if (file->data)
		explicit_bzero(file->data, file->size);
	free(file->data);
	*file = (struct tls_file){0};
}

static int load(const char *path, struct tls_file *ret_file)
{
	int r = file_read(path, TLS_PEM_MAX, &ret_file->data, &ret_file->size);

	if (r < 0)
		diag_error("the TLS file %s cannot be read: %s", path, strerror(-r));
	return r;
}

static bool is_same(const struct tls_file *a, const struct tls_file *b)
{
	return a->size == b->size && a->data && b->data && memcmp(a->data, b->data, a->size) == 0;
}

/* Takes what is in `fresh`; the front learns of a change by starting again. */
static void adopt(struct warden *warden, struct tls *fresh)
{
	struct tls *tls = &warden->tls;
	bool is_new = !is_same(&tls->cert, &fresh->cert) || !is_same(&tls->key, &fresh->key);
	bool was_loaded = tls->is_loaded;

	tls_finish(tls);
	tls->cert = fresh->cert;
	tls->key = fresh->key;
	tls->ca = fresh->ca;
	tls->is_loaded = true;
	if (!was_loaded)
		child_want(&warden->front);
	else if (is_new)
		child_restart(&warden->front);
}

static int load_own(struct warden *warden)
{
	struct tls fresh = {0};
	int r = load(warden->conf->tls_cert, &fresh.cert);

	if (r == 0)
		r = load(warden->conf->tls_key, &fresh.key);
	if (r < 0)
		tls_finish(&fresh);
	else
		adopt(warden, &fresh);
	return r;
}

static int load_made(struct warden *warden)
{
	struct tls fresh = {0};
	const struct {
		const char *name;
		struct tls_file *file;
	} parts[] = {
		{"server.crt", &fresh.cert}, {"server.key", &fresh.key}, {"ca.crt", &fresh.ca}};
	char path[CONF_PATH_SIZE + 32];
	int r = 0;

	for (size_t i = 0; i < ARRAY_COUNT(parts) && r == 0; i++) {
		snprintf(path, sizeof(path), "%s/tls/%s", warden->conf->state, parts[i].name);
		r = load(path, parts[i].file);
	}
	if (r < 0)
		tls_finish(&fresh);
	else
		adopt(warden, &fresh);
	return r;
}

int tls_refresh(struct warden *warden)
{
	char path[PLACE_PATH_SIZE + 64];

	if (warden->conf->tls_cert[0])
		return load_own(warden);
	if (warden->tls.certify)
		return 0;
	int r = place_program(&warden->place, "warden", "ward-certify", path, sizeof(path));
	char *argv[] = {path, warden->conf->state, warden->conf->public_address, NULL};
	pid_t pid = r < 0 ? r : spawn_program(argv, -1);

	if (pid < 0) {
		diag_error("ward-certify cannot be started: %s", strerror(-pid));
		return pid;
	}
	warden->tls.certify = pid;
	return 0;
}

void tls_ended(struct warden *warden, int status)
{
	char how[128];

	warden->tls.certify = 0;
	if (warden->is_stopping)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && load_made(warden) == 0)
		return;
	spawn_describe_end(status, how, sizeof(how));
	diag_error("no certificate could be made: ward-certify %s", how);
	/* What an earlier start made may still be good. */
	if (!warden->tls.is_loaded && load_made(warden) < 0)
		warden_stop(warden, EXIT_FAILURE);
}

static void send_file(struct ipc_channel *channel, enum file_kind kind, const struct tls_file *file)
{
	if (file->data)
		ipc_send(channel, IPC_FILE, &(struct ipc_file){.kind = kind}, file->data,
			 file->size);
}

void tls_send(const struct tls *tls, struct ipc_channel *channel)
{
	send_file(channel, FILE_TLS_CERT, &tls->cert);
	send_file(channel, FILE_TLS_KEY, &tls->key);
	send_file(channel, FILE_TLS_CA, &tls->ca);
}

void tls_finish(struct tls *tls)
{
	drop(&tls->cert);
	drop(&tls->key);
	drop(&tls->ca);
}
