/* A camera that nobody here wrote the protocol of: gst-rtsp-server with a test picture and a 440 Hz
 * tone. For tests:
 *
 *	gstcam --port P --video h264|h265|mjpeg --audio aac|pcma|pcmu|opus|none [--user U --password
 *P]
 *	       [--fps N] [--gop SECONDS] [--size WxH] [--bitrate KBIT] [--transport tcp|udp|both]
 *	       [--basic] [--bframes N] [--path /cam] [--pattern ball|snow|...]
 *	       [--speaker pcmu|pcma|aac --heard P]
 *	       [--sound FILE: 16-bit samples at 8 kHz instead of the tone]
 *
 * Serves rtsp://127.0.0.1:P/cam and prints "ready". Every picture carries its number: in the top
 * row 16 squares, each 1/16 of the width and 32 pixels high, white for 1 and black for 0, most
 * significant bit first; below them the same in decimal digits.
 *
 * With --speaker it is GStreamer's own ONVIF server: what it hears over the back channel (ONVIF
 * Streaming §5.3) is decoded and sent on to UDP port P as it comes, as s16le. */
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-onvif-media-factory.h>
#include <gst/rtsp-server/rtsp-onvif-server.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	COUNTER_BITS = 16,
	SQUARE_HEIGHT = 32,
	WHITE = 235,
	BLACK = 16,
	NEUTRAL = 128,
	DIGITS = 5,
	DIGIT_WIDTH = 24,
	DIGIT_HEIGHT = 40,
	STROKE = 6,
};

static gint port = 8554, fps = 25, gop_s = 2, bitrate_kbit = 1000, bframes;
static const gchar *video = "h264", *audio = "aac", *user, *password, *size = "640x360";
static const gchar *transport = "both", *path = "/cam", *pattern = "ball", *sound_file;
static const gchar *speaker, *heard;
static gboolean basic;

static const GOptionEntry options[] = {
	{"port", 0, 0, G_OPTION_ARG_INT, &port, "TCP port", "P"},
	{"video", 0, 0, G_OPTION_ARG_STRING, &video, "h264, h265 or mjpeg", "CODEC"},
	{"audio", 0, 0, G_OPTION_ARG_STRING, &audio, "aac, pcma, pcmu, opus or none", "CODEC"},
	{"user", 0, 0, G_OPTION_ARG_STRING, &user, "ask for this user", "U"},
	{"password", 0, 0, G_OPTION_ARG_STRING, &password, "and this password", "P"},
	{"basic", 0, 0, G_OPTION_ARG_NONE, &basic, "ask by Basic instead of Digest", NULL},
	{"fps", 0, 0, G_OPTION_ARG_INT, &fps, "pictures a second", "N"},
	{"gop", 0, 0, G_OPTION_ARG_INT, &gop_s, "seconds between key frames", "S"},
	{"size", 0, 0, G_OPTION_ARG_STRING, &size, "of the picture", "WxH"},
	{"bitrate", 0, 0, G_OPTION_ARG_INT, &bitrate_kbit, "of the video", "KBIT"},
	{"bframes", 0, 0, G_OPTION_ARG_INT, &bframes, "B-frames in a row", "N"},
	{"transport", 0, 0, G_OPTION_ARG_STRING, &transport, "tcp, udp or both", "T"},
	{"pattern", 0, 0, G_OPTION_ARG_STRING, &pattern, "of videotestsrc; snow fills the bitrate",
	 "X"},
	{"speaker", 0, 0, G_OPTION_ARG_STRING, &speaker, "pcmu, pcma or aac", "CODEC"},
	{"heard", 0, 0, G_OPTION_ARG_STRING, &heard, "UDP port for what the speaker plays", "P"},
	{"sound", 0, 0, G_OPTION_ARG_STRING, &sound_file, "s16le at 8 kHz, heard from the first PLAY on",
	 "FILE"},
	{"path", 0, 0, G_OPTION_ARG_STRING, &path, "mount point", "PATH"},
	{NULL, 0, 0, 0, NULL, NULL, NULL},
};

struct codec {
	const char *name, *launch;
};

static const struct codec videos[] = {
	{"h264", "x264enc tune=zerolatency speed-preset=ultrafast bitrate=%d key-int-max=%d "
		 "bframes=%d threads=1 ! video/x-h264,profile=main ! "
		 "rtph264pay name=pay0 pt=96 config-interval=-1"},
	{"h265", "x265enc tune=zerolatency speed-preset=ultrafast bitrate=%d key-int-max=%d "
		 "option-string=\"bframes=%d:pools=1:frame-threads=1\" ! "
		 "rtph265pay name=pay0 pt=96 config-interval=-1"},
	{"mjpeg", "jpegenc ! rtpjpegpay name=pay0 pt=26"}, /* what Ward does not know */
};

static const struct codec audios[] = {
	{"none", ""},
	{"aac", "audio/x-raw,rate=48000,channels=2 ! avenc_aac ! aacparse ! "
		"rtpmp4gpay name=pay1 pt=97"},
	{"pcma", "audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8"},
	{"pcmu", "audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay1 pt=0"},
	{"opus", "audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay name=pay1 pt=97"},
};

static const struct codec speakers[] = {
	{"pcmu", "capsfilter caps=\"application/x-rtp,media=audio,payload=0,clock-rate=8000,encoding-name=PCMU\" "
		 "name=depay_backchannel ! rtppcmudepay ! mulawdec"},
	{"pcma", "capsfilter caps=\"application/x-rtp,media=audio,payload=8,clock-rate=8000,encoding-name=PCMA\" "
		 "name=depay_backchannel ! rtppcmadepay ! alawdec"},
	{"aac", "capsfilter caps=\"application/x-rtp,media=audio,payload=98,clock-rate=16000,encoding-name=MPEG4-GENERIC,"
		"encoding-params=(string)1,streamtype=(string)5,profile-level-id=(string)1,mode=(string)AAC-hbr,"
		"sizelength=(string)13,indexlength=(string)3,indexdeltalength=(string)3,config=(string)1408\" "
		"name=depay_backchannel ! rtpmp4gdepay ! avdec_aac ! audioconvert ! audio/x-raw,format=S16LE"},
};

static const char *find_launch(const struct codec *codecs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(codecs[i].name, name) == 0)
			return codecs[i].launch;
	fprintf(stderr, "gstcam: unknown codec %s\n", name);
	exit(2);
}

/* ---- the counter in the picture ---- */

struct plane {
	guint8 *data;
	gint stride, width, height;
};

static void fill(const struct plane *plane, gint x, gint y, gint width, gint height, guint8 value)
{
	for (gint row = y; row < y + height && row < plane->height; row++)
		if (x < plane->width)
			memset(plane->data + row * plane->stride + x, value,
			       (size_t)MIN(width, plane->width - x));
}

/* Seven segments: top, two upper sides, middle, two lower sides, bottom. */
static void draw_digit(const struct plane *luma, gint x, gint y, guint digit)
{
	static const guint8 segments[10] = {0x77, 0x24, 0x5d, 0x6d, 0x2e,
					    0x6b, 0x7b, 0x25, 0x7f, 0x6f};
	static const struct {
		gint x, y, width, height;
	} shapes[7] = {
		{0, 0, DIGIT_WIDTH, STROKE},
		{0, 0, STROKE, DIGIT_HEIGHT / 2},
		{DIGIT_WIDTH - STROKE, 0, STROKE, DIGIT_HEIGHT / 2},
		{0, (DIGIT_HEIGHT - STROKE) / 2, DIGIT_WIDTH, STROKE},
		{0, DIGIT_HEIGHT / 2, STROKE, DIGIT_HEIGHT / 2},
		{DIGIT_WIDTH - STROKE, DIGIT_HEIGHT / 2, STROKE, DIGIT_HEIGHT / 2},
		{0, DIGIT_HEIGHT - STROKE, DIGIT_WIDTH, STROKE},
	};

	for (guint i = 0; i < 7; i++)
		if (segments[digit] >> i & 1)
			fill(luma, x + shapes[i].x, y + shapes[i].y, shapes[i].width,
			     shapes[i].height, WHITE);
}

static void draw_counter(const struct plane planes[3], guint number)
{
	gint width = planes[0].width / COUNTER_BITS;
	guint rest = number;

	for (gint i = 0; i < COUNTER_BITS; i++)
		fill(&planes[0], i * width, 0, width, SQUARE_HEIGHT,
		     number >> (COUNTER_BITS - 1 - i) & 1 ? WHITE : BLACK);
	fill(&planes[0], 0, SQUARE_HEIGHT, DIGITS * (DIGIT_WIDTH + 8) + 8, DIGIT_HEIGHT + 16,
	     BLACK);
	for (gint i = 1; i <= 2; i++)
		fill(&planes[i], 0, 0, planes[i].width, (SQUARE_HEIGHT + DIGIT_HEIGHT + 16) / 2,
		     NEUTRAL);
	for (gint i = DIGITS - 1; i >= 0; i--, rest /= 10)
		draw_digit(&planes[0], 8 + i * (DIGIT_WIDTH + 8), SQUARE_HEIGHT + 8, rest % 10);
}

struct scene {
	gint width, height;
	guint number;
};

static GstPadProbeReturn number_picture(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
	struct scene *scene = data;
	GstBuffer *buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
	gint stride = GST_ROUND_UP_4(scene->width), height = GST_ROUND_UP_2(scene->height);
	gint chroma = GST_ROUND_UP_4(GST_ROUND_UP_2(scene->width) / 2);
	GstMapInfo map;

	(void)pad;
	GST_PAD_PROBE_INFO_DATA(info) = buffer;
	if (!gst_buffer_map(buffer, &map, GST_MAP_READWRITE))
		return GST_PAD_PROBE_OK;
	struct plane planes[3] = {
		{map.data, stride, scene->width, scene->height},
		{map.data + stride * height, chroma, scene->width / 2, scene->height / 2},
		{map.data + stride * height + chroma * (height / 2), chroma, scene->width / 2,
		 scene->height / 2},
	};

	draw_counter(planes, scene->number++ & 0xffff);
	gst_buffer_unmap(buffer, &map);
	return GST_PAD_PROBE_OK;
}

static void configure(GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer data)
{
	GstElement *bin = gst_rtsp_media_get_element(media);
	GstElement *element = gst_bin_get_by_name_recurse_up(GST_BIN(bin), "counter");
	GstPad *pad = gst_element_get_static_pad(element, "src");

	(void)factory;
	gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, number_picture, data, NULL);
	gst_object_unref(pad);
	gst_object_unref(element);
	gst_object_unref(bin);
}

/* ---- the server ---- */

/* The table of coders holds the formats. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *build_launch(const struct scene *scene)
{
	char coder[512], sound[512] = "";
	const char *audio_launch = find_launch(audios, G_N_ELEMENTS(audios), audio);

	snprintf(coder, sizeof(coder), find_launch(videos, G_N_ELEMENTS(videos), video),
		 bitrate_kbit, gop_s * fps, bframes);
	if (audio_launch[0])
		snprintf(
			sound, sizeof(sound), "%s%s%s ! audioconvert ! audioresample ! %s",
			sound_file ? "filesrc location="
			      : "audiotestsrc is-live=true freq=440 volume=0.5",
			sound_file ? sound_file : "",
			sound_file ? " ! rawaudioparse format=pcm pcm-format=s16le sample-rate=8000 num-channels=1 ! identity sync=true"
			      : "",
			audio_launch);
	return g_strdup_printf("( videotestsrc is-live=true pattern=%s ! "
			       "video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1 ! "
			       "identity name=counter ! %s %s )",
			       pattern, scene->width, scene->height, fps, coder, sound);
}

static void ask_for_password(GstRTSPServer *server, GstRTSPMediaFactory *factory)
{
	GstRTSPAuth *auth = gst_rtsp_auth_new();
	GstRTSPToken *token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING,
						 "viewer", NULL);
	char *basic_text = gst_rtsp_auth_make_basic(user, password);

	gst_rtsp_auth_set_supported_methods(auth,
					    basic ? GST_RTSP_AUTH_BASIC : GST_RTSP_AUTH_DIGEST);
	if (basic)
		gst_rtsp_auth_add_basic(auth, basic_text, token);
	else
		gst_rtsp_auth_add_digest(auth, user, password, token);
	gst_rtsp_media_factory_add_role(factory, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS,
					G_TYPE_BOOLEAN, TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
					G_TYPE_BOOLEAN, TRUE, NULL);
	gst_rtsp_server_set_auth(server, auth);
	g_free(basic_text);
	gst_rtsp_token_unref(token);
	g_object_unref(auth);
}

static void add_speaker(GstRTSPMediaFactory *factory)
{
	char *launch = g_strdup_printf("( %s ! udpsink host=127.0.0.1 port=%s async=false sync=false )",
				       find_launch(speakers, G_N_ELEMENTS(speakers), speaker), heard);

	gst_rtsp_onvif_media_factory_set_backchannel_launch(GST_RTSP_ONVIF_MEDIA_FACTORY(factory),
							    launch);
	gst_rtsp_media_factory_set_media_gtype(factory, GST_TYPE_RTSP_ONVIF_MEDIA);
	g_free(launch);
}

static GstRTSPLowerTrans protocols(void)
{
	if (strcmp(transport, "tcp") == 0)
		return GST_RTSP_LOWER_TRANS_TCP;
	if (strcmp(transport, "udp") == 0)
		return GST_RTSP_LOWER_TRANS_UDP;
	return GST_RTSP_LOWER_TRANS_TCP | GST_RTSP_LOWER_TRANS_UDP;
}

static int serve(struct scene *scene)
{
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	GstRTSPServer *server = speaker ? gst_rtsp_onvif_server_new() : gst_rtsp_server_new();
	GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(server);
	GstRTSPMediaFactory *factory =
		speaker ? gst_rtsp_onvif_media_factory_new() : gst_rtsp_media_factory_new();
	char *launch = build_launch(scene), service[16];

	gst_rtsp_media_factory_set_launch(factory, launch);
	gst_rtsp_media_factory_set_shared(factory, FALSE);
	gst_rtsp_media_factory_set_protocols(factory, protocols());
	g_signal_connect(factory, "media-configure", G_CALLBACK(configure), scene);
	if (speaker)
		add_speaker(factory);
	if (user && password)
		ask_for_password(server, factory);
	gst_rtsp_mount_points_add_factory(mounts, path, factory);
	g_object_unref(mounts);
	snprintf(service, sizeof(service), "%d", port);
	gst_rtsp_server_set_address(server, "127.0.0.1");
	gst_rtsp_server_set_service(server, service);
	if (gst_rtsp_server_attach(server, NULL) == 0) {
		fprintf(stderr, "gstcam: cannot listen on port %d\n", port);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	g_main_loop_run(loop);
	return 0;
}

int main(int argc, char **argv)
{
	GOptionContext *context = g_option_context_new("- an RTSP camera for tests");
	struct scene scene = {0};
	GError *error = NULL;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "gstcam: %s\n", error->message);
		return 2;
	}
	gst_init(&argc, &argv);
	if (sscanf(size, "%dx%d", &scene.width, &scene.height) != 2 || scene.width < 160 ||
	    scene.height < 120 || fps < 1 || gop_s < 1) {
		fprintf(stderr, "gstcam: a size of at least 160x120, and fps and gop above 0\n");
		return 2;
	}
	return serve(&scene);
}
