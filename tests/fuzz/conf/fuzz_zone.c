/* Zones as somebody wrote them: what is taken is a rule that the eye takes too, and places are in
 * or out of it, wherever they are. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conf/zone.h"
#include "proto/see/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct box nowhere = {0.4F, 0.2F, 0.4F, 0.2F, 1};
	struct ipc_see rule = {.person = SEE_NORMAL, .least_height = 1};
	autofree char *text = malloc(size + 1);
	unsigned inside = 0;

	assert(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (zone_parse(text, &rule) < 0)
		return 0;
	assert(zone_check(&rule) == 0);
	for (unsigned i = 0; i <= 10; i++) {
		float at = (float)i / 10;
		struct box box = {at * 0.9F, 0, at * 0.9F + 0.1F, at, 1};

		inside += zone_admits(&rule, &box);
	}
	assert(inside <= 10); /* the first box has no height */
	assert(!zone_admits(&rule, &nowhere));
	return 0;
}
