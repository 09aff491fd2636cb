#include "ear/weights.h"

static const uint8_t cry[] = {
#include "cry_weights.inc"
};

struct bytes weights_cry(void)
{
	return (struct bytes){cry, sizeof(cry)};
}
