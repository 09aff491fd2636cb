/* The configuration is the owner's own file; that it may be garbage is reason enough. */
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mistake mistake = {""};
	AUTO(conf) conf = calloc(1, sizeof(*conf));

	if (!conf)
		return 0;
	int r = conf_parse("ward.yml", "/etc", (const char *)data, size, conf, &mistake);

	/* A refusal always says why. */
	if (r < 0 && !mistake.text[0])
		abort();
	return 0;
}
