#include "proto/rtp/rtp_aac.h"

#include <errno.h>

enum { HEADS_SIZE_SIZE = 2, OBJECT_TYPE_ESCAPE = 31, RATE_ESCAPE = 15 };

int rtp_aac_init(struct rtp_aac *aac, const struct rtp_aac_options *options)
{
	if (options->size_bits == 0 || options->size_bits > 16 || options->index_bits > 16 ||
	    options->delta_bits > 16)
		return -EINVAL;
	*aac = (struct rtp_aac){.options = *options};
	return 0;
}

static void lose(struct rtp_aac *aac)
{
	aac->broken++;
	aac->has_gap = true;
	aac->wanted = 0;
	aac->heads_end = 0;
}

void rtp_aac_push(struct rtp_aac *aac, const struct rtp_packet *packet, bool after_gap)
{
	struct bytes_reader reader = bytes_read(packet->payload.data, packet->payload.size);
	size_t head_bits = bytes_get_be16(&reader);
	size_t head_size = (head_bits + 7) / 8;
	const uint8_t *heads = bytes_get(&reader, head_size);

	if (after_gap && aac->wanted)
		aac->broken++;
	if (after_gap) {
		aac->wanted = 0;
		aac->has_gap = true;
	}
	if (aac->wanted && packet->timestamp != aac->timestamp)
		lose(aac);
	aac->heads_end = 0;
	if (packet->payload.size == 0)
		return;
	if (!heads || head_bits == 0) {
		lose(aac);
		return;
	}
	aac->heads = bits_read(heads, head_size, false);
	aac->heads_end = head_bits;
	aac->units = reader;
	aac->timestamp = packet->timestamp;
	aac->is_last = packet->marker;
	aac->unit = 0;
}

static bool give(struct rtp_aac *aac, const uint8_t *data, size_t size, struct rtp_frame *ret_frame)
{
	*ret_frame = (struct rtp_frame){
		.timestamp = aac->timestamp,
		.is_key = true,
		.after_gap = aac->has_gap,
		.data = data,
		.size = size,
	};
	aac->has_gap = false;
	aac->timestamp += RTP_AAC_UNIT_SAMPLES;
	return true;
}

/* A piece of a unit that is larger than its packet (§3.2.3.2): every piece repeats the whole's
 * size. */
static bool add_piece(struct rtp_aac *aac, size_t size, struct rtp_frame *ret_frame)
{
	size_t piece = bytes_left(&aac->units);

	if (aac->wanted == 0) {
		aac->wanted = size;
		aac->size = 0;
	}
	aac->heads_end = 0;
	if (aac->wanted != size || size > sizeof(aac->buffer) || piece > size - aac->size ||
	    (aac->is_last && piece != size - aac->size)) {
		lose(aac);
		return false;
	}
	memcpy(aac->buffer + aac->size, aac->units.at, piece);
	aac->size += piece;
	if (aac->size < size)
		return false;
	aac->wanted = 0;
	return give(aac, aac->buffer, size, ret_frame);
}

/* Reads the next AU header (§3.2.1.1); 0 if it cannot be used. */
static size_t next_head(struct rtp_aac *aac)
{
	size_t size = bits_get(&aac->heads, aac->options.size_bits);
	unsigned index_bits = aac->unit == 0 ? aac->options.index_bits : aac->options.delta_bits;
	uint32_t index = bits_get(&aac->heads, index_bits);
	bool is_interleaved = aac->unit > 0 && index != 0;

	aac->unit++;
	return aac->heads.failed || is_interleaved ? 0 : size;
}

bool rtp_aac_next(struct rtp_aac *aac, struct rtp_frame *ret_frame)
{
	if (aac->heads.at + aac->options.size_bits > aac->heads_end)
		return false;
	bool is_first = aac->unit == 0;
	size_t size = next_head(aac);

	if (size == 0) {
		lose(aac);
		return false;
	}
	bool is_only = aac->heads.at + aac->options.size_bits > aac->heads_end;

	if (is_first && is_only && (aac->wanted || size > bytes_left(&aac->units)))
		return add_piece(aac, size, ret_frame);
	const uint8_t *unit = bytes_get(&aac->units, size);

	if (!unit || aac->wanted) {
		lose(aac);
		return false;
	}
	return give(aac, unit, size, ret_frame);
}

int aac_parse_config(const uint8_t *config, size_t size, struct aac_config *ret_config)
{
	static const uint32_t rates_hz[] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
					    22050, 16000, 12000, 11025, 8000,  7350};
	static const uint8_t channel_counts[] = {0, 1, 2, 3, 4, 5, 6, 8};
	struct bits bits = bits_read(config, size, false);
	struct aac_config result = {0};

	if (bits_get(&bits, 5) == OBJECT_TYPE_ESCAPE)
		bits_skip(&bits, 6);
	uint32_t rate = bits_get(&bits, 4);

	if (rate == RATE_ESCAPE)
		result.rate_hz = bits_get(&bits, 24);
	else if (rate < ARRAY_COUNT(rates_hz))
		result.rate_hz = rates_hz[rate];
	uint32_t channels = bits_get(&bits, 4);

	if (channels < ARRAY_COUNT(channel_counts))
		result.channels = channel_counts[channels];
	if (bits.failed || result.rate_hz == 0 || result.channels == 0)
		return -EBADMSG;
	*ret_config = result;
	return 0;
}
