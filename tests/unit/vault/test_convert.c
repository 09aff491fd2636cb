/* Recorded H.265 as H.264: made by a converter that is believed nothing, through the play that was
 * opened for it. */
#include "../check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "player.h"

enum { MADE_SIZE = 5000 };

static uint8_t made[MADE_SIZE] = {1, 2, 3};

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

static uint64_t ask_for(struct look *look, const struct ipc_segment *segment, enum play_form form)
{
	struct ipc_play_read ask = look->read;

	ask.request = ++look->rig->request;
	ask.what = segment ? PLAY_FRAGMENT : PLAY_INIT;
	ask.form = form;
	ask.track = TRACK_VIDEO;
	ask.epoch_us = look->found.segments[0].epoch_us;
	ask.number = segment ? segment->number : look->found.segments[0].init;
	ipc_send(&look->rig->front.channel, IPC_PLAY_READ, &ask, NULL, 0);
	return ask.request;
}

static enum refusal answered(struct look *look)
{
	struct ipc_done done;

	return rig_answer(look->rig, &done);
}

/* What the converter was given: that fragment, whole, in a file that has room and cannot grow. */
static struct rig_message *take_ask(struct look *look, const struct ipc_segment *segment,
				    enum convert_what what)
{
	static uint8_t room[1 << 20];
	struct rig_message *message = rig_wait(look->rig, &look->rig->convert, IPC_CONVERT_ASK);
	const struct ipc_convert_ask *ask = (const void *)message->body;

	assert_int_equal(ask->what, what);
	assert_int_equal(ask->size, segment ? segment->bytes : 0);
	assert_memory_equal(message->tail + 4, "ftyp", 4);
	for (size_t at = 0; at < ask->size;) {
		ssize_t size = read(message->fd, room + at, ask->size - at);

		assert_true(size > 0);
		at += (size_t)size;
	}
	if (segment)
		assert_memory_equal(room + 4, "free", 4);
	assert_int_equal(ftruncate(message->fd, 1 << 30), -1);
	return message;
}

/* It says that it has made so many bytes, of which it has written MADE_SIZE. Takes the message. */
static void answer(struct look *look, struct rig_message *message, uint64_t size)
{
	const struct ipc_convert_ask *ask = (const void *)message->body;
	struct ipc_converted body = {.number = ask->number, .size = size};

	assert_int_equal(pwrite(message->fd, made, MADE_SIZE, (off_t)ask->size), MADE_SIZE);
	ipc_send(&look->rig->convert.channel, IPC_CONVERTED, &body, NULL, 0);
	rig_free(message);
	rig_settle(look->rig);
}

static void take_made(struct look *look, uint64_t request)
{
	struct rig_message *message = rig_wait(look->rig, &look->rig->front, IPC_PLAY_DATA);
	const struct ipc_play_data *data = (const void *)message->body;
	uint8_t room[MADE_SIZE + 1];

	assert_int_equal(data->request, request);
	assert_int_equal(data->size, MADE_SIZE);
	assert_int_equal(read(message->fd, room, sizeof(room)), MADE_SIZE);
	assert_memory_equal(room, made, MADE_SIZE);
	rig_free(message);
}

static void what_is_made_counts_as_the_picture_that_it_is(void **state)
{
	struct look look;
	char used[64];

	(void)state;
	look_begin(&look);
	const struct ipc_segment *first = &look.found.segments[0];
	uint64_t init = ask_for(&look, NULL, PLAY_AS_H264);

	rig_free(rig_wait(look.rig, &look.rig->warden, IPC_CONVERT_WANT));
	rig_add_listener(look.rig, 0, PROC_CONVERT);
	answer(&look, take_ask(&look, NULL, CONVERT_INIT), MADE_SIZE);
	take_made(&look, init);
	assert_int_equal(look.play->sent_to_us, 0);

	uint64_t whole = ask_for(&look, first, PLAY_AS_H264);

	answer(&look, take_ask(&look, first, CONVERT_FRAGMENT), MADE_SIZE);
	take_made(&look, whole);
	assert_int_equal(look.play->sent_to_us, first->end_us);

	uint64_t key = ask_for(&look, first, PLAY_AS_H264_KEY);

	answer(&look, take_ask(&look, first, CONVERT_KEY_FRAME), MADE_SIZE);
	take_made(&look, key);
	plays_end_if(&look.rig->vault->plays, VIEW_END_LEFT, play_is_any, NULL);
	rig_settle(look.rig);
	snprintf(used, sizeof(used), "used %d ", 3 * MADE_SIZE);
	assert_int_equal(rig_entries(look.rig, "kind play.close\n", used), 1);
	rig_destroy(look.rig);
}

static void a_converter_that_lies_or_dies_costs_one_piece(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	const struct ipc_segment *first = &look.found.segments[0];
	const uint64_t sizes[] = {0, CONVERT_SIZE_MAX + 1, UINT64_MAX};

	rig_add_listener(look.rig, 0, PROC_CONVERT);
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		ask_for(&look, first, PLAY_AS_H264);
		answer(&look, take_ask(&look, first, CONVERT_FRAGMENT), sizes[i]);
		assert_int_equal(answered(&look), REFUSAL_NO_CONVERSION);
	}
	ask_for(&look, first, PLAY_AS_H264);
	rig_free(take_ask(&look, first, CONVERT_FRAGMENT));
	ipc_close(&look.rig->convert.channel);
	assert_int_equal(answered(&look), REFUSAL_NO_CONVERSION);

	rig_add_listener(look.rig, 0, PROC_CONVERT);
	uint64_t again = ask_for(&look, first, PLAY_AS_H264);

	answer(&look, take_ask(&look, first, CONVERT_FRAGMENT), MADE_SIZE);
	take_made(&look, again);
	rig_destroy(look.rig);
}

static void only_video_that_the_box_can_open_is_made_into_anything(void **state)
{
	struct look look;
	struct ipc_play_read bad[4];

	(void)state;
	look_begin(&look);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		bad[i] = look.read;
		bad[i].what = PLAY_FRAGMENT;
		bad[i].form = PLAY_AS_H264;
		bad[i].epoch_us = look.found.segments[0].epoch_us;
		bad[i].number = look.found.segments[0].number;
	}
	bad[0].is_sealed = 1;
	bad[1].track = TRACK_MIC;
	bad[2].form = PLAY_FORM_COUNT;
	bad[3].what = PLAY_HEAD;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		bad[i].request = ++look.rig->request;
		ipc_send(&look.rig->front.channel, IPC_PLAY_READ, &bad[i], NULL, 0);
		assert_int_equal(answered(&look), REFUSAL_BAD_REQUEST);
	}
	assert_null(rig_take(look.rig, &look.rig->warden, IPC_CONVERT_WANT));
	/* A piece that is not there is not waited for. */
	struct ipc_segment none = look.found.segments[0];

	none.number = 4711;
	ask_for(&look, &none, PLAY_AS_H264);
	assert_int_equal(answered(&look), REFUSAL_NOT_FOUND);
	rig_destroy(look.rig);
}

static void what_nobody_waits_for_is_not_made(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	const struct ipc_segment *first = &look.found.segments[0], *second = first + 1;

	rig_add_listener(look.rig, 0, PROC_CONVERT);
	struct ipc_request busy = {ask_for(&look, first, PLAY_AS_H264)};
	struct rig_message *message = take_ask(&look, first, CONVERT_FRAGMENT);
	struct ipc_request left = {ask_for(&look, first, PLAY_AS_H264)};
	uint64_t wanted = ask_for(&look, second, PLAY_AS_H264);

	rig_settle(look.rig);
	ipc_send(&look.rig->front.channel, IPC_QUERY_STOP, &left, NULL, 0);
	ipc_send(&look.rig->front.channel, IPC_QUERY_STOP, &busy, NULL, 0);
	rig_settle(look.rig);
	/* What was begun is made for nobody, and goes nowhere. */
	answer(&look, message, MADE_SIZE);
	assert_null(rig_take(look.rig, &look.rig->front, IPC_PLAY_DATA));
	answer(&look, take_ask(&look, second, CONVERT_FRAGMENT), MADE_SIZE);
	take_made(&look, wanted);
	assert_int_equal(look.play->lease.used_bytes, MADE_SIZE);
	assert_int_equal(look.play->reads, 0);
	rig_destroy(look.rig);
}

static void nobody_gets_what_was_made_for_an_ended_play(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	const struct ipc_segment *first = &look.found.segments[0];

	rig_add_listener(look.rig, 0, PROC_CONVERT);
	ask_for(&look, first, PLAY_AS_H264);
	struct rig_message *message = take_ask(&look, first, CONVERT_FRAGMENT);

	rig_order(look.rig, ADMIN_REVOKE, "ann", ROLE_NONE, "");
	assert_int_equal(answered(&look), REFUSAL_NOT_FOUND);
	answer(&look, message, MADE_SIZE);
	assert_null(rig_take(look.rig, &look.rig->front, IPC_PLAY_DATA));
	assert_int_equal(rig_entries(look.rig, "kind play.close\n", "used 0 "), 1);
	rig_destroy(look.rig);
}

static void it_waits_for_the_next_allowance_and_is_made_once(void **state)
{
	struct look look;

	(void)state;
	look_begin(&look);
	const struct ipc_segment *first = &look.found.segments[0];

	rig_add_listener(look.rig, 0, PROC_CONVERT);
	uint64_t request = ask_for(&look, first, PLAY_AS_H264);
	struct rig_message *message = take_ask(&look, first, CONVERT_FRAGMENT);

	look.play->lease.used_bytes = look.play->lease.allowed_bytes - 1;
	answer(&look, message, MADE_SIZE);
	take_made(&look, request);
	assert_int_equal(rig_entries(look.rig, "kind play.tick\n", "allow "), 1);
	assert_null(rig_take(look.rig, &look.rig->convert, IPC_CONVERT_ASK));
	rig_destroy(look.rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_made_counts_as_the_picture_that_it_is),
		cmocka_unit_test(a_converter_that_lies_or_dies_costs_one_piece),
		cmocka_unit_test(only_video_that_the_box_can_open_is_made_into_anything),
		cmocka_unit_test(what_nobody_waits_for_is_not_made),
		cmocka_unit_test(nobody_gets_what_was_made_for_an_ended_play),
		cmocka_unit_test(it_waits_for_the_next_allowance_and_is_made_once),
	};

	return cmocka_run_group_tests_name("convert", tests, NULL, NULL);
}
