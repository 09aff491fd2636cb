/* The state directory: made, checked and locked before anything runs. */
#ifndef WARDEN_STATE_H
#define WARDEN_STATE_H

#include "base/attr.h"

/* Makes what is missing (0700) and holds a lock for the life of the process. Each thing that is
 * wrong is one line to the operator that says what to do. Returns the lock's descriptor, or a
 * negative errno after such a line. A nearly full disk and a clock that was never set are only
 * said: the log itself refuses when it cannot grow. */
NODISCARD int state_prepare(const char *directory);

#endif
