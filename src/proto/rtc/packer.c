#include "proto/rtc/packer.h"

#include <assert.h>
#include <errno.h>

/* How a codec writes the headers that RTP adds to its NAL units. */
struct packer_codec {
	size_t nal_header_size;
	size_t fragment_header_size;
	void (*put_fragment)(struct bytes_writer *writer, const uint8_t *nal, bool is_first,
			     bool is_last);
	void (*put_aggregate)(struct bytes_writer *writer, const uint8_t *nal);
};

enum { FU_START = 0x80, FU_END = 0x40 };
enum { H264_STAP_A = 24, H264_FU_A = 28, H265_AP = 48, H265_FU = 49 };

static uint8_t fragment_flags(bool is_first, bool is_last)
{
	return (uint8_t)((is_first ? FU_START : 0) | (is_last ? FU_END : 0));
}

static void h264_put_fragment(struct bytes_writer *writer, const uint8_t *nal, bool is_first,
			      bool is_last)
{
	bytes_put_u8(writer, (uint8_t)((nal[0] & 0xe0) | H264_FU_A));
	bytes_put_u8(writer, (uint8_t)(fragment_flags(is_first, is_last) | (nal[0] & 0x1f)));
}

static void h264_put_aggregate(struct bytes_writer *writer, const uint8_t *nal)
{
	bytes_put_u8(writer, (uint8_t)((nal[0] & 0x60) | H264_STAP_A));
}

static void h265_put_fragment(struct bytes_writer *writer, const uint8_t *nal, bool is_first,
			      bool is_last)
{
	bytes_put_u8(writer, (uint8_t)((nal[0] & 0x81) | H265_FU << 1));
	bytes_put_u8(writer, nal[1]);
	bytes_put_u8(writer, (uint8_t)(fragment_flags(is_first, is_last) | (nal[0] >> 1 & 0x3f)));
}

static void h265_put_aggregate(struct bytes_writer *writer, const uint8_t *nal)
{
	bytes_put_u8(writer, (uint8_t)((nal[0] & 0x81) | H265_AP << 1));
	bytes_put_u8(writer, nal[1]);
}

static const struct packer_codec codecs[] = {
	[PACKER_H264] = {1, 2, h264_put_fragment, h264_put_aggregate},
	[PACKER_H265] = {2, 3, h265_put_fragment, h265_put_aggregate},
};

/* Takes the next NAL unit; false at the end, or (then bytes are left) where sizes do not add up. */
static bool nal_take(struct bytes_reader *reader, size_t size_min, struct bytes *ret_nal)
{
	struct bytes_reader ahead = *reader;
	size_t size = bytes_get_be32(&ahead);
	const uint8_t *data = bytes_get(&ahead, size);

	if (!data || size < size_min)
		return false;
	*reader = ahead;
	*ret_nal = (struct bytes){data, size};
	return true;
}

static int measure_nals(const struct packer_codec *codec, struct bytes nals, uint32_t *packets,
			size_t *bytes)
{
	struct bytes_reader reader = bytes_read(nals.data, nals.size);
	size_t fragment_max = PACKER_PAYLOAD_MAX - codec->fragment_header_size;
	struct bytes nal;

	while (nal_take(&reader, codec->nal_header_size, &nal)) {
		uint32_t count = (uint32_t)(nal.size / fragment_max + 1);

		*packets += count;
		*bytes += nal.size + count * codec->fragment_header_size;
		if (*packets > PACKER_PACKETS_MAX)
			return -EMSGSIZE;
	}
	return bytes_left(&reader) ? -EBADMSG : 0;
}

int packer_measure(const struct packer_source *source, uint32_t *ret_packets, size_t *ret_bytes)
{
	uint32_t packets = 0;
	size_t bytes = 0;

	if (source->frame.size == 0)
		return -EBADMSG;
	if (source->kind == PACKER_WHOLE) {
		if (source->frame.size > PACKER_PAYLOAD_MAX)
			return -EMSGSIZE;
		*ret_packets = 1;
		*ret_bytes = source->frame.size;
		return 0;
	}
	const struct packer_codec *codec = &codecs[source->kind];
	int r = measure_nals(codec, source->config, &packets, &bytes);

	if (r == 0)
		r = measure_nals(codec, source->frame, &packets, &bytes);
	if (r < 0)
		return r;
	*ret_packets = packets;
	/* An aggregate's own header and its units' sizes stand where their u32 sizes stood. */
	*ret_bytes = bytes + source->config.size;
	return 0;
}

struct packer_output {
	struct bytes_writer writer;
	struct packer_packet *packet;
	int count;
};

static void packet_end(struct packer_output *output, size_t start)
{
	output->packet[output->count++] = (struct packer_packet){
		.offset = (uint32_t)start,
		.size = (uint16_t)(bytes_written(&output->writer) - start),
	};
}

static void pack_nal(const struct packer_codec *codec, struct packer_output *output,
		     struct bytes nal)
{
	size_t done = codec->nal_header_size;
	size_t fragment_max = PACKER_PAYLOAD_MAX - codec->fragment_header_size;

	if (nal.size <= PACKER_PAYLOAD_MAX) {
		size_t start = bytes_written(&output->writer);

		bytes_put(&output->writer, nal.data, nal.size);
		packet_end(output, start);
		return;
	}
	while (done < nal.size) {
		size_t start = bytes_written(&output->writer);
		size_t left = nal.size - done;
		size_t size = left < fragment_max ? left : fragment_max;

		codec->put_fragment(&output->writer, nal.data, done == codec->nal_header_size,
				    size == left);
		bytes_put(&output->writer, nal.data + done, size);
		packet_end(output, start);
		done += size;
	}
}

static void pack_nals(const struct packer_codec *codec, struct packer_output *output,
		      struct bytes nals)
{
	struct bytes_reader reader = bytes_read(nals.data, nals.size);
	struct bytes nal;

	while (nal_take(&reader, codec->nal_header_size, &nal))
		pack_nal(codec, output, nal);
}

/* All parameter sets in one packet: one loss cannot part them. */
static void pack_config(const struct packer_codec *codec, struct packer_output *output,
			struct bytes config)
{
	struct bytes_reader reader = bytes_read(config.data, config.size);
	size_t start = bytes_written(&output->writer);
	struct bytes nal;
	bool is_first = true;

	if (config.size + codec->nal_header_size > PACKER_PAYLOAD_MAX) {
		pack_nals(codec, output, config);
		return;
	}
	while (nal_take(&reader, codec->nal_header_size, &nal)) {
		if (is_first)
			codec->put_aggregate(&output->writer, nal.data);
		is_first = false;
		bytes_put_be16(&output->writer, (uint16_t)nal.size);
		bytes_put(&output->writer, nal.data, nal.size);
	}
	if (!is_first)
		packet_end(output, start);
}

int packer_run(const struct packer_source *source, uint8_t *ret_bytes,
	       struct packer_packet *ret_packets)
{
	uint32_t packets_max;
	size_t bytes_max;
	int r = packer_measure(source, &packets_max, &bytes_max);

	if (r < 0)
		return r;
	struct packer_output output = {bytes_write(ret_bytes, bytes_max), ret_packets, 0};

	if (source->kind == PACKER_WHOLE) {
		bytes_put(&output.writer, source->frame.data, source->frame.size);
		packet_end(&output, 0);
	} else {
		pack_config(&codecs[source->kind], &output, source->config);
		pack_nals(&codecs[source->kind], &output, source->frame);
	}
	assert(!output.writer.failed && (uint32_t)output.count <= packets_max);
	if (output.count > 0)
		ret_packets[output.count - 1].is_last = true;
	return output.count;
}
