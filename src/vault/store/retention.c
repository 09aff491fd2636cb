#include "vault/store/retention.h"

#include <errno.h>

#include "base/diag.h"
#include "vault/store/ledger.h"
#include "vault/store/store.h"

/* The ten minutes of now stay also while nobody records: they may be gone on with. */
static bool is_running(const struct store *store, uint32_t camera, uint64_t epoch_us)
{
	if (epoch_us == epoch_start_of(store->clock->real_us(store->clock->context)))
		return true;
	for (unsigned slot = 0; slot < CAMERA_MAX; slot++) {
		const struct recorder *recorder = store->recorders[slot];

		if (recorder && recorder->has_begun && recorder->epoch.camera == camera &&
		    recorder->epoch.start_us == epoch_us)
			return true;
	}
	return false;
}

/* A camera that is gone has no rule of its own. */
static struct store_limits limits_of(const struct store *store, uint32_t camera)
{
	for (unsigned slot = 0; slot < CAMERA_MAX; slot++)
		if (store->rules[slot].camera == camera)
			return store->rules[slot].rule.limits;
	return (struct store_limits){.days = store->limits.days};
}

uint64_t retention_days(const struct store *store, uint32_t camera)
{
	return limits_of(store, camera).days;
}

struct oldest {
	uint32_t camera;
	uint64_t epoch_us, until_us; /* recorded until */
};

/* Of those that may go, what was recorded first, of one camera or (0) of all. That is the one of
 * the earliest time, unless the clock was set ahead since: a box without a battery begins in 1970.
 */
static bool find_oldest(const struct store *store, uint32_t camera, uint64_t before_us,
			struct oldest *ret_oldest)
{
	enum { LOOKS_MAX = 16 };
	struct db *db = store->journal->db;
	struct oldest best = {.until_us = UINT64_MAX}, at = {0};

	for (unsigned i = 0; i < LOOKS_MAX; i++) {
		uint64_t from_us = i ? at.epoch_us + 1 : 0;

		if (!ledger_find_oldest(db, camera, from_us, &at.camera, &at.epoch_us) ||
		    at.epoch_us + EPOCH_LENGTH_US >= before_us)
			break;
		if (is_running(store, at.camera, at.epoch_us))
			continue;
		at.until_us = ledger_recorded_until(db, at.camera, at.epoch_us);
		if (at.until_us < best.until_us)
			best = at;
		if (at.until_us == at.epoch_us + EPOCH_LENGTH_US)
			break;
	}
	*ret_oldest = best;
	return best.until_us < before_us;
}

/* false: nothing may. */
static bool erase_oldest(struct store *store, uint32_t camera, uint64_t before_us)
{
	struct oldest oldest;

	if (!find_oldest(store, camera, before_us, &oldest))
		return false;
	/* What cannot be now is tried again. */
	return erasure_begin(store, oldest.camera, oldest.epoch_us, "retention") != -EIO;
}

/* Once, until it fits again: the owner must decide what to let go. */
static void tell_protected(struct store *store, bool is_over)
{
	if (is_over && !store->is_protected)
		diag_warn("recordings take more than retention.bytes allows, but what is left is "
			  "kept as clips or is being written; `ward clip list` shows the clips");
	store->is_protected = is_over;
}

static bool keep_all(struct store *store)
{
	bool is_over =
		store->limits.bytes && ledger_total(store->journal->db) > store->limits.bytes;

	if (is_over && erase_oldest(store, 0, UINT64_MAX))
		return true;
	tell_protected(store, is_over);
	return false;
}

static bool keep_camera(struct store *store, uint32_t camera)
{
	const struct store_limits limits = limits_of(store, camera);
	uint64_t now_us = store->clock->real_us(store->clock->context);
	uint64_t days_us = limits.days * RETENTION_DAY_US + EPOCH_MARGIN_US;

	if (limits.bytes && ledger_total_of(store->journal->db, camera) > limits.bytes &&
	    erase_oldest(store, camera, UINT64_MAX))
		return true;
	return limits.days && now_us > days_us && erase_oldest(store, camera, now_us - days_us);
}

void retention_keep(struct store *store)
{
	struct db *db = store->journal->db;

	if (journal_stopped(store->journal) || keep_all(store))
		return;
	if (store->retained == 0)
		store->retained = ledger_next_camera(db, 0);
	/* A backlog of one camera goes at once, before the next camera's turn. */
	if (store->retained && !keep_camera(store, store->retained))
		store->retained = ledger_next_camera(db, store->retained);
}
