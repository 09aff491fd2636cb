#include "tools/addresses.h"

#include <qrencode.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

static bool is_loopback(const char *url)
{
	return strncmp(url, "http://", 7) == 0;
}

void addresses_best(const char *state_dir, char *ret_url, size_t size)
{
	char path[4096], line[512];

	text_copy(ret_url, size, "https://localhost:8443");
	snprintf(path, sizeof(path), "%s/addresses", state_dir);

	FILE *file = fopen(path, "re");

	if (!file)
		return;
	for (bool is_first = true; fgets(line, sizeof(line), file); is_first = false) {
		line[strcspn(line, "\n")] = '\0';
		if (is_first || !is_loopback(line))
			text_copy(ret_url, size, line);
		if (!is_loopback(line))
			break;
	}
	fclose(file);
}

static bool is_dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return code->data[y * code->width + x] & 1;
}

/* Two rows of modules in one line of half blocks, light on dark as terminals are, with the quiet
 * zone of four modules that ISO/IEC 18004 asks for. */
static void print_row(const QRcode *code, int y)
{
	for (int x = -4; x < code->width + 4; x++) {
		bool upper = !is_dark(code, x, y), lower = !is_dark(code, x, y + 1);

		fputs(upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ", stdout);
	}
	putchar('\n');
}

void addresses_print_qr(const char *text)
{
	if (!isatty(STDOUT_FILENO))
		return;

	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);

	if (!code)
		return;
	for (int y = -4; y < code->width + 4; y += 2)
		print_row(code, y);
	putchar('\n');
	QRcode_free(code);
}
