/* `Ward-Ask`: what a device has signed to watch. One form only:
 *
 *   nonce=<64 hex>; size=<decimal>; root=<44 base64, or - if size is 0>; signature=<128 hex>
 */
#ifndef PROTO_HTTP_ASK_HEADER_H
#define PROTO_HTTP_ASK_HEADER_H

#include "base/attr.h"
#include "base/bytes.h"

struct ask_header {
	uint8_t nonce[32];
	uint64_t checkpoint_size;
	uint8_t checkpoint_root[32]; /* zeros if the size is 0 */
	uint8_t signature[64];
};

/* 0 or -EBADMSG. */
NODISCARD int ask_header_parse(struct bytes value, struct ask_header *ret_ask);

#endif
