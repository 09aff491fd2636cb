#include "sim/sim_audit.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"

void sim_audit_violate(struct sim_audit *audit, const char *what)
{
	if (!audit->is_violated)
		snprintf(audit->why, SIM_AUDIT_WHY_MAX, "%s", what);
	audit->is_violated = true;
}

static void found(void *context, const struct audit_finding *finding)
{
	char room[512];
	struct text words;

	if (!audit_is_bad(finding->kind))
		return;
	text_init(&words, room, sizeof(room));
	audit_describe(finding, &words);
	sim_audit_violate(context, room);
}

static int find_entry(void *context, uint64_t seq, uint32_t camera, uint8_t ret_hash[SHA256_SIZE])
{
	struct sim_audit *audit = context;
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;
	size_t size;

	/* What the index names, the log must have: also -ERANGE. */
	if (log_read_entry(audit->reel->log, seq, text, &size) < 0 ||
	    entry_parse(text, size, &view) < 0 || view.kind != ENTRY_MEDIA ||
	    audit_log_camera(&view) != camera)
		return -ENOENT;
	const struct bytes *hash = &view.values[ENTRY_SHA256];

	return text_parse_hex((const char *)hash->data, hash->size, ret_hash, SHA256_SIZE);
}

void sim_audit_begin(struct sim_audit *audit, struct reel *reel, struct disk *disk, bool is_deep)
{
	audit->reel = reel;
	audit->audit = (struct audit){.disk = disk,
				      .is_deep = is_deep,
				      .written_us = UINT64_MAX,
				      .entry = find_entry,
				      .found = found,
				      .context = audit};
	audit->erased = (struct audit_log){0};
}

void sim_audit_finish(struct sim_audit *audit)
{
	audit_finish(&audit->audit);
	audit_log_finish(&audit->erased);
}

void sim_audit_epochs(struct sim_audit *audit)
{
	static const uint8_t store_key[EPOCH_STORE_KEY_SIZE] = {1, 2, 3}; /* the reel's */
	struct db *db = audit->reel->db;
	struct audit_epoch epoch;
	uint32_t camera = 0;
	uint64_t start_us = 0;

	while (audit_next(db, &camera, &start_us)) {
		audit_load(db, store_key, camera, start_us, &epoch);
		audit_epoch(&audit->audit, &epoch);
		audit_unload(&epoch);
	}
}

void sim_audit_block(struct sim_audit *audit, uint64_t seq, const struct entry_view *view)
{
	uint32_t camera = audit_log_camera(view);
	struct audit_span span = audit_log_pass(&audit->erased, camera, view->stamp.real_us);

	if (!audit_log_has_block(audit->reel->db, camera, seq) &&
	    !audit_log_is_erased(&audit->erased, &span))
		sim_audit_violate(audit, "the log names a block that is neither there nor erased");
}
