/* Telling systemd (sd_notify(3)'s protocol): one datagram to $NOTIFY_SOCKET. */
#ifndef WARDEN_NOTIFY_H
#define WARDEN_NOTIFY_H

#include <stdint.h>

/* `state`: "READY=1", "STOPPING=1", "WATCHDOG=1". Does nothing where nobody listens. */
void notify_send(const char *state);

/* How often systemd wants WATCHDOG=1 at least, halved; 0: never. */
uint64_t notify_watchdog_ns(void);

#endif
