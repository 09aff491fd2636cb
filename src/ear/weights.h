/* The network's weights, as train/cry made them: part of the program, so that nothing need be
 * opened or trusted. */
#ifndef EAR_WEIGHTS_H
#define EAR_WEIGHTS_H

#include "base/bytes.h"

struct bytes weights_cry(void);

#endif
