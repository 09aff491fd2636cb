/* The options as people read them. Declared in conf/conf.h: help, manual and Markdown show one
 * table, so that none of them can lag behind. */
#include <string.h>

#include "conf/conf.h"
#include "conf/option.h"

enum { HELP_WIDTH = 72 };

/* What stands around each part. */
struct print_style {
	const char *heading, *heading_end;
	const char *key, *key_end, *shape_end;
	const char *line, *line_end;
	const char *end;
	int width; /* lines are broken at; 0: not */
};

static const struct print_style style_help = {
	.heading = "\n",
	.heading_end = ":\n",
	.key = "  ",
	.key_end = ": ",
	.shape_end = "\n",
	.line = "      ",
	.line_end = "\n",
	.end = "",
	.width = HELP_WIDTH,
};

static const struct print_style style_man = {
	.heading = ".Ss ",
	.heading_end = "\n.Bl -tag -width Ds\n",
	.key = ".It Cm ",
	.key_end = " : Ar ",
	.shape_end = "\n",
	.line = "",
	.line_end = "\n",
	.end = ".El\n",
};

static const struct print_style style_markdown = {
	.heading = "\n## ",
	.heading_end = "\n\n",
	.key = "- `",
	.key_end = "`: ",
	.shape_end = "  \n",
	.line = "  ",
	.line_end = "  \n",
	.end = "",
};

static void print_line(FILE *out, const struct print_style *style, const char *text)
{
	int column = 0;

	fputs(style->line, out);
	while (*text) {
		int size = (int)strcspn(text, " ");

		if (style->width && column && column + size > style->width) {
			fprintf(out, "%s%s", style->line_end, style->line);
			column = 0;
		}
		fprintf(out, "%s%.*s", column ? " " : "", size, text);
		column += size + 1;
		text += size;
		text += strspn(text, " ");
	}
	fputs(style->line_end, out);
}

static void print_option(FILE *out, const struct print_style *style, const struct option *option)
{
	char line[128], shape[OPTION_SHAPE_SIZE];

	fprintf(out, "%s%s%s%s%s", style->key, option->key, style->key_end,
		option_shape(option, shape, sizeof(shape)), style->shape_end);
	print_line(out, style, option->help);
	snprintf(line, sizeof(line), "Default: %s.", option->fallback ? option->fallback : "");
	if (option->fallback)
		print_line(out, style, line);
	snprintf(line, sizeof(line), "Environment: %s.", option->env ? option->env : "");
	if (option->env)
		print_line(out, style, line);
}

static void print_table(FILE *out, const struct print_style *style, const char *heading,
			const struct option *table, size_t count)
{
	fprintf(out, "%s%s%s", style->heading, heading, style->heading_end);
	for (size_t i = 0; i < count; i++)
		print_option(out, style, &table[i]);
	fputs(style->end, out);
}

static void print_all(FILE *out, const struct print_style *style)
{
	size_t count;
	const struct option *table = option_table(&count);

	print_table(out, style, "Options of ward.yml", table, count);
	table = option_camera_table(&count);
	print_table(out, style,
		    "Options of a camera, under \"cameras:\" and its name (or just NAME: URL)",
		    table, count);
}

void conf_print_help(FILE *out)
{
	print_all(out, &style_help);
}

void conf_print_man(FILE *out)
{
	print_all(out, &style_man);
}

void conf_print_markdown(FILE *out)
{
	print_all(out, &style_markdown);
}
