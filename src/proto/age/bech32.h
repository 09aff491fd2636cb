/* Bech32 (BIP 173), as age writes keys. */
#ifndef PROTO_AGE_BECH32_H
#define PROTO_AGE_BECH32_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* `data` is 32 bytes; `size` holds prefix + 60 letters + NUL. */
void bech32_print(const char *prefix, const uint8_t data[32], char *ret_text, size_t size);

/* The one canonical text for 32 bytes under that prefix, in small letters. -EBADMSG: anything else. */
NODISCARD int bech32_parse(const char *prefix, const char *text, size_t size, uint8_t ret_data[32]);

#endif
