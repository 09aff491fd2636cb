/* The diary: what happened before the cameras (table events). Persons and programs mark events, and
 * whoever looks and listens will add what it found. An event that a camera is recorded for
 * (`record: events`) is kept by the store.
 *
 * An event is nobody's access, so it is no entry of the log; it is in the transaction of the turn.
 */
#ifndef VAULT_DIARY_H
#define VAULT_DIARY_H

#include "base/attr.h"
#include "vault/events.h"
#include "vault/store/store.h"

enum {
	DIARY_LASTING_MAX = 16,     /* of one camera at once */
	DIARY_LASTS_S_MAX = 3600,   /* then nobody will end it any more: it ends */
	DIARY_KEPT_MAX = 100000,    /* of one camera; beyond it the oldest are forgotten */
	DIARY_TIDY_MS = 30 * 1000,  /* how often overdue ends are looked for */
	DIARY_FORGET_TURNS = 120,   /* of these; then the oldest go */
	DIARY_AHEAD_S_MAX = 3600,   /* an end may be so far ahead */
	DIARY_BEHIND_S_MAX = 86400, /* a beginning so far behind */
	DIARY_SCORE_MAX = 1000,
};

struct diary {
	struct loop *loop;
	struct db *db;
	struct cameras *cameras;
	struct store *store;
	struct events *events; /* who wants to hear of it */
	const struct log_clock *clock;
	struct loop_timer tidy;
	unsigned turn; /* of the timer */
};

struct diary_event {
	uint64_t id, start_us, end_us; /* end 0: it lasts */
	uint32_t kind;                 /* enum diary_kind */
	uint32_t score;                /* thousandths + 1; 0: nobody measured */
	char source[NAME_SIZE]; /* who says so: "api", "command", or a model's name and version */
	char note[DIARY_NOTE_MAX + 1];
	uint64_t picture_us;    /* the moment that shows it best; 0: none is known */
	uint8_t picture_box[4]; /* left, top, right, bottom, hundredths: where */
	/* Lists only: whose face it was, 0 if that is not known; and the name, if it has one. */
	uint64_t face;
	char who[NAME_SIZE];
};

/* `like`: everything but the timer. What lasted when the vault ended is ended. */
void diary_init(struct diary *diary, const struct diary *like);
void diary_finish(struct diary *diary);

/* -EINVAL: times or kind without sense; -EMSGSIZE: too many last on this camera. */
NODISCARD int diary_begin(struct diary *diary, struct camera *camera,
			  const struct diary_event *event, uint64_t *ret_id);
/* Ends an event of the camera that lasts, or would: now, if `end_us` is 0. -ENOENT: none such;
 * -EINVAL: before it began, or too far ahead. */
NODISCARD int diary_end(struct diary *diary, struct camera *camera, uint64_t id, uint64_t end_us);

/* More is known of an event that lasts. -ENOENT, -EINVAL. */
NODISCARD int diary_amend(struct diary *diary, const struct camera *camera,
			  const struct diary_event *event);

/* Events of the camera that overlap the span, newest first, at most `limit`; the number found. */
typedef void diary_found_fn(void *context, const struct diary_event *event);
unsigned diary_list(struct diary *diary, const struct camera *camera, uint64_t from_us,
		    uint64_t to_us, unsigned limit, diary_found_fn *found, void *context);

/* The store has a new rule for the camera: what of it is to be kept now. */
void diary_refresh(struct diary *diary, struct camera *camera);

#endif
