/* Packets over TCP: each after its size in two bytes (RFC 4571 §2), as ICE-TCP uses it (RFC 6544).
 */
#ifndef PROTO_RTC_FRAMING_H
#define PROTO_RTC_FRAMING_H

#include "base/attr.h"
#include "base/bytes.h"

enum { FRAMING_HEADER_SIZE = 2, FRAMING_PACKET_MAX = 2048 };

/* The next packet at the start of the stream. Returns the bytes that it took off the stream, 0 if
 * it is not complete yet, -EMSGSIZE if it announces more than a viewer has reason to send. */
NODISCARD int framing_next(const uint8_t *data, size_t size, struct bytes *ret_packet);

#endif
