#include "rtc/viewer_media.h"

#include "base/diag.h"
#include "rtc/viewer_net.h"

#define KEY_UNDER_WAY_NS (200 * CLOCK_NS_PER_MS) /* asked for again before it can have arrived */
#define KEY_ASK_NS       (500 * CLOCK_NS_PER_MS)
#define NOT_LIVE_NS      (300 * CLOCK_NS_PER_MS)
#define BLOCKED_NS       (5 * CLOCK_NS_PER_MS)

enum {
	NACK_BURST = 3,               /* lost packets that point to a full queue, not to noise */
	AGAIN_BYTES_MIN = 512 * 1024, /* that may be sent again in a second */
};

static const uint64_t CLEAN_NS = 100 * CLOCK_NS_PER_MS; /* without a block of it, it has ended */

static uint64_t media_now(const struct viewer *viewer)
{
	return loop_now_ns(viewer->rtc->loop);
}

static const struct feed_track *media_track(const struct viewer *viewer, enum media_track track)
{
	return feed_track(viewer->rtc->feed, viewer->grant.camera, track);
}

static uint32_t media_rate(const struct viewer *viewer, enum media_track track)
{
	const struct feed_track *feed = media_track(viewer, track);

	return feed ? feed->rate_bps : 0;
}

/* The vault is asked to begin again at its newest key frame, but not in every turn. */
static void media_ask_key(struct viewer *viewer)
{
	uint64_t now_ns = media_now(viewer);

	viewer->needs_key = true;
	if (viewer->key_asked_ns && now_ns - viewer->key_asked_ns < KEY_ASK_NS)
		return;
	viewer->key_asked_ns = now_ns;
	viewer->wants_key = true;
	viewer_report(viewer);
}

/* ---- released frames ---- */

/* What follows a key frame decodes only without a gap; and only one track at a time is shown. */
static bool media_takes(struct viewer *viewer, enum media_track track, const struct frame *frame)
{
	if (frame->is_key)
		return true;
	if (track != viewer->video_track || viewer->needs_key)
		return false;
	if (frame->number == viewer->video_number + 1)
		return true;
	media_ask_key(viewer);
	return false;
}

static void media_take_video(struct viewer *viewer, enum media_track track, struct frame *frame)
{
	uint64_t now_ns = media_now(viewer);

	if (!media_takes(viewer, track, frame))
		return;
	if (frame_pack(frame) < 0) {
		media_ask_key(viewer);
		return;
	}
	if (frame->is_key) {
		bool is_back =
			track != viewer->video_track || frame->number <= viewer->video_number;

		/* Before the viewer is connected only the newest group of pictures is of use. */
		if (is_back || viewer->state != VIEWER_CONNECTED)
			backlog_clear(&viewer->backlog);
		if (now_ns - frame->pts_ns > NOT_LIVE_NS && now_ns > frame->pts_ns)
			backlog_start_burst(&viewer->backlog, now_ns);
		viewer->needs_key = false;
		viewer->video_track = track;
	}
	viewer->video_number = frame->number;
	backlog_push(&viewer->backlog, frame, now_ns);
}

/* While somebody talks the same sound comes twice: without that voice, a little later, is what one
 * wants to hear. Where one goes over to the other, nothing is heard again. */
static bool media_hears(struct viewer *viewer, enum media_track track, const struct frame *frame)
{
	uint64_t now_ns = media_now(viewer);

	if (track == TRACK_LISTEN)
		viewer->clean_ns = now_ns;
	else if (viewer->clean_ns && now_ns - viewer->clean_ns < CLEAN_NS)
		return false;
	if (track != viewer->audio_track && frame->pts_ns <= viewer->audio_pts_ns)
		return false;
	viewer->audio_track = track;
	viewer->audio_pts_ns = frame->pts_ns;
	return true;
}

/* Sound is small and never waits. */
static void media_send_audio(struct viewer *viewer, enum media_track track, struct frame *frame)
{
	struct rtp_output output;

	if (!media_hears(viewer, track, frame) || !viewer_net_output(viewer, &output) || frame_pack(frame) < 0)
		return;
	if (rtp_stream_send(&viewer->audio, &output, frame, 0, media_now(viewer)) < 0)
		viewer_end(viewer, VIEW_END_FAILED, true);
}

static bool track_is_wanted(const struct viewer *viewer, enum media_track track)
{
	const struct feed_track *feed = media_track(viewer, track);
	bool is_video = track == TRACK_VIDEO || track == TRACK_SUB;

	if (!feed)
		return false;
	/* Before the offer came the newest group of pictures is kept, to be ready. */
	if (is_video && viewer->state == VIEWER_GRANTED)
		return true;
	if (is_video)
		return viewer->video.is_set_up && feed->info.codec == viewer->video_codec;
	/* The vault may go over to the same sound without somebody's voice: Opus, too. */
	return viewer->audio.is_set_up && feed->info.codec == viewer->audio_codec;
}

void viewer_media_release(struct viewer *viewer, const struct ipc_release *release)
{
	enum media_track track = (enum media_track)release->track;
	uint64_t count = release->count;
	bool is_video = track == TRACK_VIDEO || track == TRACK_SUB;

	if (!(viewer->grant.tracks & TRACK_BIT(track)))
		fatal("the vault released a track that this grant does not cover");
	for (uint64_t i = 0; i < count && i < FEED_FRAMES_MAX; i++) {
		struct frame *frame = feed_frame(viewer->rtc->feed, viewer->grant.camera, track,
						 release->first + i);

		if (viewer->state == VIEWER_OVER)
			return;
		if (!track_is_wanted(viewer, track))
			continue;
		if (frame && is_video)
			media_take_video(viewer, track, frame);
		else if (frame)
			media_send_audio(viewer, track, frame);
		else if (is_video && track == viewer->video_track)
			media_ask_key(viewer);
	}
	if (is_video)
		viewer_media_pump(viewer);
}

/* ---- sending ---- */

static void media_drop_late(struct viewer *viewer, uint64_t now_ns)
{
	if (!backlog_drop_late(&viewer->backlog, now_ns))
		return;
	level_note_drop(&viewer->level);
	if (!backlog_head(&viewer->backlog))
		viewer->needs_key = true;
}

/* One run of packets of the frame whose turn it is. False if no more can go now. */
static bool media_send_run(struct viewer *viewer, const struct rtp_output *output, uint64_t now_ns)
{
	struct backlog *backlog = &viewer->backlog;
	struct frame *frame = backlog_head(backlog);
	uint64_t before = viewer->video.bytes;

	if (frame->is_key && backlog->packet == 0)
		viewer->key_sent_ns = now_ns;
	int sent = rtp_stream_send(&viewer->video, output, frame, backlog->packet, now_ns);

	if (sent < 0) {
		viewer_end(viewer, VIEW_END_FAILED, true);
		return false;
	}
	backlog_sent(backlog, (uint32_t)sent, viewer->video.bytes - before);
	if (sent == 0)
		loop_timer_start(viewer->rtc->loop, &viewer->pace, now_ns + BLOCKED_NS);
	return sent > 0;
}

void viewer_media_pump(struct viewer *viewer)
{
	struct rtp_output output;
	uint64_t now_ns = media_now(viewer);

	if (viewer->state != VIEWER_CONNECTED)
		return;
	media_drop_late(viewer, now_ns);
	if (!viewer_net_output(viewer, &output))
		return;
	while (backlog_head(&viewer->backlog)) {
		uint64_t wait_ns = backlog_wait_ns(&viewer->backlog,
						   media_rate(viewer, viewer->video_track), now_ns);

		if (wait_ns) {
			uint64_t rest_ns = wait_ns < CLOCK_NS_PER_MS ? CLOCK_NS_PER_MS : wait_ns;

			loop_timer_start(viewer->rtc->loop, &viewer->pace, now_ns + rest_ns);
			return;
		}
		if (!media_send_run(viewer, &output, now_ns))
			return;
	}
}

void viewer_media_start(struct viewer *viewer)
{
	uint64_t now_ns = media_now(viewer);

	level_init(&viewer->level, now_ns);
	if (!viewer->video.is_set_up)
		backlog_clear(&viewer->backlog);
	else if (!backlog_head(&viewer->backlog))
		media_ask_key(viewer);
	backlog_start_burst(&viewer->backlog, now_ns);
	viewer_media_pump(viewer);
}

/* ---- feedback ---- */

static void media_send_again(struct viewer *viewer, const struct rtcp_feedback *feedback)
{
	uint64_t rate = media_rate(viewer, viewer->video_track) / 8;
	uint64_t limit = rate > AGAIN_BYTES_MIN ? rate : AGAIN_BYTES_MIN;
	struct rtp_output output;

	if (feedback->nack_ssrc != viewer->video.setup.ssrc || !viewer_net_output(viewer, &output))
		return;
	if (feedback->nack_count >= NACK_BURST)
		backlog_ease(&viewer->backlog, media_rate(viewer, viewer->video_track),
			     media_now(viewer));
	for (uint32_t i = 0; i < feedback->nack_count && viewer->again_bytes < limit; i++) {
		size_t size = rtp_stream_send_again(&viewer->video, &output, feedback->nack[i],
						    media_now(viewer));

		viewer->again_bytes += size;
		backlog_charge(&viewer->backlog, size);
	}
}

/* The viewer cannot decode any more. A fresher key frame may already wait here. */
static void media_lost_picture(struct viewer *viewer)
{
	uint64_t now_ns = media_now(viewer);

	if (viewer->key_sent_ns && now_ns - viewer->key_sent_ns < KEY_UNDER_WAY_NS)
		return;
	if (backlog_skip_to_key(&viewer->backlog)) {
		viewer->needs_key = false;
		viewer_media_pump(viewer);
		return;
	}
	media_ask_key(viewer);
}

static void media_take_report(struct viewer *viewer, const struct rtcp_report *said)
{
	uint32_t now_ntp = (uint32_t)(rtcp_ntp_of_us(clock_real_us()) >> 16);
	struct level_report report = {
		.lost_percent = said->fraction_lost * 100U / 256,
		.round_trip_ms = rtcp_round_trip_ms(said, now_ntp),
	};

	level_note_report(&viewer->level, &report, media_now(viewer));
}

void viewer_media_feedback(struct viewer *viewer, const struct rtcp_feedback *feedback)
{
	uint32_t ssrc = viewer->video.setup.ssrc;

	if (!viewer->video.is_set_up)
		return;
	for (uint32_t i = 0; i < feedback->report_count; i++)
		if (feedback->report[i].ssrc == ssrc)
			media_take_report(viewer, &feedback->report[i]);
	if (feedback->has_remb)
		level_note_estimate(&viewer->level, feedback->remb_bps, media_now(viewer));
	if (feedback->nack_count)
		media_send_again(viewer, feedback);
	if ((feedback->has_pli && feedback->pli_ssrc == ssrc) ||
	    (feedback->has_fir && feedback->fir_ssrc == ssrc))
		media_lost_picture(viewer);
}

/* ---- once a second ---- */

static void media_sender_report(struct viewer *viewer, const struct rtp_stream *stream)
{
	struct rtcp_sender sender;
	uint8_t packet[RTCP_SIZE_MAX];

	if (!stream->is_set_up)
		return;
	rtp_stream_report(stream, clock_boot_ns(), clock_real_us(), &sender);
	int size = rtcp_build_sender(&sender, packet);

	viewer_net_rtcp(viewer, (struct bytes){packet, (size_t)size});
}

void viewer_media_second(struct viewer *viewer, uint64_t now_ns)
{
	const struct feed_track *sub = media_track(viewer, TRACK_SUB);
	bool has_sub = (viewer->grant.tracks & TRACK_BIT(TRACK_SUB)) && sub &&
		       sub->info.codec == viewer->video_codec;

	viewer->again_bytes = 0;
	backlog_recover(&viewer->backlog, now_ns);
	media_sender_report(viewer, &viewer->video);
	media_sender_report(viewer, &viewer->audio);
	if (viewer->video.is_set_up)
		(void)level_step(&viewer->level, media_rate(viewer, TRACK_VIDEO),
				 media_rate(viewer, TRACK_SUB), has_sub, now_ns);
}
