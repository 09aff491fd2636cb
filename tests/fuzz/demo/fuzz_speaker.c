/* What a client may send the demo camera's speaker: two packets, the second from the middle on. */
#include "demo/speaker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct speaker *speaker;
	static uint64_t now = 1;

	if (!speaker && speaker_create(&speaker) < 0)
		return 0;
	speaker_take_packet(speaker, (struct bytes){data, size}, now);
	speaker_take_packet(speaker, (struct bytes){data + size / 2, size - size / 2}, now);
	now += size;
	return 0;
}
