#include "ipc/tracks.h"

#include <errno.h>

#include "ipc/messages.h"

static const char letters[TRACK_COUNT] = {
	[TRACK_VIDEO] = 'v', [TRACK_SUB] = 'w', [TRACK_MIC] = 'm', [TRACK_TALK] = 't',
	[TRACK_SPEAKER] = 's'};

int tracks_find(char letter, uint32_t *ret_track)
{
	for (uint32_t track = 0; letter && track < TRACK_COUNT; track++)
		if (letters[track] == letter) {
			*ret_track = track;
			return 0;
		}
	return -EBADMSG;
}

char tracks_letter(uint32_t track)
{
	return track < TRACK_COUNT ? letters[track] : '\0';
}

int tracks_parse(const char *list, uint32_t *ret_tracks)
{
	uint32_t tracks = 0, track;

	for (;; list += 2) {
		if (tracks_find(list[0], &track) < 0 || tracks & TRACK_BIT(track))
			return -EBADMSG;
		tracks |= TRACK_BIT(track);
		if (list[1] == '\0')
			break;
		if (list[1] != ',')
			return -EBADMSG;
	}
	*ret_tracks = tracks;
	return 0;
}
