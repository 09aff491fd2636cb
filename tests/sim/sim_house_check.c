#include "sim/sim_house.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/log_verify.h"
#include "unit/check.h"

struct inspector {
	struct sim_audit audit;
	struct sim_house_report report;
	uint64_t seq;
};

/* ---- the log ---- */

static int note_entry(void *context, struct bytes text)
{
	struct inspector *inspector = context;
	struct entry_view view;

	if (entry_parse((const char *)text.data, text.size, &view) < 0 ||
	    audit_log_note(&inspector->audit.erased, &view) < 0)
		return -EBADMSG;
	inspector->report.entries++;
	inspector->report.blocks_logged += view.kind == ENTRY_MEDIA;
	inspector->report.erasures += view.kind == ENTRY_ERASE;
	return 0;
}

static int hold_entry(void *context, struct bytes text)
{
	struct inspector *inspector = context;
	struct entry_view view;
	uint64_t seq = inspector->seq++;

	if (entry_parse((const char *)text.data, text.size, &view) < 0)
		return -EBADMSG;
	if (view.kind == ENTRY_MEDIA)
		sim_audit_block(&inspector->audit, seq, &view);
	return 0;
}

static void check_log(struct inspector *inspector)
{
	const struct reel *reel = inspector->audit.reel;
	struct log_verify_report report;
	char path[sizeof(reel->path) + 8], why[LOG_VERIFY_WHY_MAX] = "";

	snprintf(path, sizeof(path), "%s/log", reel->path);
	if (log_verify_directory(path, NULL, &report, why) < 0 ||
	    log_verify_entries(path, note_entry, inspector, why) < 0 ||
	    log_verify_entries(path, hold_entry, inspector, why) < 0)
		sim_audit_violate(&inspector->audit, why);
}

/* ---- packs and index ---- */

static void check_epochs(struct inspector *inspector)
{
	const struct audit *audit = &inspector->audit.audit;

	sim_audit_epochs(&inspector->audit);
	inspector->report.epochs = audit->sums.epochs;
	inspector->report.blocks = audit->sums.blocks;
	inspector->report.fragments = audit->sums.fragments;
}

const char *sim_house_check(struct sim_house *house, bool is_deep,
			    struct sim_house_report *ret_report, char ret_why[SIM_HOUSE_WHY_MAX])
{
	static struct inspector inspector;

	inspector = (struct inspector){.audit.why = ret_why};
	reel_stop(&house->reel);
	reel_start(&house->reel);
	sim_audit_begin(&inspector.audit, &house->reel, house->reel.disk.real, is_deep);
	check_log(&inspector);
	check_epochs(&inspector);
	if (inspector.report.erasures != house->unlinks)
		sim_audit_violate(&inspector.audit, "packs and `erase` entries do not tell the same");
	sim_audit_finish(&inspector.audit);
	*ret_report = inspector.report;
	return inspector.audit.is_violated ? ret_why : NULL;
}
