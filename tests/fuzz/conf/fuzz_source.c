#include "conf/name.h"
#include "conf/source.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[2 * SOURCE_URL_SIZE];
	struct mistake mistake;
	struct source source, again;

	if (size >= sizeof(text))
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	(void)name_is_valid(text);
	if (source_parse(text, NULL, &source, &mistake) < 0 || source.kind > SOURCE_RTSPS)
		return 0;
	/* The strict form means the same to whoever reads it next. */
	if (source_parse(source.url, NULL, &again, &mistake) < 0 ||
	    strcmp(source.url, again.url) != 0 || strcmp(source.host, again.host) != 0 ||
	    source.port != again.port)
		abort();
	return 0;
}
