#include "vault/store/audit_log.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

/* A block is logged when it ends, and an epoch may last a little longer than its time (epoch.h). */
#define LATE_US UINT64_C(60000000)

uint32_t audit_log_camera(const struct entry_view *view)
{
	const struct bytes *id = &view->values[ENTRY_CAM];
	uint64_t number;

	if (!id->data || id->size < 2 || id->data[0] != 'c' ||
	    text_parse_u64((const char *)id->data + 1, id->size - 1, UINT32_MAX, &number) < 0)
		return 0;
	return (uint32_t)number;
}

/* "123 456". */
static bool parse_span(const struct bytes *value, struct audit_span *span)
{
	const char *text = (const char *)value->data;
	const char *space = text ? memchr(text, ' ', value->size) : NULL;

	if (!space)
		return false;
	size_t first = (size_t)(space - text);

	return text_parse_u64(text, first, UINT64_MAX, &span->from_us) == 0 &&
	       text_parse_u64(space + 1, value->size - first - 1, UINT64_MAX, &span->to_us) == 0;
}

static int add(struct audit_log *log, const struct audit_span *span)
{
	struct audit_span *last = log->count ? &log->erased[log->count - 1] : NULL;

	if (last && last->camera == span->camera && span->from_us >= last->from_us &&
	    span->from_us <= last->to_us) {
		last->to_us = span->to_us > last->to_us ? span->to_us : last->to_us;
		return 0;
	}
	if (log->count == log->capacity) {
		size_t capacity = log->capacity ? 2 * log->capacity : 64;
		struct audit_span *grown =
			reallocarray(log->erased, capacity, sizeof(*log->erased));

		if (!grown)
			return -ENOMEM;
		log->erased = grown;
		log->capacity = capacity;
	}
	log->erased[log->count++] = *span;
	log->is_sorted = false;
	return 0;
}

int audit_log_note(struct audit_log *log, const struct entry_view *view)
{
	struct audit_span span = {.camera = audit_log_camera(view)};

	if (view->kind != ENTRY_ERASE || !span.camera ||
	    !parse_span(&view->values[ENTRY_SPAN], &span))
		return 0;
	return add(log, &span);
}

static int compare(const void *one, const void *other)
{
	const struct audit_span *a = one, *b = other;

	if (a->camera != b->camera)
		return a->camera < b->camera ? -1 : 1;
	return a->from_us < b->from_us ? -1 : a->from_us > b->from_us;
}

/* Sorted, and what touches joined. */
static void sort(struct audit_log *log)
{
	size_t kept = 0;

	if (log->count)
		qsort(log->erased, log->count, sizeof(*log->erased), compare);
	for (size_t i = 0; i < log->count; i++) {
		struct audit_span *last = kept ? &log->erased[kept - 1] : NULL,
				  *at = &log->erased[i];

		if (last && last->camera == at->camera && at->from_us <= last->to_us)
			last->to_us = at->to_us > last->to_us ? at->to_us : last->to_us;
		else
			log->erased[kept++] = *at;
	}
	log->count = kept;
	log->is_sorted = true;
}

struct audit_span audit_log_pass(struct audit_log *log, uint32_t camera, uint64_t logged_us)
{
	struct audit_span span = {camera, logged_us > LATE_US ? logged_us - LATE_US : 0, logged_us};

	for (unsigned i = 0; i < AUDIT_LOG_CAMERAS; i++) {
		uint64_t before_us = log->newest[i].logged_us;

		if (log->newest[i].camera && log->newest[i].camera != camera)
			continue;
		if (log->newest[i].camera && before_us < span.from_us)
			span.from_us = before_us;
		if (log->newest[i].camera && before_us > logged_us)
			span.to_us = before_us + LATE_US;
		log->newest[i].camera = camera;
		log->newest[i].logged_us = logged_us;
		break;
	}
	return span;
}

bool audit_log_is_erased(struct audit_log *log, const struct audit_span *span)
{
	size_t low = 0, high;

	if (!log->is_sorted)
		sort(log);
	high = log->count;
	while (low < high) { /* the first that begins after it */
		size_t middle = low + (high - low) / 2;
		const struct audit_span *at = &log->erased[middle];

		if (at->camera < span->camera ||
		    (at->camera == span->camera && at->from_us <= span->to_us))
			low = middle + 1;
		else
			high = middle;
	}
	const struct audit_span *before = low ? &log->erased[low - 1] : NULL;

	return before && before->camera == span->camera && span->from_us <= before->to_us + LATE_US;
}

void audit_log_finish(struct audit_log *log)
{
	free(log->erased);
	*log = (struct audit_log){0};
}

bool audit_log_has_block(struct db *db, uint32_t camera, uint64_t seq)
{
	sqlite3_stmt *select =
		db_use(db, "SELECT 1 FROM blocks WHERE camera = ?1 AND log_seq = ?2");

	db_bind_int(select, 1, camera);
	db_bind_int(select, 2, seq);
	return db_number(db, select) != 0;
}
