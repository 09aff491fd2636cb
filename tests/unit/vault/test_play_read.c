/* What of a recording can be read, what is refused, and until when. */
#include "../check.h"

#include <string.h>

#include "player.h"
#include "vault/store/ledger.h"

/* ---- what may be read ---- */

static void a_play_is_its_owners_and_within_its_bounds(void **state)
{
	struct rig_device ann, bob;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read, other;
	struct player_list found;

	(void)state;
	player_begin(rig, &ann, "porch", &read);
	found = player_list(rig, &read);
	struct ipc_segment segment = found.segments[0];

	rig_add_person(rig, "bob", ROLE_OWNER, "", &bob);
	other = read;
	other.credential = bob.login;
	assert_int_equal(player_refused(rig, &other, &segment), REFUSAL_NOT_FOUND);
	other = read;
	other.credential.secret[0] ^= 1;
	assert_int_equal(player_refused(rig, &other, &segment), REFUSAL_NOT_SIGNED_IN);
	segment.track = TRACK_MIC;
	assert_int_equal(player_refused(rig, &read, &segment), REFUSAL_NOT_FOUND);
	segment = found.segments[0];
	segment.number = 1000;
	assert_int_equal(player_refused(rig, &read, &segment), REFUSAL_NOT_FOUND);
	segment.track = 77;
	assert_int_equal(player_refused(rig, &read, &segment), REFUSAL_BAD_REQUEST);

	/* A play of the first picture's time alone does not give the second group. */
	struct ipc_play_ask ask = player_prepare(rig, &ann, "porch");
	struct ipc_done done;

	ask.to_us = found.segments[0].start_us + 1;
	player_sign(&ann, &ask);
	assert_int_equal(player_try_ask(rig, &ask, &done), REFUSAL_NONE);
	memcpy(read.sid, done.id, sizeof(read.sid));
	assert_int_equal(player_refused(rig, &read, &found.segments[1]), REFUSAL_NOT_FOUND);
	player_ask_piece(rig, &read, &found.segments[0]);
	player_take_piece(rig);
	rig_destroy(rig);
}

static void flip(struct rig *rig, uint32_t camera, const struct ipc_segment *segment, int at)
{
	struct block_piece piece;
	struct catalog_block block;
	struct catalog_name name = {.camera = camera,
				    .track = segment->track,
				    .epoch_us = segment->epoch_us,
				    .number = segment->number};
	char path[PACK_PATH_SIZE];
	uint8_t byte;

	assert_int_equal(catalog_find(rig->db, &name, &piece, &block), 0);
	pack_path(camera, segment->epoch_us, path);
	int file = rig->store->open(rig->store, path, DISK_WRITE);

	assert_true(file >= 0);
	assert_int_equal(rig->store->read(rig->store, file, &byte, 1, piece.offset + (uint64_t)at),
			 1);
	byte ^= 0x10;
	assert_int_equal(rig->store->write(rig->store, file, &byte, 1, piece.offset + (uint64_t)at),
			 0);
	rig->store->close(rig->store, file);
}

static void a_flipped_bit_is_refused_and_the_rest_plays(void **state)
{
	static const int places[] = {0, 100, 190, 9000, 15000};
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read;

	(void)state;
	player_begin(rig, &ann, "porch", &read);
	struct player_list found = player_list(rig, &read);

	for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
		flip(rig, 1, &found.segments[0], places[i]);
		assert_int_equal(player_refused(rig, &read, &found.segments[0]), REFUSAL_DAMAGED);
		player_ask_piece(rig, &read, &found.segments[1]);
		player_take_piece(rig);
		flip(rig, 1, &found.segments[0], places[i]);
	}
	player_ask_piece(rig, &read, &found.segments[0]);
	player_take_piece(rig);
	rig_destroy(rig);
}

/* A whole fragment of another place opens with the epoch's key, but is not what the block says. */
static void a_fragment_in_anothers_place_is_refused(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read;

	(void)state;
	player_begin(rig, &ann, "porch", &read);
	struct player_list found = player_list(rig, &read);
	sqlite3_stmt *change = db_use(rig->db, "UPDATE blocks SET pieces = ?2 WHERE camera = ?1");
	sqlite3_stmt *look = db_use(rig->db, "SELECT pieces FROM blocks WHERE camera = 1");
	uint8_t records[8 * BLOCK_RECORD_SIZE];

	assert_true(db_step(rig->db, look));
	size_t size = (size_t)sqlite3_column_bytes(look, 0);

	assert_true(size >= 3 * BLOCK_RECORD_SIZE && size <= sizeof(records));
	memcpy(records, sqlite3_column_blob(look, 0), size);
	sqlite3_reset(look);
	/* init, first, second: the first one's place becomes the second one's */
	memcpy(records + BLOCK_RECORD_SIZE + 24, records + 2 * BLOCK_RECORD_SIZE + 24, 12);
	db_begin(rig->db);
	db_bind_int(change, 1, 1);
	db_bind_blob(change, 2, records, size);
	db_run(rig->db, change);
	assert_int_equal(player_refused(rig, &read, &found.segments[0]), REFUSAL_DAMAGED);
	rig_destroy(rig);
}

/* The index is on the same disk as the packs; what it says of a block must be what the log says. */
static void a_block_that_the_log_does_not_know_is_refused(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read;

	(void)state;
	player_begin(rig, &ann, "porch", &read);
	struct player_list found = player_list(rig, &read);
	sqlite3_stmt *change = db_use(rig->db, "UPDATE blocks SET log_seq = (SELECT log_seq FROM "
					       "blocks WHERE camera = 2) WHERE camera = 1");

	db_begin(rig->db);
	db_run(rig->db, change);
	assert_int_equal(player_refused(rig, &read, &found.segments[0]), REFUSAL_DAMAGED);
	rig_destroy(rig);
}

static void what_was_erased_is_gone(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read;

	(void)state;
	player_begin(rig, &ann, "porch", &read);
	struct player_list found = player_list(rig, &read);

	ledger_forget(rig->db, 1, found.segments[0].epoch_us);
	assert_int_equal(player_refused(rig, &read, &found.segments[0]), REFUSAL_ERASED);
	rig_destroy(rig);
}

/* ---- taking back ---- */

static void revoking_ends_it_before_the_next_byte(void **state)
{
	struct rig_device ann, bob;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read;

	(void)state;
	rig_add_person(rig, "bob", ROLE_MEMBER, "", &bob);
	struct play *play = player_begin(rig, &bob, "porch", &read);
	struct player_list found = player_list(rig, &read);

	/* One waits for the next allowance when it comes. */
	play->lease.used_bytes = play->lease.allowed_bytes;
	player_ask_piece(rig, &read, &found.segments[0]);
	rig_order(rig, ADMIN_REVOKE, "bob", ROLE_NONE, "");
	struct rig_message *ended = rig_wait(rig, &rig->front, IPC_PLAY_ENDED);

	assert_memory_equal(ended->body, read.sid, sizeof(read.sid));
	rig_free(ended);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind play.close\n", "end revoked\n"), 1);
	assert_int_equal(rig->vault->plays.open, 0);
	rig_clear(&rig->front);
	assert_int_equal(player_refused(rig, &read, &found.segments[0]), REFUSAL_NOT_SIGNED_IN);
	assert_null(rig_take(rig, &rig->front, IPC_PLAY_DATA));
	rig_destroy(rig);
}

static void a_play_is_a_session_like_a_view(void **state)
{
	struct rig_device ann, bob;
	struct rig *rig = player_house(&ann);
	struct ipc_query query = {.query = QUERY_SESSIONS};
	struct ipc_play_read read;
	struct ipc_done done;

	(void)state;
	rig_add_person(rig, "bob", ROLE_MEMBER, "", &bob);
	player_begin(rig, &bob, "porch", &read);
	rig_query(rig, &rig->front, &ann.login, &query);
	struct rig_message *row = rig_wait(rig, &rig->front, IPC_ROW_SESSION);
	const struct ipc_row_session *session = (const void *)row->body;

	assert_int_equal(session->kind, SESSION_PLAY);
	assert_memory_equal(session->sid, read.sid, sizeof(session->sid));
	assert_string_equal(session->user, "bob");
	assert_true(session->from_us > 0 && session->to_us > session->from_us);
	rig_free(row);
	rig_clear(&rig->front);
	struct ipc_session_ask end = {.request = ++rig->request, .credential = ann.login};

	memcpy(end.sid, read.sid, sizeof(end.sid));
	ipc_send(&rig->front.channel, IPC_SESSION_END, &end, NULL, 0);
	assert_int_equal(rig_answer(rig, &done), REFUSAL_NONE);
	assert_int_equal(rig_entries(rig, "kind play.close\n", "end revoked\n"), 1);
	rig_destroy(rig);
}

static void who_asks_nothing_has_left(void **state)
{
	struct rig_device ann;
	struct rig *rig = player_house(&ann);
	struct ipc_play_read read;
	struct play *play = player_begin(rig, &ann, "porch", &read);

	(void)state;
	play->active_ns = 1;
	rig_free(rig_wait(rig, &rig->front, IPC_PLAY_ENDED));
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind play.close\n", "end lost\n"), 1);

	player_begin(rig, &ann, "porch", &read);
	vault_remove_camera(rig->vault, 0);
	rig_settle(rig);
	assert_int_equal(rig_entries(rig, "kind play.close\n", "end stopped\n"), 1);
	rig_destroy(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_play_is_its_owners_and_within_its_bounds),
		cmocka_unit_test(a_flipped_bit_is_refused_and_the_rest_plays),
		cmocka_unit_test(a_fragment_in_anothers_place_is_refused),
		cmocka_unit_test(a_block_that_the_log_does_not_know_is_refused),
		cmocka_unit_test(what_was_erased_is_gone),
		cmocka_unit_test(revoking_ends_it_before_the_next_byte),
		cmocka_unit_test(a_play_is_a_session_like_a_view),
		cmocka_unit_test(who_asks_nothing_has_left),
	};

	return cmocka_run_group_tests_name("play read", tests, NULL, NULL);
}
