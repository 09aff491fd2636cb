#include "proto/hls/playlist.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { US_PER_S = 1000000, US_PER_MS = 1000 };

void playlist_begin(struct playlist *playlist, struct text *text, uint64_t longest_us)
{
	*playlist = (struct playlist){.text = text};
	text_printf(text,
		    "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%" PRIu64
		    "\n#EXT-X-PLAYLIST-TYPE:VOD\n",
		    longest_us ? (longest_us + US_PER_S - 1) / US_PER_S : 1);
}

/* §4.3.2.6 */
static void add_time(struct text *text, uint64_t us)
{
	time_t second = (time_t)(us / US_PER_S);
	struct tm utc;
	char words[32];

	if (!gmtime_r(&second, &utc) || !strftime(words, sizeof(words), "%Y-%m-%dT%H:%M:%S", &utc))
		return;
	text_printf(text, "#EXT-X-PROGRAM-DATE-TIME:%s.%03uZ\n", words,
		    (unsigned)(us % US_PER_S / US_PER_MS));
}

void playlist_add(struct playlist *playlist, const struct playlist_segment *segment)
{
	struct text *text = playlist->text;
	bool is_first = !playlist->end_us, is_new = strcmp(playlist->init, segment->init) != 0;
	uint64_t hole_us = PLAYLIST_HOLE_MS * UINT64_C(1000);
	bool has_hole = segment->start_us > playlist->end_us + hole_us ||
			segment->start_us + hole_us < playlist->end_us;

	if (!is_first && (is_new || has_hole))
		text_add(text, "#EXT-X-DISCONTINUITY\n");
	if (is_new)
		text_printf(text, "#EXT-X-MAP:URI=\"%s\"\n", segment->init);
	if (is_first || is_new || has_hole)
		add_time(text, segment->start_us);

	uint64_t length_us = segment->end_us - segment->start_us;

	text_printf(text, "#EXTINF:%" PRIu64 ".%06" PRIu64 ",\n%s\n", length_us / US_PER_S,
		    length_us % US_PER_S, segment->address);
	text_copy(playlist->init, sizeof(playlist->init), segment->init);
	playlist->end_us = segment->end_us;
}

void playlist_end(struct playlist *playlist)
{
	text_add(playlist->text, "#EXT-X-ENDLIST\n");
}

void playlist_begin_main(struct text *text, const char *sound)
{
	text_add(text, "#EXTM3U\n#EXT-X-VERSION:7\n");
	if (sound)
		text_printf(text,
			    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Microphone\","
			    "DEFAULT=YES,AUTOSELECT=YES,URI=\"%s\"\n",
			    sound);
}

void playlist_add_video(struct text *text, const struct playlist_video *video, bool has_sound)
{
	text_printf(text, "#EXT-X-STREAM-INF:BANDWIDTH=%" PRIu64, video->bits_per_s);
	if (*video->codecs)
		text_printf(text, ",CODECS=\"%s\"", video->codecs);
	text_printf(text, "%s\n%s\n", has_sound ? ",AUDIO=\"sound\"" : "", video->address);
}
