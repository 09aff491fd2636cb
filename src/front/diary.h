/* What happened before the cameras, and which recordings are kept: `/api/v1/events` with a span
 * (without one it is the stream of events.h), and a camera's events and clips. */
#ifndef FRONT_DIARY_H
#define FRONT_DIARY_H

#include "front/exchange.h"
#include "front/render.h"

/* Is a span asked for? */
bool diary_is_list(const struct exchange *exchange);
/* Events of ?camera (all, if there is none) between ?from and ?to. */
void diary_list_events(struct exchange *exchange);
void diary_begin_event(struct exchange *exchange);
void diary_end_event(struct exchange *exchange);

/* A row of one or the other (IPC_ROW_DIARY) as the API shows it. */
json_t *diary_render_event(const struct ipc_message *message);
json_t *diary_render_clip(const struct ipc_message *message);
/* A row of who spoke (IPC_ROW_SPOKEN). */
json_t *diary_render_spoken(const struct ipc_message *message);

void diary_list_clips(struct exchange *exchange);
/* Who spoke through the camera's speaker. */
void diary_list_spoken(struct exchange *exchange);
void diary_keep_clip(struct exchange *exchange);
void diary_release_clip(struct exchange *exchange);

#endif
