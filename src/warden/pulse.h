/* A process that hangs but lives: no exit tells of it. Each one that is ready is asked for a sign
 * of life now and then (ipc/ipc.h answers from the loop), and killed when it has owed several.
 * Signs are counted, not timed: a box that slept, or a warden that was kept waiting, accuses
 * nobody. */
#ifndef WARDEN_PULSE_H
#define WARDEN_PULSE_H

enum {
	PULSE_MS = 7000,
	PULSE_OWED_MAX = 3, /* so 21 to 28 s of nothing: a loaded box is slow, not dead */
};

struct warden;

void pulse_start(struct warden *warden);

#endif
