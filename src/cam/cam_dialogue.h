/* From a new connection to PLAY, in the order that works with every camera: OPTIONS, DESCRIBE (401,
 * again with the password), SETUP of each track, PLAY without Range. `Require` is never sent. */
#ifndef CAM_CAM_DIALOGUE_H
#define CAM_CAM_DIALOGUE_H

#include "cam/cam_source.h"

/* The first request. */
void cam_dialogue_start(struct cam_source *source);

/* The camera's answer to the step's request: source->message, with this status. */
void cam_dialogue_answer(struct cam_source *source, unsigned status);

/* The warden made (STEP_PAIR) or connected (STEP_CONNECT) the sockets of streams[setup]. */
void cam_dialogue_paired(struct cam_source *source);

#endif
