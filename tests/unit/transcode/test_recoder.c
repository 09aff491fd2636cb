/* From a camera's coding to Opus and back to samples: what was said must be heard, when it was. */
#include "../check.h"

#include <math.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <opus.h>

#include "transcode/recoder.h"

enum { HZ = 48000, BLOCKS_MAX = 400, AAC_FRAME = 1024, SECOND = 1000000000 };

static const uint64_t START_NS = 5000000000000;

struct heard {
	OpusDecoder *decoder;
	uint64_t pts_ns[BLOCKS_MAX];
	bool after_gap[BLOCKS_MAX];
	int16_t pcm[BLOCKS_MAX * RECODER_BLOCK];
	int count;
};

static struct heard heard;

static void hear(void *context, const struct recoder_output *output)
{
	struct heard *to = context;

	assert_true(to->count < BLOCKS_MAX);
	assert_int_equal(opus_decode(to->decoder, output->data.data, (opus_int32)output->data.size,
				     to->pcm + to->count * RECODER_BLOCK, RECODER_BLOCK, 0),
			 RECODER_BLOCK);
	to->pts_ns[to->count] = output->pts_ns;
	to->after_gap[to->count++] = output->after_gap;
}

static int begin(void **state)
{
	int error;

	(void)state;
	memset(&heard, 0, sizeof(heard));
	heard.decoder = opus_decoder_create(HZ, 1, &error);
	return error;
}

static int end(void **state)
{
	(void)state;
	opus_decoder_destroy(heard.decoder);
	return 0;
}

/* A click: silence but for a short burst at `at_s`. */
static float click(double now_s, double at_s)
{
	double since = now_s - at_s;

	return since >= 0 && since < 0.010 ? 0.8f * (float)sin(since * 6283) : 0;
}

/* When the click is heard, in seconds from START_NS, by the blocks' own times. */
static double find_click(void)
{
	for (int i = 0; i < heard.count * RECODER_BLOCK; i++)
		if (abs(heard.pcm[i]) > 6000)
			return (double)(int64_t)(heard.pts_ns[i / RECODER_BLOCK] - START_NS) / SECOND +
			       (double)(i % RECODER_BLOCK) / HZ;
	return -1;
}

static uint8_t mulaw(float value)
{
	int sample = (int)(value * 32000), sign = sample < 0 ? 0x80 : 0, level = abs(sample) + 132;
	int segment = 7;

	while (segment > 0 && !(level & 0x80 << segment))
		segment--;
	return (uint8_t)~(sign | segment << 4 | (level >> (segment + 3) & 15));
}

static struct recoder *make_pcmu(void)
{
	const struct ipc_track track = {.codec = CODEC_PCMU, .clock_hz = 8000, .channels = 1};
	struct recoder *recoder;

	assert_int_equal(recoder_create(&track, (struct bytes){NULL, 0}, &recoder), 0);
	return recoder;
}

static void feed_pcmu(struct recoder *recoder, int number, uint64_t pts_ns, double click_s)
{
	uint8_t frame[160];

	for (int i = 0; i < 160; i++)
		frame[i] = mulaw(click((number * 160 + i) / 8000.0, click_s));
	struct recoder_input input = {{frame, sizeof(frame)}, pts_ns, false};

	assert_int_equal(recoder_feed(recoder, &input, hear, &heard), 0);
}

static void g711_is_heard_at_its_time(void **state)
{
	AUTO(recoder) recoder = make_pcmu();

	(void)state;
	for (int i = 0; i < 100; i++)
		feed_pcmu(recoder, i, START_NS + (uint64_t)i * SECOND / 50, 1.2345);
	assert_in_range(heard.count, 98, 100);
	assert_true(fabs(find_click() - 1.2345) < 0.002);
}

static AVCodecContext *open_aac(int hz)
{
	AVCodecContext *aac = avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_AAC));

	aac->sample_fmt = AV_SAMPLE_FMT_FLTP;
	aac->sample_rate = hz;
	av_channel_layout_default(&aac->ch_layout, 1);
	aac->bit_rate = 64000;
	aac->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	assert_int_equal(avcodec_open2(aac, NULL, NULL), 0);
	return aac;
}

static void feed_aac(AVCodecContext *aac, struct recoder *recoder, double click_s, int frames)
{
	AVFrame *frame = av_frame_alloc();
	AVPacket *packet = av_packet_alloc();

	frame->format = AV_SAMPLE_FMT_FLTP;
	frame->nb_samples = AAC_FRAME;
	frame->sample_rate = aac->sample_rate;
	av_channel_layout_copy(&frame->ch_layout, &aac->ch_layout);
	assert_int_equal(av_frame_get_buffer(frame, 0), 0);
	for (int n = 0; n < frames; n++) {
		av_frame_make_writable(frame);
		for (int i = 0; i < AAC_FRAME; i++)
			((float *)(void *)frame->data[0])[i] =
				click((n * AAC_FRAME + i) / (double)aac->sample_rate, click_s);
		frame->pts = n * AAC_FRAME;
		assert_int_equal(avcodec_send_frame(aac, frame), 0);
		while (avcodec_receive_packet(aac, packet) == 0) {
			/* Its own time base is the sample; the encoder's delay is in its pts. */
			int64_t past = packet->pts * (int64_t)SECOND / aac->sample_rate;
			struct recoder_input input = {{packet->data, (size_t)packet->size},
						      START_NS + (uint64_t)past, false};

			assert_int_equal(recoder_feed(recoder, &input, hear, &heard), 0);
			av_packet_unref(packet);
		}
	}
	av_packet_free(&packet);
	av_frame_free(&frame);
}

static void aac_is_heard_at_its_time(void **state)
{
	static const int rates[] = {16000, 44100, 48000};

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		AVCodecContext *aac = open_aac(rates[i]);
		const struct ipc_track track = {
			.codec = CODEC_AAC, .clock_hz = (uint32_t)rates[i], .channels = 1};
		AUTO(recoder) recoder = NULL;

		end(state);
		begin(state);
		assert_int_equal(recoder_create(&track,
						(struct bytes){aac->extradata,
							       (size_t)aac->extradata_size},
						&recoder),
				 0);
		feed_aac(aac, recoder, 1.5, 2 * rates[i] / AAC_FRAME);
		assert_true(fabs(find_click() - 1.5) < 0.003);
		avcodec_free_context(&aac);
	}
}

static void the_cameras_drift_does_not_add_up(void **state)
{
	AUTO(recoder) recoder = make_pcmu();
	uint64_t frame_ns = 19990000; /* 500 ppm fast */

	(void)state;
	for (int i = 0; i < 300; i++)
		feed_pcmu(recoder, i, START_NS + (uint64_t)i * frame_ns, 100);
	/* Block 290 begins with sample 290 * 160, less the encoder's 6.5 ms. */
	double want = 290 * 0.01999 - 0.0065;
	double is = (double)(int64_t)(heard.pts_ns[290] - START_NS) / SECOND;

	assert_true(fabs(is - want) < 0.0001);
}

static void a_jump_begins_anew_and_says_so(void **state)
{
	AUTO(recoder) recoder = make_pcmu();
	uint64_t later = START_NS + UINT64_C(30) * SECOND;
	int before;

	(void)state;
	for (int i = 0; i < 10; i++)
		feed_pcmu(recoder, i, START_NS + (uint64_t)i * SECOND / 50, 100);
	before = heard.count;
	for (int i = 0; i < 10; i++)
		feed_pcmu(recoder, i, later + (uint64_t)i * SECOND / 50, 100);
	assert_true(heard.count > before);
	assert_true(heard.after_gap[before]);
	assert_false(heard.after_gap[before + 1]);
	assert_int_equal(heard.pts_ns[before], later - 6500000);
}

static void what_cannot_be_decoded_is_skipped(void **state)
{
	static const uint8_t config[] = {0x11, 0x88}; /* AAC-LC, 48 kHz, mono */
	static const uint8_t garbage[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const struct ipc_track track = {.codec = CODEC_AAC, .clock_hz = HZ, .channels = 1};
	struct recoder_input input = {{garbage, sizeof(garbage)}, START_NS, false};
	AUTO(recoder) recoder = NULL;

	(void)state;
	assert_int_equal(recoder_create(&track, (struct bytes){config, sizeof(config)}, &recoder), 0);
	assert_true(recoder_feed(recoder, &input, hear, &heard) < 0);
	input.data.size = 0;
	assert_true(recoder_feed(recoder, &input, hear, &heard) < 0);
	assert_int_equal(heard.count, 0);
}

static void a_coding_it_does_not_know_is_refused(void **state)
{
	const struct ipc_track track = {.codec = CODEC_H264};
	struct recoder *recoder;

	(void)state;
	assert_true(recoder_create(&track, (struct bytes){NULL, 0}, &recoder) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(g711_is_heard_at_its_time, begin, end),
		cmocka_unit_test_setup_teardown(aac_is_heard_at_its_time, begin, end),
		cmocka_unit_test_setup_teardown(the_cameras_drift_does_not_add_up, begin, end),
		cmocka_unit_test_setup_teardown(a_jump_begins_anew_and_says_so, begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_decoded_is_skipped, begin, end),
		cmocka_unit_test_setup_teardown(a_coding_it_does_not_know_is_refused, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
