/* Bytes from a disk that somebody else may have written: opened they are never more than was
 * given, and what opens was sealed for the key. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/attr.h"
#include "proto/age/age.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree uint8_t *opened = malloc(size ? size : 1);
	uint8_t key[AGE_KEY_SIZE];
	size_t opened_size = SIZE_MAX;

	assert(opened);
	for (uint8_t i = 0; i < AGE_KEY_SIZE; i++)
		key[i] = (uint8_t)(i + 1);
	int rc = age_open(key, data, size, opened, &opened_size);

	assert(rc <= 0);
	if (rc == 0)
		assert(size == age_sealed_size(opened_size));
	else
		assert(opened_size == SIZE_MAX);
	opened_size = SIZE_MAX;
	if (age_open_start(key, data, size, opened, &opened_size) == 0)
		assert(opened_size <= size);
	else
		assert(opened_size == SIZE_MAX);
	return 0;
}
