/* The RTSP dialogue with one camera: one request at a time, whatever CSeq the answer names, with
 * the headers that every request carries, and the answer to "who are you". What to ask next is the
 * source's business. */
#ifndef CAM_CAM_TALK_H
#define CAM_CAM_TALK_H

#include "cam/cam_link.h"
#include "proto/rtsp/rtsp_auth.h"
#include "proto/rtsp/rtsp_message.h"
#include "proto/rtsp/rtsp_transport.h"
#include "proto/rtsp/rtsp_url.h"

enum {
	TALK_REQUEST_SIZE_MAX = 8192,
	TALK_TRANSPORT_SIZE_MAX = 256,
	TALK_CHALLENGES_MAX = 3, /* for one request */
};

struct cam_talk_request {
	bool is_waiting;
	enum rtsp_method method;
	unsigned challenges;
	char uri[RTSP_URL_SIZE_MAX];
	char transport[TALK_TRANSPORT_SIZE_MAX]; /* empty: none */
};

/* Zeroed by cam_talk_start. */
struct cam_talk {
	struct cam_link *link;      /* borrowed */
	const struct rtsp_url *url; /* borrowed */
	uint32_t cseq;
	uint32_t timeout_s; /* of the session */
	uint32_t nonce_count;
	struct rtsp_challenge challenge;            /* RTSP_SCHEME_NONE until the camera asks */
	char session[RTSP_SESSION_ID_SIZE_MAX + 1]; /* empty until the camera names one */
	bool requires_backchannel; /* each request says so (ONVIF Streaming §5.3.1) */
	struct cam_talk_request request;
};

void cam_talk_start(struct cam_talk *talk, struct cam_link *link, const struct rtsp_url *url);

/* Sends a request; `transport` is the header's value or NULL. -EMSGSIZE, or as cam_link_send. */
NODISCARD int cam_talk_ask(struct cam_talk *talk, enum rtsp_method method, const char *uri,
			   const char *transport);

/* Takes a message of the camera's. Returns the status of the answer to talk->request; 0 if there is
 * nothing to do (the camera's own requests are answered, a challenge is met by asking again);
 * -EACCES: wrong user name or password; -ENOKEY: the camera wants one and none is given; others as
 * cam_talk_ask. */
NODISCARD int cam_talk_hear(struct cam_talk *talk, const struct rtsp_message *message);

#endif
