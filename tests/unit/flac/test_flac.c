/* G.711 becomes FLAC sample by sample, in frames whose sizes are known before. */
#include "../check.h"

#include <errno.h>
#include <string.h>

#include "proto/cmaf/cmaf.h"
#include "proto/flac/flac.h"
#include "proto/mp4/mp4_flac.h"

enum { FRAMES = 7, FRAME_SIZE = 160, ROOM = 64 * 1024 };

static uint8_t made[ROOM];

/* ITU-T G.711: the quietest and the loudest of both signs. */
static void loudness_is_that_of_the_standard(void **state)
{
	(void)state;
	assert_int_equal(g711_expand(G711_ALAW, 0xd5), 8);
	assert_int_equal(g711_expand(G711_ALAW, 0x55), -8);
	assert_int_equal(g711_expand(G711_ALAW, 0xaa), 32256);
	assert_int_equal(g711_expand(G711_ALAW, 0x2a), -32256);
	assert_int_equal(g711_expand(G711_ULAW, 0xff), 0);
	assert_int_equal(g711_expand(G711_ULAW, 0x7f), 0);
	assert_int_equal(g711_expand(G711_ULAW, 0x80), 32124);
	assert_int_equal(g711_expand(G711_ULAW, 0x00), -32124);
}

/* RFC 9639 §9.1.5: the number as UTF-8 would write it. */
static uint64_t read_number(struct bytes_reader *reader)
{
	uint8_t lead = bytes_get_u8(reader);
	unsigned more = 0;
	uint64_t number;

	if (lead < 0x80)
		return lead;
	while (lead & 0x40 >> more)
		more++;
	number = lead & (0x3fU >> more);
	for (unsigned i = 0; i < more; i++) {
		uint8_t byte = bytes_get_u8(reader);

		assert_int_equal(byte & 0xc0, 0x80);
		number = number << 6 | (byte & 0x3f);
	}
	return number;
}

/* The remainder of a whole message with its checksum behind it is 0. */
static unsigned remainder_of(const uint8_t *data, size_t size, unsigned bits, unsigned polynomial)
{
	unsigned crc = 0;

	for (size_t i = 0; i < size; i++)
		for (unsigned bit = 8; bit-- > 0;) {
			bool over = (crc >> (bits - 1) & 1) ^ (data[i] >> bit & 1);

			crc = (crc << 1 ^ (over ? polynomial : 0)) & ((1U << bits) - 1);
		}
	return crc;
}

static void assert_frame(uint64_t first, size_t count)
{
	static uint8_t samples[1000];
	struct bytes_writer writer = bytes_write(made, sizeof(made));

	for (size_t i = 0; i < count; i++)
		samples[i] = (uint8_t)(i * 7);
	flac_put_frame(&writer, G711_ULAW, (struct bytes){samples, count}, first);
	assert_int_equal(bytes_written(&writer), flac_frame_size(first, count));
	assert_true(bytes_written(&writer) <= 2 * count + FLAC_FRAME_ROOM);
	struct bytes_reader reader = bytes_read(made, bytes_written(&writer));

	assert_int_equal(bytes_get_be32(&reader), 0xfff97008);
	assert_int_equal(read_number(&reader), first);
	assert_int_equal(bytes_get_be16(&reader), count - 1);
	bytes_get_u8(&reader);
	assert_int_equal(remainder_of(made, (size_t)(reader.at - made), 8, 0x07), 0);
	assert_int_equal(bytes_get_u8(&reader), 0x02);
	for (size_t i = 0; i < count; i++)
		assert_int_equal((int16_t)bytes_get_be16(&reader),
				 g711_expand(G711_ULAW, samples[i]));
	bytes_get_be16(&reader);
	assert_int_equal(bytes_left(&reader), 0);
	assert_int_equal(remainder_of(made, bytes_written(&writer), 16, 0x8005), 0);
}

static void a_frame_is_as_long_as_was_said(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 36; bit++) {
		assert_frame(UINT64_C(1) << bit, 160);
		assert_frame((UINT64_C(1) << bit) - 1, 1 + bit);
	}
}

/* ---- in MP4 ---- */

static struct bytes build_init(uint32_t codec)
{
	static uint8_t init[CMAF_INIT_MAX];
	struct cmaf_track track = {.codec = codec, .timescale = 8000, .channels = 1};
	int size = cmaf_build_init(&track, init, sizeof(init));

	assert_true(size > 0);
	return (struct bytes){init, (size_t)size};
}

static struct bytes build_fragment(uint32_t sample_size)
{
	static uint8_t data[ROOM];
	struct cmaf_sample samples[FRAMES];
	struct cmaf_fragment fragment = {.sequence = 1, .samples = samples, .sample_count = FRAMES};
	struct bytes_writer writer = bytes_write(data, sizeof(data));

	for (uint32_t i = 0; i < FRAMES; i++)
		samples[i] = (struct cmaf_sample){1000 + i * FRAME_SIZE, sample_size, true};
	bytes_put_be32(&writer, MP4_SALT_SIZE);
	bytes_put(&writer, "free", 4);
	writer.at = data + MP4_SALT_SIZE;
	int size = cmaf_build_head(&fragment, writer.at, sizeof(data) - MP4_SALT_SIZE);

	assert_true(size > 0);
	writer.at += size;
	for (uint32_t i = 0; i < FRAMES * sample_size; i++)
		bytes_put_u8(&writer, (uint8_t)i);
	return (struct bytes){data, bytes_written(&writer)};
}

static void an_init_segment_gets_the_other_entry(void **state)
{
	static const uint32_t codecs[] = {CODEC_PCMA, CODEC_PCMU};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(codecs); i++) {
		struct bytes init = build_init(codecs[i]);
		struct bytes_writer writer = bytes_write(made, init.size + FLAC_ENTRY_SIZE);
		struct mp4_init read;

		assert_int_equal(mp4_flac_put_init(&writer, init), 0);
		struct bytes other = {made, bytes_written(&writer)};

		assert_int_equal(mp4_read_init(other, &read), 0);
		assert_int_equal(read.timescale, 8000);
		assert_int_equal(read.entry.size, FLAC_ENTRY_SIZE);
		assert_memory_equal(read.entry.data + 4, "fLaC", 4);
		/* It is none of G.711 any more. */
		assert_int_equal(mp4_flac_put_init(&writer, other), -EBADMSG);
		writer = bytes_write(made, init.size);
		assert_int_equal(mp4_flac_put_init(&writer, init), -EBADMSG);
	}
}

static void a_fragment_keeps_its_times(void **state)
{
	struct bytes data = build_fragment(FRAME_SIZE);
	struct mp4_fragment before, after;

	(void)state;
	int64_t size = mp4_flac_fragment_size(data);

	assert_true(size > 0);
	struct bytes_writer writer = bytes_write(made, (size_t)size);

	assert_int_equal(mp4_flac_put_fragment(&writer, data, G711_ALAW), 0);
	assert_int_equal(bytes_written(&writer), size);
	struct bytes other = {made, (size_t)size};

	assert_int_equal(mp4_read_fragment(data, &before), 0);
	assert_int_equal(mp4_read_fragment(other, &after), 0);
	assert_int_equal(after.decode_time, before.decode_time);
	assert_int_equal(after.sample_count, FRAMES);
	for (uint32_t i = 0; i < FRAMES; i++) {
		assert_int_equal(mp4_sample_of(&after, i).duration,
				 mp4_sample_of(&before, i).duration);
		assert_int_equal(mp4_sample_of(&after, i).size,
				 flac_frame_size((uint64_t)i * FRAME_SIZE, FRAME_SIZE));
	}
	/* A part of it is the same bytes. */
	static uint8_t part[ROOM];
	struct bytes_writer some = bytes_write(part, sizeof(part));
	int64_t skipped = mp4_flac_size(&before, 0, 2), taken = mp4_flac_size(&before, 2, 5);

	assert_int_equal(mp4_flac_put_samples(&some, data, G711_ALAW,
					      before.data_at + 2 * FRAME_SIZE, 3),
			 0);
	assert_int_equal(bytes_written(&some), taken);
	assert_memory_equal(part, made + after.data_at + skipped, (size_t)taken);
}

static void what_is_no_frame_is_refused(void **state)
{
	struct bytes_writer writer = bytes_write(made, sizeof(made));
	struct bytes data = build_fragment(FRAME_SIZE);
	struct mp4_fragment fragment;

	(void)state;
	assert_int_equal(mp4_read_fragment(data, &fragment), 0);
	assert_int_equal(mp4_flac_put_samples(&writer, data, G711_ALAW, fragment.data_at, FRAMES + 1),
			 -EBADMSG);
	data.size--;
	assert_int_equal(mp4_flac_put_fragment(&writer, data, G711_ALAW), -EBADMSG);
	assert_int_equal(mp4_flac_fragment_size(build_fragment(0)), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loudness_is_that_of_the_standard),
		cmocka_unit_test(a_frame_is_as_long_as_was_said),
		cmocka_unit_test(an_init_segment_gets_the_other_entry),
		cmocka_unit_test(a_fragment_keeps_its_times),
		cmocka_unit_test(what_is_no_frame_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
