#include <assert.h>
#include <stdlib.h>

#include "proto/rtc/packer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the codec, the second how much of the rest is parameter sets. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t packets;
	size_t bytes;

	if (size < 2)
		return 0;
	size_t config = data[1] < size - 2 ? data[1] : size - 2;
	struct packer_source source = {.kind = data[0] % 3,
				       .config = {data + 2, config},
				       .frame = {data + 2 + config, size - 2 - config}};

	if (packer_measure(&source, &packets, &bytes) < 0)
		return 0;
	uint8_t *room = malloc(bytes ? bytes : 1);
	struct packer_packet *packet = calloc(packets ? packets : 1, sizeof(*packet));

	assert(room && packet);
	int count = packer_run(&source, room, packet);

	assert(count >= 0 && (uint32_t)count <= packets);
	for (int i = 0; i < count; i++)
		assert(packet[i].offset + packet[i].size <= bytes &&
		       packet[i].size <= PACKER_PAYLOAD_MAX);
	free(room);
	free(packet);
	return 0;
}
