/* Shared helpers of the load tools: clocks, histograms, the SEI time stamp, sequence tracking. */
#ifndef BENCH_UTIL_H
#define BENCH_UTIL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t id)
{
	struct timespec ts;
	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}
/* Wall clock: comparable between the camera, the clients and the kernel's receive stamps. */
static inline uint64_t wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}
static inline uint64_t mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline uint32_t random_u32(void)
{
	uint32_t value = 0;

	while (getrandom(&value, sizeof(value), 0) != sizeof(value))
		continue;
	return value;
}

/* Histogram of microseconds: 32 linear sub-buckets per power of two (about 3 % resolution). */
#define HIST_N (32 * 28)
struct hist {
	uint64_t n, max;
	double sum;
	uint32_t b[HIST_N];
};
static inline int hist_slot(uint64_t us)
{
	if (us < 32)
		return (int)us;
	int e = 63 - __builtin_clzll(us);
	int s = (e - 4) * 32 + (int)((us >> (e - 5)) & 31);
	return s < HIST_N ? s : HIST_N - 1;
}
static inline uint64_t hist_low(int s)
{
	if (s < 32)
		return (uint64_t)s;
	int e = s / 32 + 4;
	return (1ull << e) + ((uint64_t)(s & 31) << (e - 5));
}
static inline void hist_add(struct hist *h, int64_t ns)
{
	uint64_t us = ns < 0 ? 0 : (uint64_t)ns / 1000;
	h->n++;
	h->sum += (double)us;
	if (us > h->max)
		h->max = us;
	h->b[hist_slot(us)]++;
}
static inline uint64_t hist_pct(const struct hist *h, double p)
{
	uint64_t want = (uint64_t)(p / 100.0 * (double)h->n), c = 0;
	for (int i = 0; i < HIST_N; i++)
		if ((c += h->b[i]) > want)
			return hist_low(i);
	return h->max;
}
static inline void hist_json(FILE *f, const char *name, const struct hist *h)
{
	fprintf(f,
		"\"%s\":{\"n\":%llu,\"mean\":%.1f,\"p50\":%llu,\"p95\":%llu,\"p99\":%llu,\"max\":%llu}",
		name, (unsigned long long)h->n, h->n ? h->sum / (double)h->n : 0.0,
		(unsigned long long)hist_pct(h, 50), (unsigned long long)hist_pct(h, 95),
		(unsigned long long)hist_pct(h, 99), (unsigned long long)h->max);
}

/* SEI user_data_unregistered: NAL header, type 5, size, 16-byte id, ASCII text. The text has no
   zero bytes, so no emulation prevention is ever needed and any receiver can find it with memcmp.
 */
static const uint8_t SEI_ID[16] = "BENCHsei-time-01"; /* 16 characters */
#define SEI_TEXT 46                                   /* "t=%016llx c=%08x f=%08x " + pad */
#define SEI_LEN  (1 + 2 + 16 + SEI_TEXT + 1)
static inline size_t sei_make(uint8_t *o, uint64_t t, uint32_t cam, uint32_t frame)
{
	char txt[64];
	snprintf(txt, sizeof txt, "t=%016llx c=%08x f=%08x ......", (unsigned long long)t, cam,
		 frame);
	o[0] = 6;
	o[1] = 5;
	o[2] = 16 + SEI_TEXT;
	memcpy(o + 3, SEI_ID, 16);
	memcpy(o + 19, txt, SEI_TEXT);
	o[19 + SEI_TEXT] = 0x80;
	return SEI_LEN;
}
/* Looks for the stamp in an RTP payload (single NAL or STAP-A); 1 when found. */
static inline int sei_find(const uint8_t *p, size_t n, uint64_t *t, uint32_t *cam, uint32_t *frame)
{
	if (n < 30)
		return 0;
	int type = p[0] & 31;
	if (type != 6 && type != 24)
		return 0;
	const uint8_t *q = memmem(p, n, SEI_ID, 16);
	if (!q || (size_t)(p + n - q) < 16 + 42)
		return 0;
	char txt[64] = {0};
	memcpy(txt, q + 16, 42);
	unsigned long long tt;
	unsigned c, f;
	if (sscanf(txt, "t=%llx c=%x f=%x", &tt, &c, &f) != 3)
		return 0;
	*t = tt;
	*cam = c;
	*frame = f;
	return 1;
}

/* RTP sequence tracking over one SSRC. */
struct seqtrack {
	int on;
	uint16_t top;
	uint64_t got, lost, late;
};
static inline int seq_put(struct seqtrack *s, uint16_t seq)
{
	s->got++;
	if (!s->on) {
		s->on = 1;
		s->top = seq;
		return 1;
	}
	int16_t d = (int16_t)(seq - s->top);
	if (d > 0) {
		s->lost += (uint64_t)(d - 1);
		s->top = seq;
		return d;
	}
	s->late++;
	if (s->lost)
		s->lost--;
	return 0;
}

/* What an H.264 RTP payload starts: 5 = IDR, 1 = other slice, 7/8 = SPS/PPS, 6 = SEI; 0 = a
 * continuation. */
static inline int h264_kind(const uint8_t *p, size_t n)
{
	if (n < 2)
		return 0;
	int t = p[0] & 31;
	if (t == 28)
		return (p[1] & 0x80) ? (p[1] & 31) : 0;
	if (t == 24) {
		size_t i = 1;
		int best = 0;
		while (i + 3 <= n) {
			size_t l = (size_t)(p[i] << 8 | p[i + 1]);
			int k = p[i + 2] & 31;
			if (k == 5)
				return 5;
			if (!best || k == 1)
				best = k;
			i += 2 + l;
		}
		return best;
	}
	return t;
}

#endif
