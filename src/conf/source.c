#include "conf/source.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"

enum { RTSP_PORT = 554, RTSPS_PORT = 322 }; /* RFC 7826, 25.8 */

static const char url_expected[] = "expected rtsp://HOST/..., rtsps://HOST/..., the path of a "
				   "media file, alsa:DEVICE, or demo:";

/* Words before the colon. A refusal says why; an accepted one has its kind. */
static const struct {
	const char *prefix;
	const char *refusal;
	enum source_kind kind;
} schemes[] = {
	{"rtsp://", NULL, SOURCE_RTSP},
	{"rtsps://", NULL, SOURCE_RTSPS},
	{"file://", NULL, SOURCE_FILE},
	{"file:", NULL, SOURCE_FILE},
	{"alsa:", NULL, SOURCE_ALSA},
	{"demo:", NULL, SOURCE_DEMO},
	{"exec:", "\"exec:\" is refused: Ward never runs a command from its configuration", 0},
	{"echo:", "\"echo:\" is refused: Ward never runs a command from its configuration", 0},
	{"expr:",
	 "\"expr:\" is refused: Ward never evaluates an expression from its "
	 "configuration",
	 0},
	{"ffmpeg:",
	 "\"ffmpeg:\" is refused: Ward never runs a command from its configuration; "
	 "name the camera's own rtsp:// address",
	 0},
};

/* The parts of rtsp://user:password@host:port/rest, borrowed from the text. */
struct url_parts {
	const char *user, *user_end; /* both NULL: none */
	const char *host, *host_end;
	const char *port, *port_end;
	const char *rest;
};

static bool is_host(const char *at, const char *end)
{
	if (at == end || end - at >= SOURCE_HOST_SIZE)
		return false;
	for (; at < end; at++) {
		bool is_word = (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') ||
			       (*at >= 'A' && *at <= 'Z') || strchr("-._", *at);

		if (!is_word || !*at)
			return false;
	}
	return true;
}

static bool is_address6(const char *at, const char *end)
{
	return at < end && strspn(at, "0123456789abcdefABCDEF:.") >= (size_t)(end - at);
}

/* host[:port] or [v6][:port] between `at` and `end`. */
static bool split_host(struct url_parts *parts, const char *at, const char *end)
{
	const char *colon;

	if (at < end && *at == '[') {
		const char *close = memchr(at, ']', (size_t)(end - at));

		if (!close || !is_address6(at + 1, close))
			return false;
		parts->host = at + 1;
		parts->host_end = close;
		colon = close + 1;
		if (colon < end && *colon != ':')
			return false;
	} else {
		colon = memchr(at, ':', (size_t)(end - at));
		colon = colon ? colon : end;
		parts->host = at;
		parts->host_end = colon;
		if (!is_host(at, colon))
			return false;
	}
	parts->port = colon < end ? colon + 1 : end;
	parts->port_end = end;
	uint64_t port = 1;

	return colon == end ||
	       (text_parse_u64(parts->port, (size_t)(end - parts->port), 65535, &port) == 0 &&
		port > 0);
}

static const char *last_at(const char *at, const char *end)
{
	return memrchr(at, '@', (size_t)(end - at));
}

/* `at` is the first byte after "//", `sign` the @ after the password, or NULL. */
static bool split_at(struct url_parts *parts, const char *at, const char *sign)
{
	const char *host = sign ? sign + 1 : at;
	const char *end = host + strcspn(host, "/?#");

	*parts = (struct url_parts){.rest = end};
	if (sign) {
		parts->user = at;
		parts->user_end = sign;
	}
	return split_host(parts, host, end);
}

/* People write passwords as they are, with @ : / # in them. The strict reading is tried first;
 * if its host or port makes no sense, the last @ of all ends the password. */
static bool split_url(struct url_parts *parts, const char *at)
{
	const char *end = at + strcspn(at, "/?#");

	if (split_at(parts, at, last_at(at, end)))
		return true;
	return split_at(parts, at, last_at(at, at + strlen(at)));
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("-._~!$&'()*+,;=", c));
}

static bool is_escape(const char *at, const char *end)
{
	return end - at >= 3 && *at == '%' && isxdigit((unsigned char)at[1]) &&
	       isxdigit((unsigned char)at[2]);
}

/* One side of user:password; what is escaped already stays so. */
static void add_escaped(struct text *text, const char *at, const char *end)
{
	for (; at < end; at++)
		if (is_plain(*at) || is_escape(at, end))
			text_add_bytes(text, at, 1);
		else
			text_printf(text, "%%%02X", (unsigned)(unsigned char)*at);
}

static void add_user(struct text *text, const struct url_parts *parts)
{
	const char *colon = memchr(parts->user, ':', (size_t)(parts->user_end - parts->user));

	add_escaped(text, parts->user, colon ? colon : parts->user_end);
	if (colon) {
		text_add(text, ":");
		add_escaped(text, colon + 1, parts->user_end);
	}
	text_add(text, "@");
}

static int build_strict(const struct url_parts *parts, struct source *source)
{
	bool is_v6 = memchr(parts->host, ':', (size_t)(parts->host_end - parts->host)) != NULL;
	struct text text;

	text_init(&text, source->url, sizeof(source->url));
	text_add(&text, source->kind == SOURCE_RTSPS ? "rtsps://" : "rtsp://");
	if (parts->user)
		add_user(&text, parts);
	text_printf(&text, is_v6 ? "[%s]" : "%s", source->host);
	if (parts->port < parts->port_end)
		text_printf(&text, ":%u", source->port);
	text_add(&text, parts->rest);
	return text.failed ? -EMSGSIZE : 0;
}

static int fill_remote(const char *after, struct source *source, const char **ret_why)
{
	struct url_parts parts;
	uint64_t port = source->kind == SOURCE_RTSPS ? RTSPS_PORT : RTSP_PORT;

	*ret_why = "expected rtsp://[USER:PASSWORD@]HOST[:PORT]/PATH";
	if (!split_url(&parts, after))
		return -EBADMSG;
	for (const char *at = parts.rest; *at; at++)
		if (*at <= ' ' || *at == 0x7f || *at == '#') {
			*ret_why = "the part after the host holds a space, a control character or "
				   "\"#\"; write such characters as %20, %23";
			return -EBADMSG;
		}
	memcpy(source->host, parts.host, (size_t)(parts.host_end - parts.host));
	if (parts.port < parts.port_end &&
	    text_parse_u64(parts.port, (size_t)(parts.port_end - parts.port), 65535, &port) < 0)
		return -EBADMSG;
	source->port = (uint16_t)port;
	*ret_why = "longer than 1023 bytes";
	return build_strict(&parts, source);
}

static bool names_a_scheme(const char *url)
{
	size_t size =
		strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-");

	return size > 1 && url[size] == ':';
}

/* A device of ALSA's: a card's (hw:1,0, plughw:CARD=Cot,DEV=0), or a word that this box's own
 * asound.conf explains. Other names with a colon hand arguments to plugins, of which some write
 * files and run commands. */
static bool is_device(const char *at, size_t size)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-";
	static const char *const cards[] = {"hw:", "plughw:"};

	for (size_t i = 0; i < ARRAY_COUNT(cards); i++) {
		size_t head = strlen(cards[i]);

		if (size > head && memcmp(at, cards[i], head) == 0)
			return strspn(at + head, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
						 "0123456789_-=,") >= size - head;
	}
	return size > 0 && strspn(at, word) >= size;
}

/* What a sound server stands behind takes sockets and threads, which the camera's process has not. */
static bool is_served(const char *at, size_t size)
{
	static const char *const served[] = {"default", "pulse", "pipewire"};

	for (size_t i = 0; i < ARRAY_COUNT(served); i++)
		if (size == strlen(served[i]) && memcmp(at, served[i], size) == 0)
			return true;
	return false;
}

static int fill_devices(const char *after, struct source *source, const char **ret_why)
{
	static const char speaker[] = "?speaker=";
	size_t size = strcspn(after, "?");
	const char *other = after + size;

	*ret_why = "expected alsa:DEVICE or alsa:DEVICE?speaker=DEVICE (or ?speaker=none), a device "
		   "being hw:..., plughw:... or a word of /etc/asound.conf";
	if (*other && strncmp(other, speaker, sizeof(speaker) - 1) != 0)
		return -EBADMSG;
	other += *other ? sizeof(speaker) - 1 : 0;
	if (!is_device(after, size) || (after[size] && !is_device(other, strlen(other))))
		return -EBADMSG;
	if (is_served(after, size) || is_served(other, strlen(other))) {
		*ret_why = "name the device itself, such as plughw:1,0 (arecord -l lists them): what "
			   "is shared through a sound server cannot be used";
		return -EBADMSG;
	}
	*ret_why = "longer than 1023 bytes";
	return text_copy(source->path, sizeof(source->path), after) ? 0 : -EMSGSIZE;
}

int source_parse(const char *url, const struct mistake_place *place, struct source *ret_source,
		 struct mistake *ret_mistake)
{
	struct source source = {.kind = SOURCE_FILE};
	const char *after = url, *why = url_expected;

	for (size_t i = 0; i < ARRAY_COUNT(schemes); i++) {
		size_t size = strlen(schemes[i].prefix);

		if (strncasecmp(url, schemes[i].prefix, size) != 0)
			continue;
		if (schemes[i].refusal)
			return mistake_set(ret_mistake, place, "%s", schemes[i].refusal);
		source.kind = schemes[i].kind;
		after = url + size;
		break;
	}
	if (!*url || (after == url && names_a_scheme(url)))
		return mistake_set(ret_mistake, place, "%s", url_expected);
	if (source.kind == SOURCE_RTSP || source.kind == SOURCE_RTSPS) {
		if (fill_remote(after, &source, &why) < 0)
			return mistake_set(ret_mistake, place, "%s", why);
	} else if (source.kind == SOURCE_ALSA) {
		if (fill_devices(after, &source, &why) < 0)
			return mistake_set(ret_mistake, place, "%s", why);
	} else if (source.kind == SOURCE_FILE) {
		if (!*after || !text_copy(source.path, sizeof(source.path), after))
			return mistake_set(ret_mistake, place, "%s", url_expected);
	} else if (*after && strcmp(after, "//") != 0) {
		return mistake_set(ret_mistake, place, "expected just demo:");
	}
	*ret_source = source;
	return 0;
}
