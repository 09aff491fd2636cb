#include "rtc/srtp_stream.h"

#include <stddef.h>
#include <string.h>

#include "base/attr.h"

struct srtp_stream *srtp_stream_find(struct srtp_stream_table *table, uint32_t ssrc)
{
	struct srtp_stream *unused = NULL;

	for (size_t i = 0; i < SRTP_STREAM_MAX; i++) {
		struct srtp_stream *stream = &table->stream[i];

		if (stream->is_used && stream->ssrc == ssrc)
			return stream;
		if (!stream->is_used && !unused)
			unused = stream;
	}
	return unused;
}

uint64_t srtp_stream_guess(const struct srtp_stream *stream, uint16_t sequence)
{
	if (!stream->is_used)
		return sequence;
	uint64_t rollover = stream->highest >> 16;
	int32_t distance = (int32_t)sequence - (int32_t)(stream->highest & 0xffff);

	if (distance > 0x8000 && rollover > 0)
		rollover--;
	else if (distance < -0x8000)
		rollover++;
	return rollover << 16 | sequence;
}

bool srtp_stream_is_replay(const struct srtp_stream *stream, uint64_t index)
{
	if (!stream->is_used || index > stream->highest)
		return false;
	if (stream->highest - index >= SRTP_WINDOW)
		return true;
	return stream->seen[index / 64 % ARRAY_COUNT(stream->seen)] >> index % 64 & 1;
}

void srtp_stream_accept(struct srtp_stream *stream, uint32_t ssrc, uint64_t index)
{
	if (!stream->is_used) {
		memset(stream, 0, sizeof(*stream));
		stream->is_used = true;
		stream->ssrc = ssrc;
		stream->highest = index;
	}
	if (index > stream->highest) {
		uint64_t from = stream->highest / 64 + 1, to = index / 64;

		if (to - from >= ARRAY_COUNT(stream->seen) && to >= from)
			from = to - ARRAY_COUNT(stream->seen) + 1;
		for (uint64_t block = from; block <= to; block++)
			stream->seen[block % ARRAY_COUNT(stream->seen)] = 0;
		stream->highest = index;
	}
	stream->seen[index / 64 % ARRAY_COUNT(stream->seen)] |= UINT64_C(1) << index % 64;
}
