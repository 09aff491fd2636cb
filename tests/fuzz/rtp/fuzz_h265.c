#include "packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtp_depack_options options = {.codec = CODEC_H265};

	packets_run_video(data, size, &options);
	options.has_donl = true;
	packets_run_video(data, size, &options);
	return 0;
}
