#include "gstpeer.h"

#include <gst/sdp/sdp.h>
#define GST_USE_UNSTABLE_API
#include <gst/webrtc/webrtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 64 * 1024 };

static void read_answer(GstElement *webrtc)
{
	GString *text = g_string_new(NULL);
	GstWebRTCSessionDescription *answer;
	GstSDPMessage *sdp;
	char line[4096];

	while (text->len < ANSWER_MAX && fgets(line, sizeof(line), stdin) && strcmp(line, ".\n") != 0)
		g_string_append(text, line);
	gst_sdp_message_new(&sdp);
	if (gst_sdp_message_parse_buffer((const guint8 *)text->str, (guint)text->len, sdp) != GST_SDP_OK) {
		fprintf(stderr, "the answer is no SDP\n");
		exit(2);
	}
	answer = gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_ANSWER, sdp);
	g_signal_emit_by_name(webrtc, "set-remote-description", answer, NULL);
	gst_webrtc_session_description_free(answer);
	g_string_free(text, TRUE);
}

/* The offer goes out once all its candidates are in it. */
static void candidates_gathered(GstElement *webrtc, GParamSpec *spec, gpointer data)
{
	GstWebRTCSessionDescription *offer = NULL;
	GstWebRTCICEGatheringState state;

	(void)spec;
	(void)data;
	g_object_get(webrtc, "ice-gathering-state", &state, NULL);
	if (state != GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE ||
	    g_object_get_data(G_OBJECT(webrtc), "offered"))
		return;
	g_object_set_data(G_OBJECT(webrtc), "offered", webrtc);
	g_object_get(webrtc, "local-description", &offer, NULL);
	char *text = gst_sdp_message_as_text(offer->sdp);

	printf("%s.\n", text);
	fflush(stdout);
	g_free(text);
	gst_webrtc_session_description_free(offer);
	read_answer(webrtc);
}

static void offer_made(GstPromise *promise, gpointer data)
{
	GstElement *webrtc = data;
	GstWebRTCSessionDescription *offer = NULL;

	gst_structure_get(gst_promise_get_reply(promise), "offer",
			  GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offer, NULL);
	gst_promise_unref(promise);
	g_signal_emit_by_name(webrtc, "set-local-description", offer, NULL);
	gst_webrtc_session_description_free(offer);
}

void gstpeer_offer(GstElement *webrtc)
{
	g_signal_connect(webrtc, "notify::ice-gathering-state", G_CALLBACK(candidates_gathered),
			 NULL);
	g_signal_emit_by_name(webrtc, "create-offer", NULL,
			      gst_promise_new_with_change_func(offer_made, webrtc, NULL));
}
