#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "proto/rtsp/rtsp_stream.h"

/* What the splitter makes of bytes, one letter an item: M a message, the digit of a frame's
 * channel, s a run of skipped bytes; '.' where more is needed, '!' where it gives up. */
static const char *split(const void *data, size_t size, struct rtsp_channels channels)
{
	static char result[64];
	static struct rtsp_message message;
	const uint8_t *at = data;
	size_t count = 0;

	memset(result, 0, sizeof(result));
	while (size && count < sizeof(result) - 1) {
		struct rtsp_item item;
		int used = rtsp_stream_next(at, size, &channels, &item, &message);

		if (used < 0) {
			result[count] = used == -EAGAIN ? '.' : '!';
			break;
		}
		assert_true(used > 0 && (size_t)used <= size);
		result[count++] = item.kind == RTSP_ITEM_MESSAGE ? 'M'
				  : item.kind == RTSP_ITEM_FRAME ? (char)('0' + item.channel)
								 : 's';
		at += used;
		size -= (size_t)used;
	}
	return result;
}

static struct rtsp_channels first_four(void)
{
	return (struct rtsp_channels){{0xf}};
}

#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
	const char *what, *data;
	size_t size;
	const char *expected;
} cases[] = {
	{"frames back to back", BYTES("$\0\0\3abc$\1\0\1x$\2\0\0"), "012"},
	{"a message between frames", BYTES("$\0\0\1aRTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n$\0\0\1b"),
	 "0M0"},
	{"empty lines between items", BYTES("\r\n\r\n$\0\0\1a\r\n$\1\0\1b"), "01"},
	{"a head that is cut", BYTES("$\0\0"), "."},
	{"a frame that is cut", BYTES("$\0\0\5abc"), "."},
	{"a frame that was sent short", BYTES("$\0\0\x9xyz$\1\0\3abc$\0\0\1q"), "s10"},
	{"... and the next item is a message",
	 BYTES("$\0\0\x10xyzRTSP/1.0 200 OK\r\n\r\n$\0\0\1q"), "sM0"},
	{"a frame that was sent too long", BYTES("$\0\0\1abcdef$\1\0\1x"), "s1"},
	{"a channel nobody named", BYTES("$\x9\0\1a$\1\0\1x"), "s1"},
	{"noise before the first item", BYTES("\x80\x60garbage$\0\0\1a"), "s0"},
	{"noise that looks like a method", BYTES("SETU\x80$\0\0\1a"), "s0"},
	{"a request from the camera", BYTES("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n$\0\0\1a"), "M0"},
	{"a message that is none", BYTES("RTSP/1.0 nonsense\r\n\r\n$\0\0\1a"), "s0"},
};

static void splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const char *result = split(cases[i].data, cases[i].size, first_four());

		if (strcmp(result, cases[i].expected) != 0)
			fail_msg("%s: %s instead of %s", cases[i].what, result, cases[i].expected);
	}
}

static void a_frame_of_ten_thousand_bytes_is_one_frame(void **state)
{
	(void)state;
	static uint8_t data[RTSP_FRAME_HEAD_SIZE + 10000];

	rtsp_stream_build_head(data, 2, 10000);
	assert_string_equal(split(data, sizeof(data), first_four()), "2");
	assert_string_equal(split(data, sizeof(data) - 1, first_four()), ".");
}

static void the_buffer_always_holds_one_item(void **state)
{
	(void)state;
	static uint8_t data[RTSP_STREAM_BUFFER_SIZE];

	rtsp_stream_build_head(data, 0, RTSP_FRAME_SIZE_MAX);
	assert_string_equal(split(data, RTSP_FRAME_HEAD_SIZE + RTSP_FRAME_SIZE_MAX, first_four()),
			    "0");
	memset(data, 'a', sizeof(data));
	memcpy(data, "RTSP/1.0 200 OK\r\nX: ", 20);
	assert_string_equal(split(data, sizeof(data), first_four()), "!");
}

/* Whatever is lost from a stream of frames, the splitter is back within a few of them. */
static void finds_its_way_back(void **state)
{
	(void)state;
	enum { FRAMES = 200, SIZE = 300 };
	static uint8_t data[FRAMES * (RTSP_FRAME_HEAD_SIZE + SIZE)];
	static struct rtsp_message message;

	srand(1);
	for (int round = 0; round < 200; round++) {
		size_t size = sizeof(data), cut = (size_t)rand() % 10000, from = 1000;
		unsigned frames = 0;

		for (size_t i = 0; i < FRAMES; i++) {
			uint8_t *frame = data + i * (RTSP_FRAME_HEAD_SIZE + SIZE);

			for (size_t j = 0; j < SIZE; j++)
				frame[RTSP_FRAME_HEAD_SIZE + j] = (uint8_t)rand();
			rtsp_stream_build_head(frame, (uint8_t)(i % 4), SIZE);
		}
		memmove(data + from, data + from + cut, size - from - cut);
		size -= cut;
		const uint8_t *at = data;
		struct rtsp_channels channels = first_four();

		while (size) {
			struct rtsp_item item;
			int used = rtsp_stream_next(at, size, &channels, &item, &message);

			if (used < 0)
				break;
			frames += item.kind == RTSP_ITEM_FRAME && item.frame.size == SIZE;
			at += used;
			size -= (size_t)used;
		}
		/* a false start may claim up to 64 KiB, which is all of what is left at worst */
		if (frames < 3)
			fail_msg("only %u frames after a cut of %zu", frames, cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(a_frame_of_ten_thousand_bytes_is_one_frame),
		cmocka_unit_test(the_buffer_always_holds_one_item),
		cmocka_unit_test(finds_its_way_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
