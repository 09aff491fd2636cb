/* What each address does here: its connections, and how often it failed. One row for an IPv4
 * address or an IPv6 /64, in a table that never grows. */
#ifndef FRONT_ADDRESS_H
#define FRONT_ADDRESS_H

#include "base/attr.h"
#include "front/bucket.h"

enum {
	ADDRESS_SETS = 256, /* rows are found by a keyed hash, so no stranger can aim at a set */
	ADDRESS_WAYS = 8,
	ADDRESS_CONNECTIONS_MAX = 192, /* of one address at once */
};

struct address {
	uint8_t key[16];
	uint32_t connections;
	uint32_t is_used;
	uint64_t seen_ns;
	struct bucket failures; /* wrong credentials, links, signatures */
	struct bucket nonces;
};

struct address_table {
	uint8_t hash_key[16];
	struct address rows[ADDRESS_SETS][ADDRESS_WAYS];
};

void address_init(struct address_table *table);

/* The row of an address (16 bytes, IPv4 mapped), made in place of the longest unseen one without
 * connections. NULL if all rows of its set are busy. */
struct address *address_find(struct address_table *table, const uint8_t address[16],
			     uint64_t now_ns);

/* Too many failures of late: do not even ask. */
bool address_is_blocked(const struct address *address, uint64_t now_ns);
void address_count_failure(struct address *address, uint64_t now_ns);
bool address_may_take_nonce(struct address *address, uint64_t now_ns);

#endif
