#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../check.h"
#include "base/clock.h"
#include "base/diag.h"
#include "cam/cam_hash.h"
#include "cam/cam_source.h"
#include "fake_camera.h"

/* One camera's process in pieces: the source under test, the warden and the vault at the other ends
 * of their channels, and a camera. */
struct world {
	struct cam_context context;
	struct ipc_channel warden, warden_end, vault_end;
	struct outlet outlet;
	struct cam_source source;
	struct fake_camera camera;
	int dial_error;
	unsigned dials;
	uint32_t codecs[TRACK_COUNT];
	uint32_t width;
	unsigned frames[TRACK_COUNT], keys, gaps, disorder;
	uint64_t pts_ns;
	uint32_t frame_size;
};

static struct world world;

static void vault_received(struct ipc_channel *channel, struct ipc_message *message)
{
	const struct ipc_frame *frame = message->body;
	const struct ipc_track *track = message->body;

	(void)channel;
	if (message->type == IPC_TRACK) {
		world.codecs[track->track] = track->codec;
		if (track->track == TRACK_VIDEO)
			world.width = track->width;
	}
	if (message->type != IPC_FRAME || frame->offset + message->tail_size < frame->size)
		return;
	world.frames[frame->track]++;
	if (frame->track != TRACK_VIDEO)
		return;
	world.keys += (frame->flags & FRAME_KEY) != 0;
	world.gaps += (frame->flags & FRAME_AFTER_GAP) != 0;
	world.disorder += frame->pts_ns <= world.pts_ns;
	world.pts_ns = frame->pts_ns;
	world.frame_size = frame->size;
}

static void warden_received(struct ipc_channel *channel, struct ipc_message *message)
{
	const struct ipc_dial *dial = message->body;
	struct ipc_dialed dialed = {.request = dial->request, .error = world.dial_error};

	assert_int_equal(message->type, IPC_DIAL);
	world.dials++;
	if (dial->kind != DIAL_TCP || dialed.error < 0) {
		if (dialed.error == 0)
			dialed.error = -EOPNOTSUPP;
		ipc_send(channel, IPC_DIAL_FAILED, &dialed, NULL, 0);
		return;
	}
	autoclose int fd = fake_camera_connect(&world.camera, world.context.loop);

	assert_true(fd >= 0);
	ipc_send_fd(channel, IPC_DIALED, &dialed, NULL, 0, fd);
}

static void source_received(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	cam_source_take_dialed(&world.source, message->body, &message->fd);
}

static void source_changed(struct cam_context *context)
{
	(void)context;
}

static int set_up(void **state)
{
	int warden_fds[2], vault_fds[2];

	(void)state;
	memset(&world, 0, sizeof(world));
	assert_int_equal(loop_create(&world.context.loop), 0);
	assert_int_equal(ipc_pair(0, warden_fds), 0);
	assert_int_equal(ipc_pair(1 << 20, vault_fds), 0);
	assert_int_equal(ipc_open(&world.warden, world.context.loop, warden_fds[0], PROC_CAM,
				  PROC_WARDEN, source_received, NULL, NULL),
			 0);
	assert_int_equal(ipc_open(&world.warden_end, world.context.loop, warden_fds[1], PROC_WARDEN,
				  PROC_CAM, warden_received, NULL, NULL),
			 0);
	assert_int_equal(ipc_open(&world.vault_end, world.context.loop, vault_fds[1], PROC_VAULT,
				  PROC_CAM, vault_received, NULL, NULL),
			 0);
	assert_int_equal(outlet_open(&world.outlet, world.context.loop, vault_fds[0]), 0);
	world.context.warden = &world.warden;
	world.context.outlet = &world.outlet;
	world.context.changed = source_changed;
	strcpy(world.context.name, "fake");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cam_source_finish(&world.source);
	fake_camera_close(&world.camera);
	outlet_close(&world.outlet);
	ipc_close(&world.warden);
	ipc_close(&world.warden_end);
	ipc_close(&world.vault_end);
	loop_destroy(world.context.loop);
	return 0;
}

static void start(const char *url, enum cam_transport transport, bool audio)
{
	const struct ipc_source message = {
		.track = TRACK_VIDEO, .transport = transport, .audio = audio, .name = "fake"};

	assert_int_equal(cam_source_init(&world.source, &world.context, &message, slice_of(url)),
			 0);
	cam_source_start(&world.source);
}

typedef bool condition_fn(void);

/* Runs the loop until `holds`, at most `limit_s`. */
static bool run_until(condition_fn *holds, unsigned limit_s)
{
	uint64_t end_ns = clock_boot_ns() + limit_s * CLOCK_NS_PER_S;

	while (!holds() && clock_boot_ns() < end_ns)
		assert_int_equal(loop_turn(world.context.loop, 100), 0);
	return holds();
}

static unsigned wanted_frames;

static bool has_frames(void)
{
	return world.frames[TRACK_VIDEO] >= wanted_frames;
}

static bool is_down(void)
{
	return world.source.state == CAM_DOWN;
}

static bool is_over(void)
{
	return world.source.step == STEP_OVER;
}

#define ALL    FAKE_PICTURES
#define URL    "rtsp://fake.lan/live"
#define SECRET "rtsp://user:pass@fake.lan/live"

/* How each quirk ends: so many pictures and sounds, so many gaps. */
static const struct {
	const char *what;
	uint32_t quirks;
	const char *url, *sdp;
	unsigned pictures, sounds, gaps;
} cases[] = {
	{"an honest camera", 0, URL, NULL, ALL, 2 * ALL, 0},
	{"session id that changes", FAKE_SESSION_CHANGES, URL, NULL, ALL, 2 * ALL, 0},
	{"answers without CSeq", FAKE_NO_CSEQ, URL, NULL, ALL, 2 * ALL, 0},
	{"answers with another CSeq", FAKE_WRONG_CSEQ, URL, NULL, ALL, 2 * ALL, 0},
	{"other interleaved numbers", FAKE_OTHER_CHANNELS, URL, NULL, ALL, 2 * ALL, 0},
	{"channels exchanged", FAKE_SECRET_CHANNELS, URL, NULL, ALL, 2 * ALL, 0},
	{"no interleaved numbers", FAKE_NO_INTERLEAVED, URL, NULL, ALL, 2 * ALL, 0},
	{"ssrc before interleaved, no unicast", FAKE_SSRC_FIRST, URL, NULL, ALL, 2 * ALL, 0},
	{"wrong and zero SSRC", FAKE_SSRC_WRONG, URL, NULL, ALL, 2 * ALL, 0},
	/* the picture it happens in is lost, and those up to the next key frame */
	{"changing SSRC", FAKE_SSRC_CHANGES, URL, NULL, ALL - 3, 2 * ALL, 1},
	{"RTCP on the RTP channel", FAKE_RTCP_ON_RTP, URL, NULL, ALL, 2 * ALL, 0},
	{"a frame cut short", FAKE_CUTS_FRAMES, URL, NULL, ALL - 4, 2 * ALL, 1},
	{"packets of 10,000 bytes", FAKE_LARGE_FRAMES, URL, NULL, ALL, 2 * ALL, 0},
	{"User-Agent required", FAKE_NEEDS_USER_AGENT, URL, NULL, ALL, 2 * ALL, 0},
	{"Content-Base with a doubled scheme", FAKE_DOUBLED_BASE, URL, NULL, ALL, 2 * ALL, 0},
	{"timestamps that jump", FAKE_TIME_JUMPS, URL, NULL, ALL, 2 * ALL, 0},
	{"OPTIONS refused", FAKE_NO_OPTIONS, URL, NULL, ALL, 2 * ALL, 0},
	{"sound refused", FAKE_REFUSES_SOUND, URL, NULL, ALL, 0, 0},
	{"a password", FAKE_DIGEST, SECRET, NULL, ALL, 2 * ALL, 0},
	{"requests of the camera's", FAKE_ASKS_BACK, URL, NULL, ALL, 2 * ALL, 0},
	{"a redirect on itself", FAKE_REDIRECTS, URL, NULL, ALL, 2 * ALL, 0},
	{"all at once",
	 FAKE_SESSION_CHANGES | FAKE_NO_CSEQ | FAKE_OTHER_CHANNELS | FAKE_SSRC_FIRST |
		 FAKE_SSRC_WRONG | FAKE_RTCP_ON_RTP | FAKE_LARGE_FRAMES | FAKE_NEEDS_USER_AGENT |
		 FAKE_DOUBLED_BASE | FAKE_NO_OPTIONS | FAKE_DIGEST | FAKE_ASKS_BACK,
	 SECRET, NULL, ALL, 2 * ALL, 0},
	{"a broken description", 0, URL,
	 "s=\r\ns=x\r\nc=IN\r\nm=video 0 RTP/AVP 96\r\na=control:trackID=0\r\n"
	 "a=rtpmap:96 h264\r\na=fmtp:8 x\r\nm=audio 0 RTP/AVP 8\r\na=control:trackID=1\r\n"
	 "a=fmtp:96 packetization-mode=1\r\n",
	 ALL, 2 * ALL, 0},
	{"sound in a codec that Ward does not take", 0, URL,
	 "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n"
	 "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 G726-32/8000\r\na=control:trackID=1\r\n",
	 ALL, 0, 0},
};

static void takes_in_cameras_as_they_are(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		set_up(state);
		world.camera.quirks = cases[i].quirks;
		world.camera.sdp = cases[i].sdp;
		wanted_frames = cases[i].pictures;
		start(cases[i].url, CAM_TRANSPORT_AUTO, true);
		bool is_good = run_until(has_frames, 5) && world.source.state == CAM_LIVE &&
			       world.frames[TRACK_VIDEO] == cases[i].pictures &&
			       world.frames[TRACK_MIC] == cases[i].sounds &&
			       world.gaps == cases[i].gaps && world.disorder == 0 &&
			       world.width == 638 && world.camera.connections == 1 &&
			       !world.camera.saw_require && !world.camera.saw_range;

		if (!is_good)
			fail_msg("%s: %u pictures, %u sounds, %u gaps, %u in disorder, \"%s\"",
				 cases[i].what, world.frames[TRACK_VIDEO], world.frames[TRACK_MIC],
				 world.gaps, world.disorder, world.source.reason);
		if (cases[i].quirks & FAKE_LARGE_FRAMES)
			assert_int_equal(world.frame_size, 10004);
		tear_down(state);
	}
}

static void loses_whole_groups_but_no_part_of_a_picture(void **state)
{
	(void)state;
	world.camera.quirks = FAKE_LOSES_PACKETS;
	wanted_frames = 10;
	start(URL, CAM_TRANSPORT_AUTO, false);
	assert_true(run_until(has_frames, 5));
	assert_in_range(world.gaps, 2, 8);
	assert_int_equal(world.frame_size, 64);
	assert_true(world.source.streams[STREAM_VIDEO].track.stats.lost >= 4);
}

static const struct {
	const char *what;
	uint32_t quirks;
	const char *url, *sdp;
	enum cam_transport transport;
	int dial_error;
	const char *reason;
	bool is_slow; /* waits for a person instead of hammering */
} failures[] = {
	{"wrong password", FAKE_DENIES, SECRET, NULL, CAM_TRANSPORT_AUTO, 0,
	 "wrong user name or password", true},
	{"no password", FAKE_DENIES, URL, NULL, CAM_TRANSPORT_AUTO, 0,
	 "the camera asks for a user name and password", true},
	{"nothing at the port", 0, URL, NULL, CAM_TRANSPORT_AUTO, -ECONNREFUSED,
	 "nothing answers at the camera's address and port", false},
	{"no way there", 0, URL, NULL, CAM_TRANSPORT_AUTO, -EHOSTUNREACH,
	 "the camera cannot be reached", false},
	{"TCP refused where TCP is asked for", FAKE_NO_TCP, URL, NULL, CAM_TRANSPORT_TCP, 0,
	 "the camera offers neither TCP nor UDP as asked (461)", true},
	{"a redirect elsewhere", FAKE_REDIRECTS_AWAY, URL, NULL, CAM_TRANSPORT_AUTO, 0,
	 "the camera sends us to another address", true},
	{"video that Ward does not take", 0, URL,
	 "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\n", CAM_TRANSPORT_AUTO, 0,
	 "video codec \"JPEG\" is not supported: set the camera to H.264 or H.265", true},
	{"sound alone", 0, URL, "m=audio 0 RTP/AVP 8\r\n", CAM_TRANSPORT_AUTO, 0,
	 "the camera offers no picture at this address", true},
	{"a description of nothing", 0, URL, "v=0\r\n", CAM_TRANSPORT_AUTO, 0,
	 "the camera's description of its streams makes no sense", true},
};

static void says_in_one_sentence_what_is_wrong(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(failures); i++) {
		set_up(state);
		world.camera.quirks = failures[i].quirks;
		world.camera.sdp = failures[i].sdp;
		world.dial_error = failures[i].dial_error;
		start(failures[i].url, failures[i].transport, true);
		bool failed = run_until(is_down, 5);

		if (!failed || strcmp(world.source.reason, failures[i].reason) != 0)
			fail_msg("%s: \"%s\"", failures[i].what, world.source.reason);
		uint64_t wait_ms = (world.source.timer.at_ns - clock_boot_ns()) / CLOCK_NS_PER_MS;

		if (failures[i].is_slow)
			assert_in_range(wait_ms, SOURCE_RETRY_SLOW_MS - 1000, SOURCE_RETRY_SLOW_MS);
		else
			assert_in_range(wait_ms, 0, SOURCE_RETRY_MS_MAX);
		tear_down(state);
	}
}

static void falls_back_to_udp(void **state)
{
	(void)state;
	world.camera.quirks = FAKE_NO_TCP;
	start(URL, CAM_TRANSPORT_AUTO, true);
	/* the test's warden has no UDP to give: the request alone shows the way taken */
	assert_true(run_until(is_down, 5));
	assert_int_equal(world.dials, 2);
	assert_true(world.source.uses_udp);
}

static unsigned wanted_dials;

static bool has_dialed(void)
{
	return world.dials >= wanted_dials;
}

static void tries_again_within_two_seconds(void **state)
{
	(void)state;
	world.dial_error = -ECONNREFUSED;
	wanted_dials = 5;
	start(URL, CAM_TRANSPORT_AUTO, true);
	assert_true(run_until(has_dialed, 10));
	world.dial_error = 0; /* the cable is back */
	wanted_frames = ALL;
	uint64_t start_ns = clock_boot_ns();

	assert_true(run_until(has_frames, 3));
	assert_true(clock_boot_ns() - start_ns < 2 * CLOCK_NS_PER_S);
	assert_int_equal(world.source.state, CAM_LIVE);
	assert_string_equal(world.source.reason, "");
}

static void comes_back_after_the_camera_hung_up(void **state)
{
	(void)state;
	wanted_frames = ALL;
	start(URL, CAM_TRANSPORT_AUTO, true);
	assert_true(run_until(has_frames, 5));
	fake_camera_close(&world.camera);
	wanted_frames = 2 * ALL;
	assert_true(run_until(has_frames, 5));
	assert_int_equal(world.camera.connections, 2);
	/* the first frame after it says that some are missing, and time goes on */
	assert_int_equal(world.gaps, 1);
	assert_int_equal(world.disorder, 0);
}

static bool was_kept_alive(void)
{
	return world.camera.parameters == 1 && world.camera.options == 2;
}

/* The session lasts two seconds: half of it is the pace. A camera that does not know GET_PARAMETER
 * is asked for OPTIONS from then on. */
static void keeps_the_session_alive(void **state)
{
	(void)state;
	world.camera.quirks = FAKE_BAD_PARAMETERS;
	start(URL, CAM_TRANSPORT_AUTO, true);
	assert_true(run_until(was_kept_alive, 4));
	assert_int_equal(world.source.state, CAM_LIVE);
	assert_int_equal(world.camera.connections, 1);
}

static bool is_silent(void)
{
	return world.source.state == CAM_SILENT;
}

/* Its connection stays, its packets stop: five seconds, then again. A camera that serves one
 * session hears that this one is over. */
static void notices_a_camera_that_hangs(void **state)
{
	(void)state;
	wanted_frames = ALL;
	start(URL, CAM_TRANSPORT_AUTO, true);
	assert_true(run_until(has_frames, 5));
	uint64_t start_ns = clock_boot_ns();

	assert_true(run_until(is_silent, 8));
	assert_in_range((clock_boot_ns() - start_ns) / CLOCK_NS_PER_MS, 4500, 7000);
	wanted_frames = 2 * ALL;
	assert_true(run_until(has_frames, 5));
	assert_int_equal(world.source.state, CAM_LIVE);
	assert_int_equal(world.camera.connections, 2);
}

static void sets_sound_up_where_the_camera_hangs_without(void **state)
{
	(void)state;
	world.camera.quirks = FAKE_NEEDS_SOUND;
	wanted_frames = ALL;
	start(URL, CAM_TRANSPORT_AUTO, false);
	assert_true(run_until(has_frames, 10));
	assert_int_equal(world.camera.connections, 2);
	assert_int_equal(world.frames[TRACK_MIC], 0); /* it is still left alone */
}

static bool was_told_goodbye(void)
{
	return world.camera.teardowns > 0 && is_over();
}

static void says_goodbye(void **state)
{
	(void)state;
	wanted_frames = ALL;
	start(URL, CAM_TRANSPORT_AUTO, true);
	assert_true(run_until(has_frames, 5));
	cam_source_stop(&world.source);
	assert_true(run_until(was_told_goodbye, 2));
}

static void stops_though_the_camera_does_not_answer(void **state)
{
	(void)state;
	world.camera.quirks = FAKE_HANGS;
	wanted_dials = 1;
	start(URL, CAM_TRANSPORT_AUTO, true);
	assert_true(run_until(has_dialed, 2));
	cam_source_stop(&world.source);
	assert_true(run_until(is_over, 2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_in_cameras_as_they_are),
		cmocka_unit_test(says_in_one_sentence_what_is_wrong),
		TEST(loses_whole_groups_but_no_part_of_a_picture),
		TEST(falls_back_to_udp),
		TEST(tries_again_within_two_seconds),
		TEST(comes_back_after_the_camera_hung_up),
		TEST(keeps_the_session_alive),
		TEST(notices_a_camera_that_hangs),
		TEST(sets_sound_up_where_the_camera_hangs_without),
		TEST(says_goodbye),
		TEST(stops_though_the_camera_does_not_answer),
	};

	diag_init("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
