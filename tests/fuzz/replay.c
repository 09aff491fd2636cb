/* Runs a fuzzer without libFuzzer: every file of its corpus, then seeded mutations of them, so that
 * the ordinary test run meets the same ten thousand inputs each time. */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_SIZE_MAX = 64 * 1024, CORPUS_MAX = 256, MUTATIONS = 10000 };

struct input {
	uint8_t *data;
	size_t size;
};

static struct input corpus[CORPUS_MAX];
static size_t corpus_count;

/* xorshift64*: repeatable, and no part of what is tested. */
static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_next(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1d;
}

static size_t random_below(size_t limit)
{
	return limit ? (size_t)(random_next() % limit) : 0;
}

static void load_file(int folder_fd, const char *name)
{
	autoclose int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return;
	if (corpus_count == CORPUS_MAX || status.st_size > INPUT_SIZE_MAX)
		return;

	struct input *input = &corpus[corpus_count++];
	ssize_t size;

	input->data = malloc((size_t)status.st_size + 1);
	assert(input->data);
	size = read(fd, input->data, (size_t)status.st_size);
	assert(size == status.st_size);
	input->size = (size_t)size;
}

static int load_corpus(const char *path)
{
	DIR *folder = opendir(path);

	if (!folder)
		return -1;
	for (struct dirent *entry; (entry = readdir(folder));)
		load_file(dirfd(folder), entry->d_name);
	closedir(folder);
	return corpus_count ? 0 : -1;
}

/* An exact-size copy, so that a read past the end meets the sanitizer's red zone. */
static void run(const uint8_t *data, size_t size)
{
	autofree uint8_t *copy = malloc(size ? size : 1);

	assert(copy);
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
}

static size_t mutate_once(uint8_t *data, size_t size)
{
	static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '\n', '\r', ' ', '0', '9'};
	size_t at = random_below(size), count = 1 + random_below(16);

	switch (random_below(6)) {
	case 0: /* flip a bit */
		if (size)
			data[at] ^= (uint8_t)(1u << random_below(8));
		return size;
	case 1: /* an edge value */
		if (size)
			data[at] = edges[random_below(sizeof(edges))];
		return size;
	case 2: /* cut the end */
		return at;
	case 3: /* take some out */
		if (count > size - at)
			count = size - at;
		memmove(data + at, data + at + count, size - at - count);
		return size - count;
	case 4: /* repeat some */
		if (count > size - at || size + count > INPUT_SIZE_MAX)
			return size;
		memmove(data + at + count, data + at, size - at);
		return size + count;
	default: { /* the middle of another input */
		const struct input *other = &corpus[random_below(corpus_count)];
		size_t from = random_below(other->size);

		if (count > other->size - from)
			count = other->size - from;
		if (count > size - at)
			count = size - at;
		memcpy(data + at, other->data + from, count);
		return size;
	}
	}
}

static void run_mutations(void)
{
	static uint8_t data[INPUT_SIZE_MAX];

	for (int i = 0; i < MUTATIONS; i++) {
		const struct input *seed = &corpus[random_below(corpus_count)];
		size_t size = seed->size;

		memcpy(data, seed->data, size);
		for (size_t n = 1 + random_below(6); n > 0; n--)
			size = mutate_once(data, size);
		run(data, size);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2 || load_corpus(argv[1]) < 0) {
		fprintf(stderr, "usage: %s CORPUS-FOLDER (with at least one file)\n", argv[0]);
		return 2;
	}
	run((const uint8_t *)"", 0);
	for (size_t i = 0; i < corpus_count; i++)
		run(corpus[i].data, corpus[i].size);
	run_mutations();
	for (size_t i = 0; i < corpus_count; i++)
		free(corpus[i].data);
	return 0;
}
