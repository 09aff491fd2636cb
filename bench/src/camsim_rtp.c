/* From the clip to packets: each frame is cut once and sent to all who play, over TCP or UDP. */
#include <string.h>
#include <sys/socket.h>

#include "camsim.h"

enum { PACKETS_MAX = 2000, BATCH = 64 };

static const uint64_t NTP_TO_UNIX_S = 2208988800;

static uint8_t slots[PACKETS_MAX * SLOT];
static int sizes[PACKETS_MAX]; /* with the RTP header */
static uint8_t joined[1 << 21];

static void put_be32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void begin_packet(int index, int type, uint32_t time)
{
	uint8_t *head = slots + (size_t)index * SLOT + 4;

	head[0] = 0x80;
	head[1] = (uint8_t)type;
	put_be32(head + 4, time);
}

static void send_udp(struct track *track, int count)
{
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];

	for (int from = 0; from < count; from += BATCH) {
		int n = count - from < BATCH ? count - from : BATCH;

		for (int i = 0; i < n; i++) {
			parts[i] = (struct iovec){slots + (size_t)(from + i) * SLOT + 4,
						  (size_t)sizes[from + i]};
			messages[i] =
				(struct mmsghdr){.msg_hdr = {.msg_name = &track->rtp,
							     .msg_namelen = sizeof(track->rtp),
							     .msg_iov = &parts[i],
							     .msg_iovlen = 1}};
		}
		sendmmsg(sim.udp_rtp, messages, (unsigned)n, MSG_DONTWAIT);
	}
}

static void send_tcp(struct client *client, struct track *track, int count)
{
	size_t size = 0;

	for (int i = 0; i < count; i++) {
		uint8_t *frame = slots + (size_t)i * SLOT;

		frame[0] = '$';
		frame[1] = (uint8_t)track->channel;
		frame[2] = (uint8_t)(sizes[i] >> 8);
		frame[3] = (uint8_t)sizes[i];
		memcpy(joined + size, frame, (size_t)sizes[i] + 4);
		size += (size_t)sizes[i] + 4;
	}
	client_write(client, joined, size);
}

static void send_packets(struct client *client, struct track *track, int count)
{
	for (int i = 0; i < count; i++) {
		uint8_t *head = slots + (size_t)i * SLOT + 4;

		head[2] = (uint8_t)(track->sequence >> 8);
		head[3] = (uint8_t)track->sequence++;
		put_be32(head + 8, track->ssrc);
		track->packets++;
		track->bytes += (uint64_t)sizes[i] - 12;
		sim.bytes += (uint64_t)sizes[i];
	}
	if (track->is_tcp)
		send_tcp(client, track, count);
	else
		send_udp(track, count);
}

/* A sender report and a name, every five seconds. */
static void send_report(struct client *client, struct track *track, uint32_t time)
{
	uint64_t now = mono_ns(), wall = wall_ns();
	uint8_t data[4 + 44] = {'$', (uint8_t)(track->channel + 1), 0, 44};
	uint8_t *report = data + 4;

	if (now < track->report_at)
		return;
	track->report_at = now + 5000000000ull;
	memcpy(report, (const uint8_t[]){0x80, 200, 0, 6}, 4);
	put_be32(report + 4, track->ssrc);
	put_be32(report + 8, (uint32_t)(wall / 1000000000ull + NTP_TO_UNIX_S));
	put_be32(report + 12, (uint32_t)(((wall % 1000000000ull) << 32) / 1000000000ull));
	put_be32(report + 16, time);
	put_be32(report + 20, (uint32_t)track->packets);
	put_be32(report + 24, (uint32_t)track->bytes);
	memcpy(report + 28, (const uint8_t[]){0x81, 202, 0, 3}, 4);
	put_be32(report + 32, track->ssrc);
	memcpy(report + 36, (const uint8_t[]){1, 3, 'c', 'a', 'm', 0, 0, 0}, 8);
	if (track->is_tcp)
		client_write(client, data, sizeof(data));
	else
		sendto(sim.udp_rtcp, report, 44, MSG_DONTWAIT, (struct sockaddr *)&track->rtcp,
		       sizeof(track->rtcp));
}

/* Cuts one NAL unit behind the `count` packets there are; the new count. */
static int cut_nal(int count, const uint8_t *nal, size_t size, uint32_t time)
{
	if (size <= PAYLOAD_MAX) {
		begin_packet(count, 96, time);
		memcpy(slots + (size_t)count * SLOT + 16, nal, size);
		sizes[count] = (int)size + 12;
		return count + 1;
	}
	for (size_t at = 1; at < size && count < PACKETS_MAX; count++) {
		size_t part = size - at < PAYLOAD_MAX - 2 ? size - at : PAYLOAD_MAX - 2;
		uint8_t *to = slots + (size_t)count * SLOT + 16;
		int start = at == 1 ? 0x80 : 0, end = at + part == size ? 0x40 : 0;

		begin_packet(count, 96, time);
		to[0] = (uint8_t)((nal[0] & 0xe0) | 28);
		to[1] = (uint8_t)((nal[0] & 31) | start | end);
		memcpy(to + 2, nal + at, part);
		sizes[count] = (int)part + 14;
		at += part;
	}
	return count;
}

static bool takes(const struct client *client, int camera, int track)
{
	return client->camera == camera && client->is_playing && client->tracks[track].is_on &&
	       !client->is_dead;
}

/* The picture with its stamp: when it was sent, before the first slice. */
static int cut_picture(int number, const struct access_unit *unit, uint32_t time)
{
	uint8_t stamp[SEI_LEN];
	bool is_stamped = false;
	int count = 0;

	for (int i = 0; i < unit->count; i++) {
		const struct nal *nal = &sim.clip.nals[unit->first + i];
		int type = nal->data[0] & 31;

		if (!is_stamped && (type == 1 || type == 5)) {
			sei_make(stamp, wall_ns(), (uint32_t)number + 1,
				 (uint32_t)sim.cameras[number].frame);
			count = cut_nal(count, stamp, SEI_LEN, time);
			is_stamped = true;
		}
		count = cut_nal(count, nal->data, nal->size, time);
	}
	if (count)
		slots[(size_t)(count - 1) * SLOT + 5] |= 0x80; /* the marker */
	return count;
}

void camera_send_video(int number)
{
	struct camera *camera = &sim.cameras[number];
	uint64_t at = camera->frame + (uint64_t)camera->offset;
	const struct access_unit *unit = &sim.clip.units[at % (uint64_t)sim.clip.unit_count];
	uint32_t time =
		camera->video_base + (uint32_t)(camera->frame * (90000u / (unsigned)sim.fps));
	int count = 0;

	for (struct client *client = sim.clients; client; client = client->next) {
		if (!takes(client, number, 0))
			continue;
		if (!count)
			count = cut_picture(number, unit, time);
		send_report(client, &client->tracks[0], time);
		send_packets(client, &client->tracks[0], count);
	}
	sim.frames += count > 0;
	camera->frame++;
}

static void cut_sound(enum sound_kind kind, uint64_t number, uint32_t time)
{
	const struct clip *clip = &sim.clip;
	uint8_t *to = slots + 16;

	begin_packet(0, kind == SOUND_PCMA ? 8 : 97, time);
	if (kind == SOUND_PCMA) {
		memcpy(to, clip->pcma + (number * 160) % (clip->pcma_size - 160), 160);
		sizes[0] = 160 + 12;
		return;
	}
	const uint8_t *frame = clip->aac + clip->aac_at[number % (uint64_t)clip->aac_count];
	size_t size = clip_adts_size(frame) - 7;

	slots[5] |= 0x80;
	memcpy(to, (const uint8_t[]){0, 16, (uint8_t)(size >> 5), (uint8_t)(size << 3)}, 4);
	memcpy(to + 4, frame + 7, size);
	sizes[0] = (int)size + 4 + 12;
}

void camera_send_sound(int number, enum sound_kind kind)
{
	struct camera *camera = &sim.cameras[number];
	uint64_t at = camera->sounds[kind]++;
	uint32_t time = camera->sound_base + (uint32_t)(at * (kind == SOUND_PCMA ? 160 : 1024));
	bool is_cut = false;

	for (struct client *client = sim.clients; client; client = client->next) {
		if (!takes(client, number, 1) || client->sound != (int)kind)
			continue;
		if (!is_cut)
			cut_sound(kind, at, time);
		is_cut = true;
		send_report(client, &client->tracks[1], time);
		send_packets(client, &client->tracks[1], 1);
	}
}
