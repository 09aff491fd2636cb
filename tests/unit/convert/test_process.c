/* The real ward-convert behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../child.h"
#include "../thumb/film.h"

static const char *program;
static struct film film;

static struct child child;
static struct {
	int count;
	struct ipc_converted newest;
} answers;

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	assert_int_equal(message->type, IPC_CONVERTED);
	answers.count++;
	memcpy(&answers.newest, message->body, sizeof(answers.newest));
}

static void start_child(void)
{
	memset(&answers, 0, sizeof(answers));
	child_open(&child, program, PROC_CONVERT, vault_heard);
	child_start(&child);
}

/* The file, which has room for so much behind the fragment and cannot grow. */
static int ask(const struct ipc_convert_ask *body, size_t size, size_t room)
{
	int fd = memfd_create("conversion", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(write(fd, film.fragment, size), size);
	assert_int_equal(ftruncate(fd, (off_t)(size + room)), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	ipc_send_fd(&child.vault, IPC_CONVERT_ASK, body, film.init, film.init_size, fd);
	return fd;
}

/* What is written behind it is a box of this type. */
static void check_made(int fd, size_t before, const char *type)
{
	char head[8];

	assert_true(answers.newest.size > sizeof(head));
	assert_int_equal(pread(fd, head, sizeof(head), (off_t)before), sizeof(head));
	assert_memory_equal(head + 4, type, 4);
	close(fd);
}

static void pieces_come_back_in_order(void **state)
{
	const struct film_spec spec = {FILM_H265, .width = 1920, .height = 1080, .frames = 4};

	(void)state;
	start_child();
	film_make(&spec, &film);
	const size_t size = film.fragment_size;
	int init = ask(&(struct ipc_convert_ask){.number = 7, .what = CONVERT_INIT}, 0, CONVERT_SIZE_MAX);

	child_wait(&child, &answers.count, 1);
	assert_int_equal(answers.newest.number, 7);
	check_made(init, 0, "ftyp");
	int whole = ask(&(struct ipc_convert_ask){.number = 8, .size = size, .what = CONVERT_FRAGMENT},
			size, CONVERT_SIZE_MAX);

	child_wait(&child, &answers.count, 2);
	assert_int_equal(answers.newest.number, 8);
	uint64_t all = answers.newest.size;

	check_made(whole, size, "moof");
	int key = ask(&(struct ipc_convert_ask){.number = 9, .size = size, .what = CONVERT_KEY_FRAME}, size,
		      CONVERT_SIZE_MAX);

	child_wait(&child, &answers.count, 3);
	assert_true(answers.newest.size < all);
	check_made(key, size, "moof");
	/* Live pictures and recording come first. */
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)child.pid), 10);
	child_leave(&child);
}

static void a_broken_one_is_answered_and_the_next_is_made(void **state)
{
	const struct film_spec spec = {FILM_H265, .width = 640, .height = 360, .frames = 2};
	int count = 0;

	(void)state;
	start_child();
	film_make(&spec, &film);
	const size_t size = film.fragment_size;
	const struct {
		struct ipc_convert_ask ask;
		size_t size, room;
	} bad[] = {
		{{.size = size / 2, .what = CONVERT_FRAGMENT}, size / 2, CONVERT_SIZE_MAX},
		{{.size = size, .what = CONVERT_FRAGMENT}, size / 2, 0},
		{{.size = size, .what = CONVERT_FRAGMENT}, size, 100}, /* there is no room */
		{{.size = 0, .what = CONVERT_FRAGMENT}, 0, CONVERT_SIZE_MAX},
		{{.size = UINT64_MAX, .what = CONVERT_FRAGMENT}, size, CONVERT_SIZE_MAX},
		{{.size = size, .what = CONVERT_WHAT_COUNT}, size, CONVERT_SIZE_MAX},
	};

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		close(ask(&bad[i].ask, bad[i].size, bad[i].room));
		child_wait(&child, &answers.count, ++count);
		assert_int_equal(answers.newest.size, 0);
	}
	int fd = ask(&(struct ipc_convert_ask){.number = 5, .size = size, .what = CONVERT_FRAGMENT}, size,
		     CONVERT_SIZE_MAX);

	child_wait(&child, &answers.count, ++count);
	assert_int_equal(answers.newest.number, 5);
	check_made(fd, size, "moof");
	/* It lives, and says so. */
	child_ping(&child);
	child_leave(&child);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_come_back_in_order),
		cmocka_unit_test(a_broken_one_is_answered_and_the_next_is_made),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests_name("convert process", tests, NULL, NULL);
}
