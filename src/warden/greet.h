/* What the operator reads at the start: where the page is, and at the very first start the link and
 * the QR code that pair the owner's phone. */
#ifndef WARDEN_GREET_H
#define WARDEN_GREET_H

struct warden;
struct ipc_message;

/* Once vault, front and rtc are up: asks the vault whether anybody is paired yet. */
void greet_if_ready(struct warden *warden);

/* STATE/addresses: one base URL a line, for the "ward" command; the best for a phone first. */
void greet_write_addresses(const struct warden *warden);

/* The vault's answer: prints addresses, and link and code if there is one. */
void greet_received(struct warden *warden, const struct ipc_message *message);

#endif
