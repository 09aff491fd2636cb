/* `ward doctor --store`: are the recordings what index and log say? Reads files only, so it works
 * with and without a running Ward. */
#ifndef TOOLS_STORE_DOCTOR_H
#define TOOLS_STORE_DOCTOR_H

#include "tools/command.h"

enum exit_code store_doctor(const struct invocation *invocation);

#endif
