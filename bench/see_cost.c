/* What one look at a picture costs, and how much of it is Ward's own work (shrinking, motion,
 * filling in, boxes) and not the network's; for pictures as a decoder gives them. Argument: the
 * folder of models. */
#include <stdio.h>
#include <time.h>

#include <libavutil/frame.h>

#include "base/diag.h"
#include "eye/network.h"
#include "eye/picture.h"

enum { LOOKS = 40 };

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static AVFrame *make_frame(int width, int height)
{
	AVFrame *frame = av_frame_alloc();

	if (!frame)
		fatal("out of memory");
	frame->width = width;
	frame->height = height;
	frame->format = AV_PIX_FMT_YUV420P;
	if (av_frame_get_buffer(frame, 0) < 0)
		fatal("out of memory");
	for (int plane = 0; plane < 3; plane++)
		for (int i = 0; i < frame->linesize[plane] * (plane ? height / 2 : height); i++)
			frame->data[plane][i] = (uint8_t)(i * 7 / 5 + plane * 60);
	return frame;
}

/* Adds up milliseconds: all, and the network's. */
static void look(struct network *network, const AVFrame *frame, double ret_ms[2])
{
	static struct picture picture;
	struct motion_grid grid;
	struct box_answer answer;
	struct box boxes[BOX_MAX];
	double begun = cpu_ms();

	if (picture_take(&picture, frame, NETWORK_WIDTH, NETWORK_HEIGHT) < 0)
		fatal("a picture cannot be scaled");
	picture_grid(&picture, &grid);
	answer.fit = picture.fit;
	picture_fill(&picture, network_input(network));
	double filled = cpu_ms();

	if (network_run(network, answer.grids) < 0)
		fatal("the network failed");
	ret_ms[1] += cpu_ms() - filled;
	(void)box_decode(&answer, BOX_PERSON, 0.2F, boxes);
	ret_ms[0] += cpu_ms() - begun;
}

int main(int argc, char **argv)
{
	static const int sizes[][2] = {{1920, 1080}, {1280, 720}, {640, 360}};
	struct network *network;

	diag_init("see-cost");
	if (argc != 2 || network_load(argv[1], &network) != EYE_LOOKING)
		return 2;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AVFrame *frame = make_frame(sizes[i][0], sizes[i][1]);
		double ms[2] = {0};

		for (int k = 0; k < LOOKS; k++)
			look(network, frame, ms);
		printf("%dx%d: %.1f ms, %.1f of them the network's: Ward's own work adds %.1f %%\n",
		       sizes[i][0], sizes[i][1], ms[0] / LOOKS, ms[1] / LOOKS,
		       100 * (ms[0] / ms[1] - 1));
		av_frame_free(&frame);
	}
	network_destroy(network);
	return 0;
}
