#include "../check.h"

#include <string.h>

#include "proto/hls/playlist.h"

/* 2026-11-22 12:00:16.5 UTC */
#define NOON UINT64_C(1795348816500000)

static char room[4096];

static void add(struct playlist *playlist, uint64_t start_ms, uint64_t end_ms, const char *init)
{
	char address[PLAYLIST_ADDRESS_MAX];
	struct text text;

	text_init(&text, address, sizeof(address));
	text_printf(&text, "%u.m4s", (unsigned)start_ms);
	playlist_add(playlist, &(struct playlist_segment){.start_us = NOON + start_ms * 1000,
							  .end_us = NOON + end_ms * 1000,
							  .address = address,
							  .init = init});
}

static void segments_follow_each_other(void **state)
{
	struct playlist playlist;
	struct text text;

	(void)state;
	text_init(&text, room, sizeof(room));
	playlist_begin(&playlist, &text, 2100000);
	add(&playlist, 0, 2000, "1.mp4");
	add(&playlist, 2000, 4100, "1.mp4");
	playlist_end(&playlist);
	assert_false(text.failed);
	assert_string_equal(room, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:3\n"
				  "#EXT-X-PLAYLIST-TYPE:VOD\n"
				  "#EXT-X-MAP:URI=\"1.mp4\"\n"
				  "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:16.500Z\n"
				  "#EXTINF:2.000000,\n0.m4s\n"
				  "#EXTINF:2.100000,\n2000.m4s\n"
				  "#EXT-X-ENDLIST\n");
}

static void a_hole_and_a_new_format_are_discontinuities(void **state)
{
	struct playlist playlist;
	struct text text;

	(void)state;
	text_init(&text, room, sizeof(room));
	playlist_begin(&playlist, &text, 2000000);
	add(&playlist, 0, 2000, "1.mp4");
	text.size = 0;
	add(&playlist, 2400, 4000, "1.mp4"); /* no hole yet */
	assert_string_equal(room, "#EXTINF:1.600000,\n2400.m4s\n");
	text.size = 0;
	add(&playlist, 5000, 6000, "1.mp4");
	assert_string_equal(room, "#EXT-X-DISCONTINUITY\n"
				  "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:21.500Z\n"
				  "#EXTINF:1.000000,\n5000.m4s\n");
	text.size = 0;
	add(&playlist, 6000, 7000, "9.mp4");
	assert_string_equal(room, "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"9.mp4\"\n"
				  "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:22.500Z\n"
				  "#EXTINF:1.000000,\n6000.m4s\n");
	text.size = 0;
	add(&playlist, 3000, 4000, "9.mp4"); /* the clock was set back */
	assert_non_null(strstr(room, "#EXT-X-DISCONTINUITY\n"));
}

static void the_main_playlist_names_picture_and_sound(void **state)
{
	const struct playlist_video video = {
		.address = "v/list.m3u8", .bits_per_s = 4000000, .codecs = "avc1.640028,mp4a.40.2"};
	const struct playlist_video unknown = {
		.address = "w/list.m3u8", .bits_per_s = 9, .codecs = ""};
	struct text text;

	(void)state;
	text_init(&text, room, sizeof(room));
	playlist_begin_main(&text, "m/list.m3u8");
	playlist_add_video(&text, &video, true);
	assert_string_equal(room,
			    "#EXTM3U\n#EXT-X-VERSION:7\n"
			    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Microphone\","
			    "DEFAULT=YES,AUTOSELECT=YES,URI=\"m/list.m3u8\"\n"
			    "#EXT-X-STREAM-INF:BANDWIDTH=4000000,CODECS=\"avc1.640028,mp4a.40.2\","
			    "AUDIO=\"sound\"\nv/list.m3u8\n");
	text_init(&text, room, sizeof(room));
	playlist_begin_main(&text, NULL);
	playlist_add_video(&text, &unknown, false);
	assert_string_equal(room, "#EXTM3U\n#EXT-X-VERSION:7\n"
				  "#EXT-X-STREAM-INF:BANDWIDTH=9\nw/list.m3u8\n");
}

static void what_one_segment_adds_is_bounded(void **state)
{
	char address[PLAYLIST_ADDRESS_MAX], init[PLAYLIST_ADDRESS_MAX];
	struct playlist playlist;
	struct text text;

	(void)state;
	memset(address, 'a', sizeof(address) - 1);
	memset(init, 'i', sizeof(init) - 1);
	address[sizeof(address) - 1] = init[sizeof(init) - 1] = '\0';
	text_init(&text, room, sizeof(room));
	playlist_begin(&playlist, &text, UINT64_MAX / 2);
	size_t frame = text.size;

	playlist_end(&playlist);
	assert_true(text.size <= PLAYLIST_FRAME_MAX);
	playlist_add(&playlist, &(struct playlist_segment){1, 2, "a", "b"});
	frame = text.size;
	playlist_add(&playlist, &(struct playlist_segment){UINT64_C(1) << 52, UINT64_C(1) << 53,
							   address, init});
	assert_true(text.size - frame <= PLAYLIST_SEGMENT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_follow_each_other),
		cmocka_unit_test(a_hole_and_a_new_format_are_discontinuities),
		cmocka_unit_test(the_main_playlist_names_picture_and_sound),
		cmocka_unit_test(what_one_segment_adds_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
