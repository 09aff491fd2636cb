#include <assert.h>
#include <string.h>

#include "proto/http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct url_target target;
	struct bytes values[2];
	char text[256];

	if (url_decode((struct bytes){data, size}, text, sizeof(text)) == 0)
		assert(strlen(text) < sizeof(text));
	if (url_parse_target((struct bytes){data, size}, &target) < 0)
		return 0;
	assert(target.path.data == data && target.path.data[0] == '/');
	/* what was accepted as a path decodes, and nothing in it climbs */
	if (url_decode(target.path, text, sizeof(text)) == 0)
		assert(!strstr(text, "/../") && !strstr(text, "//"));
	(void)!url_query(target.query, "verbs", text, sizeof(text));
	if (url_match("/whep/:camera/:sid", target.path, values, 2))
		assert(values[0].size > 0 && values[1].size > 0);
	url_match("/*", target.path, values, 2);
	return 0;
}
