/* A link as a QR code in the terminal, for a phone's camera. */
#ifndef CONF_CODE_H
#define CONF_CODE_H

/* On standard output, each line two spaces in. Nothing if the text is too long for a code. */
void code_print(const char *text);

#endif
