/* A WHIP talker that nobody here wrote: GStreamer's webrtcbin says a tone, in Opus. HTTP is the caller's, so that
 * this stays GStreamer's own encoder, ICE, DTLS, SRTP and RTCP.
 *
 *   gstwhip HZ AMPLITUDE
 *
 * stdout: the offer, then a line "."; after the answer on stdin (ended by a line ".") a line for each state of the
 * connection ("connected", …), and "reported" when it was first told what of it has arrived. It talks until it is
 * ended. */
#define GST_USE_UNSTABLE_API
#include <gst/webrtc/webrtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gstpeer.h"

enum { LOOK_MS = 250 };

static const char way[] =
	"audiotestsrc name=tone is-live=true samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! "
	"opusenc ! rtpopuspay pt=111 ! application/x-rtp,media=audio,encoding-name=OPUS,payload=111 ! "
	"webrtcbin name=peer bundle-policy=max-bundle";

static void say_state(GstElement *webrtc, GParamSpec *spec, gpointer data)
{
	static const char *const words[] = {
		[GST_WEBRTC_PEER_CONNECTION_STATE_NEW] = "new",
		[GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTING] = "connecting",
		[GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED] = "connected",
		[GST_WEBRTC_PEER_CONNECTION_STATE_DISCONNECTED] = "disconnected",
		[GST_WEBRTC_PEER_CONNECTION_STATE_FAILED] = "failed",
		[GST_WEBRTC_PEER_CONNECTION_STATE_CLOSED] = "closed",
	};
	GstWebRTCPeerConnectionState state;

	(void)spec;
	(void)data;
	g_object_get(webrtc, "connection-state", &state, NULL);
	printf("%s\n", words[state]);
	fflush(stdout);
}

static gboolean note_remote(GQuark field, const GValue *value, gpointer data)
{
	GstWebRTCStatsType type;

	(void)field;
	if (G_VALUE_HOLDS(value, GST_TYPE_STRUCTURE) &&
	    gst_structure_get(gst_value_get_structure(value), "type", GST_TYPE_WEBRTC_STATS_TYPE, &type, NULL) &&
	    type == GST_WEBRTC_STATS_REMOTE_INBOUND_RTP)
		*(gboolean *)data = TRUE;
	return TRUE;
}

static void stats_came(GstPromise *promise, gpointer data)
{
	static gboolean is_said;
	const GstStructure *stats = gst_promise_get_reply(promise);
	gboolean has_remote = FALSE;

	(void)data;
	if (stats)
		gst_structure_foreach(stats, note_remote, &has_remote);
	if (has_remote && !is_said) {
		is_said = TRUE;
		printf("reported\n");
		fflush(stdout);
	}
	gst_promise_unref(promise);
}

static gboolean look(gpointer webrtc)
{
	g_signal_emit_by_name(webrtc, "get-stats", NULL,
			      gst_promise_new_with_change_func(stats_came, NULL, NULL));
	return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
	GError *error = NULL;
	GstWebRTCRTPTransceiver *line = NULL;

	if (argc != 3) {
		fprintf(stderr, "usage: gstwhip HZ AMPLITUDE\n");
		return 2;
	}
	gst_init(NULL, NULL);
	GstElement *pipeline = gst_parse_launch(way, &error);

	if (!pipeline || error) {
		fprintf(stderr, "%s\n", error ? error->message : "no pipeline");
		return 2;
	}
	GstElement *tone = gst_bin_get_by_name(GST_BIN(pipeline), "tone");
	GstElement *webrtc = gst_bin_get_by_name(GST_BIN(pipeline), "peer");

	g_object_set(tone, "freq", strtod(argv[1], NULL), "volume", strtod(argv[2], NULL) / 32768, NULL);
	g_signal_emit_by_name(webrtc, "get-transceiver", 0, &line);
	g_object_set(line, "direction", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, NULL);
	g_signal_connect(webrtc, "notify::connection-state", G_CALLBACK(say_state), NULL);
	gst_element_set_state(pipeline, GST_STATE_PLAYING);
	gstpeer_offer(webrtc);
	g_timeout_add(LOOK_MS, look, webrtc);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}
