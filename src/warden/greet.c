#include "warden/greet.h"

#include <qrencode.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "base/text.h"
#include "warden/notify.h"
#include "warden/warden.h"

enum { REQUEST_FIRST_OWNER = 1, LINK_SIZE = 512, QR_QUIET = 2 };

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

/* The address that a phone should use. */
static const char *phone_host(const struct warden *warden)
{
	const struct conf *conf = warden->conf;

	if (conf->public_address[0])
		return conf->public_address;
	if (conf->address[0])
		return conf->address;
	return warden->addresses.count ? warden->addresses.list[0] : "127.0.0.1";
}

static void build_link(struct text *text, const char *host, uint16_t port, const char *pairing)
{
	bool is_v6 = strchr(host, ':') != NULL;

	text_printf(text, is_v6 ? "https://[%s]" : "https://%s", host);
	if (port != 443)
		text_printf(text, ":%u", port);
	text_printf(text, "/%s", pairing);
}

static bool is_dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return code->data[y * code->width + x] & 1;
}

/* Two modules a character, light ones drawn: a scanner wants dark on light, terminals are dark. The
 * colours are set, so that it holds on a light terminal as well. */
static void print_code(const char *link)
{
	static const char *const blocks[4] = {" ", "\xe2\x96\x84", "\xe2\x96\x80", "\xe2\x96\x88"};
	QRcode *code = QRcode_encodeString(link, 0, QR_ECLEVEL_L, QR_MODE_8, 1);

	if (!code)
		return;
	for (int y = -QR_QUIET; y < code->width + QR_QUIET; y += 2) {
		printf("  \033[97;40m");
		for (int x = -QR_QUIET; x < code->width + QR_QUIET; x++)
			fputs(blocks[2 * !is_dark(code, x, y) + !is_dark(code, x, y + 1)], stdout);
		printf("\033[0m\n");
	}
	QRcode_free(code);
}

static void print_addresses(const struct warden *warden, const char *pairing)
{
	const struct conf *conf = warden->conf;
	const struct addresses *own = &warden->addresses;
	char link[LINK_SIZE];
	struct text text;

	if (conf->http_port)
		printf("  on this computer  http://localhost:%u/%s\n", conf->http_port, pairing);
	text_init(&text, link, sizeof(link));
	build_link(&text, phone_host(warden), conf->https_port, pairing);
	printf("  on a phone        %s\n", link);
	for (size_t i = 0; i < own->count && !conf->address[0]; i++) {
		if (strcmp(own->list[i], phone_host(warden)) == 0)
			continue;
		text_init(&text, link, sizeof(link));
		build_link(&text, own->list[i], conf->https_port, pairing);
		printf("                    %s\n", link);
	}
}

static void print_first(const struct warden *warden, const struct ipc_secret *secret)
{
	char hex[2 * 16 + 1], pairing[64], link[LINK_SIZE];
	struct text text;

	sodium_bin2hex(hex, sizeof(hex), secret->secret, 16);
	snprintf(pairing, sizeof(pairing), "#pair=%s", hex);
	printf("\nWard is running. Nobody is paired yet: open one of these once, to become the owner.\n\n");
	print_addresses(warden, pairing);
	text_init(&text, link, sizeof(link));
	build_link(&text, phone_host(warden), warden->conf->https_port, pairing);
	printf("\n");
	print_code(link);
	if (!warden->conf->tls_cert[0])
		printf("\n  The phone warns once, because this box made its own certificate: install its "
		       "root from\n  /ca.crt there, or go on for a first look.\n");
	printf("\n");
	sodium_memzero(hex, sizeof(hex));
}

void greet_received(struct warden *warden, const struct ipc_message *message)
{
	const struct ipc_secret *secret = message->body;

	if (message->type == IPC_SECRET && secret->request == REQUEST_FIRST_OWNER &&
	    secret->size == 16) {
		print_first(warden, secret);
	} else if (message->type == IPC_REFUSED) {
		printf("\nWard is running.\n\n");
		print_addresses(warden, "");
		printf("\n");
	}
	fflush(stdout);
}
