/* One line to the operator on standard error: "ward-vault: camera \"yard\": ...". Never a secret;
 * text from outside goes through text_add_quoted first. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/attr.h"

/* `program` stays borrowed for the life of the process. */
void diag_init(const char *program);

void diag_info(const char *format, ...) PRINTF_LIKE(1, 2);
void diag_warn(const char *format, ...) PRINTF_LIKE(1, 2);
void diag_error(const char *format, ...) PRINTF_LIKE(1, 2);

/* Another process of ours broke the protocol, or this one cannot go on: says why and exits with 1.
 * The warden starts the process again. */
NORETURN void fatal(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
