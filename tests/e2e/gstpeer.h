/* What every WebRTC peer around GStreamer's webrtcbin has in common: its offer on stdout, the answer from
 * stdin. HTTP is the caller's. */
#ifndef E2E_GSTPEER_H
#define E2E_GSTPEER_H

#include <gst/gst.h>

/* Makes an offer; once all its candidates are in it, prints it, then a line "."; then reads the answer (ended by a
 * line ".") and takes it. To be called once, when the pipeline plays. */
void gstpeer_offer(GstElement *webrtc);

#endif
