#include "conf/code.h"

#include <qrencode.h>
#include <stdbool.h>
#include <stdio.h>

enum { QUIET_MODULES = 2 };

static bool is_dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return code->data[y * code->width + x] & 1;
}

/* Two modules a character, light ones drawn: a scanner wants dark on light, terminals are dark. The
 * colours are set, so that it holds on a light terminal as well. */
void code_print(const char *text)
{
	static const char *const blocks[4] = {" ", "▄", "▀", "█"};
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);

	if (!code)
		return;
	for (int y = -QUIET_MODULES; y < code->width + QUIET_MODULES; y += 2) {
		printf("  \033[97;40m");
		for (int x = -QUIET_MODULES; x < code->width + QUIET_MODULES; x++)
			fputs(blocks[2 * !is_dark(code, x, y) + !is_dark(code, x, y + 1)], stdout);
		printf("\033[0m\n");
	}
	QRcode_free(code);
}
