/* What SRTP remembers of one sender of packets: the index that never repeats, and which ones a
 * receiver has seen (RFC 3711 §3.3.1, §3.3.2, appendix A). */
#ifndef RTC_SRTP_STREAM_H
#define RTC_SRTP_STREAM_H

#include <stdbool.h>
#include <stdint.h>

enum { SRTP_STREAM_MAX = 8, SRTP_WINDOW = 1024 };

struct srtp_stream {
	uint32_t ssrc;
	bool is_used;
	uint64_t highest;                    /* 48-bit index of RTP, 31-bit index of RTCP */
	uint64_t seen[SRTP_WINDOW / 64 + 1]; /* a ring of blocks (RFC 6479) */
};

struct srtp_stream_table {
	struct srtp_stream stream[SRTP_STREAM_MAX];
};

/* The stream of `ssrc`, or a free one that srtp_stream_accept will make its own; NULL if the table
 * is full. */
struct srtp_stream *srtp_stream_find(struct srtp_stream_table *table, uint32_t ssrc);

/* The 48-bit index that a sequence number most likely has (appendix A). */
uint64_t srtp_stream_guess(const struct srtp_stream *stream, uint16_t sequence);

/* Was this index seen already, or is it too old to tell? */
bool srtp_stream_is_replay(const struct srtp_stream *stream, uint64_t index);

/* Remembers an index whose packet proved genuine. */
void srtp_stream_accept(struct srtp_stream *stream, uint32_t ssrc, uint64_t index);

#endif
