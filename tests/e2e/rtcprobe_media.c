#include "rtcprobe_media.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAL_SLICE = 1, NAL_IDR = 5, NAL_SPS = 7, NAL_PPS = 8, NAL_AUD = 9, NAL_FILLER = 12 };
enum { ALAW_PACKET = 160 };

static int read_file(const char *path, uint8_t **ret_data, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return -errno;
	fseek(file, 0, SEEK_END);
	long size = ftell(file);

	rewind(file);
	*ret_data = malloc(size > 0 ? (size_t)size : 1);
	*ret_size = *ret_data && size > 0 ? fread(*ret_data, 1, (size_t)size, file) : 0;
	fclose(file);
	return *ret_size ? 0 : -EIO;
}

static struct probe_frame *track_add(struct probe_track *track)
{
	if (track->count == track->capacity) {
		track->capacity = track->capacity ? track->capacity * 2 : 256;
		track->frame = realloc(track->frame, track->capacity * sizeof(*track->frame));
		if (!track->frame)
			abort();
	}
	track->frame[track->count] = (struct probe_frame){0};
	return &track->frame[track->count++];
}

static void frame_add(struct probe_frame *frame, const uint8_t *data, size_t size, bool has_prefix)
{
	size_t prefix = has_prefix ? 4 : 0;

	frame->data = realloc(frame->data, frame->size + prefix + size);
	if (!frame->data)
		abort();
	for (size_t i = 0; i < prefix; i++)
		frame->data[frame->size + i] = (uint8_t)(size >> (24 - 8 * i));
	memcpy(frame->data + frame->size + prefix, data, size);
	frame->size += (uint32_t)(prefix + size);
}

static void config_add(struct probe_track *track, const uint8_t *nal, size_t size)
{
	struct probe_frame framed = {0};
	uint32_t kept = track->config_size;

	frame_add(&framed, nal, size, true);
	for (uint32_t at = 0; at + framed.size <= kept; at++)
		if (memcmp(track->config + at, framed.data, framed.size) == 0)
			framed.size = 0;
	if (framed.size && kept + framed.size <= sizeof(track->config)) {
		memcpy(track->config + kept, framed.data, framed.size);
		track->config_size += framed.size;
	}
	free(framed.data);
}

static const uint8_t *find_start(const uint8_t *at, const uint8_t *end)
{
	for (; at + 3 <= end; at++)
		if (at[0] == 0 && at[1] == 0 && at[2] == 1)
			return at;
	return end;
}

/* One slice begins a picture if its first macroblock is the first. */
static void take_nal(struct probe_track *track, const uint8_t *nal, size_t size)
{
	unsigned type = nal[0] & 31;

	if (type == NAL_SPS || type == NAL_PPS) {
		config_add(track, nal, size);
		return;
	}
	if (type != NAL_SLICE && type != NAL_IDR)
		return;
	struct probe_frame *frame = track->count && size > 1 && !(nal[1] & 0x80)
					    ? &track->frame[track->count - 1]
					    : track_add(track);

	frame->is_key = frame->is_key || type == NAL_IDR;
	frame_add(frame, nal, size, true);
}

int probe_read_h264(const char *path, struct probe_track *ret_track)
{
	uint8_t *data;
	size_t size;
	int r = read_file(path, &data, &size);

	if (r < 0)
		return r;
	const uint8_t *end = data + size;

	*ret_track = (struct probe_track){.codec = CODEC_H264};
	for (const uint8_t *at = find_start(data, end); at < end;) {
		const uint8_t *nal = at + 3, *next = find_start(nal, end);
		size_t nal_size = (size_t)(next - nal);

		while (nal_size > 1 && nal[nal_size - 1] == 0)
			nal_size--;
		take_nal(ret_track, nal, nal_size);
		at = next;
	}
	free(data);
	return ret_track->count ? 0 : -EBADMSG;
}

/* RFC 3533 §6: pages of packets laced in segments; the first two packets are headers. */
static void read_ogg(const uint8_t *data, size_t size, struct probe_track *track)
{
	struct probe_frame packet = {0};
	uint32_t seen = 0;

	for (size_t at = 0; at + 27 <= size && memcmp(data + at, "OggS", 4) == 0;) {
		unsigned segments = data[at + 26];
		const uint8_t *lacing = data + at + 27, *body = lacing + segments;

		for (unsigned i = 0; i < segments && body + lacing[i] <= data + size; i++) {
			frame_add(&packet, body, lacing[i], false);
			body += lacing[i];
			if (lacing[i] == 255)
				continue;
			if (seen++ >= 2)
				*track_add(track) = packet;
			else
				free(packet.data);
			packet = (struct probe_frame){0};
		}
		at = (size_t)(body - data);
	}
	free(packet.data);
}

int probe_read_sound(const char *path, struct probe_track *ret_track)
{
	bool is_ogg = strstr(path, ".ogg") || strstr(path, ".opus");
	uint8_t *data;
	size_t size;
	int r = read_file(path, &data, &size);

	if (r < 0)
		return r;
	*ret_track = (struct probe_track){.codec = is_ogg ? CODEC_OPUS : CODEC_PCMA};
	if (is_ogg)
		read_ogg(data, size, ret_track);
	for (size_t at = 0; !is_ogg && at + ALAW_PACKET <= size; at += ALAW_PACKET)
		frame_add(track_add(ret_track), data + at, ALAW_PACKET, false);
	free(data);
	return ret_track->count ? 0 : -EBADMSG;
}

void probe_track_finish(struct probe_track *track)
{
	for (uint32_t i = 0; i < track->count; i++)
		free(track->frame[i].data);
	free(track->frame);
	*track = (struct probe_track){0};
}
