/* The access log over HTTP: checkpoint, tiles, proofs, entries, key (C2SP tlog-tiles). */
#ifndef FRONT_LOGBOOK_H
#define FRONT_LOGBOOK_H

struct exchange;

enum {
	LOGBOOK_WAIT_S = 10,         /* for a checkpoint larger than `after` */
	LOGBOOK_BYTES_MAX = 2 << 20, /* 256 entries of 4096 bytes, and room */
	LOGBOOK_ENTRIES_DEFAULT = 50,
	LOGBOOK_ENTRIES_MAX = 200,
};

void logbook_show_checkpoint(struct exchange *exchange);
void logbook_show_tile(struct exchange *exchange);
void logbook_prove_inclusion(struct exchange *exchange);
void logbook_prove_consistency(struct exchange *exchange);
void logbook_list_entries(struct exchange *exchange);
void logbook_show_key(struct exchange *exchange);

#endif
