/* camsim's parts: the clip that is played, the cameras, and the clients that take them. One thread,
 * one program: they share what stands here. */
#ifndef BENCH_CAMSIM_H
#define BENCH_CAMSIM_H

#include <netinet/in.h>
#include <stdbool.h>

#include "util.h"

enum { CAMERAS_MAX = 64, PAYLOAD_MAX = 1388, SLOT = 4 + 12 + PAYLOAD_MAX, OUT_MAX = 4 << 20 };
enum sound_kind { SOUND_NONE = -1, SOUND_AAC, SOUND_PCMA, SOUND_KINDS };

struct nal {
	uint8_t *data;
	size_t size;
};

struct access_unit {
	int first, count; /* NAL units */
};

struct clip {
	struct nal *nals;
	struct access_unit *units;
	int nal_count, unit_count, aac_count;
	struct nal sps, pps;
	uint8_t *aac, *pcma;
	size_t aac_size, pcma_size;
	size_t *aac_at; /* where each ADTS frame begins */
};

struct track {
	bool is_on, is_tcp;
	int channel;
	uint16_t sequence;
	uint32_t ssrc;
	struct sockaddr_in rtp, rtcp;
	uint64_t packets, bytes, report_at;
};

struct client {
	int fd, camera, sound;
	bool is_playing, is_dead, wants_out;
	char id[20], in[8192];
	size_t in_size, out_size, out_capacity;
	uint8_t *out;
	struct track tracks[2];
	struct client *next;
};

struct camera {
	uint64_t start, frame, sounds[SOUND_KINDS];
	uint32_t video_base, sound_base;
	int offset;
};

struct camsim {
	struct clip clip;
	struct camera cameras[CAMERAS_MAX];
	int camera_count, port, fps, epoll, udp_rtp, udp_rtcp;
	bool is_verbose;
	struct client *clients;
	uint64_t frames, dropped, bytes;
};

extern struct camsim sim;

/* Exits with a message if a file is not what it should be. */
void clip_load(struct clip *clip, const char *video, const char *aac, const char *pcma);
/* Size of the ADTS frame at `at`. */
size_t clip_adts_size(const uint8_t *at);

void camera_send_video(int camera);
void camera_send_sound(int camera, enum sound_kind kind);

void client_write(struct client *client, const void *data, size_t size);
void client_flush(struct client *client);
/* Reads and answers. */
void client_read(struct client *client);
void client_answer(struct client *client, const char *request);

#endif
