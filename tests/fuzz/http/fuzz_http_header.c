#include <assert.h>

#include "proto/http/ask_header.h"
#include "proto/http/authority.h"
#include "proto/http/bearer.h"
#include "proto/http/media_type.h"
#include "proto/http/negotiate.h"
#include "proto/http/range.h"
#include "proto/http/tile_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The values of single fields, and the path of a tile. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes value = {data, size};
	struct http_authority authority;
	struct http_bearer bearer;
	struct ask_header ask;
	struct tile_path tile;
	struct http_range range;

	if (bearer_parse(value, &bearer) == 0)
		assert(size >= 64);
	if (ask_header_parse(value, &ask) == 0)
		assert(ask.checkpoint_size <= INT64_MAX);
	if (authority_parse(value, &authority) == 0)
		assert(authority.host.size > 0 && authority.port <= UINT16_MAX);
	if (tile_path_parse(value, &tile) == 0)
		assert(tile.width >= 1 && tile.width <= TILE_WIDTH && tile.level <= TILE_LEVEL_MAX);
	if (range_parse(value, 1000, &range) == 0)
		assert(range.from < range.to && range.to <= 1000);
	authority_is_origin(value, "https", value);
	negotiate_takes_gzip(value);
	negotiate_has_etag(value, "\"x\"");
	media_type_is(value, "application/sdp");
	return 0;
}
