/* Shows pictures to the eye's network and prints what it finds, for accuracy.py: people, or with a second
 * argument "animals" cats and dogs. Standard input: for
 * each picture a line "WIDTH HEIGHT\n" and its pixels, red, green, blue. Standard output: for each a
 * line "MILLISECONDS OF-THE-NETWORK [LEFT TOP RIGHT BOTTOM SCORE]...", in pixels. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <libavutil/frame.h>

#include "base/diag.h"
#include "eye/network.h"
#include "eye/picture.h"
#include "proto/see/animal.h"

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static AVFrame *read_picture(void)
{
	unsigned width, height;
	AVFrame *frame = av_frame_alloc();

	if (!frame || scanf("%u %u", &width, &height) != 2 || getchar() != '\n') {
		av_frame_free(&frame);
		return NULL;
	}
	frame->width = (int)width;
	frame->height = (int)height;
	frame->format = AV_PIX_FMT_RGB24;
	if (width == 0 || width > PICTURE_SIDE_MAX || height == 0 || height > PICTURE_SIDE_MAX ||
	    av_frame_get_buffer(frame, 0) < 0)
		fatal("no picture of %u x %u", width, height);
	for (unsigned y = 0; y < height; y++)
		if (fread(frame->data[0] + (size_t)y * (size_t)frame->linesize[0], 3, width, stdin) !=
		    width)
			fatal("a picture is cut short");
	return frame;
}

static void score(struct network *network, const AVFrame *frame, float least, bool is_animals)
{
	static struct picture picture;
	struct box_answer answer;
	struct box boxes[BOX_MAX];
	uint8_t kinds[BOX_MAX];
	double begun = cpu_ms(), network_ms;

	if (picture_take(&picture, frame, NETWORK_WIDTH, NETWORK_HEIGHT) < 0)
		fatal("a picture cannot be scaled");
	answer.fit = picture.fit;
	picture_fill(&picture, network_input(network));
	network_ms = cpu_ms();
	if (network_run(network, answer.grids) < 0)
		fatal("the network failed");
	network_ms = cpu_ms() - network_ms;
	size_t count = is_animals ? animal_decode(&answer, least, boxes, kinds)
				  : box_decode(&answer, BOX_PERSON, least, boxes);

	printf("%.3f %.3f", cpu_ms() - begun, network_ms);
	for (size_t i = 0; i < count; i++)
		printf(" %.1f %.1f %.1f %.1f %.4f", (double)boxes[i].left * frame->width,
		       (double)boxes[i].top * frame->height, (double)boxes[i].right * frame->width,
		       (double)boxes[i].bottom * frame->height, (double)boxes[i].score);
	putchar('\n');
	fflush(stdout); /* the asker waits for each line */
}

int main(int argc, char **argv)
{
	struct network *network;
	AVFrame *frame;

	diag_init("see-score");
	bool is_animals = argc == 3 && strcmp(argv[2], "animals") == 0;

	if ((argc != 2 && !is_animals) || network_load(argv[1], &network) != EYE_LOOKING)
		return 2;
	while ((frame = read_picture())) {
		score(network, frame, 0.02F, is_animals);
		av_frame_free(&frame);
	}
	network_destroy(network);
	return 0;
}
