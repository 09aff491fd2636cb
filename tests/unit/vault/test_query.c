#include "../check.h"

#include <stdio.h>
#include <string.h>

#include "proto/log/checkpoint.h"
#include "proto/log/commitment.h"
#include "rig.h"

struct people_here {
	struct rig_device owner, member, guest;
	struct ipc_credential token;
	struct rig_view owner_view, member_view, guest_view, token_view;
};

/* Four watch: the owner and the member the nursery, the guest and a token of the owner the porch.
 */
static struct rig *house(struct people_here *here)
{
	struct rig *rig = rig_house();

	rig_add_person(rig, "ann", ROLE_OWNER, "", &here->owner);
	rig_add_person(rig, "kim", ROLE_MEMBER, "nursery", &here->member);
	rig_add_person(rig, "joe", ROLE_GUEST, "porch", &here->guest);
	rig_add_token(rig, "ann", "porch", VERB_VIEW, &here->token, NULL);
	rig_view(rig, &here->owner, "nursery", VERB_VIEW, &here->owner_view);
	rig_view(rig, &here->member, "nursery", VERB_VIEW, &here->member_view);
	rig_view(rig, &here->guest, "porch", VERB_VIEW, &here->guest_view);
	rig_view_token(rig, &here->token, "porch", &here->token_view);
	return rig;
}

static void leave(struct rig *rig, struct people_here *here)
{
	rig_close_view(&here->owner_view);
	rig_close_view(&here->member_view);
	rig_close_view(&here->guest_view);
	rig_close_view(&here->token_view);
	rig_destroy(rig);
}

static enum refusal ask(struct rig *rig, const struct ipc_credential *credential,
			struct ipc_query query)
{
	struct ipc_done done;

	rig_clear(&rig->front);
	rig_query(rig, &rig->front, credential, &query);
	return rig_answer(rig, &done);
}

/* "user device from mine; ..." of the sessions that an asker sees. */
static void list_sessions(struct rig *rig, const struct ipc_credential *credential, char *ret_list,
			  size_t size)
{
	struct text text;

	text_init(&text, ret_list, size);
	assert_int_equal(ask(rig, credential, (struct ipc_query){.query = QUERY_SESSIONS}),
			 REFUSAL_NONE);
	for (struct rig_message *at = rig->front.first; at; at = at->next) {
		const struct ipc_row_session *row = (const struct ipc_row_session *)at->body;

		assert_int_equal(at->type, IPC_ROW_SESSION);
		text_printf(&text, "%s@%s%s%s%s;", row->user, row->camera_name,
			    row->device[0] ? " device" : "", row->from[0] ? " from" : "",
			    row->is_mine ? " mine" : "");
		if (strcmp(row->user, "someone") == 0) {
			static const uint8_t nothing[16];

			assert_memory_equal(row->sid, nothing, 16);
			assert_int_equal(row->log_seq, 0);
			assert_int_equal(row->role, ROLE_NONE);
			assert_int_equal(row->bytes, 0);
		}
	}
}

static void sessions_show_as_much_as_the_asker_may_see(void **state)
{
	struct people_here here;
	struct rig *rig = house(&here);
	char list[1024];

	(void)state;
	list_sessions(rig, &here.owner.login, list, sizeof(list));
	assert_string_equal(list, "ann@nursery device from mine;kim@nursery device from;"
				  "joe@porch device from;ann@porch device from mine;");
	list_sessions(rig, &here.member.login, list, sizeof(list));
	assert_string_equal(list, "ann@nursery device;kim@nursery device from mine;");
	list_sessions(rig, &here.guest.login, list, sizeof(list));
	assert_string_equal(list, "joe@porch device from mine;someone@porch;");
	list_sessions(rig, &here.token, list, sizeof(list));
	assert_string_equal(list, "someone@porch;ann@porch device from mine;");
	leave(rig, &here);
}

static unsigned count_cameras(struct rig *rig, const struct ipc_credential *credential)
{
	unsigned count = 0;

	assert_int_equal(ask(rig, credential, (struct ipc_query){.query = QUERY_CAMERAS}),
			 REFUSAL_NONE);
	for (struct rig_message *at = rig->front.first; at; at = at->next)
		count += at->type == IPC_ROW_CAMERA;
	return count;
}

static void cameras_are_scoped(void **state)
{
	struct people_here here;
	struct rig *rig = house(&here);

	(void)state;
	assert_int_equal(count_cameras(rig, &here.owner.login), 2);
	assert_int_equal(count_cameras(rig, &here.member.login), 1);
	assert_int_equal(count_cameras(rig, &here.guest.login), 1);
	assert_int_equal(count_cameras(rig, &here.token), 1);
	const struct ipc_row_camera *row = (const struct ipc_row_camera *)rig->front.first->body;

	assert_string_equal(row->name, "porch");
	assert_int_equal(row->verbs, VERB_VIEW);
	assert_int_equal(row->watching, 2);
	assert_int_equal(row->codecs[TRACK_VIDEO], CODEC_H264);
	leave(rig, &here);
}

/* ---- entries and openings ---- */

struct seen {
	unsigned entries, opens, openings, foreign_names, addresses;
};

static void look(struct rig *rig, const struct ipc_credential *credential, const char *foreign,
		 struct seen *ret_seen)
{
	*ret_seen = (struct seen){0};
	assert_int_equal(ask(rig, credential, (struct ipc_query){.query = QUERY_ENTRIES}),
			 REFUSAL_NONE);
	for (struct rig_message *at = rig->front.first; at; at = at->next) {
		const struct ipc_row_entry *row = (const struct ipc_row_entry *)at->body;
		const char *openings = (const char *)at->tail + row->entry_size;

		assert_int_equal(at->type, IPC_ROW_ENTRY);
		ret_seen->entries++;
		ret_seen->opens += strstr((char *)at->tail, "kind view.open\n") != NULL;
		ret_seen->openings += row->openings;
		ret_seen->foreign_names += foreign && strstr(openings, foreign) != NULL;
		ret_seen->addresses += strstr(openings, "from ") != NULL;
	}
}

static void entries_and_openings_are_scoped(void **state)
{
	struct people_here here;
	struct rig *rig = house(&here);
	struct seen seen;

	(void)state;
	look(rig, &here.owner.login, "joe", &seen);
	assert_int_equal(seen.entries, log_durable_size(rig->log));
	assert_int_equal(seen.opens, 4);
	assert_int_equal(seen.addresses, 4);
	assert_true(seen.foreign_names >= 2);
	/* A member sees the nursery's: two views, the other without an address; of the porch
	 * nothing. */
	look(rig, &here.member.login, "joe", &seen);
	assert_int_equal(seen.opens, 2);
	assert_int_equal(seen.addresses, 1);
	assert_int_equal(seen.foreign_names, 0);
	look(rig, &here.member.login, " ann\n", &seen);
	assert_int_equal(seen.foreign_names, 1);
	/* A guest and a token: their own session and nothing else. */
	look(rig, &here.guest.login, " ann\n", &seen);
	assert_int_equal(seen.entries, 1);
	assert_int_equal(seen.opens, 1);
	assert_int_equal(seen.foreign_names, 0);
	look(rig, &here.token, "joe", &seen);
	assert_int_equal(seen.entries, 1);
	assert_int_equal(seen.foreign_names, 0);
	leave(rig, &here);
}

/* Each opening opens the commitment that stands in its entry. */
static void openings_match_their_commitments(void **state)
{
	struct people_here here;
	struct rig *rig = house(&here);
	unsigned checked = 0;

	(void)state;
	assert_int_equal(ask(rig, &here.owner.login, (struct ipc_query){.query = QUERY_ENTRIES}),
			 0);
	for (struct rig_message *at = rig->front.first; at; at = at->next) {
		const struct ipc_row_entry *row = (const struct ipc_row_entry *)at->body;
		char *line = (char *)at->tail + row->entry_size, name[32], salt_hex[65];
		struct entry_view view;

		assert_int_equal(entry_parse(at->tail, row->entry_size, &view), 0);
		assert_int_equal(view.commitment_count, row->openings);
		for (unsigned i = 0; i < row->openings; i++) {
			uint8_t salt[32], hash[32];
			int used;
			char *end = strchr(line, '\n');

			assert_int_equal(sscanf(line, "%31s %64s %n", name, salt_hex, &used), 2);
			assert_int_equal(text_parse_hex(salt_hex, 64, salt, 32), 0);
			commitment_hash(name, salt, line + used, (size_t)(end - line - used), hash);
			assert_memory_equal(hash, view.commitments[i].hash, 32);
			line = end + 1;
			checked++;
		}
	}
	assert_true(checked > 20);
	leave(rig, &here);
}

static void entries_are_paged_newest_first(void **state)
{
	struct people_here here;
	struct rig *rig = house(&here);
	uint64_t expected = 5;

	(void)state;
	assert_int_equal(ask(rig, &here.owner.login,
			     (struct ipc_query){.query = QUERY_ENTRIES, .to = 6, .level = 3}),
			 REFUSAL_NONE);
	for (struct rig_message *at = rig->front.first; at; at = at->next)
		assert_int_equal(((struct ipc_row_entry *)at->body)->seq, expected--);
	assert_int_equal(expected, 2);
	leave(rig, &here);
}

/* ---- the log's own answers ---- */

static struct rig_message *get_bytes(struct rig *rig, const struct ipc_credential *credential,
				     struct ipc_query query)
{
	rig_clear(&rig->front);
	rig_query(rig, &rig->front, credential, &query);
	return rig_wait(rig, &rig->front, IPC_BYTES);
}

static void proofs_prove(void **state)
{
	struct people_here here;
	struct rig *rig = house(&here);
	char text[ENTRY_SIZE_MAX];
	struct merkle_head head = {.size = 5};
	struct merkle_hash leaf;
	size_t size;

	(void)state;
	assert_int_equal(log_read_entry(rig->log, 3, text, &size), 0);
	merkle_leaf(text, size, &leaf);
	assert_int_equal(log_root_at(rig->log, 5, &head.root), 0);
	struct rig_message *proof =
		get_bytes(rig, &here.guest.login,
			  (struct ipc_query){.query = QUERY_INCLUSION, .from = 3, .to = 5});

	assert_int_equal(merkle_check_inclusion(3, 5, &leaf, (struct merkle_hash *)proof->tail,
						proof->tail_size / 32, &head.root),
			 0);
	rig_free(proof);
	assert_int_equal(
		ask(rig, &here.owner.login,
		    (struct ipc_query){.query = QUERY_INCLUSION, .from = 3, .to = 1u << 20}),
		REFUSAL_NOT_FOUND);
	leave(rig, &here);
}

static void checkpoint_waits_until_there_is_a_newer_one(void **state)
{
	struct people_here here;
	struct rig *rig = house(&here);
	struct ipc_query query = {.query = QUERY_CHECKPOINT};
	struct rig_view view;

	(void)state;
	/* At once without a size; the note names the log. */
	struct rig_message *note = get_bytes(rig, &here.guest.login, query);

	assert_memory_equal(note->tail, log_origin(rig->log), strlen(log_origin(rig->log)));
	rig_free(note);
	for (int i = 0; log_published_size(rig->log) < log_durable_size(rig->log) && i < 200; i++)
		assert_int_equal(loop_turn(rig->loop, 20), 0);
	query.from = log_published_size(rig->log);
	rig_query(rig, &rig->front, &here.guest.login, &query);
	assert_null(rig_take(rig, &rig->front, IPC_BYTES));
	rig_view(rig, &here.owner, "porch", VERB_VIEW, &view);
	rig_free(rig_wait(rig, &rig->front, IPC_BYTES));
	assert_true(log_published_size(rig->log) > query.from);
	/* A withdrawn question is not answered. */
	query.from = UINT64_MAX;
	rig_query(rig, &rig->front, &here.guest.login, &query);
	struct ipc_request stop = {query.request};

	ipc_send(&rig->front.channel, IPC_QUERY_STOP, &stop, NULL, 0);
	rig_settle(rig);
	for (unsigned i = 0; i < QUERY_LOG_WAITERS_MAX; i++)
		assert_null(rig->vault->query_log.waiters[i].channel);
	rig_close_view(&view);
	leave(rig, &here);
}

/* Whole bundles would give away every entry. */
static void roles_bound_the_questions(void **state)
{
	static const struct {
		enum query query;
		bool owner, member, guest, token;
	} rights[] = {
		{QUERY_USERS, true, false, false, false},
		{QUERY_STATUS, false, false, false, false}, /* the tool's */
		{QUERY_TILE_ENTRIES, true, true, false, false},
		{QUERY_TILE, true, true, true, true},
		{QUERY_LOG_KEY, true, true, true, true},
	};
	struct people_here here;
	struct rig *rig = house(&here);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rights); i++) {
		const struct ipc_credential *askers[] = {&here.owner.login, &here.member.login,
							 &here.guest.login, &here.token};
		const bool allowed[] = {rights[i].owner, rights[i].member, rights[i].guest,
					rights[i].token};

		for (size_t a = 0; a < 4; a++) {
			struct ipc_query query = {.query = (uint32_t)rights[i].query, .to = 1};

			rig_clear(&rig->front);
			rig_query(rig, &rig->front, askers[a], &query);
			struct rig_message *refused = rig_take(rig, &rig->front, IPC_REFUSED);

			assert_int_equal(refused == NULL, allowed[a]);
			rig_free(refused);
		}
	}
	for (uint32_t q = 0; q < QUERY_COUNT; q++)
		assert_int_equal(ask(rig, NULL, (struct ipc_query){.query = q, .to = 1}),
				 REFUSAL_NOT_SIGNED_IN);
	assert_int_equal(ask(rig, &here.owner.login, (struct ipc_query){.query = QUERY_COUNT}),
			 REFUSAL_BAD_REQUEST);
	leave(rig, &here);
}

/* ---- events ---- */

static void events_tell_only_what_may_be_seen(void **state)
{
	struct people_here here;
	struct rig *rig = house(&here);
	struct ipc_query query = {.query = QUERY_EVENTS};

	(void)state;
	rig_clear(&rig->front);
	rig_query(rig, &rig->front, &here.guest.login, &query);
	rig_settle(rig);
	grant_end(grants_find(&rig->vault->grants, here.owner_view.done.id), VIEW_END_REVOKED);
	grant_end(grants_find(&rig->vault->grants, here.token_view.done.id), VIEW_END_REVOKED);
	struct rig_message *row = rig_wait(rig, &rig->front, IPC_ROW_EVENT);
	const struct ipc_row_event *event = (const struct ipc_row_event *)row->body;

	/* The porch, which the guest may see; never the nursery. */
	assert_int_equal(event->kind, EVENT_SESSIONS);
	assert_string_equal(event->name, "porch");
	assert_int_equal(event->value, 1);
	rig_free(row);
	row = rig_wait(rig, &rig->front, IPC_ROW_EVENT);
	assert_int_equal(((struct ipc_row_event *)row->body)->kind, EVENT_CHECKPOINT);
	rig_free(row);
	/* The guest is thrown out: the next change tells so, and ends it. */
	rig_order(rig, ADMIN_USER_REMOVE, "joe", ROLE_NONE, "");
	row = rig_wait(rig, &rig->front, IPC_REFUSED);
	assert_int_equal(((struct ipc_refused *)row->body)->refusal, REFUSAL_NOT_SIGNED_IN);
	rig_free(row);
	leave(rig, &here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_show_as_much_as_the_asker_may_see),
		cmocka_unit_test(cameras_are_scoped),
		cmocka_unit_test(entries_and_openings_are_scoped),
		cmocka_unit_test(openings_match_their_commitments),
		cmocka_unit_test(entries_are_paged_newest_first),
		cmocka_unit_test(proofs_prove),
		cmocka_unit_test(checkpoint_waits_until_there_is_a_newer_one),
		cmocka_unit_test(roles_bound_the_questions),
		cmocka_unit_test(events_tell_only_what_may_be_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
