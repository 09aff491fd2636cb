/* A WHEP viewer that nobody here wrote: GStreamer's webrtcbin. It prints its offer, reads the answer
 * and prints what it decoded; HTTP is the caller's, so that this stays GStreamer's own ICE, DTLS,
 * SRTP and decoders.
 *
 *   gstwhep h264|h265 opus|pcma|pcmu|none FRAMES
 *
 * stdout: the offer, then a line "."; after the answer on stdin (ended by a line "."), a line
 * "size WxH" at each size of the decoded picture, and one JSON line once FRAMES pictures were decoded (and sound heard, if asked for), or after 90 s. */
#define GST_USE_UNSTABLE_API
#include <gst/webrtc/webrtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gstpeer.h"

enum { LIMIT_S = 90 };

struct viewer {
	GMainLoop *loop;
	GstElement *pipeline, *webrtc;
	const char *audio;
	int wanted, frames, width, height;
	double peak_db;
};

static const char *const video_caps[][2] = {
	{"h264", "application/x-rtp,media=video,encoding-name=H264,payload=102,clock-rate=90000,"
		 "packetization-mode=(string)1,profile-level-id=(string)42e01f"},
	{"h265", "application/x-rtp,media=video,encoding-name=H265,payload=103,clock-rate=90000"},
};
static const char *const audio_caps[][2] = {
	{"opus", "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,"
		 "encoding-params=(string)2"},
	{"pcma", "application/x-rtp,media=audio,encoding-name=PCMA,payload=8,clock-rate=8000"},
	{"pcmu", "application/x-rtp,media=audio,encoding-name=PCMU,payload=0,clock-rate=8000"},
};

static gboolean is_enough(const struct viewer *viewer)
{
	gboolean heard = strcmp(viewer->audio, "none") == 0 || viewer->peak_db > -60;

	return viewer->frames >= viewer->wanted && heard;
}

static gboolean finish(gpointer data)
{
	g_main_loop_quit(((struct viewer *)data)->loop);
	return G_SOURCE_REMOVE;
}

static void note_size(struct viewer *viewer, const GstStructure *structure)
{
	int width = 0, height = 0;

	gst_structure_get_int(structure, "width", &width);
	gst_structure_get_int(structure, "height", &height);
	if (width == viewer->width && height == viewer->height)
		return;
	viewer->width = width;
	viewer->height = height;
	printf("size %dx%d\n", width, height);
	fflush(stdout);
}

static void count_frame(GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
	struct viewer *viewer = data;
	GstCaps *caps = gst_pad_get_current_caps(pad);

	(void)sink;
	(void)buffer;
	if (caps) {
		GstStructure *structure = gst_caps_get_structure(caps, 0);

		note_size(viewer, structure);
		gst_caps_unref(caps);
	}
	viewer->frames++;
	if (is_enough(viewer))
		finish(viewer);
}

static gboolean hear(GstBus *bus, GstMessage *message, gpointer data)
{
	struct viewer *viewer = data;
	const GstStructure *structure = gst_message_get_structure(message);

	(void)bus;
	if (!structure || !gst_structure_has_name(structure, "level"))
		return TRUE;

	const GValue *peaks = gst_structure_get_value(structure, "peak");
	GValueArray *array = g_value_get_boxed(peaks);
	double peak_db = g_value_get_double(&array->values[0]);

	if (peak_db > viewer->peak_db)
		viewer->peak_db = peak_db;
	if (is_enough(viewer))
		finish(viewer);
	return TRUE;
}

/* Decoded pictures are counted, decoded sound is measured. */
static void link_decoded(GstElement *decoder, GstPad *pad, gpointer data)
{
	struct viewer *viewer = data;
	GstCaps *caps = gst_pad_get_current_caps(pad);
	const char *kind = gst_structure_get_name(gst_caps_get_structure(caps, 0));
	GstElement *sink;

	(void)decoder;
	if (g_str_has_prefix(kind, "video")) {
		sink = gst_element_factory_make("fakesink", NULL);
		g_object_set(sink, "signal-handoffs", TRUE, "sync", FALSE, "async", FALSE, NULL);
		g_signal_connect(sink, "handoff", G_CALLBACK(count_frame), viewer);
	} else {
		sink = gst_parse_bin_from_description(
			"audioconvert ! level interval=100000000 post-messages=true ! "
			"fakesink sync=false async=false", TRUE, NULL);
	}
	gst_bin_add(GST_BIN(viewer->pipeline), sink);
	gst_element_sync_state_with_parent(sink);

	GstPad *into = gst_element_get_static_pad(sink, "sink");

	gst_pad_link(pad, into);
	gst_object_unref(into);
	gst_caps_unref(caps);
}

static void link_received(GstElement *webrtc, GstPad *pad, gpointer data)
{
	struct viewer *viewer = data;
	GstElement *decoder;

	(void)webrtc;
	if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC)
		return;
	decoder = gst_element_factory_make("decodebin", NULL);
	g_signal_connect(decoder, "pad-added", G_CALLBACK(link_decoded), viewer);
	gst_bin_add(GST_BIN(viewer->pipeline), decoder);
	gst_element_sync_state_with_parent(decoder);

	GstPad *into = gst_element_get_static_pad(decoder, "sink");

	gst_pad_link(pad, into);
	gst_object_unref(into);
}

/* ---- what is asked for ---- */

static void receive(struct viewer *viewer, const char *description)
{
	GstCaps *caps = gst_caps_from_string(description);
	GstWebRTCRTPTransceiver *transceiver = NULL;

	g_signal_emit_by_name(viewer->webrtc, "add-transceiver",
			      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, caps, &transceiver);
	gst_clear_object(&transceiver);
	gst_caps_unref(caps);
}

static void receive_named(struct viewer *viewer, const char *const table[][2], size_t count,
			  const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i][0], name) == 0)
			receive(viewer, table[i][1]);
}

static void start(struct viewer *viewer, const char *video)
{
	GstBus *bus;

	viewer->loop = g_main_loop_new(NULL, FALSE);
	viewer->pipeline = gst_pipeline_new(NULL);
	viewer->webrtc = gst_element_factory_make("webrtcbin", NULL);
	if (!viewer->webrtc) {
		fprintf(stderr, "webrtcbin is missing (gstreamer1.0-plugins-bad, gstreamer1.0-nice)\n");
		exit(2);
	}
	g_object_set(viewer->webrtc, "bundle-policy", 3, "latency", 50, NULL);
	gst_bin_add(GST_BIN(viewer->pipeline), viewer->webrtc);
	g_signal_connect(viewer->webrtc, "pad-added", G_CALLBACK(link_received), viewer);
	bus = gst_pipeline_get_bus(GST_PIPELINE(viewer->pipeline));
	gst_bus_add_watch(bus, hear, viewer);
	gst_object_unref(bus);
	gst_element_set_state(viewer->pipeline, GST_STATE_PLAYING);
	receive_named(viewer, video_caps, G_N_ELEMENTS(video_caps), video);
	receive_named(viewer, audio_caps, G_N_ELEMENTS(audio_caps), viewer->audio);
	gstpeer_offer(viewer->webrtc);
}

int main(int argc, char **argv)
{
	struct viewer viewer = {.peak_db = -200};

	if (argc != 4) {
		fprintf(stderr, "usage: gstwhep h264|h265 opus|pcma|pcmu|none FRAMES\n");
		return 2;
	}
	gst_init(NULL, NULL);
	viewer.audio = argv[2];
	viewer.wanted = (int)strtol(argv[3], NULL, 10);
	start(&viewer, argv[1]);
	g_timeout_add_seconds(LIMIT_S, finish, &viewer);
	g_main_loop_run(viewer.loop);
	printf("{\"frames\": %d, \"width\": %d, \"height\": %d, \"peak_db\": %.1f}\n", viewer.frames,
	       viewer.width, viewer.height, viewer.peak_db);
	fflush(stdout);
	gst_element_set_state(viewer.pipeline, GST_STATE_NULL);
	return is_enough(&viewer) ? 0 : 1;
}
