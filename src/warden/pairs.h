/* The socketpairs between neighbours. */
#ifndef WARDEN_PAIRS_H
#define WARDEN_PAIRS_H

struct child;

/* Makes a new pair between `child` and each of its running neighbours and sends both ends. The
 * survivor of a restart has seen its old end close by then. */
void pairs_connect(struct child *child);

#endif
