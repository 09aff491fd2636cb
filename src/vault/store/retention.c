#include "vault/store/retention.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/diag.h"
#include "vault/store/ledger.h"
#include "vault/store/store.h"

#define DAY_US (UINT64_C(86400) * 1000000)

static bool is_running(const struct store *store, uint32_t camera, uint64_t epoch_us)
{
	for (unsigned slot = 0; slot < CAMERA_MAX; slot++) {
		const struct recorder *recorder = store->recorders[slot];

		if (recorder && recorder->epoch.camera == camera &&
		    recorder->epoch.start_us == epoch_us)
			return true;
	}
	return false;
}

static bool is_over(const struct store *store, uint64_t epoch_us)
{
	const struct log_clock *clock = store->clock;
	uint64_t end_us = epoch_us + EPOCH_LENGTH_US;

	if (store->limits.bytes && ledger_total(store->journal->db) > store->limits.bytes)
		return true;
	return store->limits.days &&
	       clock->real_us(clock->context) > end_us + store->limits.days * DAY_US;
}

/* The entry first: what is not in the log is not erased. */
static int record_erasure(struct store *store, uint32_t camera, uint64_t epoch_us)
{
	struct journal_draft draft;
	char id[CAMERAS_ID_SIZE];
	uint64_t seq;

	snprintf(id, sizeof(id), "c%" PRIu32, camera);
	journal_draft(&draft, ENTRY_ERASE, PERSON_HOUSE);
	entry_add_text(&draft.entry, ENTRY_CAM, id);
	entry_add_text(&draft.entry, ENTRY_REASON, "retention");
	entry_add_pair(&draft.entry, ENTRY_SPAN, epoch_us, epoch_us + EPOCH_LENGTH_US);
	return journal_add(store->journal, &draft, NULL, &seq);
}

static void erase(struct store *store, uint32_t camera, uint64_t epoch_us)
{
	char path[PACK_PATH_SIZE];

	if (record_erasure(store, camera, epoch_us) < 0)
		return; /* at another time */
	ledger_forget(store->journal->db, camera, epoch_us);
	pack_path(camera, epoch_us, path);
	int rc = store->disk->unlink(store->disk, path);

	if (rc < 0 && rc != -ENOENT)
		diag_warn("cannot remove the recording %s (error %d); its key is destroyed", path,
			  -rc);
}

void retention_keep(struct store *store)
{
	uint32_t camera;
	uint64_t epoch_us;

	if (!journal_stopped(store->journal) &&
	    ledger_find_oldest(store->journal->db, &camera, &epoch_us) &&
	    !is_running(store, camera, epoch_us) && is_over(store, epoch_us))
		erase(store, camera, epoch_us);
}
