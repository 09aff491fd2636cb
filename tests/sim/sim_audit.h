/* Holds the packs of a reel's store against their index, and the blocks that its log names against
 * both, as `ward store check` does. The first thing that is wrong is kept. */
#ifndef SIM_SIM_AUDIT_H
#define SIM_SIM_AUDIT_H

#include "unit/vault/reel.h"
#include "vault/store/audit.h"
#include "vault/store/audit_log.h"

enum { SIM_AUDIT_WHY_MAX = 800 };

struct sim_audit {
	struct reel *reel;
	struct audit audit;
	struct audit_log erased;
	char *why; /* SIM_AUDIT_WHY_MAX bytes, the caller's */
	bool is_violated;
};

/* `why` is set. What was violated before stays so. */
void sim_audit_begin(struct sim_audit *audit, struct reel *reel, struct disk *disk, bool is_deep);
void sim_audit_finish(struct sim_audit *audit);
void sim_audit_violate(struct sim_audit *audit, const char *what);

/* All that the index has, and its packs. */
void sim_audit_epochs(struct sim_audit *audit);
/* A block of the log must be in the index, or erased. All entries went through
 * audit_log_note before, and this is called in their order. */
void sim_audit_block(struct sim_audit *audit, uint64_t seq, const struct entry_view *view);

#endif
