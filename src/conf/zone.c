#include "conf/zone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

enum { POINT_LETTERS_MAX = 16 };

struct reading {
	const char *at;
	struct ipc_see *see;
	uint32_t zones, points;
};

static size_t skip_blanks(struct reading *reading)
{
	reading->at += strspn(reading->at, " ");
	return strcspn(reading->at, " ;");
}

/* 0 to 100, with at most two decimals. */
static int read_percent(const char *letters, size_t size, uint16_t *ret_value)
{
	const char *dot = memchr(letters, '.', size);
	size_t whole_size = dot ? (size_t)(dot - letters) : size;
	uint64_t whole, part = 0;

	if (text_parse_u64(letters, whole_size, 100, &whole) < 0)
		return -EBADMSG;
	if (dot) {
		size_t places = size - whole_size - 1;
		char digits[3] = "00";

		if (places < 1 || places > 2)
			return -EBADMSG;
		memcpy(digits, dot + 1, places);
		for (size_t i = 0; i < 2; i++) {
			if (digits[i] < '0' || digits[i] > '9')
				return -EBADMSG;
			part = part * 10 + (uint64_t)(digits[i] - '0');
		}
	}
	if (whole == 100 && part)
		return -EBADMSG;
	*ret_value = (uint16_t)(whole * 100 + part);
	return 0;
}

static int read_point(struct reading *reading, size_t size)
{
	const char *comma = memchr(reading->at, ',', size);
	struct ipc_point point;

	if (!comma || size > POINT_LETTERS_MAX || reading->points == SEE_POINTS_MAX)
		return -EBADMSG;
	size_t x_size = (size_t)(comma - reading->at);

	if (read_percent(reading->at, x_size, &point.x) < 0 ||
	    read_percent(comma + 1, size - x_size - 1, &point.y) < 0)
		return -EBADMSG;
	reading->see->points[reading->points++] = point;
	reading->at += size;
	return 0;
}

static bool is_word(const struct reading *reading, size_t size, const char *word)
{
	return size == strlen(word) && memcmp(reading->at, word, size) == 0;
}

static int read_zone(struct reading *reading)
{
	size_t size = skip_blanks(reading);
	bool is_excluded = is_word(reading, size, "exclude");
	uint32_t first = reading->points;

	if ((!is_excluded && !is_word(reading, size, "include")) || reading->zones == SEE_ZONES_MAX)
		return -EBADMSG;
	reading->at += size;
	while ((size = skip_blanks(reading)) > 0)
		if (read_point(reading, size) < 0)
			return -EBADMSG;
	if (reading->points - first < 3)
		return -EBADMSG;
	reading->see->sizes[reading->zones] = reading->points - first;
	if (is_excluded)
		reading->see->excludes |= UINT32_C(1) << reading->zones;
	reading->zones++;
	return 0;
}

int zone_parse(const char *text, struct ipc_see *ret_see)
{
	struct ipc_see see = *ret_see;
	struct reading reading = {.at = text, .see = &see};

	memset(see.sizes, 0, sizeof(see.sizes));
	memset(see.points, 0, sizeof(see.points));
	see.excludes = 0;
	while (*(reading.at += strspn(reading.at, " "))) {
		if (read_zone(&reading) < 0)
			return -EBADMSG;
		if (*reading.at == ';')
			reading.at++;
	}
	*ret_see = see;
	return 0;
}
