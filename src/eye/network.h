/* The network that finds people, and the runtime that it shares with others. */
#ifndef EYE_NETWORK_H
#define EYE_NETWORK_H

#include "base/attr.h"
#include "eye/runtime.h"
#include "ipc/messages_see.h"
#include "proto/see/box.h"

enum { NETWORK_WIDTH = 416, NETWORK_HEIGHT = 256, NETWORK_PLANES = 3 };

struct network;

/* Loads both from the folder and runs the network once, so that nothing is opened and no thread
 * started later. EYE_LOOKING and the network; else what is missing, after one line that says so. */
NODISCARD enum eye_state network_load(const char *folder, struct network **ret_network);
void network_destroy(struct network *network);
AUTO_DEFINE(network)

/* For other models; valid as long as the network. */
struct runtime *network_runtime(struct network *network);

/* The input to fill in: planes blue, green, red of NETWORK_WIDTH x NETWORK_HEIGHT, normalised. */
float *network_input(struct network *network);

/* The grids stay valid until the next run. -EIO: the library failed, and a line said why. */
NODISCARD int network_run(struct network *network, struct box_grid ret_grids[BOX_GRIDS]);

#endif
