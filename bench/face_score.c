/* Makes prints of the faces in pictures, as ward-eye does of one that is sent in, and compares
 * them, as the vault does; for accuracy.py. Argument: the folder of models. Standard input, a
 * question a line, each answered by a line; pictures and faces are numbered from 1 in the order in
 * which they come: look PATH                 milliseconds and quality; 0: no good face, -1:
 * several, -2: no picture pair ONE OTHER            the likeness of two pictures find PICTURE
 * FACE:PICTURE...   the face that it is, of those given with pictures of them, or 0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/diag.h"
#include "eye/faces.h"
#include "eye/network.h"

enum { FILE_MAX = 64 << 20, PICTURES_MAX = 1 << 16, KNOWN_MAX = 256, LINE_MAX = 8192 };

static struct print *prints;
static bool is_made[PICTURES_MAX];
static size_t count;

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

static int quality_of(int r, const struct faces_print *print)
{
	if (r == -EIO)
		fatal("the network failed");
	if (r == -EMLINK)
		return -1;
	if (r == -EBADMSG)
		return -2;
	return r == 0 ? (int)print->quality : 0;
}

static void look(struct faces *faces, const char *path)
{
	struct faces_print print = {0};
	struct bytes file;

	if (count == PICTURES_MAX)
		fatal("more than %d pictures", PICTURES_MAX);
	autofree uint8_t *data = read_file(path, &file.size);
	double begun = cpu_ms();

	file.data = data;
	int quality = quality_of(faces_look_file(faces, file, &print), &print);

	is_made[count] = quality > 0;
	prints[count++] = print.print;
	printf("%.3f %d\n", cpu_ms() - begun, quality);
}

static const struct print *print_of(size_t number)
{
	if (number == 0 || number > count || !is_made[number - 1])
		fatal("picture %zu has no print", number);
	return &prints[number - 1];
}

static void pair(const char *numbers)
{
	size_t one, other;

	if (sscanf(numbers, "%zu %zu", &one, &other) != 2)
		fatal("pair of what: %s", numbers);
	printf("%.5f\n", (double)print_likeness(print_of(one), print_of(other)));
}

static void find(char *numbers)
{
	static struct print_known known[KNOWN_MAX];
	char *state = NULL, *part = strtok_r(numbers, " ", &state);
	const struct print *print = print_of(part ? strtoul(part, NULL, 10) : 0);
	size_t filled = 0;

	for (; (part = strtok_r(NULL, " ", &state)); filled++) {
		unsigned long face;
		size_t picture;

		if (filled == KNOWN_MAX || sscanf(part, "%lu:%zu", &face, &picture) != 2)
			fatal("a face that is none, or too many: %s", part);
		known[filled] = (struct print_known){face, PRINT_OWN, *print_of(picture)};
	}
	printf("%lu\n", (unsigned long)print_find(known, filled, print));
}

static void answer(struct faces *faces, char *line)
{
	line[strcspn(line, "\n")] = 0;
	if (strncmp(line, "look ", 5) == 0)
		look(faces, line + 5);
	else if (strncmp(line, "pair ", 5) == 0)
		pair(line + 5);
	else if (strncmp(line, "find ", 5) == 0)
		find(line + 5);
	else
		fatal("no question: %s", line);
}

int main(int argc, char **argv)
{
	static char line[LINE_MAX];
	struct network *network;
	struct faces *faces;

	diag_init("face-score");
	prints = calloc(PICTURES_MAX, sizeof(*prints));
	if (argc != 2 || !prints || network_load(argv[1], &network) != EYE_LOOKING ||
	    faces_load(network_runtime(network), argv[1], &faces) != EYE_LOOKING)
		return 2;
	while (fgets(line, sizeof(line), stdin)) {
		answer(faces, line);
		fflush(stdout); /* the asker waits for each line */
	}
	faces_destroy(faces);
	network_destroy(network);
	free(prints);
	return 0;
}
