#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

enum { LINE_SIZE = 1024 };

static const char *program_name = "ward";

void diag_init(const char *program)
{
	program_name = program;
}

/* One write() a line, so that lines of several processes never mix. */
PRINTF_LIKE(2, 0)
static void say(const char *level, const char *format, va_list arguments)
{
	char line[LINE_SIZE];
	struct text text;
	char message[LINE_SIZE - 128];

	vsnprintf(message, sizeof(message), format, arguments);
	text_init(&text, line, sizeof(line) - 1);
	text_printf(&text, "%s: %s%s", program_name, level, message);
	line[text.size] = '\n';
	ssize_t written = write(STDERR_FILENO, line, text.size + 1);

	(void)written; /* nobody is left to be told */
}

#define SAY(level, format)                                                                         \
	do {                                                                                       \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		say(level, format, arguments);                                                     \
		va_end(arguments);                                                                 \
	} while (0)

void diag_info(const char *format, ...)
{
	SAY("", format);
}

void diag_warn(const char *format, ...)
{
	SAY("warning: ", format);
}

void diag_error(const char *format, ...)
{
	SAY("error: ", format);
}

void fatal(const char *format, ...)
{
	SAY("fatal: ", format);
	_exit(1);
}
