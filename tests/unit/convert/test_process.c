/* The real ward-convert behind its sandbox: this test is its warden and its vault. */
#include "../check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../thumb/film.h"
#include "ipc/ipc.h"

enum { WAIT_MS = 20000 };

static const char *program;
static struct film film;

static struct child {
	pid_t pid;
	struct loop *loop;
	struct ipc_channel warden, vault;
	int ready, pongs, answers;
	struct ipc_converted answer; /* the newest */
	bool is_gone;
} child;

static void warden_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	child.ready += message->type == IPC_READY;
	child.pongs += message->type == IPC_PONG;
}

static void vault_heard(struct ipc_channel *channel, struct ipc_message *message)
{
	(void)channel;
	assert_int_equal(message->type, IPC_CONVERTED);
	child.answers++;
	memcpy(&child.answer, message->body, sizeof(child.answer));
}

static void gone(struct ipc_channel *channel)
{
	(void)channel;
	child.is_gone = true;
}

static void wait_for(const int *count, int at_least)
{
	for (int turns = 0; *count < at_least && !child.is_gone && turns < 1000; turns++)
		assert_true(loop_turn(child.loop, WAIT_MS) >= 0);
	assert_true(*count >= at_least);
}

static void start_child(void)
{
	int warden[2], vault[2];
	struct ipc_peer peer = {.kind = PROC_VAULT};

	memset(&child, 0, sizeof(child));
	assert_int_equal(ipc_pair(0, warden), 0);
	assert_int_equal(ipc_pair(0, vault), 0);
	child.pid = fork();
	if (child.pid == 0) {
		dup2(warden[1], 3);
		fcntl(3, F_SETFD, 0);
		execl(program, "ward-convert", "porch", (char *)NULL);
		_exit(127);
	}
	close(warden[1]);
	assert_int_equal(loop_create(&child.loop), 0);
	assert_int_equal(ipc_open(&child.warden, child.loop, warden[0], PROC_WARDEN, PROC_CONVERT,
				  warden_heard, gone, NULL),
			 0);
	assert_int_equal(ipc_open(&child.vault, child.loop, vault[0], PROC_VAULT, PROC_CONVERT,
				  vault_heard, gone, NULL),
			 0);
	ipc_send_fd(&child.warden, IPC_PEER, &peer, NULL, 0, vault[1]);
	close(vault[1]);
	ipc_send(&child.warden, IPC_START, &(struct ipc_number){0}, NULL, 0);
	wait_for(&child.ready, 1);
}

static int end_child(void)
{
	int status = -1;

	ipc_close(&child.vault);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	ipc_close(&child.warden);
	loop_destroy(child.loop);
	return status;
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

	assert_true(child.answer.size > sizeof(head));
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

	wait_for(&child.answers, 1);
	assert_int_equal(child.answer.number, 7);
	check_made(init, 0, "ftyp");
	int whole = ask(&(struct ipc_convert_ask){.number = 8, .size = size, .what = CONVERT_FRAGMENT},
			size, CONVERT_SIZE_MAX);

	wait_for(&child.answers, 2);
	assert_int_equal(child.answer.number, 8);
	uint64_t all = child.answer.size;

	check_made(whole, size, "moof");
	int key = ask(&(struct ipc_convert_ask){.number = 9, .size = size, .what = CONVERT_KEY_FRAME}, size,
		      CONVERT_SIZE_MAX);

	wait_for(&child.answers, 3);
	assert_true(child.answer.size < all);
	check_made(key, size, "moof");
	/* Live pictures and recording come first. */
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)child.pid), 10);
	assert_int_equal(end_child(), 0);
}

static void a_broken_one_is_answered_and_the_next_is_made(void **state)
{
	const struct film_spec spec = {FILM_H265, .width = 640, .height = 360, .frames = 2};
	int answers = 0;

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
		wait_for(&child.answers, ++answers);
		assert_int_equal(child.answer.size, 0);
	}
	int fd = ask(&(struct ipc_convert_ask){.number = 5, .size = size, .what = CONVERT_FRAGMENT}, size,
		     CONVERT_SIZE_MAX);

	wait_for(&child.answers, ++answers);
	assert_int_equal(child.answer.number, 5);
	check_made(fd, size, "moof");
	/* It lives, and says so. */
	ipc_send(&child.warden, IPC_PING, &(struct ipc_number){0}, NULL, 0);
	wait_for(&child.pongs, 1);
	assert_int_equal(end_child(), 0);
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
