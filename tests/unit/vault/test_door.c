#include "../check.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "rig.h"

/* One camera "porch" (slot 0) and one "nursery" (slot 1), both live. */
static struct rig *house(void)
{
	struct rig *rig = rig_create();

	rig_add_cam(rig, 0, "porch");
	rig_add_cam(rig, 1, "nursery");
	for (unsigned slot = 0; slot < 2; slot++) {
		rig_send_track(rig, slot, TRACK_VIDEO, CODEC_H264);
		rig_send_track(rig, slot, TRACK_MIC, CODEC_OPUS);
		rig_send_frame(rig, slot, TRACK_VIDEO, 1, true, 5000);
	}
	return rig;
}

static enum refusal try_ask(struct rig *rig, const struct ipc_view_ask *ask)
{
	struct ipc_done done;

	rig_ask(rig, ask);
	return rig_answer(rig, &done);
}

/* ---- the entry comes first ---- */

struct order_seen {
	struct rig *rig;
	unsigned syncs_before_grant;
	bool grant_was_out;
};

/* Called right before the write-ahead log's fdatasync: nothing of the batch may be out yet. */
static void look_at_rtc(void *context)
{
	struct order_seen *seen = context;
	uint8_t byte;

	if (recv(seen->rig->rtc.channel.watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		seen->grant_was_out = true;
	seen->syncs_before_grant++;
}

static void entry_is_durable_before_anything_is_out(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct rig_view view;
	struct order_seen seen = {.rig = rig};

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_settle(rig);
	rig->spy.before_sync = look_at_rtc;
	rig->spy.context = &seen;
	rig_view(rig, &device, "porch", VERB_VIEW | VERB_LISTEN, &view);
	assert_true(seen.syncs_before_grant >= 1);
	assert_false(seen.grant_was_out);
	assert_int_equal(view.open.log_seq, view.done.log_seq);
	assert_true(view.open.log_seq < log_durable_size(rig->log));
	assert_int_equal(rig_entries(rig, "kind view.open\n", "tracks v,m\n"), 1);
	rig->spy.before_sync = NULL;
	rig_close_view(&view);
	rig_destroy(rig);
}

static void failed_sync_stops_everything(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct rig_view view;
	struct ipc_view_ask ask;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_view(rig, &device, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 1);
	rig->spy.sync_error = -EIO;
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_LOG_STOPPED);
	/* What ran has ended as well, and no frame follows. */
	rig_settle(rig);
	assert_true(view.end.is_closed);
	rig->spy.sync_error = 0;
	rig_send_frame(rig, 0, TRACK_VIDEO, 2, true, 100);
	assert_int_equal(rig->vault->grants.open, 0);
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_LOG_STOPPED);
	assert_null(rig_take(rig, &rig->rtc, IPC_GRANT_OPEN));
	rig_close_view(&view);
	rig_destroy(rig);
}

/* Nobody is let in any more, while what is going on can still be ended in the log. */
static void full_disk_lets_nobody_in_and_everybody_out(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct ipc_view_ask ask;
	struct rig_view view;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_view(rig, &device, "porch", VERB_VIEW, &view);
	rig_settle(rig);
	rig->spy.is_full = true;
	assert_int_equal(log_publish(rig->log), 0); /* looks at the disk */
	assert_false(journal_has_room(&rig->vault->journal));
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_LOG_STOPPED);
	assert_false(view.end.is_closed);
	rig_close_view(&view);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind view.close\n", ""), 1);
	/* Room again. */
	rig->spy.is_full = false;
	assert_int_equal(log_publish(rig->log), 0);
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NONE);
	rig_destroy(rig);
}

/* ---- who is refused ---- */

static void nonce_is_good_once(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct ipc_view_ask ask;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NONE);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_STALE_NONCE);
	/* One that the vault never issued. */
	ask.proof.nonce[31] ^= 1;
	rig_sign(&device, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_STALE_NONCE);
	rig_destroy(rig);
}

static void each_signed_field_is_bound(void **state)
{
	struct rig *rig = house();
	struct rig_device device, other;
	struct ipc_view_ask ask, spoilt;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_add_person(rig, "bob", ROLE_OWNER, "", &other);
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);

	spoilt = ask;
	text_copy(spoilt.camera, sizeof(spoilt.camera), "nursery");
	assert_int_equal(try_ask(rig, &spoilt), REFUSAL_BAD_SIGNATURE);
	spoilt = ask;
	spoilt.verbs = VERB_VIEW | VERB_LISTEN;
	assert_int_equal(try_ask(rig, &spoilt), REFUSAL_BAD_SIGNATURE);
	spoilt = ask;
	spoilt.dtls_fingerprint[0] ^= 1;
	assert_int_equal(try_ask(rig, &spoilt), REFUSAL_BAD_SIGNATURE);
	spoilt = ask;
	spoilt.proof.checkpoint_size = 1;
	assert_int_equal(try_ask(rig, &spoilt), REFUSAL_BAD_SIGNATURE);
	spoilt = ask;
	spoilt.proof.is_signed = 0;
	assert_int_equal(try_ask(rig, &spoilt), REFUSAL_BAD_SIGNATURE);
	/* Signed by somebody else's device. */
	spoilt = ask;
	rig_sign(&other, &spoilt);
	assert_int_equal(try_ask(rig, &spoilt), REFUSAL_BAD_SIGNATURE);
	spoilt = ask;
	spoilt.credential.secret[0] ^= 1;
	assert_int_equal(try_ask(rig, &spoilt), REFUSAL_NOT_SIGNED_IN);
	/* None of that spent the nonce of the honest request. */
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NONE);
	assert_int_equal(rig_entries(rig, "kind view.open\n", ""), 1);
	rig_destroy(rig);
}

static void forked_checkpoint_is_refused(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct ipc_view_ask ask;
	struct merkle_hash root;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	ask.proof.checkpoint_size = 2;
	assert_int_equal(log_root_at(rig->log, 2, &root), 0);
	memcpy(ask.proof.checkpoint_root, root.bytes, 32);
	ask.proof.checkpoint_root[5] ^= 1;
	rig_sign(&device, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_CHECKPOINT_FORK);

	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	ask.proof.checkpoint_size = log_durable_size(rig->log) + 1;
	rig_sign(&device, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_CHECKPOINT_FORK);

	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	ask.proof.checkpoint_size = 2;
	memcpy(ask.proof.checkpoint_root, root.bytes, 32);
	rig_sign(&device, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NONE);
	rig_destroy(rig);
}

static void members_see_their_cameras_only(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct ipc_view_ask ask;

	(void)state;
	rig_add_person(rig, "kim", ROLE_MEMBER, "nursery", &device);
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NOT_FOUND);
	rig_prepare(rig, &device, "no such camera", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NOT_FOUND);
	rig_prepare(rig, &device, "nursery", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NONE);
	rig_destroy(rig);
}

/* Each verb, each camera, for a token of one verb on one camera. */
static void token_is_held_to_its_list(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct ipc_credential token;
	struct rig_view view;
	struct ipc_view_ask ask;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_add_token(rig, "ann", "nursery", VERB_VIEW, &token, NULL);
	ask = (struct ipc_view_ask){.credential = token, .camera = "porch"};
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NOT_FOUND);
	ask = (struct ipc_view_ask){.credential = token, .camera = "nursery", .verbs = VERB_LISTEN};
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NOT_ALLOWED);
	rig_view_token(rig, &token, "nursery", &view);
	assert_int_equal(view.open.tracks, TRACK_BIT(TRACK_VIDEO));
	rig_connect(rig, &view, VIEW_FULL, false);
	rig_send_frame(rig, 0, TRACK_VIDEO, 2, true, 777); /* the porch */
	rig_send_frame(rig, 1, TRACK_VIDEO, 2, false, 555);
	rig_send_frame(rig, 1, TRACK_MIC, 1, true, 99);
	assert_int_equal(rig_released(rig, &view, TRACK_MIC), 0);
	/* Only the nursery was fed: of the porch not one byte crossed. */
	for (struct rig_message *at = rig->rtc.first; at; at = at->next)
		if (at->type == IPC_FEED_FRAME) {
			assert_int_equal(((struct ipc_frame *)at->body)->camera, view.open.camera);
			assert_int_not_equal(((struct ipc_frame *)at->body)->size, 777);
			assert_int_equal(((struct ipc_frame *)at->body)->track, TRACK_VIDEO);
		}
	assert_int_equal(rig_entries(rig, "kind view.open\n", "why integration\n"), 1);
	rig_close_view(&view);
	rig_destroy(rig);
}

static void camera_without_pictures_is_refused(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct ipc_view_ask ask;

	(void)state;
	rig_add_cam(rig, 2, "garage");
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_prepare(rig, &device, "garage", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_CAMERA_DOWN);
	ipc_close(&rig->cams[0].channel);
	rig_settle(rig);
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_CAMERA_DOWN);
	rig_prepare(rig, &device, "nursery", VERB_VIEW, &ask);
	ask.verbs = 0x80;
	assert_int_equal(try_ask(rig, &ask), REFUSAL_BAD_REQUEST);
	rig_destroy(rig);
}

static void one_person_has_a_limit(void **state)
{
	struct rig *rig = house();
	struct rig_device device, other;
	struct ipc_view_ask ask;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_add_person(rig, "bob", ROLE_OWNER, "", &other);
	for (unsigned i = 0; i < GRANTS_OF_USER_MAX; i++) {
		rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
		assert_int_equal(try_ask(rig, &ask), REFUSAL_NONE);
	}
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_TOO_MANY);
	rig_prepare(rig, &other, "porch", VERB_VIEW, &ask);
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NONE);
	rig_destroy(rig);
}

/* ---- taking back ---- */

static void assert_revoked(struct rig *rig, struct rig_view *view)
{
	rig_settle(rig);
	assert_true(view->end.is_closed);
	rig_clear(&view->end);
	rig_send_frame(rig, 0, TRACK_VIDEO, 100 + view->open.grant, true, 100);
	assert_null(view->end.first);
	rig_close_view(view);
}

static void revocation_closes_the_descriptor(void **state)
{
	struct rig *rig = house();
	struct rig_device device, owner;
	struct ipc_credential token;
	char token_id[NAME_SIZE], sid[33];
	struct rig_view view;
	struct text text;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &owner);
	rig_add_person(rig, "kim", ROLE_MEMBER, "", &device);
	/* one session, by its number */
	rig_view(rig, &device, "porch", VERB_VIEW, &view);
	rig_connect(rig, &view, VIEW_FULL, false);
	assert_int_equal(rig_released(rig, &view, TRACK_VIDEO), 1);
	text_init(&text, sid, sizeof(sid));
	text_add_hex(&text, view.done.id, 16);
	rig_order(rig, ADMIN_REVOKE, sid, ROLE_NONE, "");
	rig_free(rig_wait(rig, &rig->warden, IPC_DONE));
	assert_revoked(rig, &view);
	/* a token */
	rig_add_token(rig, "kim", "porch", VERB_VIEW, &token, token_id);
	rig_view_token(rig, &token, "porch", &view);
	rig_order(rig, ADMIN_TOKEN_REVOKE, token_id, ROLE_NONE, "");
	rig_free(rig_wait(rig, &rig->warden, IPC_DONE));
	assert_revoked(rig, &view);
	/* a person */
	rig_view(rig, &device, "porch", VERB_VIEW, &view);
	rig_order(rig, ADMIN_USER_REMOVE, "kim", ROLE_NONE, "");
	rig_free(rig_wait(rig, &rig->warden, IPC_DONE));
	assert_revoked(rig, &view);
	assert_int_equal(rig_entries(rig, "kind view.close\n", "end revoked\n"), 3);

	struct ipc_view_ask ask = {.credential = token, .camera = "porch"};

	assert_int_equal(try_ask(rig, &ask), REFUSAL_NOT_SIGNED_IN);
	ask.credential = device.login;
	assert_int_equal(try_ask(rig, &ask), REFUSAL_NOT_SIGNED_IN);
	rig_destroy(rig);
}

static void sessions_end_only_by_their_own_or_an_owner(void **state)
{
	struct rig *rig = house();
	struct rig_device owner, member, guest;
	struct rig_view view;
	struct ipc_done done;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &owner);
	rig_add_person(rig, "kim", ROLE_MEMBER, "", &member);
	rig_add_person(rig, "joe", ROLE_GUEST, "", &guest);
	rig_view(rig, &member, "porch", VERB_VIEW, &view);
	struct ipc_session_ask ask = {.request = ++rig->request, .credential = guest.login};

	memcpy(ask.sid, view.done.id, sizeof(ask.sid));
	ipc_send(&rig->front.channel, IPC_SESSION_END, &ask, NULL, 0);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NOT_FOUND);
	ipc_send(&rig->front.channel, IPC_SESSION_CHECK, &ask, NULL, 0);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NOT_FOUND);
	ask.credential = owner.login;
	ipc_send(&rig->front.channel, IPC_SESSION_CHECK, &ask, NULL, 0);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NOT_FOUND); /* not the owner's own */
	ask.credential = member.login;
	ipc_send(&rig->front.channel, IPC_SESSION_CHECK, &ask, NULL, 0);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NONE);
	assert_int_equal(done.value, view.open.grant);
	ipc_send(&rig->front.channel, IPC_SESSION_END, &ask, NULL, 0);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NONE);
	assert_revoked(rig, &view);
	assert_int_equal(rig_entries(rig, "kind view.close\n", "end left\n"), 1);
	rig_view(rig, &member, "porch", VERB_VIEW, &view);
	ask.credential = owner.login;
	memcpy(ask.sid, view.done.id, sizeof(ask.sid));
	ipc_send(&rig->front.channel, IPC_SESSION_END, &ask, NULL, 0);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NONE);
	assert_revoked(rig, &view);
	rig_destroy(rig);
}

static void revoked_while_the_entry_is_on_its_way(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct ipc_view_ask ask;
	struct ipc_done done;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_settle(rig);
	rig_clear(&rig->rtc);
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	door_view(&rig->vault->door, &ask); /* the batch is not committed yet */
	grants_end_if(&rig->vault->grants, VIEW_END_REVOKED, grant_is_any, NULL);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NOT_ALLOWED);
	rig_settle(rig);
	assert_null(rig_take(rig, &rig->rtc, IPC_GRANT_OPEN));
	assert_int_equal(rig_entries(rig, "kind view.open\n", ""), 1);
	assert_int_equal(rig_entries(rig, "kind view.close\n", "used 0 "), 1);
	rig_destroy(rig);
}

static void camera_removed_while_watched(void **state)
{
	struct rig *rig = house();
	struct rig_device device;
	struct ipc_view_ask ask;
	struct rig_view view;

	(void)state;
	rig_add_person(rig, "ann", ROLE_OWNER, "", &device);
	rig_view(rig, &device, "porch", VERB_VIEW, &view);
	rig_prepare(rig, &device, "porch", VERB_VIEW, &ask);
	door_view(&rig->vault->door, &ask);
	vault_remove_camera(rig->vault, 0);
	rig_settle(rig);
	assert_true(view.end.is_closed);
	assert_int_equal(rig->vault->grants.open, 0);
	assert_int_equal(rig_entries(rig, "kind view.close\n", "end stopped\n"), 2);
	rig_close_view(&view);
	rig_destroy(rig);
}

static void refusals_are_counted_in_the_log(void **state)
{
	struct rig *rig = house();
	struct ipc_view_ask ask = {.camera = "porch"};

	(void)state;
	for (int i = 0; i < 7; i++)
		assert_int_equal(try_ask(rig, &ask), REFUSAL_NOT_SIGNED_IN);
	vault_stop(rig->vault);
	assert_int_equal(rig_entries(rig, "kind deny\n", "count 7\n"), 1);
	assert_int_equal(rig_entries(rig, "kind deny\n", "reason not-signed-in\n"), 1);
	assert_int_equal(rig_entries(rig, "kind shutdown\n", ""), 1);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_is_durable_before_anything_is_out),
		cmocka_unit_test(failed_sync_stops_everything),
		cmocka_unit_test(full_disk_lets_nobody_in_and_everybody_out),
		cmocka_unit_test(nonce_is_good_once),
		cmocka_unit_test(each_signed_field_is_bound),
		cmocka_unit_test(forked_checkpoint_is_refused),
		cmocka_unit_test(members_see_their_cameras_only),
		cmocka_unit_test(token_is_held_to_its_list),
		cmocka_unit_test(camera_without_pictures_is_refused),
		cmocka_unit_test(one_person_has_a_limit),
		cmocka_unit_test(revocation_closes_the_descriptor),
		cmocka_unit_test(sessions_end_only_by_their_own_or_an_owner),
		cmocka_unit_test(revoked_while_the_entry_is_on_its_way),
		cmocka_unit_test(camera_removed_while_watched),
		cmocka_unit_test(refusals_are_counted_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
