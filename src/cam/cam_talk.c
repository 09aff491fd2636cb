#include "cam/cam_talk.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "cam/cam_hash.h"

/* Some cameras turn away whoever does not say its name. */
#define USER_AGENT "Ward/0.1"

enum { CNONCE_SIZE = 16, STATUS_OK = 200, STATUS_UNAUTHORIZED = 401, STATUS_NOT_IMPLEMENTED = 501 };

void cam_talk_start(struct cam_talk *talk, struct cam_link *link, const struct rtsp_url *url)
{
	*talk = (struct cam_talk){
		.link = link,
		.url = url,
		.timeout_s = RTSP_SESSION_TIMEOUT_S,
	};
}

static void add_authorization(struct cam_talk *talk, struct text *text)
{
	uint8_t random[CNONCE_SIZE] = {0};
	char cnonce[2 * CNONCE_SIZE + 1], value[TALK_REQUEST_SIZE_MAX / 2];
	struct text hex, header;

	if (talk->challenge.scheme == RTSP_SCHEME_NONE)
		return;
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		text->failed = true;
	text_init(&hex, cnonce, sizeof(cnonce));
	text_add_hex(&hex, random, sizeof(random));
	const struct rtsp_credentials credentials = {
		.user = talk->url->user,
		.password = talk->url->password,
		.cnonce = cnonce,
		.nonce_count = ++talk->nonce_count,
	};

	text_init(&header, value, sizeof(value));
	rtsp_auth_build(&header, &talk->challenge, &credentials,
			rtsp_method_name(talk->request.method), talk->request.uri, cam_hash);
	rtsp_build_header(text, "Authorization", value);
	text->failed = text->failed || header.failed;
	explicit_bzero(value, sizeof(value));
}

static int send_request(struct cam_talk *talk)
{
	const struct cam_talk_request *request = &talk->request;
	char data[TALK_REQUEST_SIZE_MAX];
	struct text text;

	text_init(&text, data, sizeof(data));
	rtsp_build_request(&text, request->method, request->uri, ++talk->cseq);
	rtsp_build_header(&text, "User-Agent", USER_AGENT);
	if (request->method == RTSP_DESCRIBE)
		rtsp_build_header(&text, "Accept", "application/sdp");
	if (talk->requires_backchannel)
		rtsp_build_header(&text, "Require", "www.onvif.org/ver20/backchannel");
	if (request->transport[0])
		rtsp_build_header(&text, "Transport", request->transport);
	if (talk->session[0])
		rtsp_build_header(&text, "Session", talk->session);
	add_authorization(talk, &text);
	rtsp_build_end(&text, NULL, NULL, 0);
	int rc = text.failed ? -EMSGSIZE : cam_link_send(talk->link, data, text.size);

	explicit_bzero(data, sizeof(data));
	return rc;
}

int cam_talk_ask(struct cam_talk *talk, enum rtsp_method method, const char *uri,
		 const char *transport)
{
	struct cam_talk_request *request = &talk->request;

	*request = (struct cam_talk_request){.is_waiting = true, .method = method};
	if (!text_copy(request->uri, sizeof(request->uri), uri) ||
	    !text_copy(request->transport, sizeof(request->transport), transport ? transport : ""))
		return -EMSGSIZE;
	return send_request(talk);
}

/* Cameras ask for OPTIONS or a parameter to see whether we live. */
static int answer_request(struct cam_talk *talk, const struct rtsp_message *message)
{
	bool is_known = message->method == RTSP_OPTIONS || message->method == RTSP_GET_PARAMETER ||
			message->method == RTSP_SET_PARAMETER;
	char data[256];
	struct text text;

	text_init(&text, data, sizeof(data));
	rtsp_build_response(&text, is_known ? STATUS_OK : STATUS_NOT_IMPLEMENTED, message->cseq);
	rtsp_build_end(&text, NULL, NULL, 0);
	return cam_link_send(talk->link, data, text.size);
}

/* A camera may give another id with each SETUP; the newest counts. */
static void take_session(struct cam_talk *talk, const struct rtsp_message *message)
{
	const struct slice *value = rtsp_message_header(message, "Session");
	struct rtsp_session session;

	if (!value || rtsp_session_parse(*value, &session) < 0)
		return;
	talk->timeout_s = session.timeout_s;
	if (slice_copy(session.id, talk->session, sizeof(talk->session)) < 0)
		talk->session[0] = '\0';
}

/* A nonce that was good for an earlier request may be too old for this one, whether the camera
 * says "stale" or not; refused twice in a row, the password is wrong. */
static int meet_challenge(struct cam_talk *talk, const struct rtsp_message *message)
{
	struct cam_talk_request *request = &talk->request;
	struct rtsp_challenge challenge;

	if (!talk->url->has_user)
		return -ENOKEY;
	if (rtsp_auth_find(message, &challenge) < 0)
		return -EACCES;
	if (request->challenges > 0 &&
	    (!challenge.is_stale || request->challenges >= TALK_CHALLENGES_MAX))
		return -EACCES;
	request->challenges++;
	talk->challenge = challenge;
	talk->nonce_count = 0;
	return send_request(talk);
}

int cam_talk_hear(struct cam_talk *talk, const struct rtsp_message *message)
{
	if (message->is_request)
		return answer_request(talk, message);
	if (!talk->request.is_waiting || message->status < STATUS_OK)
		return 0;
	take_session(talk, message);
	if (message->status == STATUS_UNAUTHORIZED)
		return meet_challenge(talk, message);
	talk->request.is_waiting = false;
	return (int)message->status;
}
