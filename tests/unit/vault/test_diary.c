/* Events and clips, asked for by people, programs and the tool. */
#include "../check.h"

#include <string.h>

#include "base/clock.h"
#include "rig.h"
#include "vault/clips.h"
#include "vault/store/ledger.h"

#define SECOND_US UINT64_C(1000000)

struct house {
	struct rig *rig;
	struct rig_device owner, member, guest;
	struct ipc_credential viewer, marker; /* tokens for the porch */
};

static struct house *house_create(void)
{
	static struct house house;
	struct rig *rig = house.rig = rig_create();

	rig_add_cam(rig, 0, "porch");
	rig_add_cam(rig, 1, "nursery");
	rig_add_person(rig, "ann", ROLE_OWNER, "", &house.owner);
	rig_add_person(rig, "kim", ROLE_MEMBER, "nursery", &house.member);
	rig_add_person(rig, "joe", ROLE_GUEST, "porch", &house.guest);
	rig_add_token(rig, "ann", "porch", VERB_VIEW, &house.viewer, NULL);
	rig_add_token(rig, "ann", "porch", VERB_MARK, &house.marker, NULL);
	rig_settle(rig);
	rig_clear(&rig->front);
	return &house;
}

/* What the front gets for it; rows stay in its inbox. `ret_id` may be NULL. */
static enum refusal ask(struct house *house, const struct ipc_credential *credential,
			struct ipc_diary_ask ask, const char *text, uint64_t *ret_id)
{
	struct rig *rig = house->rig;
	struct ipc_done done = {0};

	rig_clear(&rig->front);
	ask.request = ++rig->request;
	ask.credential = *credential;
	ipc_send(&rig->front.channel, IPC_DIARY_ASK, &ask, text, strlen(text));
	enum refusal refusal = rig_answer(rig, &done);

	if (ret_id)
		*ret_id = done.value;
	return refusal;
}

static struct ipc_diary_ask about(enum diary_order order, const char *camera)
{
	struct ipc_diary_ask body = {.order = order, .kind = DIARY_DOORBELL, .to_us = 0};

	if (order == DIARY_LIST || order == CLIP_LIST)
		body.to_us = INT64_MAX;
	strcpy(body.camera, camera);
	return body;
}

static unsigned count_rows(struct house *house, const struct ipc_credential *credential,
			   enum diary_order order, const char *camera,
			   struct ipc_row_diary *ret_newest)
{
	unsigned count = 0;

	assert_int_equal(ask(house, credential, about(order, camera), "", NULL), REFUSAL_NONE);
	for (struct rig_message *at = house->rig->front.first; at; at = at->next)
		if (at->type == IPC_ROW_DIARY && count++ == 0 && ret_newest)
			memcpy(ret_newest, at->body, sizeof(*ret_newest));
	return count;
}

static void an_event_begins_lasts_and_ends(void **state)
{
	struct house *house = house_create();
	const struct ipc_credential *owner = &house->owner.login;
	struct ipc_diary_ask end = about(DIARY_END, "porch");
	struct ipc_row_diary row;
	uint64_t id, other;

	(void)state;
	assert_int_equal(ask(house, owner, about(DIARY_BEGIN, "porch"), "Größe 42", &id),
			 REFUSAL_NONE);
	assert_true(id > 0);
	assert_int_equal(count_rows(house, owner, DIARY_LIST, "porch", &row), 1);
	assert_int_equal(row.id, id);
	assert_int_equal(row.to_us, 0);
	assert_int_equal(row.kind, DIARY_DOORBELL);
	assert_int_equal(row.score, 0);
	assert_string_equal(row.source, "api");
	assert_string_equal(row.camera_name, "porch");
	assert_true(row.from_us <= clock_real_us() &&
		    row.from_us + 60 * SECOND_US > clock_real_us());
	/* Of another camera it is no event. */
	end.id = id;
	strcpy(end.camera, "nursery");
	assert_int_equal(ask(house, owner, end, "", NULL), REFUSAL_NOT_FOUND);
	strcpy(end.camera, "porch");
	assert_int_equal(ask(house, owner, end, "", NULL), REFUSAL_NONE);
	assert_int_equal(count_rows(house, owner, DIARY_LIST, "", &row), 1);
	assert_true(row.to_us >= row.from_us);
	assert_int_equal(ask(house, owner, end, "", NULL), REFUSAL_NOT_FOUND);
	assert_int_equal(ask(house, owner, about(DIARY_BEGIN, "nursery"), "", &other),
			 REFUSAL_NONE);
	assert_int_equal(count_rows(house, owner, DIARY_LIST, "", NULL), 2);
	/* Nobody ends it after a restart: it is over. */
	rig_restart(house->rig, true);
	rig_add_cam(house->rig, 0, "porch");
	rig_add_cam(house->rig, 1, "nursery");
	rig_sign_in(house->rig, &house->owner);
	assert_int_equal(count_rows(house, owner, DIARY_LIST, "nursery", &row), 1);
	assert_int_equal(row.id, other);
	assert_true(row.to_us >= row.from_us);
	rig_destroy(house->rig);
}

static void nobody_learns_of_what_he_may_not_see(void **state)
{
	struct house *house = house_create();
	const struct {
		const struct ipc_credential *who;
		enum refusal list, begin, begin_elsewhere;
	} askers[] = {
		{&house->owner.login, REFUSAL_NONE, REFUSAL_NONE, REFUSAL_NONE},
		{&house->member.login, REFUSAL_NOT_FOUND, REFUSAL_NOT_FOUND, REFUSAL_NONE},
		{&house->guest.login, REFUSAL_NOT_ALLOWED, REFUSAL_NOT_ALLOWED, REFUSAL_NOT_FOUND},
		{&house->viewer, REFUSAL_NOT_ALLOWED, REFUSAL_NOT_ALLOWED, REFUSAL_NOT_FOUND},
		{&house->marker, REFUSAL_NOT_ALLOWED, REFUSAL_NONE, REFUSAL_NOT_FOUND},
	};
	struct ipc_credential stranger = {.kind = CREDENTIAL_LOGIN, .secret = {7}};
	struct ipc_row_diary row;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(askers); i++) {
		const struct ipc_credential *who = askers[i].who;

		assert_int_equal(ask(house, who, about(DIARY_LIST, "porch"), "", NULL),
				 askers[i].list);
		assert_int_equal(ask(house, who, about(DIARY_BEGIN, "porch"), "", NULL),
				 askers[i].begin);
		assert_int_equal(ask(house, who, about(DIARY_BEGIN, "nursery"), "", NULL),
				 askers[i].begin_elsewhere);
		assert_int_equal(ask(house, who, about(DIARY_BEGIN, "attic"), "", NULL),
				 REFUSAL_NOT_FOUND);
	}
	for (enum diary_order order = 0; order < DIARY_ORDER_COUNT; order++)
		assert_int_equal(ask(house, &stranger, about(order, "porch"), "", NULL),
				 REFUSAL_NOT_SIGNED_IN);
	/* All that one may see is less than all. */
	assert_int_equal(count_rows(house, &house->member.login, DIARY_LIST, "", &row), 2);
	assert_string_equal(row.camera_name, "nursery");
	assert_int_equal(count_rows(house, &house->owner.login, DIARY_LIST, "", NULL), 4);
	rig_destroy(house->rig);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct house *house = house_create();
	const struct ipc_credential *owner = &house->owner.login;
	uint64_t now_us = clock_real_us();
	const struct {
		uint32_t kind;
		uint64_t from_us, to_us;
		const char *note;
	} wrong[] = {
		{DIARY_NONE, 0, 0, ""},
		{DIARY_KIND_COUNT, 0, 0, ""},
		{DIARY_CRY, now_us + 60 * SECOND_US, 0, ""},
		{DIARY_CRY, now_us - 2 * 86400 * SECOND_US, 0, ""},
		{DIARY_CRY, 0, now_us - 60 * SECOND_US, ""},
		{DIARY_CRY, 0, now_us + 2 * 3600 * SECOND_US, ""},
		{DIARY_CRY, UINT64_MAX, 0, ""},
		{DIARY_CRY, 0, 0, "line\nbreak"},
		{DIARY_CRY, 0, 0, "\xff\xfe"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		struct ipc_diary_ask body = about(DIARY_BEGIN, "porch");

		body.kind = wrong[i].kind;
		body.from_us = wrong[i].from_us;
		body.to_us = wrong[i].to_us;
		assert_int_equal(ask(house, owner, body, wrong[i].note, NULL), REFUSAL_BAD_REQUEST);
	}
	assert_int_equal(ask(house, owner, about(DIARY_BEGIN, ""), "", NULL), REFUSAL_BAD_REQUEST);
	assert_int_equal(ask(house, owner, about(DIARY_ORDER_COUNT, "porch"), "", NULL),
			 REFUSAL_BAD_REQUEST);
	assert_int_equal(count_rows(house, owner, DIARY_LIST, "", NULL), 0);
	rig_destroy(house->rig);
}

/* One source that says too much is not heard, and the others are. */
static void a_flood_is_one_sources_own(void **state)
{
	struct house *house = house_create();
	struct ipc_diary_ask body = about(DIARY_BEGIN, "porch");
	unsigned heard = 0;

	(void)state;
	body.from_us = clock_real_us();
	body.to_us = body.from_us + 1;
	for (unsigned i = 0; i < 2 * DIARY_BURST; i++)
		heard += ask(house, &house->marker, body, "", NULL) == REFUSAL_NONE;
	assert_in_range(heard, DIARY_BURST - 1, DIARY_BURST + 5);
	assert_int_equal(ask(house, &house->marker, body, "", NULL), REFUSAL_TOO_MANY);
	assert_int_equal(ask(house, &house->owner.login, body, "", NULL), REFUSAL_NONE);
	/* So many may last at once. */
	for (unsigned i = 0; i < DIARY_LASTING_MAX; i++)
		assert_int_equal(
			ask(house, &house->owner.login, about(DIARY_BEGIN, "nursery"), "", NULL),
			REFUSAL_NONE);
	assert_int_equal(ask(house, &house->owner.login, about(DIARY_BEGIN, "nursery"), "", NULL),
			 REFUSAL_TOO_MANY);
	rig_destroy(house->rig);
}

static void followers_are_told(void **state)
{
	struct house *house = house_create();
	struct rig *rig = house->rig;
	struct ipc_query member = {.query = QUERY_EVENTS}, guest = {.query = QUERY_EVENTS};
	uint64_t id;

	(void)state;
	rig_query(rig, &rig->front, &house->member.login, &member);
	rig_query(rig, &rig->front, &house->guest.login, &guest);
	rig_settle(rig);
	struct ipc_diary_ask body = about(DIARY_BEGIN, "nursery");

	body.request = ++rig->request;
	body.credential = house->owner.login;
	ipc_send(&rig->front.channel, IPC_DIARY_ASK, &body, NULL, 0);
	struct rig_message *message = rig_wait(rig, &rig->front, IPC_DONE);

	id = ((const struct ipc_done *)message->body)->value;
	rig_free(message);
	do {
		message = rig_wait(rig, &rig->front, IPC_ROW_EVENT);
		const struct ipc_row_event *row = (const struct ipc_row_event *)message->body;
		bool is_it = row->kind == EVENT_DIARY;

		if (is_it) {
			assert_int_equal(row->request, member.request);
			assert_int_equal(row->value, id);
			assert_string_equal(row->name, "nursery");
		}
		rig_free(message);
		if (is_it)
			break;
	} while (true);
	rig_destroy(rig);
}

/* A block of a few seconds, as if it had been recorded. */
static void pretend_recording(struct house *house, uint64_t from_us, uint64_t to_us)
{
	struct vault *vault = house->rig->vault;
	struct block block = {.camera = cameras_at(&vault->cameras, 0)->id};
	struct block_piece piece = {.start_us = from_us, .end_us = to_us, .frames = 1};
	struct ledger_mark mark = {.epoch_us = epoch_start_of(from_us), .size = 1, .seq = 1};

	assert_int_equal(block_add(&block, &piece), 0);
	ledger_add(vault->journal.db, &block, &mark);
	journal_commit(&vault->journal);
}

static void clips_are_kept_and_released_in_the_log(void **state)
{
	struct house *house = house_create();
	const struct ipc_credential *owner = &house->owner.login;
	struct ipc_diary_ask keep = about(CLIP_KEEP, "porch"),
			     release = about(CLIP_RELEASE, "porch");
	struct ipc_row_diary row;
	uint64_t now_us = clock_real_us();

	(void)state;
	keep.from_us = now_us - 100 * SECOND_US;
	keep.to_us = now_us - 90 * SECOND_US;
	assert_int_equal(ask(house, owner, keep, "first steps", NULL), REFUSAL_NOT_FOUND);
	pretend_recording(house, now_us - 95 * SECOND_US, now_us - 85 * SECOND_US);
	assert_int_equal(ask(house, owner, keep, "first steps", &release.id), REFUSAL_NONE);
	assert_int_equal(rig_entries(house->rig, "kind config", "reason clip-kept"), 1);
	assert_int_equal(count_rows(house, owner, CLIP_LIST, "porch", &row), 1);
	assert_int_equal(row.from_us, keep.from_us);
	assert_int_equal(row.to_us, keep.to_us);
	/* In person, and of a camera that is theirs. */
	assert_int_equal(ask(house, &house->guest.login, keep, "x", NULL), REFUSAL_NOT_ALLOWED);
	assert_int_equal(ask(house, &house->viewer, release, "", NULL), REFUSAL_NOT_ALLOWED);
	assert_int_equal(ask(house, &house->member.login, release, "", NULL), REFUSAL_NOT_FOUND);
	/* No name, no span, too long. */
	assert_int_equal(ask(house, owner, keep, "", NULL), REFUSAL_BAD_REQUEST);
	keep.to_us = keep.from_us;
	assert_int_equal(ask(house, owner, keep, "x", NULL), REFUSAL_BAD_REQUEST);
	keep.to_us = keep.from_us + CLIPS_LENGTH_US_MAX + 1;
	assert_int_equal(ask(house, owner, keep, "x", NULL), REFUSAL_BAD_REQUEST);
	assert_int_equal(ask(house, owner, release, "", NULL), REFUSAL_NONE);
	assert_int_equal(rig_entries(house->rig, "kind config", "reason clip-released"), 1);
	assert_int_equal(ask(house, owner, release, "", NULL), REFUSAL_NOT_FOUND);
	assert_int_equal(count_rows(house, owner, CLIP_LIST, "", NULL), 0);
	rig_destroy(house->rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_begins_lasts_and_ends),
		cmocka_unit_test(nobody_learns_of_what_he_may_not_see),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(a_flood_is_one_sources_own),
		cmocka_unit_test(followers_are_told),
		cmocka_unit_test(clips_are_kept_and_released_in_the_log),
	};

	return cmocka_run_group_tests_name("diary", tests, NULL, NULL);
}
