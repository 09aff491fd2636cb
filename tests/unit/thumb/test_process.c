/* The real ward-thumb behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../child.h"
#include "film.h"

static const char *program;
static struct film film;

static struct child child;
static struct {
	int count;
	uint64_t number; /* of the newest */
	uint8_t jpeg[THUMB_SIZE_MAX];
	size_t size;
} answers;

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	assert_int_equal(message->type, IPC_THUMB);
	answers.count++;
	answers.number = ((const struct ipc_thumb *)message->body)->number;
	answers.size = message->tail_size;
	memcpy(answers.jpeg, message->tail, message->tail_size);
}

static void start_child(void)
{
	memset(&answers, 0, sizeof(answers));
	child_open(&child, program, PROC_THUMB, vault_heard);
	child_start(&child);
}

static void ask(uint64_t number, const void *fragment, size_t size, uint64_t said_size)
{
	struct ipc_thumb_ask body = {.number = number, .size = said_size};
	int fd = memfd_create("piece", MFD_CLOEXEC);

	assert_int_equal(write(fd, fragment, size), size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	ipc_send_fd(&child.vault, IPC_THUMB_ASK, &body, film.init, film.init_size, fd);
	close(fd);
}

static void pictures_come_back_in_order(void **state)
{
	static const struct film_spec specs[] = {
		{FILM_H264, .width = 1920, .height = 1080, .frames = 2},
		{FILM_H265, .width = 640, .height = 360, .frames = 2},
	};

	(void)state;
	start_child();
	for (uint64_t i = 0; i < ARRAY_COUNT(specs); i++) {
		film_make(&specs[i], &film);
		ask(7 + i, film.fragment, film.fragment_size, film.fragment_size);
		child_wait(&child, &answers.count, (int)i + 1);
		assert_int_equal(answers.number, 7 + i);
		struct film_picture picture = film_look(answers.jpeg, answers.size);

		assert_int_equal(picture.width, 240);
		assert_true(picture.left > 240 && picture.right < 15);
	}
	child_leave(&child);
}

static void a_broken_one_is_answered_and_the_next_is_made(void **state)
{
	const struct film_spec spec = {FILM_H264, .width = 640, .height = 360, .frames = 2};

	(void)state;
	start_child();
	film_make(&spec, &film);
	ask(1, film.fragment, film.fragment_size / 2, film.fragment_size / 2);
	ask(2, film.fragment, film.fragment_size / 2, film.fragment_size);
	ask(3, film.fragment, 0, 0);
	ask(4, film.fragment, film.fragment_size, UINT64_MAX);
	for (int i = 1; i <= 4; i++) {
		child_wait(&child, &answers.count, i);
		assert_int_equal(answers.size, 0);
	}
	ask(5, film.fragment, film.fragment_size, film.fragment_size);
	child_wait(&child, &answers.count, 5);
	assert_int_equal(answers.number, 5);
	assert_true(film_look(answers.jpeg, answers.size).left > 240);
	/* It lives, and says so. */
	child_ping(&child);
	child_leave(&child);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_come_back_in_order),
		cmocka_unit_test(a_broken_one_is_answered_and_the_next_is_made),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests_name("thumb process", tests, NULL, NULL);
}
