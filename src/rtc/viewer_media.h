/* What a viewer is sent: released frames in order, at a pace, and what its feedback asks for. */
#ifndef RTC_VIEWER_MEDIA_H
#define RTC_VIEWER_MEDIA_H

#include "proto/rtc/rtcp.h"
#include "rtc/viewer.h"

/* The vault allows these frames to leave. */
void viewer_media_release(struct viewer *viewer, const struct ipc_release *release);

/* Media may flow from now on: what is released so far goes as a burst. */
void viewer_media_start(struct viewer *viewer);

/* Sends as much of the backlog as the pace allows. */
void viewer_media_pump(struct viewer *viewer);

void viewer_media_feedback(struct viewer *viewer, const struct rtcp_feedback *feedback);

/* Once a second: sender reports, and which level the link carries. */
void viewer_media_second(struct viewer *viewer, uint64_t now_ns);

#endif
