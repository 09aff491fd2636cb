#include "rtc/rtp_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/bytes.h"

enum {
	RTP_VERSION = 2 << 6,
	RTP_HAS_EXTENSION = 0x10,
	RTP_MARKER = 0x80,
	HEADER_SIZE = 12,
	HEADER_SIZE_MAX = HEADER_SIZE + 8,
	RTX_NUMBER_SIZE = 2,
};

int rtp_stream_init(struct rtp_stream *stream, const struct rtp_stream_setup *setup)
{
	struct {
		uint16_t sequence, rtx_sequence;
		uint32_t time_offset;
	} start;

	if (getrandom(&start, sizeof(start), 0) != sizeof(start))
		return -EIO;
	*stream = (struct rtp_stream){
		.setup = *setup,
		.is_set_up = true,
		/* The lower half: a viewer that misses the first packets cannot mistake the turn.
		 */
		.sequence = start.sequence >> 1,
		.rtx_sequence = start.rtx_sequence >> 1,
		.time_offset = start.time_offset,
	};
	if (setup->has_rtx) {
		stream->sent = calloc(RTP_SENT_MAX, sizeof(*stream->sent));
		if (!stream->sent)
			return -ENOMEM;
	}
	return 0;
}

void rtp_stream_finish(struct rtp_stream *stream)
{
	for (uint32_t i = 0; stream->sent && i < RTP_SENT_MAX; i++)
		frame_unref(stream->sent[i].frame);
	free(stream->sent);
	*stream = (struct rtp_stream){0};
}

uint32_t rtp_stream_time(const struct rtp_stream *stream, uint64_t boot_ns)
{
	uint64_t seconds = boot_ns / CLOCK_NS_PER_S, rest = boot_ns % CLOCK_NS_PER_S;
	uint64_t ticks =
		seconds * stream->setup.clock_hz + rest * stream->setup.clock_hz / CLOCK_NS_PER_S;

	return stream->time_offset + (uint32_t)ticks;
}

/* 24 bits of seconds since the epoch in 6.18 fixed point. */
static uint32_t abs_send_time(uint64_t now_ns)
{
	uint64_t rest = now_ns % CLOCK_NS_PER_S;

	return (uint32_t)((now_ns / CLOCK_NS_PER_S << 18) + (rest << 18) / CLOCK_NS_PER_S) &
	       0xffffff;
}

/* All that is the same for the packets of one call; sequence and marker are written over. */
struct rtp_header {
	uint8_t data[HEADER_SIZE_MAX];
	size_t size;
};

static struct rtp_header header_build(const struct rtp_stream *stream, bool is_rtx, uint32_t time,
				      uint64_t now_ns)
{
	const struct rtp_stream_setup *setup = &stream->setup;
	uint8_t id = setup->abs_send_time_id;
	struct rtp_header header;
	struct bytes_writer writer = bytes_write(header.data, sizeof(header.data));

	bytes_put_u8(&writer, RTP_VERSION | (id ? RTP_HAS_EXTENSION : 0));
	bytes_put_u8(&writer, is_rtx ? setup->rtx_payload_type : setup->payload_type);
	bytes_put_be16(&writer, 0);
	bytes_put_be32(&writer, time);
	bytes_put_be32(&writer, is_rtx ? setup->rtx_ssrc : setup->ssrc);
	if (id) {
		/* One-byte headers, one word (RFC 8285 §4.2). */
		bytes_put_be32(&writer, UINT32_C(0xbede0001));
		bytes_put_be32(&writer,
			       (uint32_t)id << 28 | UINT32_C(2) << 24 | abs_send_time(now_ns));
	}
	header.size = bytes_written(&writer);
	return header;
}

static struct bytes header_number(struct rtp_header *header, uint64_t sequence, bool is_marked)
{
	header->data[1] = (uint8_t)((header->data[1] & ~RTP_MARKER) | (is_marked ? RTP_MARKER : 0));
	header->data[2] = (uint8_t)(sequence >> 8);
	header->data[3] = (uint8_t)sequence;
	return (struct bytes){header->data, header->size};
}

/* ---- what was sent ---- */

static void sent_clear(struct rtp_sent *sent)
{
	frame_unref(take(sent->frame));
	sent->count = 0;
}

static void sent_forget_old(struct rtp_stream *stream, uint64_t now_ns)
{
	/* The oldest stands right behind the newest in the ring. */
	for (uint32_t i = 0; i < RTP_SENT_MAX; i++) {
		struct rtp_sent *sent = &stream->sent[(stream->sent_next + i) % RTP_SENT_MAX];

		if (!sent->frame)
			continue;
		if (now_ns - sent->at_ns < RTP_HISTORY_NS)
			return;
		sent_clear(sent);
	}
}

static void sent_remember(struct rtp_stream *stream, const struct rtp_sent *run)
{
	struct rtp_sent *slot = &stream->sent[stream->sent_next];

	sent_clear(slot);
	*slot = *run;
	frame_ref(run->frame);
	stream->sent_next = (stream->sent_next + 1) % RTP_SENT_MAX;
}

static const struct rtp_sent *sent_find(const struct rtp_stream *stream, uint16_t sequence)
{
	/* From the newest back: what is asked for was lost just now. */
	for (uint32_t i = 1; i <= RTP_SENT_MAX; i++) {
		const struct rtp_sent *sent =
			&stream->sent[(stream->sent_next + RTP_SENT_MAX - i) % RTP_SENT_MAX];

		if (!sent->frame)
			return NULL;
		if ((uint16_t)(sequence - (uint16_t)sent->sequence) < sent->count)
			return sent;
	}
	return NULL;
}

/* ---- sending ---- */

static int send_one(struct rtp_stream *stream, const struct rtp_output *output, struct bytes header,
		    struct bytes payload)
{
	uint8_t *packet = output->reserve(output->owner);

	if (!packet)
		return 0;
	int size = srtp_session_protect_rtp(output->srtp, header, payload, packet);

	if (size < 0)
		return size;
	output->commit(output->owner, (size_t)size);
	stream->bytes += (uint32_t)size;
	return size;
}

int rtp_stream_send(struct rtp_stream *stream, const struct rtp_output *output, struct frame *frame,
		    uint32_t first, uint64_t now_ns)
{
	uint32_t left = frame->packet_count - first, count = 0;
	uint32_t time = rtp_stream_time(stream, frame->pts_ns);
	struct rtp_header header = header_build(stream, false, time, now_ns);
	struct rtp_sent run = {frame, stream->sequence, first, 0, time, now_ns};
	int r = 1;

	while (count < left && count < RTP_SEND_CHUNK_MAX) {
		bool is_last = frame->packet[first + count].is_last && stream->setup.marks_last;
		struct bytes payload = frame_payload(frame, first + count);

		r = send_one(stream, output, header_number(&header, stream->sequence, is_last),
			     payload);
		if (r <= 0)
			break;
		stream->sequence++;
		stream->packets++;
		stream->octets += (uint32_t)payload.size;
		count++;
	}
	if (count && stream->sent) {
		run.count = count;
		sent_forget_old(stream, now_ns);
		sent_remember(stream, &run);
	}
	return r < 0 ? -EIO : (int)count;
}

size_t rtp_stream_send_again(struct rtp_stream *stream, const struct rtp_output *output,
			     uint16_t sequence, uint64_t now_ns)
{
	const struct rtp_sent *sent = stream->sent ? sent_find(stream, sequence) : NULL;
	uint8_t payload[RTX_NUMBER_SIZE + PACKER_PAYLOAD_MAX];

	if (!sent)
		return 0;
	uint32_t index = sent->first + (uint16_t)(sequence - (uint16_t)sent->sequence);
	struct bytes original = frame_payload(sent->frame, index);
	bool is_last = sent->frame->packet[index].is_last && stream->setup.marks_last;
	struct rtp_header header = header_build(stream, true, sent->time, now_ns);

	payload[0] = (uint8_t)(sequence >> 8);
	payload[1] = (uint8_t)sequence;
	memcpy(payload + RTX_NUMBER_SIZE, original.data, original.size);
	int size = send_one(stream, output, header_number(&header, stream->rtx_sequence, is_last),
			    (struct bytes){payload, RTX_NUMBER_SIZE + original.size});

	if (size <= 0)
		return 0;
	stream->rtx_sequence++;
	stream->again++;
	return (size_t)size;
}

void rtp_stream_report(const struct rtp_stream *stream, uint64_t now_ns, uint64_t real_us,
		       struct rtcp_sender *ret_sender)
{
	*ret_sender = (struct rtcp_sender){
		.ssrc = stream->setup.ssrc,
		.ntp = rtcp_ntp_of_us(real_us),
		.rtp_time = rtp_stream_time(stream, now_ns),
		.packets = stream->packets,
		.octets = stream->octets,
		.cname = "ward",
	};
}
