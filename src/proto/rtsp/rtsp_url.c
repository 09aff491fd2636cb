#include "proto/rtsp/rtsp_url.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"

/* host[:port] at the start of what follows the user's part. */
struct place {
	struct slice host, port; /* host without brackets */
	size_t size;             /* of both, with brackets and colon */
	bool is_certain;         /* not just a word: has a dot or colon, or is "localhost" */
};

static bool ends_authority(char c)
{
	return c == '/' || c == '?' || c == '#';
}

static bool is_host_char(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || c == '_';
}

static size_t scan_bracketed(struct slice text, struct place *place)
{
	const char *end = memchr(text.data, ']', text.size);
	size_t size = end ? (size_t)(end - text.data) : 0;

	for (size_t i = 1; i < size; i++)
		if (!isxdigit((unsigned char)text.data[i]) && !strchr(":.%", text.data[i]))
			return 0;
	if (size < 2)
		return 0;
	place->host = (struct slice){text.data + 1, size - 1};
	place->is_certain = true;
	return size + 1;
}

static size_t scan_name(struct slice text, struct place *place)
{
	size_t size = 0;

	while (size < text.size && is_host_char(text.data[size]))
		size++;
	place->host = (struct slice){text.data, size};
	place->is_certain =
		(size && memchr(text.data, '.', size)) || slice_equals(place->host, "localhost");
	return size;
}

/* Whether `text` begins with host[:port] and then ends or goes on with a path. */
static bool scan_place(struct slice text, struct place *ret_place)
{
	struct place place = {0};
	bool is_bracketed = text.size && text.data[0] == '[';
	size_t at = is_bracketed ? scan_bracketed(text, &place) : scan_name(text, &place);

	if (at == 0)
		return false;
	if (at < text.size && text.data[at] == ':') {
		size_t digits = ++at;

		while (at < text.size && isdigit((unsigned char)text.data[at]))
			at++;
		place.port = (struct slice){text.data + digits, at - digits};
		if (place.port.size == 0)
			return false; /* more likely "user:" and a password that begins oddly */
	}
	place.size = at;
	*ret_place = place;
	return at == text.size || ends_authority(text.data[at]);
}

/* Looks for the last `@` of `text` that a host follows; -1 if there is none. */
static int find_user_end(struct slice all, size_t limit, bool wants_certain)
{
	for (size_t at = limit; at-- > 0;) {
		struct place place;

		if (all.data[at] != '@')
			continue;
		if (scan_place((struct slice){all.data + at + 1, all.size - at - 1}, &place) &&
		    (place.is_certain || !wants_certain))
			return (int)at;
	}
	return -1;
}

static int choose_user_end(struct slice all)
{
	size_t authority = 0;
	struct place place;

	while (authority < all.size && !ends_authority(all.data[authority]))
		authority++;
	bool has_at = authority && memchr(all.data, '@', authority);

	/* No `@` before the path, and a host with a port there: an `@` later is the path's. */
	if (!has_at && scan_place(all, &place) && (place.is_certain || place.port.size == 0))
		return -1;
	int at = find_user_end(all, authority, true);

	if (at < 0)
		at = find_user_end(all, all.size, true);
	return at < 0 ? find_user_end(all, all.size, false) : at;
}

/* Undoes %XX; a percent sign that escapes nothing stands for itself. */
static int copy_unescaped(struct slice text, char *ret_string, size_t capacity)
{
	size_t size = 0;

	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];

		if (c == '%' && i + 2 < text.size && text_hex_digit(text.data[i + 1]) >= 0 &&
		    text_hex_digit(text.data[i + 2]) >= 0) {
			c = (char)((unsigned)text_hex_digit(text.data[i + 1]) << 4 |
				   (unsigned)text_hex_digit(text.data[i + 2]));
			i += 2;
		}
		if (size + 1 >= capacity)
			return -EMSGSIZE;
		if (c == '\0')
			return -EBADMSG;
		ret_string[size++] = c;
	}
	ret_string[size] = '\0';
	return 0;
}

static int parse_user(struct slice user, struct rtsp_url *url)
{
	struct slice password = user;
	struct slice name = slice_cut(&password, ':');
	int rc = copy_unescaped(name, url->user, sizeof(url->user));

	url->has_user = true;
	return rc < 0 ? rc : copy_unescaped(password, url->password, sizeof(url->password));
}

static int parse_scheme(struct slice *rest, struct rtsp_url *url)
{
	if (slice_starts(*rest, "rtsps://"))
		url->is_tls = true;
	else if (!slice_starts(*rest, "rtsp://"))
		return -EPROTONOSUPPORT;
	size_t skip = url->is_tls ? strlen("rtsps://") : strlen("rtsp://");

	rest->data += skip;
	rest->size -= skip;
	return 0;
}

static int build_target(struct rtsp_url *url, const struct place *place, struct slice path)
{
	struct text text;

	path = slice_cut(&path, '#');
	text_init(&text, url->target, sizeof(url->target));
	text_add(&text, url->is_tls ? "rtsps://" : "rtsp://");
	text_add_bytes(&text, path.data - place->size, place->size);
	text_add_bytes(&text, path.data, path.size);
	return text.failed ? -EMSGSIZE : 0;
}

static bool has_control_byte(struct slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7f)
			return true;
	return false;
}

int rtsp_url_parse(struct slice text, struct rtsp_url *ret_url)
{
	struct rtsp_url url = {0};
	struct slice rest = slice_trim(text);
	struct place place;
	uint32_t port;

	if (rest.size >= RTSP_URL_SIZE_MAX)
		return -EMSGSIZE;
	if (has_control_byte(rest))
		return -EBADMSG;
	int rc = parse_scheme(&rest, &url);
	int user_end = rc < 0 ? -1 : choose_user_end(rest);

	if (user_end >= 0) {
		rc = parse_user((struct slice){rest.data, (size_t)user_end}, &url);
		rest.data += user_end + 1;
		rest.size -= (size_t)user_end + 1;
	}
	if (rc < 0)
		return rc;
	if (!scan_place(rest, &place))
		return -EBADMSG;
	port = url.is_tls ? RTSPS_PORT : RTSP_PORT;
	if (place.port.size && (slice_parse_u32(place.port, UINT16_MAX, &port) < 0 || port == 0))
		return -EBADMSG;
	url.port = (uint16_t)port;
	rc = slice_copy(place.host, url.host, sizeof(url.host));
	if (rc == 0)
		rc = build_target(&url, &place,
				  (struct slice){rest.data + place.size, rest.size - place.size});
	if (rc == 0)
		*ret_url = url;
	return rc;
}

struct slice rtsp_url_clean(struct slice url)
{
	url = slice_trim(url);
	while (slice_starts(url, "rtsp://rtsp://") || slice_starts(url, "rtsp://rtsps://") ||
	       slice_starts(url, "rtsps://rtsps://")) {
		size_t skip = slice_starts(url, "rtsps://") ? 8 : 7;

		url.data += skip;
		url.size -= skip;
	}
	return url;
}

void rtsp_url_join(struct text *text, struct slice base, struct slice control)
{
	control = rtsp_url_clean(control);
	base = rtsp_url_clean(base);
	if (slice_starts(control, "rtsp://") || slice_starts(control, "rtsps://")) {
		text_add_bytes(text, control.data, control.size);
		return;
	}
	text_add_bytes(text, base.data, base.size);
	if (control.size == 0 || slice_equals(control, "*"))
		return;
	bool has_slash = base.size && base.data[base.size - 1] == '/';

	if (!has_slash && control.data[0] != '/')
		text_add(text, "/");
	if (has_slash && control.data[0] == '/')
		control = (struct slice){control.data + 1, control.size - 1};
	text_add_bytes(text, control.data, control.size);
}
