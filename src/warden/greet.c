#include "warden/greet.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/text.h"
#include "conf/code.h"
#include "conf/file.h"
#include "warden/notify.h"
#include "warden/warden.h"

enum { REQUEST_FIRST_OWNER = 1, LINK_SIZE = 320, PAIRING_BYTES = 16 };

void greet_if_ready(struct warden *warden)
{
	struct ipc_admin ask = {.request = REQUEST_FIRST_OWNER, .admin = ADMIN_FIRST_OWNER};

	if (warden->is_greeted || warden->vault.phase != CHILD_READY ||
	    warden->front.phase != CHILD_READY || warden->rtc.phase != CHILD_READY)
		return;
	warden->is_greeted = true;
	warden->wants_new_epoch = false; /* once is enough */
	notify_send("READY=1");
	ipc_send(&warden->vault.channel, IPC_ADMIN, &ask, NULL, 0);
}

/* ---- addresses ---- */

/* Base URLs, the best for a phone first, this computer's own last. */
struct links {
	char list[ADDRESSES_MAX + 2][LINK_SIZE];
	size_t count;
};

static void add_link(struct links *links, const char *host, uint16_t port)
{
	struct text text;

	if (links->count == ARRAY_COUNT(links->list))
		return;
	text_init(&text, links->list[links->count++], LINK_SIZE);
	text_printf(&text, strchr(host, ':') ? "https://[%s]" : "https://%s", host);
	if (port != 443)
		text_printf(&text, ":%u", port);
}

static void list_links(const struct warden *warden, struct links *links)
{
	const struct conf *conf = warden->conf;
	const struct addresses *own = &warden->addresses;

	links->count = 0;
	if (conf->public_address[0])
		add_link(links, conf->public_address, conf->https_port);
	if (conf->address[0])
		add_link(links, conf->address, conf->https_port);
	for (size_t i = 0; i < own->count && !conf->address[0]; i++)
		add_link(links, own->list[i], conf->https_port);
	if (!links->count)
		add_link(links, "localhost", conf->https_port);
	if (conf->http_port)
		snprintf(links->list[links->count++], LINK_SIZE, "http://localhost:%u",
			 conf->http_port);
}

void greet_write_addresses(const struct warden *warden)
{
	struct links *links = calloc(1, sizeof(*links));
	char path[CONF_PATH_SIZE + 16];
	autofree char *text = calloc(ARRAY_COUNT(links->list), LINK_SIZE + 1);
	int r = links && text ? 0 : -ENOMEM;
	struct text lines;

	if (r == 0) {
		list_links(warden, links);
		text_init(&lines, text, ARRAY_COUNT(links->list) * (LINK_SIZE + 1));
		for (size_t i = 0; i < links->count; i++)
			text_printf(&lines, "%s\n", links->list[i]);
		snprintf(path, sizeof(path), "%s/addresses", warden->conf->state);
		r = file_replace(path, lines.data, lines.size);
	}
	if (r < 0)
		diag_warn("%s/addresses cannot be written: %s", warden->conf->state, strerror(-r));
	free(links);
}

static void print_addresses(const struct warden *warden, const char *pairing)
{
	struct links *links = calloc(1, sizeof(*links));

	if (!links)
		return;
	list_links(warden, links);
	for (size_t i = 0; i < links->count; i++)
		if (strncmp(links->list[i], "http://", 7) == 0)
			printf("  on this computer  %s/%s\n", links->list[i], pairing);
	for (size_t i = 0; i < links->count; i++)
		if (strncmp(links->list[i], "https://", 8) == 0)
			printf("  %-16s  %s/%s\n", i ? "" : "on a phone", links->list[i], pairing);
	free(links);
}

/* ---- the code ---- */

static void print_first(const struct warden *warden, const struct ipc_secret *secret)
{
	struct links *links = calloc(1, sizeof(*links));
	char hex[2 * PAIRING_BYTES + 1], pairing[64], link[LINK_SIZE + 64];

	if (!links)
		return;
	list_links(warden, links);
	sodium_bin2hex(hex, sizeof(hex), secret->secret, PAIRING_BYTES);
	snprintf(pairing, sizeof(pairing), "#pair=%s", hex);
	printf("\nWard is running. Nobody is paired yet: open one of these once, to become the "
	       "owner.\n\n");
	print_addresses(warden, pairing);
	if (isatty(STDOUT_FILENO)) {
		snprintf(link, sizeof(link), "%s/%s", links->list[0], pairing);
		printf("\n");
		code_print(link);
	}
	if (!warden->conf->tls_cert[0])
		printf("\n  The phone warns once, because this box made its own certificate: install "
		       "its root from\n  /ca.crt there, or go on for a first look.\n");
	printf("\n");
	free(links);
}

/* A service's output goes to the journal, which others may read: no link to become the owner. */
static bool is_service(void)
{
	return getenv("INVOCATION_ID") && !isatty(STDOUT_FILENO);
}

void greet_received(struct warden *warden, const struct ipc_message *message)
{
	const struct ipc_secret *secret = message->body;

	if (message->type == IPC_SECRET && secret->request == REQUEST_FIRST_OWNER &&
	    secret->size == PAIRING_BYTES && !is_service()) {
		print_first(warden, secret);
	} else if (message->type == IPC_SECRET) {
		printf("\nWard is running. Nobody is paired yet: \"ward user add NAME --role owner\" "
		       "makes a link.\n\n");
		print_addresses(warden, "");
		printf("\n");
	} else if (message->type == IPC_REFUSED) {
		printf("\nWard is running.\n\n");
		print_addresses(warden, "");
		printf("\n");
	}
	fflush(stdout);
}
