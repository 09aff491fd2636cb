#include "proto/rtp/nal_params.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

static void append(struct nal_params *params, uint16_t key, const uint8_t *nal, size_t size)
{
	struct bytes_writer writer =
		bytes_write(params->data + params->size, sizeof(params->data) - params->size);

	bytes_put_be32(&writer, (uint32_t)size);
	bytes_put(&writer, nal, size);
	params->sets[params->count++] = (struct nal_params_set){
		.key = key,
		.at = (uint16_t)(params->size + 4),
		.size = (uint16_t)size,
	};
	params->size += bytes_written(&writer);
}

static const struct nal_params_set *find_key(const struct nal_params *params, uint16_t key)
{
	for (size_t i = 0; i < params->count; i++)
		if (params->sets[i].key == key)
			return &params->sets[i];
	return NULL;
}

int nal_params_put(struct nal_params *params, const struct nal_info *info, const uint8_t *nal,
		   size_t size)
{
	uint16_t key = (uint16_t)(info->rank << 8 | info->id);
	const struct nal_params_set *old = find_key(params, key);
	size_t freed = old ? old->size + 4U : 0;

	if (old && old->size == size && memcmp(params->data + old->at, nal, size) == 0)
		return 0;
	if (size > sizeof(params->data) || params->size - freed + size + 4 > sizeof(params->data) ||
	    (!old && params->count == NAL_PARAMS_COUNT_MAX))
		return -EMSGSIZE;
	struct nal_params next = {0};
	bool is_placed = false;

	for (size_t i = 0; i < params->count; i++) {
		const struct nal_params_set *set = &params->sets[i];

		if (!is_placed && set->key >= key) {
			append(&next, key, nal, size);
			is_placed = true;
		}
		if (set->key != key)
			append(&next, set->key, params->data + set->at, set->size);
	}
	if (!is_placed)
		append(&next, key, nal, size);
	*params = next;
	return 1;
}

const struct nal_params_set *nal_params_find(const struct nal_params *params, uint8_t rank)
{
	for (size_t i = 0; i < params->count; i++)
		if (params->sets[i].key >> 8 == rank)
			return &params->sets[i];
	return NULL;
}
