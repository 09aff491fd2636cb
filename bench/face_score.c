/* Makes prints of the faces in pictures, as ward-eye does of one that is sent in, for accuracy.py.
 * Arguments: the folder of models, then files. Standard output: for each file a line
 * "MILLISECONDS QUALITY [512 NUMBERS]"; quality 0: no good face, or more than one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/diag.h"
#include "eye/faces.h"
#include "eye/network.h"

enum { FILE_MAX = 64 << 20 };

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static uint8_t *read_file(const char *path, size_t *ret_size)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;

	if (fd < 0 || fstat(fd, &info) < 0 || info.st_size > FILE_MAX)
		fatal("cannot read %s", path);
	*ret_size = (size_t)info.st_size;
	uint8_t *data = malloc(*ret_size + 1);

	if (!data || read(fd, data, *ret_size) != (ssize_t)*ret_size)
		fatal("cannot read %s", path);
	return data;
}

static void score(struct faces *faces, const char *path)
{
	struct faces_print print = {0};
	struct bytes file;
	autofree uint8_t *data = read_file(path, &file.size);
	double begun = cpu_ms();

	file.data = data;
	int r = faces_look_file(faces, file, &print);

	if (r == -EIO)
		fatal("the network failed");
	printf("%.3f %u", cpu_ms() - begun, r == 0 ? print.quality : 0);
	for (unsigned i = 0; r == 0 && i < PRINT_SIZE; i++)
		printf(" %d", print.print.numbers[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct network *network;
	struct faces *faces;

	diag_init("face-score");
	if (argc < 2 || network_load(argv[1], &network) != EYE_LOOKING ||
	    faces_load(network_runtime(network), argv[1], &faces) != EYE_LOOKING)
		return 2;
	for (int i = 2; i < argc; i++)
		score(faces, argv[i]);
	faces_destroy(faces);
	network_destroy(network);
	return 0;
}
