/* What a refusal means outside: its HTTP status and a plain sentence. */
#ifndef IPC_REFUSAL_H
#define IPC_REFUSAL_H

#include "ipc/messages.h"

int refusal_http_status(enum refusal refusal);
const char *refusal_text(enum refusal refusal);
/* One lower-case word, for JSON and the log: "not-signed-in". */
const char *refusal_word(enum refusal refusal);

#endif
