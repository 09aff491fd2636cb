/* Options as tables: key, type, default, help and environment name of each. Reading a file, the
 * environment, --help and the manual all go through them. */
#ifndef CONF_OPTION_H
#define CONF_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "conf/mistake.h"

enum option_type {
	OPTION_PORT,      /* uint16_t, 1 to 65535 */
	OPTION_PORT_OR_0, /* the same, 0: off */
	OPTION_PATH,      /* char[], no empty text */
	OPTION_HOST,      /* char[], a host name or numeric address */
	OPTION_ADDRESS,   /* char[], a numeric address */
	OPTION_URL,       /* char[], checked as a camera's source once its secrets are in */
	OPTION_DAYS,      /* uint64_t, 0: no limit */
	OPTION_BYTES,     /* uint64_t, with K, M, G or T behind it or not; 0: no limit */
	OPTION_MOMENT,    /* uint64_t, seconds, at most a minute */
	OPTION_TIME,      /* uint64_t, seconds, at most an hour */
	OPTION_CHOICE,    /* uint32_t, place in `choices` */
	OPTION_PERCENT,   /* uint32_t, 0 to 100 */
	OPTION_ZONES,     /* char[], as zone.h reads it; may be empty */
	OPTION_HOURS,     /* uint32_t, minutes after midnight, from << 16 | to; equal: none */
	OPTION_TYPE_COUNT
};

struct option {
	const char *key; /* dotted path in the file: "listen.https" */
	enum option_type type;
	uint32_t offset, size; /* of the member in the struct that the table fills */
	const char *fallback;  /* default; NULL: none, the member stays zero */
	const char *env;       /* NULL: no environment variable */
	const char *help;      /* one sentence or more */
	/* OPTION_CHOICE: words, NULL at the end. A number (uint64_t): option_same if "same" is a
	 * value too, which reads as OPTION_SAME. */
	const char *const *choices;
};

#define OPTION_SAME UINT64_MAX
extern const char *const option_same[];

enum { OPTION_SHAPE_SIZE = 96 };

#define OPTION_FIELD(type, member) offsetof(type, member), sizeof(((type *)NULL)->member)

/* The table of the file, filling struct conf, and that of one camera, filling struct camera. */
const struct option *option_table(size_t *ret_count);
const struct option *option_camera_table(size_t *ret_count);

/* Reads `value` into its member of `object`. -EBADMSG and a sentence if it is not of the type. */
NODISCARD int option_set(const struct option *option, void *object, const char *value,
			 const struct mistake_place *place, struct mistake *ret_mistake);

/* The value as a file has it. */
void option_write(const struct option *option, const void *object, struct text *text);

/* The option of that key in a table, or NULL. */
const struct option *option_find(const struct option *table, size_t count, const char *key);

/* Writes all defaults of a table. */
void option_set_defaults(const struct option *options, size_t count, void *object);

/* What a value of this option looks like, for help and manual: "PORT", "auto|tcp|udp". */
const char *option_shape(const struct option *option, char *buffer, size_t size);

#endif
