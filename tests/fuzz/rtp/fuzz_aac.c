#include <assert.h>

#include "packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const uint8_t *data, size_t size, const struct rtp_aac_options *aac)
{
	static struct rtp_depack depack;
	const struct rtp_depack_options options = {.codec = CODEC_AAC, .aac = *aac};
	struct bytes_reader reader = bytes_read(data, size);
	struct rtp_packet packet = {0};
	bool after_gap;

	assert(rtp_depack_init(&depack, &options, NULL, 0) == 0);
	while (packets_next(&reader, &packet, &after_gap)) {
		struct rtp_frame frame;

		rtp_depack_push(&depack, &packet, after_gap);
		while (rtp_depack_next(&depack, &frame))
			assert(frame.size > 0 && frame.size <= 65535 && frame.is_key);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aac_config config;

	run(data, size, &rtp_aac_hbr);
	run(data, size, &rtp_aac_lbr);
	run(data, size, &(struct rtp_aac_options){16, 0, 0});
	if (aac_parse_config(data, size, &config) == 0)
		assert(config.rate_hz > 0 && config.channels > 0);
	return 0;
}
