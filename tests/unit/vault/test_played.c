/* What a camera's process tells of a device that counts its samples, and what of it is recorded. */
#include "../check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "talker.h"
#include "vault/store/ledger.h"

static struct talk_slot *slot_of(struct talker *house)
{
	return &house->rig->vault->talks.slots[0];
}

static void tell(struct talker *house, uint32_t run, uint64_t sample, uint32_t samples)
{
	struct ipc_played played = {.talk = house->number,
				    .sample = sample,
				    .at_ns = clock_boot_ns(),
				    .samples = samples,
				    .run = run};

	ipc_send(&house->rig->cams[0].channel, IPC_PLAYED, &played, NULL, 0);
	rig_settle(house->rig);
}

/* The speaker opens, and counts: a hundred samples until there is something to play. */
static struct talker *open_counted(void)
{
	struct talker *house = talker_create();
	struct ipc_speaker speaker = {.state = SPEAKER_OPEN,
				      .codec = CODEC_PCMU,
				      .clock_hz = TALKER_RATE,
				      .channels = 1,
				      .is_counted = 1};

	talker_ask(house);
	speaker.talk = house->number;
	ipc_send(&house->rig->cams[0].channel, IPC_SPEAKER, &speaker, NULL, 0);
	rig_settle(house->rig);
	tell(house, RUN_SILENT, 0, 100);
	talker_start_process(house);
	talker_send_format(house, CODEC_PCMU);
	return house;
}

static void send_blocks(struct talker *house, unsigned count)
{
	while (count-- > 0)
		talker_send_block(house);
}

struct heap {
	struct block_spoken runs[64];
	unsigned count;
};

static bool add_run(void *context, const struct block_spoken *run)
{
	struct heap *heap = context;

	assert_in_range(heap->count, 0, 63);
	heap->runs[heap->count++] = *run;
	return true;
}

static int compare_runs(const void *a, const void *b)
{
	const struct block_spoken *one = a, *other = b;
	int sids = memcmp(one->sid, other->sid, sizeof(one->sid));

	return sids ? sids : one->first < other->first ? -1 : one->first > other->first;
}

/* All that is recorded of a sid, in written blocks and in the one that is not, as if it were one. */
static const struct block *runs_of(struct talker *house, const uint8_t *sid)
{
	static struct block all;
	struct heap heap = {.count = 0};
	const struct recorder *recorder = house->rig->vault->store.recorders[0];

	memset(&all, 0, sizeof(all));
	ledger_each_spoken(house->rig->db, 1, 0, INT64_MAX, add_run, &heap);
	for (unsigned i = 0; recorder && i < recorder->block.spoken_count; i++)
		add_run(&heap, &recorder->block.spoken[i]);
	qsort(heap.runs, heap.count, sizeof(heap.runs[0]), compare_runs);
	for (unsigned i = 0; i < heap.count; i++)
		if (memcmp(heap.runs[i].sid, sid, sizeof(heap.runs[i].sid)) == 0)
			assert_int_equal(block_add_spoken(&all, &heap.runs[i]), 0);
	return &all;
}

static void assert_runs(struct talker *house, const uint8_t *sid,
			const struct block_spoken *wanted, unsigned count)
{
	const struct block *block = runs_of(house, sid);

	assert_int_equal(block->spoken_count, count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(block->spoken[i].run, wanted[i].run);
		assert_int_equal(block->spoken[i].first, wanted[i].first);
		assert_int_equal(block->spoken[i].samples, wanted[i].samples);
		assert_int_equal(block->spoken[i].hz, TALKER_RATE);
	}
}

static void each_run_has_the_entry_that_it_sounded_for(void **state)
{
	struct talker *house = open_counted();
	const struct talk_slot *slot = slot_of(house);
	static const struct block_spoken chime[] = {{.run = RUN_SOUND, .first = 0, .samples = 320}};
	static const struct block_spoken voice[] = {
		{.run = RUN_SILENT, .first = 0, .samples = 100},
		{.run = RUN_SOUND, .first = 100, .samples = 160},
		{.run = RUN_UNDERRUN, .first = 260, .samples = 40},
		{.run = RUN_SOUND, .first = 300, .samples = 160},
		{.run = RUN_STOPPED, .first = 460, .samples = 160},
	};

	(void)state;
	send_blocks(house, 2);
	talker_chime(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	send_blocks(house, 3);
	/* Handed over is not played. */
	assert_runs(house, slot->announced.sid, NULL, 0);
	assert_runs(house, slot->voice.sid, voice, 1);
	tell(house, RUN_SOUND, 0, 480);
	tell(house, RUN_UNDERRUN, 480, 40);
	tell(house, RUN_SOUND, 480, 160);
	talker_revoke(house);
	/* The end of the talk and the last word about it cross. */
	tell(house, RUN_STOPPED, 640, 160);
	assert_runs(house, slot->announced.sid, chime, 1);
	assert_runs(house, slot->voice.sid, voice, sizeof(voice) / sizeof(voice[0]));
	talker_destroy(house);
}

/* Blocks say it in words, which are read as they were written. */
static void a_hole_says_why(void **state)
{
	static struct block block;
	static char room[BLOCK_TEXT_MAX];
	struct text text;

	(void)state;
	memset(&block, 0, sizeof(block));
	for (uint32_t run = 0; run < RUN_COUNT; run++) {
		struct block_spoken spoken = {.first = run * 10, .samples = 10, .hz = 8000, .run = run};

		assert_int_equal(block_add_spoken(&block, &spoken), 0);
	}
	text_init(&text, room, sizeof(room));
	block_build_text(&block, &text);
	assert_false(text.failed);
	assert_non_null(strstr(room, " 10 8000 hole\n"));
	assert_non_null(strstr(room, " 10 8000 hole underrun\n"));
	const char *line = strstr(room, "spk ");

	for (uint32_t run = 0; run < RUN_COUNT; run++) {
		struct block_spoken spoken;
		const char *end = strchr(line, '\n');

		assert_int_equal(block_parse_spoken(line, (size_t)(end - line), &spoken), 0);
		assert_int_equal(spoken.run, run);
		assert_int_equal(block_parse_spoken(line, (size_t)(end - line - 1), &spoken), -EBADMSG);
		line = end + 1;
	}
}

static void what_its_process_takes_along_is_a_hole(void **state)
{
	static const struct block_spoken voice[] = {
		{.run = RUN_SILENT, .first = 0, .samples = 100},
		{.run = RUN_SOUND, .first = 100, .samples = 200},
		{.run = RUN_UNKNOWN, .first = 300, .samples = 600},
	};
	struct talker *house = open_counted();

	(void)state;
	talker_chime(house);
	assert_int_equal(rig_answer(house->rig, &house->talk), REFUSAL_NONE);
	send_blocks(house, 5);
	tell(house, RUN_SOUND, 0, 200);
	ipc_close(&house->rig->cams[0].channel);
	rig_settle(house->rig);
	assert_runs(house, slot_of(house)->voice.sid, voice, 3);
	talker_destroy(house);
}

static void who_tells_of_what_was_not_handed_over_is_cut_off(void **state)
{
	static const struct block_spoken lies[] = {
		{.run = RUN_SOUND, .first = 0, .samples = 161},
		{.run = RUN_SOUND, .first = 1, .samples = 10},
		{.run = RUN_HOLE, .first = 0, .samples = 10},
		{.run = RUN_COUNT, .first = 0, .samples = 10},
		{.run = RUN_SILENT, .first = 0, .samples = 0},
		{.run = RUN_SILENT, .first = 0, .samples = 61 * TALKER_RATE},
	};
	static const struct block_spoken chime = {.run = RUN_UNKNOWN, .first = 0, .samples = 160};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct talker *house = open_counted();

		send_blocks(house, 1);
		tell(house, lies[i].run, lies[i].first, lies[i].samples);
		assert_true(house->rig->cams[0].is_closed);
		assert_runs(house, slot_of(house)->announced.sid, &chime, 1);
		talker_destroy(house);
	}
}

/* A process that tells each sample fills no blocks. */
static void more_runs_than_a_device_has_are_not_told_apart(void **state)
{
	struct talker *house = open_counted();
	struct played *played = &slot_of(house)->played;

	(void)state;
	send_blocks(house, 1);
	for (unsigned i = 0; i < 1000; i++) {
		struct ipc_played told = {.talk = house->number,
					  .at_ns = played->began_ns,
					  .samples = 1,
					  .run = i % 2 ? RUN_SILENT : RUN_UNDERRUN};

		assert_int_equal(played_take(played, &told, played->began_ns), 0);
	}
	journal_commit(&house->rig->vault->journal);
	assert_in_range(rig_entries(house->rig, "kind media\n", "cam c1\n"), 1, 2);
	assert_int_equal(played->causes[1].clock, 1000);
	talker_destroy(house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_run_has_the_entry_that_it_sounded_for),
		cmocka_unit_test(a_hole_says_why),
		cmocka_unit_test(what_its_process_takes_along_is_a_hole),
		cmocka_unit_test(who_tells_of_what_was_not_handed_over_is_cut_off),
		cmocka_unit_test(more_runs_than_a_device_has_are_not_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
