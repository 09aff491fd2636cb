/* The channel to the vault: what it feeds, and the grants it opens. */
#ifndef RTC_VAULT_LINK_H
#define RTC_VAULT_LINK_H

#include "rtc/rtc.h"

/* Takes the descriptor. Everything that the vault before it granted ends first. */
NODISCARD int vault_link_open(struct rtc *rtc, int fd);

#endif
