/* Playlists of HTTP Live Streaming (RFC 8216) for recordings that are fragments of MP4: one for
 * each track, and one that names them. Nothing in them is secret: addresses are relative, and
 * whoever fetches one shows the same bearer credential each time. */
#ifndef PROTO_HLS_PLAYLIST_H
#define PROTO_HLS_PLAYLIST_H

#include <stdint.h>

#include "base/text.h"

enum {
	PLAYLIST_ADDRESS_MAX = 64,  /* of one segment, with its NUL */
	PLAYLIST_SEGMENT_MAX = 320, /* bytes that one segment adds at most */
	PLAYLIST_FRAME_MAX = 320,   /* bytes of all else in a track's playlist */
	PLAYLIST_HOLE_MS = 500,     /* a longer hole is a discontinuity */
};

struct playlist_segment {
	uint64_t start_us, end_us;  /* wall clock */
	const char *address, *init; /* relative: of the fragment and of its init segment */
};

/* A playlist of one track, while it is written; its text stays the caller's. */
struct playlist {
	struct text *text;
	uint64_t end_us; /* of the newest segment; 0: none yet */
	char init[PLAYLIST_ADDRESS_MAX];
};

/* §4.3.3: `longest_us` is the longest segment's duration. */
void playlist_begin(struct playlist *playlist, struct text *text, uint64_t longest_us);
/* In order of time. A hole, or another format, begins with a discontinuity and the time of day. */
void playlist_add(struct playlist *playlist, const struct playlist_segment *segment);
void playlist_end(struct playlist *playlist);

/* §4.3.4: what there is of a play. */
struct playlist_video {
	const char *address; /* of its playlist */
	uint64_t bits_per_s; /* at most, sound included */
	const char *codecs;  /* RFC 6381, of picture and sound; empty: unknown */
};
/* `sound`: the address of the sound's playlist, or NULL. */
void playlist_begin_main(struct text *text, const char *sound);
void playlist_add_video(struct text *text, const struct playlist_video *video, bool has_sound);

#endif
