/* Small pictures of what is recorded: through the play that was opened for it, made once. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "player.h"

enum { JPEG_SIZE = 3000 };

static uint8_t jpeg[JPEG_SIZE] = {0xff, 0xd8, 0xff};

static void ask_at(struct rig *rig, const struct ipc_play_read *like, uint64_t at_us)
{
	struct ipc_play_read ask = *like;

	ask.request = ++rig->request;
	ask.what = PLAY_THUMB;
	ask.from_us = at_us;
	ipc_send(&rig->front.channel, IPC_PLAY_READ, &ask, NULL, 0);
}

static enum refusal refused_at(struct rig *rig, const struct ipc_play_read *like, uint64_t at_us)
{
	struct ipc_done done;

	ask_at(rig, like, at_us);
	return rig_answer(rig, &done);
}

/* What the maker of thumbnails was given; its fragment must be the one of that time. */
static struct ipc_thumb take_ask(struct rig *rig, const struct ipc_segment *segment)
{
	static uint8_t room[1 << 20];
	struct rig_message *message = rig_wait(rig, &rig->thumb, IPC_THUMB_ASK);
	const struct ipc_thumb_ask *ask = (const void *)message->body;
	struct ipc_thumb answer = {.number = ask->number};

	assert_int_equal(ask->size, segment->bytes);
	assert_int_equal(read(message->fd, room, sizeof(room)), ask->size);
	assert_memory_equal(room + 4, "free", 4);
	assert_memory_equal(message->tail + 4, "ftyp", 4);
	rig_free(message);
	return answer;
}

static void answer(struct rig *rig, const struct ipc_thumb *thumb, size_t size)
{
	ipc_send(&rig->thumb.channel, IPC_THUMB, thumb, jpeg, size);
	rig_settle(rig);
}

static void take_thumb(struct rig *rig, const struct ipc_segment *segment)
{
	struct rig_message *message = rig_wait(rig, &rig->front, IPC_PLAY_DATA);
	const struct ipc_play_data *data = (const void *)message->body;
	uint8_t room[JPEG_SIZE + 1];

	assert_int_equal(data->size, JPEG_SIZE);
	assert_int_equal(data->from_us, segment->start_us);
	assert_int_equal(data->to_us, segment->end_us);
	assert_int_equal(read(message->fd, room, sizeof(room)), JPEG_SIZE);
	assert_memory_equal(room, jpeg, JPEG_SIZE);
	rig_free(message);
}

/* A play of the porch, with its maker. */
struct look {
	struct rig_device ann;
	struct rig *rig;
	struct ipc_play_read read;
	struct play *play;
	struct player_list found;
};

static void look_begin(struct look *look)
{
	look->rig = player_house(&look->ann);
	look->play = player_begin(look->rig, &look->ann, "porch", &look->read);
	look->found = player_list(look->rig, &look->read);
	assert_true(look->found.count >= 2);
	rig_clear(&look->rig->warden);
}

static uint64_t inside(const struct ipc_segment *segment)
{
	return (segment->start_us + segment->end_us) / 2;
}

/* The first picture is asked for, and its maker has it: what it would answer. */
static struct ipc_thumb begin_one(struct look *look)
{
	look_begin(look);
	rig_add_listener(look->rig, 0, PROC_THUMB);
	ask_at(look->rig, &look->read, inside(&look->found.segments[0]));
	return take_ask(look->rig, &look->found.segments[0]);
}

static void make_one(struct look *look, const struct ipc_segment *segment)
{
	ask_at(look->rig, &look->read, inside(segment));
	if (!ipc_is_open(&look->rig->thumb.channel)) {
		rig_free(rig_wait(look->rig, &look->rig->warden, IPC_THUMB_WANT));
		rig_add_listener(look->rig, 0, PROC_THUMB);
	}
	struct ipc_thumb thumb = take_ask(look->rig, segment);

	answer(look->rig, &thumb, JPEG_SIZE);
	take_thumb(look->rig, segment);
}

static void it_is_made_once_and_counts(void **state)
{
	struct look look;
	char used[64];

	(void)state;
	look_begin(&look);
	make_one(&look, &look.found.segments[0]);
	assert_int_equal(look.play->lease.used_bytes, JPEG_SIZE);
	/* Any moment of the fragment is the same picture, and it is kept. */
	ask_at(look.rig, &look.read, look.found.segments[0].start_us);
	take_thumb(look.rig, &look.found.segments[0]);
	assert_null(rig_take(look.rig, &look.rig->thumb, IPC_THUMB_ASK));
	make_one(&look, &look.found.segments[1]);
	plays_end_if(&look.rig->vault->plays, VIEW_END_LEFT, play_is_any, NULL);
	rig_settle(look.rig);
	snprintf(used, sizeof(used), "used %d ", 3 * JPEG_SIZE);
	assert_int_equal(rig_entries(look.rig, "kind play.close\n", used), 1);

	/* Also over a restart, without a maker, and for whoever opens another play. */
	rig_restart(look.rig, true);
	rig_add_cam(look.rig, 0, "porch");
	rig_sign_in(look.rig, &look.ann);
	player_begin(look.rig, &look.ann, "porch", &look.read);
	ask_at(look.rig, &look.read, inside(&look.found.segments[0]));
	take_thumb(look.rig, &look.found.segments[0]);
	rig_destroy(look.rig);
}

static void where_nothing_is_there_is_none(void **state)
{
	struct look look;
	struct rig_device bob;

	(void)state;
	look_begin(&look);
	const struct ipc_segment *last = &look.found.segments[look.found.count - 1];

	assert_int_equal(refused_at(look.rig, &look.read, last->end_us), REFUSAL_NOT_FOUND);
	assert_int_equal(refused_at(look.rig, &look.read, look.found.segments[0].start_us - 1),
			 REFUSAL_NOT_FOUND);
	assert_int_equal(refused_at(look.rig, &look.read, 0), REFUSAL_NOT_FOUND);
	assert_int_equal(refused_at(look.rig, &look.read, UINT64_MAX), REFUSAL_NOT_FOUND);

	rig_add_person(look.rig, "bob", ROLE_OWNER, "", &bob);
	look.read.credential = bob.login;
	assert_int_equal(refused_at(look.rig, &look.read, inside(last)), REFUSAL_NOT_FOUND);
	assert_null(rig_take(look.rig, &look.rig->warden, IPC_THUMB_WANT));

	/* A play of the first picture's time alone gives none of the second group. */
	struct ipc_play_ask ask = player_prepare(look.rig, &look.ann, "porch");
	struct ipc_done done;

	ask.to_us = look.found.segments[0].start_us + 1;
	player_sign(&look.ann, &ask);
	assert_int_equal(player_try_ask(look.rig, &ask, &done), REFUSAL_NONE);
	look.read.credential = look.ann.login;
	memcpy(look.read.sid, done.id, sizeof(look.read.sid));
	assert_int_equal(refused_at(look.rig, &look.read, inside(last)), REFUSAL_NOT_FOUND);
	rig_destroy(look.rig);
}

static void a_broken_picture_is_refused_and_a_dead_maker_replaced(void **state)
{
	struct look look;
	struct ipc_done done;

	(void)state;
	look_begin(&look);
	const struct ipc_segment *first = &look.found.segments[0];

	ask_at(look.rig, &look.read, inside(first));
	rig_settle(look.rig);
	rig_add_listener(look.rig, 0, PROC_THUMB);
	struct ipc_thumb thumb = take_ask(look.rig, first);

	answer(look.rig, &thumb, 0);
	assert_int_equal(rig_answer(look.rig, &done), REFUSAL_NO_THUMB);

	ask_at(look.rig, &look.read, inside(first));
	take_ask(look.rig, first);
	ipc_close(&look.rig->thumb.channel);
	assert_int_equal(rig_answer(look.rig, &done), REFUSAL_NO_THUMB);

	/* One that says what nobody asked is not listened to any more. */
	rig_add_listener(look.rig, 0, PROC_THUMB);
	ask_at(look.rig, &look.read, inside(first));
	thumb = take_ask(look.rig, first);
	thumb.number++;
	answer(look.rig, &thumb, JPEG_SIZE);
	assert_int_equal(rig_answer(look.rig, &done), REFUSAL_NO_THUMB);
	assert_true(look.rig->thumb.is_closed);
	rig_clear(&look.rig->warden);
	make_one(&look, first);
	rig_destroy(look.rig);
}

static void one_that_takes_too_long_is_given_up(void **state)
{
	struct look look;
	struct ipc_done done;

	(void)state;
	begin_one(&look);
	struct maker *maker = &look.rig->vault->makers.table[0];

	/* As when its time is over. */
	loop_timer_stop(&maker->timer);
	maker->timer.due(&maker->timer);
	assert_int_equal(rig_answer(look.rig, &done), REFUSAL_NO_THUMB);
	struct rig_message *stuck = rig_wait(look.rig, &look.rig->warden, IPC_THUMB_STUCK);

	assert_int_equal(((const struct ipc_number *)(const void *)stuck->body)->value, 0);
	rig_free(stuck);
	rig_settle(look.rig);
	assert_true(look.rig->thumb.is_closed);
	rig_destroy(look.rig);
}

static void nobody_gets_what_was_made_for_an_ended_play(void **state)
{
	struct look look;
	struct ipc_done done;

	(void)state;
	struct ipc_thumb thumb = begin_one(&look);

	rig_order(look.rig, ADMIN_REVOKE, "ann", ROLE_NONE, "");
	assert_int_equal(rig_answer(look.rig, &done), REFUSAL_NOT_FOUND);
	answer(look.rig, &thumb, JPEG_SIZE);
	assert_null(rig_take(look.rig, &look.rig->front, IPC_PLAY_DATA));
	assert_int_equal(rig_entries(look.rig, "kind play.close\n", "used 0 "), 1);
	rig_destroy(look.rig);
}

static void it_waits_for_the_next_allowance(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	rig_add_listener(look.rig, 0, PROC_THUMB);
	look.play->lease.used_bytes = look.play->lease.allowed_bytes - 1;
	ask_at(look.rig, &look.read, inside(&look.found.segments[0]));
	struct ipc_thumb thumb = take_ask(look.rig, &look.found.segments[0]);

	assert_int_equal(rig_entries(look.rig, "kind play.tick\n", "allow "), 1);
	answer(look.rig, &thumb, JPEG_SIZE);
	take_thumb(look.rig, &look.found.segments[0]);
	rig_destroy(look.rig);
}

/* A play of these tracks; the track of which the thumbnail in the middle of what is there is made. */
static unsigned track_for(struct look *look, uint32_t tracks)
{
	struct ipc_play_ask ask = player_prepare(look->rig, &look->ann, "yard");
	struct reader_piece piece;
	struct ipc_done done;
	uint64_t start_us = db_number(
		look->rig->db, db_use(look->rig->db, "SELECT start_us FROM blocks WHERE camera = 3"));

	ask.tracks = tracks;
	player_sign(&look->ann, &ask);
	assert_int_equal(player_try_ask(look->rig, &ask, &done), REFUSAL_NONE);
	struct play *play = plays_find(&look->rig->vault->plays, done.id);

	assert_int_equal(reader_find_picture(play->reader, start_us + 1000000, &piece), 0);
	assert_true(piece.piece.start_us <= start_us + 1000000);
	return piece.piece.track;
}

static void the_smaller_picture_is_enough_if_the_play_has_it(void **state)
{
	const uint32_t v = TRACK_BIT(TRACK_VIDEO), w = TRACK_BIT(TRACK_SUB);
	struct look look;

	(void)state;
	look_begin(&look);
	rig_add_cam(look.rig, 2, "yard");
	rig_record_both(look.rig, 2);
	assert_int_equal(track_for(&look, v | w), TRACK_SUB);
	assert_int_equal(track_for(&look, w), TRACK_SUB);
	assert_int_equal(track_for(&look, v), TRACK_VIDEO);
	rig_destroy(look.rig);
}

static void erasing_takes_it_along(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	const struct ipc_segment *first = &look.found.segments[0];

	make_one(&look, first);
	/* Without the epoch's row its key is gone: the thumbnail lies there and opens no more. */
	struct reader_piece piece;

	assert_int_equal(reader_find_picture(look.play->reader, inside(first), &piece), 0);
	struct bytes found;

	assert_int_equal(reader_find_thumb(look.play->reader, &piece, &found), 0);
	assert_int_equal(erasure_begin(&look.rig->vault->store, 1, first->epoch_us, "retention"),
			 0);
	assert_int_equal(reader_find_thumb(look.play->reader, &piece, &found), -ENODATA);
	journal_commit(&look.rig->vault->journal);
	rig_settle(look.rig);
	/* And with the pack it is overwritten. */
	const struct thumb_cache *cache = &look.rig->vault->store.thumbs;

	for (unsigned i = 0; i < THUMB_CACHE_COUNT; i++)
		assert_int_equal(cache->names[i].camera, 0);
	assert_int_equal(refused_at(look.rig, &look.read, inside(first)), REFUSAL_NOT_FOUND);
	rig_destroy(look.rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_made_once_and_counts),
		cmocka_unit_test(where_nothing_is_there_is_none),
		cmocka_unit_test(a_broken_picture_is_refused_and_a_dead_maker_replaced),
		cmocka_unit_test(one_that_takes_too_long_is_given_up),
		cmocka_unit_test(nobody_gets_what_was_made_for_an_ended_play),
		cmocka_unit_test(it_waits_for_the_next_allowance),
		cmocka_unit_test(the_smaller_picture_is_enough_if_the_play_has_it),
		cmocka_unit_test(erasing_takes_it_along),
	};

	return cmocka_run_group_tests_name("thumb", tests, NULL, NULL);
}
