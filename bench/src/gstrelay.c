/* A peer: gst-rtsp-server passing cameras on, one shared media each, as its examples do.
 *
 *	gstrelay PORT URL...
 *
 * Serves the first URL at rtsp://127.0.0.1:PORT/cam1, the next at /cam2 and so on: H.264 with AAC, payloaded
 * anew. It takes a camera in while somebody plays it. Prints "ready". */
#include <gst/rtsp-server/rtsp-server.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	gst_init(NULL, NULL);
	GstRTSPServer *server = gst_rtsp_server_new();
	GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(server);

	gst_rtsp_server_set_address(server, "127.0.0.1");
	gst_rtsp_server_set_service(server, argv[1]);
	for (int i = 2; i < argc; i++) {
		GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
		char path[32];
		gchar *launch = g_strdup_printf("( rtspsrc name=s location=%s protocols=tcp latency=100 "
						"s. ! application/x-rtp,media=video ! rtph264depay ! h264parse ! rtph264pay pt=96 name=pay0 "
						"s. ! application/x-rtp,media=audio ! rtpmp4gdepay ! aacparse ! rtpmp4gpay pt=97 name=pay1 )",
						argv[i]);

		snprintf(path, sizeof(path), "/cam%d", i - 1);
		gst_rtsp_media_factory_set_launch(factory, launch);
		gst_rtsp_media_factory_set_shared(factory, TRUE);
		gst_rtsp_mount_points_add_factory(mounts, path, factory);
		g_free(launch);
	}
	g_object_unref(mounts);
	if (gst_rtsp_server_attach(server, NULL) == 0)
		return 1;
	puts("ready");
	fflush(stdout);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}
