/* HMAC-SHA1 for STUN (proto/rtc/stun.h), by OpenSSL. */
#ifndef RTC_HMAC_H
#define RTC_HMAC_H

#include "proto/rtc/stun.h"

void hmac_sha1(struct bytes key, struct bytes data, uint8_t ret_mac[STUN_MAC_SIZE]);

#endif
