#include "conf/mistake.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

int mistake_set(struct mistake *mistake, const struct mistake_place *place, const char *format, ...)
{
	struct text text;
	char rest[MISTAKE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(rest, sizeof(rest), format, arguments);
	va_end(arguments);
	text_init(&text, mistake->text, sizeof(mistake->text));
	if (place && place->file && place->line)
		text_printf(&text, "%s:%u: ", place->file, place->line);
	else if (place && place->file)
		text_printf(&text, "%s: ", place->file);
	if (place && place->key)
		text_printf(&text, "%s: ", place->key);
	if (text.failed) /* a path of absurd length: the sentence matters more */
		text_init(&text, mistake->text, sizeof(mistake->text));
	text_add(&text, rest);
	return -EBADMSG;
}
