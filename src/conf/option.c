#include "conf/option.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "conf/camera.h"
#include "conf/conf.h"
#include "conf/zone.h"

#define CONF(member)   OPTION_FIELD(struct conf, member)
#define CAMERA(member) OPTION_FIELD(struct camera, member)

static const char *const words_tls[] = {"auto", NULL};
static const char *const words_transport[] = {"auto", "tcp", "udp", NULL};
static const char *const words_record[] = {"off", "continuous", "events", NULL};
static const char *const words_own_record[] = {"off", "continuous", "events", "same", NULL};
static const char *const words_hear[] = {"off", "low", "normal", "high", NULL};
static const char *const words_noise[] = {"off", "-50", "-40", "-30", "-20", "-10", NULL};
static const char *const words_see[] = {"off", "low", "normal", "high", NULL};
static const char *const words_faces[] = {"off", "on", NULL};
static const char *const words_echo[] = {"off", "auto", NULL};
static const char *const words_yes[] = {"no", "yes", "false", "true", "off", "on", NULL};

const char *const option_same[] = {"same", NULL};

/* clang-format off */
static const struct option table[] = {
	{"listen.https", OPTION_PORT, CONF(https_port), "8443", "WARD_LISTEN_HTTPS",
	 "TCP port of the page and its API, TLS only.", NULL},
	{"listen.media", OPTION_PORT, CONF(media_port), "8555", "WARD_LISTEN_MEDIA",
	 "UDP and TCP port of pictures and sound (WebRTC).", NULL},
	{"listen.http_loopback", OPTION_PORT_OR_0, CONF(http_port), "8080",
	 "WARD_LISTEN_HTTP_LOOPBACK",
	 "TCP port on 127.0.0.1 and ::1 only, without TLS: browsers trust localhost, so the first "
	 "look needs no certificate. 0 turns it off.", NULL},
	{"listen.address", OPTION_ADDRESS, CONF(address), NULL, "WARD_LISTEN_ADDRESS",
	 "Numeric address to listen on instead of all of this box's IPv4 and IPv6 addresses.", NULL},
	{"state", OPTION_PATH, CONF(state), NULL, "WARD_STATE",
	 "Directory for keys, users, the access log and added cameras. Default: $STATE_DIRECTORY, "
	 "else /var/lib/ward for root, else ~/.local/state/ward.", NULL},
	{"tls", OPTION_CHOICE, CONF(tls_mode), "auto", "WARD_TLS",
	 "\"auto\" makes a local certificate authority at the first start; its root is downloaded to "
	 "the phone once, from /ca.crt. Or give tls.cert and tls.key.", words_tls},
	{"tls.cert", OPTION_PATH, CONF(tls_cert), NULL, "WARD_TLS_CERT",
	 "PEM file: your own certificate and its chain.", NULL},
	{"tls.key", OPTION_PATH, CONF(tls_key), NULL, "WARD_TLS_KEY",
	 "PEM file: the private key of tls.cert.", NULL},
	{"public_address", OPTION_HOST, CONF(public_address), NULL, "WARD_PUBLIC_ADDRESS",
	 "Host name or address under which phones reach this box from outside.", NULL},
	{"secrets", OPTION_PATH, CONF(secrets), NULL, "WARD_SECRETS",
	 "Directory with one file per secret, or a YAML file of \"NAME: value\" lines, for "
	 "${secret:NAME} in camera URLs. $CREDENTIALS_DIRECTORY is looked at first.", NULL},
	{"retention.days", OPTION_DAYS, CONF(retention_days), "14", "WARD_RETENTION_DAYS",
	 "How long recordings are kept. Older ones are erased, ten minutes at a time, and the log says "
	 "so. 0: no limit.", NULL},
	{"retention.bytes", OPTION_BYTES, CONF(retention_bytes), "0", "WARD_RETENTION_BYTES",
	 "How much all recordings together may take; beyond it the oldest are erased. 0: no limit but "
	 "the disk; 512 MiB of it are left free.", NULL},
	{"record", OPTION_CHOICE, CONF(record), "off", "WARD_RECORD",
	 "What is kept of cameras that do not say: nothing, everything, or what lies around events.",
	 words_record},
	{"pre_roll", OPTION_MOMENT, CONF(pre_roll_s), "10s", "WARD_PRE_ROLL",
	 "With \"record: events\": how long before an event. It waits in memory, at most 24 MiB for a "
	 "camera.", NULL},
	{"post_roll", OPTION_TIME, CONF(post_roll_s), "30s", "WARD_POST_ROLL",
	 "With \"record: events\": how long after an event.", NULL},
};

static const struct option camera_table[] = {
	{"url", OPTION_URL, CAMERA(url), NULL, NULL,
	 "rtsp://USER:PASSWORD@HOST:PORT/PATH, rtsps://..., the path of a media file (played in a "
	 "loop), alsa:DEVICE (microphone and speaker on this box; alsa:DEVICE?speaker=OTHER, or none), "
	 "or demo:. May hold ${secret:NAME}.", NULL},
	{"sub", OPTION_URL, CAMERA(sub), NULL, NULL,
	 "The camera's smaller stream, for slow links.", NULL},
	{"transport", OPTION_CHOICE, CAMERA(transport), "auto", NULL,
	 "How RTSP carries media; auto tries TCP first.", words_transport},
	{"audio", OPTION_CHOICE, CAMERA(audio), "yes", NULL,
	 "\"no\" leaves the camera's sound alone: it is neither fetched nor shown.", words_yes},
	{"record", OPTION_CHOICE, CAMERA(record), "same", NULL,
	 "\"continuous\" keeps everything the camera sends, encrypted on this box's disk; \"events\" what "
	 "lies around events, and nothing else is written. \"same\": as \"record\" of all cameras.",
	 words_own_record},
	{"record_sub", OPTION_CHOICE, CAMERA(record_sub), "same", NULL,
	 "The same for the smaller stream alone. Sound goes with the large one. \"same\": as \"record\".",
	 words_own_record},
	{"pre_roll", OPTION_MOMENT, CAMERA(pre_roll_s), "same", NULL,
	 "With \"record: events\": how long before an event.", option_same},
	{"post_roll", OPTION_TIME, CAMERA(post_roll_s), "same", NULL,
	 "With \"record: events\": how long after an event.", option_same},
	{"retention.days", OPTION_DAYS, CAMERA(retention_days), "same", NULL,
	 "How long recordings of this camera are kept.", option_same},
	{"retention.bytes", OPTION_BYTES, CAMERA(retention_bytes), "0", NULL,
	 "How much this camera's recordings may take. The limit of all together counts as well.", NULL},
	{"chime", OPTION_CHOICE, CAMERA(chime), "yes", NULL,
	 "Two tones from the camera's speaker before somebody's voice. \"no\": a voice comes unannounced; "
	 "the log says so, and the app where one talks.", words_yes},
	{"echo", OPTION_CHOICE, CAMERA(echo), "auto", NULL,
	 "What the camera's speaker says is taken out of what its microphone hears, for who listens; the "
	 "recording has both. \"auto\" changes nothing where no echo is found, as with a camera that takes it "
	 "out itself. \"off\": the sound is left as it comes.", words_echo},
	{"hear.cry", OPTION_CHOICE, CAMERA(hear_cry), "off", NULL,
	 "Listens for crying on this box and notes it as an event: how readily. \"low\" is rarely wrong "
	 "and misses more, \"high\" the other way round (docs/design/hearing.md).", words_hear},
	{"hear.noise", OPTION_CHOICE, CAMERA(hear_noise), "off", NULL,
	 "Notes a loud noise as an event: from how many decibels on, below the loudest that the microphone "
	 "can say. A quiet room has -60 to -50, a voice close by -30 to -20.", words_noise},
	{"hear.alarm", OPTION_CHOICE, CAMERA(hear_alarm), "off", NULL,
	 "Notes smoke alarms (three beeps, a pause) and carbon monoxide alarms (four short ones) by their "
	 "rhythm, after nine to twelve seconds. No replacement for one that calls you.", words_faces},
	{"hear.quiet", OPTION_HOURS, CAMERA(hear_quiet), NULL, NULL,
	 "When it does not listen, by this box's clock: 22:00-06:00.", NULL},
	{"see.person", OPTION_CHOICE, CAMERA(see_person), "off", NULL,
	 "Looks for people on this box and notes each visit as an event: how readily. \"low\" is rarely "
	 "wrong and misses more, \"high\" the other way round (docs/design/seeing.md).", words_see},
	{"see.animals", OPTION_CHOICE, CAMERA(see_animals), "off", NULL,
	 "Looks for cats and dogs on this box and notes each visit as an event: how readily, as for "
	 "\"see.person\". Zones and dwell count for them too, height does not.", words_see},
	{"see.zones", OPTION_ZONES, CAMERA(see_zones), NULL, NULL,
	 "Where somebody must stand to count, in per cent of the picture from its upper left corner: "
	 "\"include 0,40 100,40 100,100 0,100; exclude 70,0 100,0 100,50\". Empty: everywhere, or as it is "
	 "drawn in the app; then height and dwell must be left out here, too.", NULL},
	{"see.height", OPTION_PERCENT, CAMERA(see_height), "0", NULL,
	 "How much of the picture's height somebody must take up to count.", NULL},
	{"see.dwell", OPTION_MOMENT, CAMERA(see_dwell_s), "0s", NULL,
	 "How long somebody must be seen before it is noted.", NULL},
	{"see.faces", OPTION_CHOICE, CAMERA(see_faces), "off", NULL,
	 "With \"see.person\": tells people of the household by their faces, those that an owner has named "
	 "with their consent, and groups the others until somebody says who they are. It looks at the larger "
	 "picture then (docs/design/seeing.md).", words_faces},
};
/* clang-format on */

const struct option *option_table(size_t *ret_count)
{
	*ret_count = ARRAY_COUNT(table);
	return table;
}

const struct option *option_camera_table(size_t *ret_count)
{
	*ret_count = ARRAY_COUNT(camera_table);
	return camera_table;
}

const char *option_shape(const struct option *option, char *buffer, size_t size)
{
	static const char *const shapes[OPTION_TYPE_COUNT] = {
		[OPTION_PORT] = "a port from 1 to 65535",
		[OPTION_PORT_OR_0] = "a port from 1 to 65535, or 0 for none",
		[OPTION_PATH] = "a path",
		[OPTION_HOST] = "a host name or address",
		[OPTION_ADDRESS] = "a numeric IPv4 or IPv6 address",
		[OPTION_URL] = "a camera's URL",
		[OPTION_DAYS] = "a number of days, or 0 for no limit",
		[OPTION_BYTES] = "a size such as 200G, or 0 for no limit",
		[OPTION_MOMENT] = "a time from 0s to 60s",
		[OPTION_TIME] = "a time such as 30s or 5m, at most 1h",
		[OPTION_PERCENT] = "a number from 0 to 100",
		[OPTION_ZONES] = "zones such as \"include 0,40 100,40 100,100 0,100\"",
		[OPTION_HOURS] = "hours such as 22:00-06:00, or none",
	};
	struct text text;

	text_init(&text, buffer, size);
	if (option->type != OPTION_CHOICE) {
		text_printf(&text, "%s%s", shapes[option->type],
			    option->choices == option_same ? ", or same" : "");
		return buffer;
	}
	if (option->choices == words_yes) /* the other spellings are only understood */
		return "yes or no";
	for (size_t i = 0; option->choices[i]; i++)
		text_printf(&text, "%s%s", i ? " or " : "", option->choices[i]);
	return buffer;
}

static int read_port(const struct option *option, void *member, const char *value)
{
	uint64_t port;

	if (text_parse_u64(value, strlen(value), 65535, &port) < 0 ||
	    (port == 0 && option->type == OPTION_PORT))
		return -EBADMSG;
	*(uint16_t *)member = (uint16_t)port;
	return 0;
}

static int read_text(const struct option *option, void *member, const char *value)
{
	for (const char *at = value; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return -EBADMSG;
	memset(member, 0, option->size); /* cameras are compared as bytes */
	return *value && text_copy(member, option->size, value) ? 0 : -EBADMSG;
}

static int read_address(const struct option *option, void *member, const char *value)
{
	unsigned char binary[16];

	if (inet_pton(AF_INET, value, binary) != 1 && inet_pton(AF_INET6, value, binary) != 1)
		return -EBADMSG;
	return read_text(option, member, value);
}

static int read_host(const struct option *option, void *member, const char *value)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-.:";

	if (strspn(value, allowed) != strlen(value) || *value == '-')
		return -EBADMSG;
	if (strchr(value, ':')) /* only an IPv6 address has colons: a port does not belong here */
		return read_address(option, member, value);
	return read_text(option, member, value);
}

static bool is_same(const struct option *option, const char *value, uint64_t *ret_member)
{
	if (option->choices != option_same || strcasecmp(value, option_same[0]) != 0)
		return false;
	*ret_member = OPTION_SAME;
	return true;
}

static int read_days(const struct option *option, void *member, const char *value)
{
	enum { DAYS_MAX = 36500 };

	if (is_same(option, value, member))
		return 0;
	return text_parse_u64(value, strlen(value), DAYS_MAX, member);
}

/* Without a unit it would be guessed. */
static int read_seconds(const struct option *option, void *member, const char *value)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
	uint64_t count, max_s = option->type == OPTION_MOMENT ? 60 : 3600;
	size_t size = strlen(value);

	if (is_same(option, value, member))
		return 0;
	for (size_t i = 0; i < ARRAY_COUNT(units) && size; i++)
		if (value[size - 1] == units[i].letter &&
		    text_parse_u64(value, size - 1, max_s / units[i].seconds, &count) == 0) {
			*(uint64_t *)member = count * units[i].seconds;
			return 0;
		}
	return -EBADMSG;
}

/* "06:30" */
static int read_minute(const char *value, uint32_t *ret_minute)
{
	static const char shape[] = "29:59"; /* the highest digit in each place */

	for (int i = 0; i < 5; i++)
		if (i == 2 ? value[i] != ':' : value[i] < '0' || value[i] > shape[i])
			return -EBADMSG;
	int hour = (value[0] - '0') * 10 + value[1] - '0';

	*ret_minute = (uint32_t)(hour * 60 + (value[3] - '0') * 10 + value[4] - '0');
	return hour < 24 ? 0 : -EBADMSG;
}

static int read_hours(const struct option *option, void *member, const char *value)
{
	uint32_t from, to;

	(void)option;
	if (strcasecmp(value, "none") == 0) {
		*(uint32_t *)member = 0;
		return 0;
	}
	if (strlen(value) != strlen("22:00-06:00") || value[5] != '-' ||
	    read_minute(value, &from) < 0 || read_minute(value + 6, &to) < 0 || from == to)
		return -EBADMSG;
	*(uint32_t *)member = from << 16 | to;
	return 0;
}

static void write_hours(uint32_t hours, struct text *text)
{
	uint32_t from = hours >> 16, to = hours & 0xffff;

	if (from == to)
		text_add(text, "none");
	else
		text_printf(text, "\"%02u:%02u-%02u:%02u\"", from / 60, from % 60, to / 60,
			    to % 60);
}

static int read_bytes(const struct option *option, void *member, const char *value)
{
	static const char units[] = "KMGT";
	size_t size = strlen(value);
	const char *unit = size > 1 ? strchr(units, value[size - 1]) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t count;

	(void)option;
	if (text_parse_u64(value, unit ? size - 1 : size, UINT64_MAX >> 1 >> shift, &count) < 0)
		return -EBADMSG;
	*(uint64_t *)member = count << shift;
	return 0;
}

static int read_choice(const struct option *option, void *member, const char *value)
{
	for (uint32_t i = 0; option->choices[i]; i++)
		if (strcasecmp(option->choices[i], value) == 0) {
			*(uint32_t *)member = option->choices == words_yes ? i & 1 : i;
			return 0;
		}
	return -EBADMSG;
}

static int read_percent(const struct option *option, void *member, const char *value)
{
	uint64_t percent;

	(void)option;
	if (text_parse_u64(value, strlen(value), 100, &percent) < 0)
		return -EBADMSG;
	*(uint32_t *)member = (uint32_t)percent;
	return 0;
}

static int read_zones(const struct option *option, void *member, const char *value)
{
	struct ipc_see see = {0};

	memset(member, 0, option->size);
	return zone_parse(value, &see) < 0 || !text_copy(member, option->size, value) ? -EBADMSG : 0;
}

int option_set(const struct option *option, void *object, const char *value,
	       const struct mistake_place *place, struct mistake *ret_mistake)
{
	static int (*const readers[OPTION_TYPE_COUNT])(const struct option *, void *,
						       const char *) = {
		[OPTION_PORT] = read_port,      [OPTION_PORT_OR_0] = read_port,
		[OPTION_PATH] = read_text,      [OPTION_HOST] = read_host,
		[OPTION_URL] = read_text,       [OPTION_ADDRESS] = read_address,
		[OPTION_DAYS] = read_days,      [OPTION_BYTES] = read_bytes,
		[OPTION_MOMENT] = read_seconds, [OPTION_TIME] = read_seconds,
		[OPTION_CHOICE] = read_choice,  [OPTION_HOURS] = read_hours,
		[OPTION_PERCENT] = read_percent, [OPTION_ZONES] = read_zones,
	};
	char shape[OPTION_SHAPE_SIZE], quoted[256];
	struct text text;

	if (readers[option->type](option, (char *)object + option->offset, value) == 0)
		return 0;
	if (option->type == OPTION_URL) /* may hold a password: not repeated */
		return mistake_set(ret_mistake, place,
				   "expected a URL of 1 to %u bytes without control characters",
				   option->size - 1);
	text_init(&text, quoted, sizeof(quoted));
	text_add_quoted(&text, value, strlen(value));
	return mistake_set(ret_mistake, place, "expected %s, not %s",
			   option_shape(option, shape, sizeof(shape)), quoted);
}

/* A YAML double-quoted scalar: what is read here holds no control characters. */
static void write_text(struct text *text, const char *value)
{
	text_add(text, "\"");
	for (; *value; value++)
		text_printf(text, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
	text_add(text, "\"");
}

void option_write(const struct option *option, const void *object, struct text *text)
{
	const void *member = (const char *)object + option->offset;
	bool is_time = option->type == OPTION_MOMENT || option->type == OPTION_TIME;

	if (option->type == OPTION_CHOICE)
		text_add(text, option->choices[*(const uint32_t *)member]);
	else if (option->type == OPTION_HOURS)
		write_hours(*(const uint32_t *)member, text);
	else if (option->type == OPTION_PERCENT)
		text_printf(text, "%u", *(const uint32_t *)member);
	else if (option->size == sizeof(uint16_t))
		text_printf(text, "%u", *(const uint16_t *)member);
	else if (option->size != sizeof(uint64_t))
		write_text(text, member);
	else if (option->choices && *(const uint64_t *)member == OPTION_SAME)
		text_add(text, option_same[0]);
	else
		text_printf(text, "%" PRIu64 "%s", *(const uint64_t *)member, is_time ? "s" : "");
}

const struct option *option_find(const struct option *options, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(options[i].key, key) == 0)
			return &options[i];
	return NULL;
}

void option_set_defaults(const struct option *options, size_t count, void *object)
{
	struct mistake mistake;

	for (size_t i = 0; i < count; i++) {
		if (!options[i].fallback)
			continue;
		int r = option_set(&options[i], object, options[i].fallback, NULL, &mistake);

		assert(r == 0);
	}
}
