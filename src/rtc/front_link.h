/* The channel to the front: offers and changes in, answers out, all opaque to the front. */
#ifndef RTC_FRONT_LINK_H
#define RTC_FRONT_LINK_H

#include "rtc/rtc.h"

/* Takes the descriptor. Views go on while the front is away. */
NODISCARD int front_link_open(struct rtc *rtc, int fd);

#endif
