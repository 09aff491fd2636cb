/* An entry has one text: what parses is what its parts build again, byte by byte. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/log/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_again(struct entry *entry, const struct entry_view *view)
{
	char value[ENTRY_SIZE_MAX + 1];

	for (unsigned key = 0; key < ENTRY_KEY_COUNT; key++) {
		if (!view->values[key].data)
			continue;
		memcpy(value, view->values[key].data, view->values[key].size);
		value[view->values[key].size] = '\0';
		entry_add_text(entry, (enum entry_key)key, value);
	}
	for (unsigned i = 0; i < view->commitment_count; i++) {
		snprintf(value, sizeof(value), "%.*s", (int)view->commitments[i].name.size,
			 (const char *)view->commitments[i].name.data);
		entry_add_commitment(entry, value, view->commitments[i].hash);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct entry_view view;
	struct entry entry;
	char again[ENTRY_SIZE_MAX];
	size_t again_size;

	if (entry_parse(data, size, &view) < 0)
		return 0;
	entry_init(&entry, view.kind);
	add_again(&entry, &view);

	int result = entry_build(&entry, &view.stamp, again, sizeof(again), &again_size);

	assert(result == 0 && again_size == size && memcmp(again, data, size) == 0);
	return 0;
}
