/* Answers RTSP requests (RFC 2326 §10). */
#ifndef DEMO_REQUEST_H
#define DEMO_REQUEST_H

#include "demo/client.h"
#include "proto/rtsp/rtsp_message.h"

void request_handle(struct client *client, const struct rtsp_message *request);

#endif
