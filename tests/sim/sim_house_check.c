#include "sim/sim_house.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/log_verify.h"
#include "unit/check.h"
#include "vault/store/audit.h"
#include "vault/store/audit_log.h"

struct inspector {
	struct sim_house *house;
	struct sim_house_report report;
	struct audit audit;
	struct audit_log erased;
	uint64_t seq;
	char *why;
	bool is_violated;
};

static void violate(struct inspector *inspector, const char *what)
{
	if (!inspector->is_violated)
		snprintf(inspector->why, SIM_HOUSE_WHY_MAX, "%s", what);
	inspector->is_violated = true;
}

/* ---- the log ---- */

static int note_entry(void *context, struct bytes text)
{
	struct inspector *inspector = context;
	struct entry_view view;

	if (entry_parse((const char *)text.data, text.size, &view) < 0 ||
	    audit_log_note(&inspector->erased, &view) < 0)
		return -EBADMSG;
	inspector->report.entries++;
	inspector->report.blocks_logged += view.kind == ENTRY_MEDIA;
	inspector->report.erasures += view.kind == ENTRY_ERASE;
	return 0;
}

/* A block is in the index, or it was erased; and not both. */
static int hold_entry(void *context, struct bytes text)
{
	struct inspector *inspector = context;
	struct entry_view view;
	uint64_t seq = inspector->seq++;

	if (entry_parse((const char *)text.data, text.size, &view) < 0)
		return -EBADMSG;
	if (view.kind != ENTRY_MEDIA)
		return 0;
	uint32_t camera = audit_log_camera(&view);
	struct audit_span span = audit_log_pass(&inspector->erased, camera, view.stamp.real_us);

	if (!audit_log_has_block(inspector->house->reel.db, camera, seq) &&
	    !audit_log_is_erased(&inspector->erased, &span))
		violate(inspector, "the log names a block that is neither there nor erased");
	return 0;
}

/* ---- packs and index ---- */

static void found(void *context, const struct audit_finding *finding)
{
	char room[512];
	struct text words;

	if (!audit_is_bad(finding->kind))
		return;
	text_init(&words, room, sizeof(room));
	audit_describe(finding, &words);
	violate(context, room);
}

static int find_entry(void *context, uint64_t seq, uint32_t camera, uint8_t ret_hash[SHA256_SIZE])
{
	struct inspector *inspector = context;
	char text[ENTRY_SIZE_MAX];
	struct entry_view view;
	size_t size;

	if (log_read_entry(inspector->house->reel.log, seq, text, &size) < 0 ||
	    entry_parse(text, size, &view) < 0 || view.kind != ENTRY_MEDIA ||
	    audit_log_camera(&view) != camera)
		return -ENOENT;
	const struct bytes *hash = &view.values[ENTRY_SHA256];

	return text_parse_hex((const char *)hash->data, hash->size, ret_hash, SHA256_SIZE);
}

static void check_epochs(struct inspector *inspector)
{
	static const uint8_t store_key[EPOCH_STORE_KEY_SIZE] = {1, 2, 3}; /* the reel's */
	struct db *db = inspector->house->reel.db;
	struct audit_epoch epoch;
	uint32_t camera = 0;
	uint64_t start_us = 0;

	while (audit_next(db, &camera, &start_us)) {
		audit_load(db, store_key, camera, start_us, &epoch);
		audit_epoch(&inspector->audit, &epoch);
		audit_unload(&epoch);
	}
	inspector->report.epochs = inspector->audit.sums.epochs;
	inspector->report.blocks = inspector->audit.sums.blocks;
	inspector->report.fragments = inspector->audit.sums.fragments;
}

static void check_log(struct inspector *inspector)
{
	struct log_verify_report report;
	char path[sizeof(inspector->house->reel.path) + 8], why[LOG_VERIFY_WHY_MAX] = "";

	snprintf(path, sizeof(path), "%s/log", inspector->house->reel.path);
	if (log_verify_directory(path, NULL, &report, why) < 0 ||
	    log_verify_entries(path, note_entry, inspector, why) < 0 ||
	    log_verify_entries(path, hold_entry, inspector, why) < 0)
		violate(inspector, why);
}

const char *sim_house_check(struct sim_house *house, bool is_deep,
			    struct sim_house_report *ret_report, char ret_why[SIM_HOUSE_WHY_MAX])
{
	static struct inspector inspector;

	inspector = (struct inspector){.house = house, .why = ret_why};
	reel_stop(&house->reel);
	reel_start(&house->reel);
	inspector.audit = (struct audit){.disk = house->reel.disk.real,
					 .is_deep = is_deep,
					 .written_us = UINT64_MAX,
					 .entry = find_entry,
					 .found = found,
					 .context = &inspector};
	check_log(&inspector);
	check_epochs(&inspector);
	if (inspector.report.erasures != house->unlinks)
		violate(&inspector, "packs and `erase` entries do not tell the same");
	audit_finish(&inspector.audit);
	audit_log_finish(&inspector.erased);
	*ret_report = inspector.report;
	return inspector.is_violated ? ret_why : NULL;
}
